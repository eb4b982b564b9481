"""Signing in by an OpenID Connect provider: where it is, and which of its roles are which here."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from authlib.integrations.starlette_client import OAuth

from crm.staff.models import Role

DISCOVERY = "/.well-known/openid-configuration"
# Who has several roles gets the first of these.
FROM_THE_HIGHEST = (Role.ADMIN, Role.AGENT, Role.MARKETER)
NAMES = ("name", "preferred_username", "email")
LONGEST_NAME = 40


@dataclass(frozen=True)
class Provider:
    """An OpenID Connect provider.

    Attributes:
        issuer: its address, below which its configuration is found.
        roles: which of its roles, or groups, is which role here.
        role_claim: where these are in the claims; dots lead further in (realm_access.roles).
        title: what the button says.
        back: the address to which browsers come back.
    """

    issuer: str
    client_id: str
    client_secret: str
    roles: Mapping[str, Role]
    role_claim: str
    title: str
    back: str

    @cached_property
    def client(self) -> Any:
        """Authlib's client: authorisation code with PKCE, state, nonce and a checked ID token."""
        return OAuth().register(
            "provider",
            client_id=self.client_id,
            client_secret=self.client_secret or None,
            server_metadata_url=self.issuer.rstrip("/") + DISCOVERY,
            client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
        )

    def role_of(self, claims: Mapping[str, Any]) -> Role | None:
        """The highest role that the claims give; None where they give none."""
        given = _within(claims, self.role_claim)
        names = [given] if isinstance(given, str) else given if isinstance(given, list) else []
        theirs = {self.roles[name] for name in names if name in self.roles}
        return next((role for role in FROM_THE_HIGHEST if role in theirs), None)


def name_in(claims: Mapping[str, Any]) -> str:
    """The name under which somebody is to work."""
    given = next((claims[name] for name in NAMES if claims.get(name)), "")
    return " ".join(str(given).split())[:LONGEST_NAME]


def _within(claims: Any, path: str) -> Any:
    """What stands at a claim; the whole path may be the name of one, as addresses have dots."""
    if isinstance(claims, Mapping) and path in claims:
        return claims[path]
    for part in path.split("."):
        claims = claims.get(part) if isinstance(claims, Mapping) else None
    return claims
