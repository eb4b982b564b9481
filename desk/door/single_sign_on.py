"""The two addresses of signing in by a provider: the way there and the way back."""

import asyncio
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol

from fastapi import APIRouter
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from crm.staff import audit
from crm.staff.audit import Action
from crm.staff.outside_accounts import ShutOut, admit
from crm.staff.sessions import begin_session
from crm.staff.tokens import BadLabel
from crm.staff.users import NameTaken
from desk.door.provider import Provider, name_in
from desk.office import Office

logger = logging.getLogger(__name__)
WAY = "/sso"
# Holds state, nonce and the PKCE secret while the browser is with the provider.
WAY_COOKIE = "bottega_desk_way"
MINUTES_AWAY = 10


class Door(Protocol):
    """How somebody who comes back from a provider is received."""

    def welcome(self, request: Request, to: str, cookie: str) -> Response:
        """Led to where they wanted to go, signed in."""
        ...

    def turn_away(
        self, request: Request, problem: str, status: int = HTTPStatus.FORBIDDEN
    ) -> Response:
        """The page of signing in, with the reason."""
        ...


class Refused(Exception):
    """The provider's answer lets nobody in; `reason` names the sentence that says so."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def single_sign_on_router(office: Office, provider: Provider, door: Door) -> APIRouter:
    """Signing in by a provider.

    Args:
        door: the pages of signing in.
    """
    router = APIRouter(include_in_schema=False)
    keeper = URLSafeTimedSerializer(office.key, salt="desk way")

    @router.get(WAY)
    async def go(request: Request, to: str = "/") -> Response:
        request.scope["session"] = session = {"to": to}
        try:
            answer: Response = await provider.client.authorize_redirect(request, provider.back)
        except Exception as problem:  # whatever it is, the door stays shut
            return _failed(request, problem)
        _keep(answer, request, keeper.dumps(session), is_secure=office.is_secure)
        return answer

    @router.get(f"{WAY}/back")
    async def come_back(request: Request) -> Response:
        try:
            session = keeper.loads(request.cookies.get(WAY_COOKIE, ""), MINUTES_AWAY * 60)
            request.scope["session"] = session
            to = str(session.pop("to", "/"))
            claims = await _claims(provider, request)
            cookie = await asyncio.to_thread(_let_in, office, provider, claims)
        except BadSignature:
            return door.turn_away(request, "sso.expired")
        except Refused as refused:
            return door.turn_away(request, refused.reason)
        except Exception as problem:  # whatever it is, the door stays shut
            return _failed(request, problem)
        answer = door.welcome(request, to, cookie)
        answer.delete_cookie(WAY_COOKIE, path=request.scope["root_path"])
        return answer

    def _failed(request: Request, problem: Exception) -> Response:
        """Kept in the log by its kind alone: messages may hold what somebody sent."""
        logger.warning("Signing in by the provider failed: %s", type(problem).__name__)
        return door.turn_away(request, "sso.failed", HTTPStatus.BAD_GATEWAY)

    return router


def _keep(answer: Response, request: Request, way: str, *, is_secure: bool) -> None:
    answer.set_cookie(
        WAY_COOKIE, way, max_age=MINUTES_AWAY * 60, path=request.scope["root_path"],
        httponly=True, secure=is_secure, samesite="lax",
    )  # fmt: skip


async def _claims(provider: Provider, request: Request) -> Mapping[str, Any]:
    """What the provider says of who came back, its signature, state and nonce checked."""
    token = await provider.client.authorize_access_token(request)
    claims = dict(token.get("userinfo") or {})
    if not claims.get("sub"):
        raise Refused("sso.failed")
    if provider.role_of(claims) is None:
        more = await provider.client.userinfo(token=token)
        if more.get("sub") == claims["sub"]:
            claims = {**more, **claims}
    return claims


def _let_in(office: Office, provider: Provider, claims: Mapping[str, Any]) -> str:
    """The cookie of a new session.

    Raises:
        Refused
    """
    try:
        return _admit(office, provider, claims)
    except (Refused, ShutOut, NameTaken, BadLabel) as no:
        with office.database.writing() as session:
            audit.note(session, "?", "", Action.SIGN_IN_REFUSED)
        raise no if isinstance(no, Refused) else Refused("sso.not_here") from None


def _admit(office: Office, provider: Provider, claims: Mapping[str, Any]) -> str:
    role = provider.role_of(claims)
    if role is None:
        raise Refused("sso.no_role")
    with office.database.writing() as session:
        user = admit(session, provider.issuer, str(claims["sub"]), name_in(claims), role)
        audit.note(session, user.name, user.role, Action.SIGNED_IN, by="provider")
        return begin_session(session, user)
