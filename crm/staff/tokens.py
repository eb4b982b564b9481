"""Staff tokens: shown once when they are made, kept only as a hash, revoked for good."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db import now
from crm.staff.models import ApiToken, Role

PREFIX = "bt_"
RANDOM_BYTES = 32
LONGEST_LABEL = 50  # so that "staff:<label>" fits where a source is written

# Names under which the system itself writes into the history.
RESERVED = frozenset({"bot", "customer", "system"})


class BadLabel(ValueError):
    """The label cannot be somebody's name in the history."""


class UnknownToken(LookupError):
    """There is no token with this id."""


def create_token(session: Session, role: Role, label: str = "") -> str:
    """Make a token and return its text, which nobody can read again later.

    Args:
        role: what its bearer may do.
        label: the name under which its bearer acts; empty: role and number, "agent-3".

    Raises:
        BadLabel: too long, or a name of the system itself.
    """
    name = usable_name(label)
    text = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    session.add(ApiToken(role=role, label=name, token_hash=_hash(text)))
    session.flush()
    return text


def usable_name(label: str) -> str:
    """A name as the history will show it.

    Raises:
        BadLabel: too long, or a name of the system itself.
    """
    name = " ".join(label.split())
    if len(name) > LONGEST_LABEL:
        raise BadLabel(
            f"The label {name!r} has {len(name)} characters; use {LONGEST_LABEL} at most."
        )
    if name.casefold() in RESERVED or not (name.isprintable()):
        raise BadLabel(f"The label {name!r} cannot be used; give the name of a person or a team.")
    return name


def find_token(session: Session, text: str) -> ApiToken | None:
    """The token with this text, unless it was revoked."""
    given = _hash(text)
    token = session.scalar(select(ApiToken).filter_by(token_hash=given, revoked_at=None))
    if token is None or not hmac.compare_digest(token.token_hash, given):
        return None
    return token


def revoke_token(session: Session, token_id: int) -> ApiToken:
    """Refuse a token from now on; the first revocation's time stands.

    Raises:
        UnknownToken
    """
    token = session.get(ApiToken, token_id)
    if token is None:
        raise UnknownToken(f"There is no token {token_id}.")
    token.revoked_at = token.revoked_at or now()
    return token


def tokens(session: Session) -> Sequence[ApiToken]:
    """Every token ever made, oldest first."""
    return session.scalars(select(ApiToken).order_by(ApiToken.id)).all()


def display_name(token: ApiToken) -> str:
    """The name under which the bearer of a token acts."""
    return token.label or f"{token.role}-{token.id}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
