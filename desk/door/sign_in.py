"""The pages of signing in and out."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form
from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from crm.staff import audit, throttle
from crm.staff.audit import Action
from crm.staff.sessions import begin_session, end_session
from crm.staff.users import check_password
from desk.door.doorkeeper import COOKIE
from desk.door.forms import form_secret, is_ours, mark, remember
from desk.door.single_sign_on import single_sign_on_router
from desk.office import Office
from desk.wording import Wording, preferred_language, wording

HERE = Path(__file__).parent.parent
STATIC = {
    "sign_in.css": "text/css",
    "desk.css": "text/css",
    "briefing.css": "text/css",
    "desk.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
templates = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True)


def sign_in_router(office: Office) -> APIRouter:
    """Signing in and out, and the few files that a stranger's browser needs for it."""
    router = APIRouter(include_in_schema=False)

    @router.get("/login")
    async def show(request: Request, to: str = "/") -> Response:
        if request.scope["staff"] is not None:
            return RedirectResponse(_here(request, to), HTTPStatus.SEE_OTHER)
        return _page(office, request, to)

    @router.post("/login")
    async def sign_in(
        request: Request,
        name: Annotated[str, Form(max_length=200)] = "",
        password: Annotated[str, Form(max_length=500)] = "",
        proof: Annotated[str, Form(max_length=200)] = "",
        to: Annotated[str, Form(max_length=500)] = "/",
    ) -> Response:
        if not is_ours(office.key, request.cookies.get("bottega_desk_form", ""), proof):
            return _page(office, request, to, "sign_in.form_expired", HTTPStatus.FORBIDDEN)
        address = request.client.host if request.client else ""
        cookie = await asyncio.to_thread(_let_in, office, name, password, address)
        if cookie is None:
            return _page(office, request, to, "sign_in.wrong", HTTPStatus.UNAUTHORIZED)
        if not cookie:
            return _page(office, request, to, "sign_in.too_often", HTTPStatus.TOO_MANY_REQUESTS)
        return _welcome(office, request, to, cookie)

    @router.post("/logout")
    async def sign_out(request: Request, proof: Annotated[str, Form()] = "") -> Response:
        cookie = request.cookies.get(COOKIE, "")
        if not is_ours(office.key, cookie, proof):
            return RedirectResponse(_here(request, "/"), HTTPStatus.SEE_OTHER)
        await asyncio.to_thread(_let_out, office, cookie)
        answer = RedirectResponse(_here(request, "/login"), HTTPStatus.SEE_OTHER)
        answer.delete_cookie(COOKIE, path=request.scope["root_path"])
        return answer

    @router.get("/static/{name}")
    async def static(name: str) -> Response:
        if name not in STATIC:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        headers = {"Cache-Control": "no-cache"}
        return FileResponse(HERE / "static" / name, media_type=STATIC[name], headers=headers)

    if office.provider is not None:
        router.include_router(single_sign_on_router(office, office.provider, FrontDoor(office)))
    return router


@dataclass(frozen=True)
class FrontDoor:
    """How somebody who comes back from a provider is received."""

    office: Office

    def welcome(self, request: Request, to: str, cookie: str) -> Response:
        """Led to where they wanted to go, signed in."""
        return _welcome(self.office, request, to, cookie)

    def turn_away(
        self, request: Request, problem: str, status: int = HTTPStatus.FORBIDDEN
    ) -> Response:
        """The page of signing in, with the reason."""
        return _page(self.office, request, "/", problem, status)


def _let_in(office: Office, name: str, password: str, address: str) -> str | None:
    """The cookie of a new session; empty when tried too often, None when something is wrong."""
    with office.database.writing() as session:
        if not throttle.may_try(session, name, address):
            return ""
        user = check_password(session, name, password)
        if user is None:
            throttle.note_failure(session, name, address)
            audit.note(session, "?", "", Action.SIGN_IN_REFUSED)
            return None
        throttle.forget_failures(session, name, address)
        audit.note(session, user.name, user.role, Action.SIGNED_IN)
        return begin_session(session, user)


def _let_out(office: Office, cookie: str) -> None:
    with office.database.writing() as session:
        user = end_session(session, cookie)
        if user is not None:
            audit.note(session, user.name, user.role, Action.SIGNED_OUT)


def _welcome(office: Office, request: Request, to: str, cookie: str) -> Response:
    answer = RedirectResponse(_here(request, to), HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        COOKIE,
        cookie,
        max_age=int(office.rules.lasting.total_seconds()),
        path=request.scope["root_path"],
        httponly=True,
        secure=office.is_secure,
        samesite="lax",
    )
    return answer


def _page(
    office: Office, request: Request, to: str, problem: str = "", status: int = HTTPStatus.OK
) -> Response:
    words = _words(request)
    secret = form_secret(request)
    root = request.scope["root_path"]
    html = templates.get_template("sign_in.html").render(
        words=words,
        root=root,
        to=_within(to),
        proof=mark(office.key, secret),
        problem=words(problem) if problem else "",
        provider=office.provider,
    )
    answer = HTMLResponse(html, status, headers={"Cache-Control": "no-store"})
    remember(answer, secret, root, is_secure=office.is_secure)
    return answer


def _words(request: Request) -> Wording:
    return wording(preferred_language(request.headers.get("accept-language", "")))


def _here(request: Request, to: str) -> str:
    return f"{request.scope['root_path']}{_within(to)}"


def _within(to: str) -> str:
    """A path of the desk itself: nobody is led elsewhere after signing in."""
    parts = urlsplit(to)
    is_inside = not parts.scheme and not parts.netloc and to.startswith("/")
    return to if is_inside and not to.startswith(("//", "/\\")) and to.isprintable() else "/"
