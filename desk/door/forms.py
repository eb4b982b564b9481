"""Proof that a form was ours: each carries a mark that only our own page could know."""

import hashlib
import hmac
import secrets

from starlette.requests import Request
from starlette.responses import Response

FORM_COOKIE = "bottega_desk_form"


def mark(key: bytes, secret: str) -> str:
    """What a form carries for whoever holds a secret: a session's cookie, or a form's."""
    return hmac.new(key, f"desk form {secret}".encode(), hashlib.sha256).hexdigest()


def is_ours(key: bytes, secret: str, given: str) -> bool:
    """Whether a form carries the right mark."""
    return bool(secret) and hmac.compare_digest(mark(key, secret).encode(), given.encode())


def form_secret(request: Request) -> str:
    """The secret of a browser that is not signed in yet; a new one on its first visit."""
    return request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)


def remember(response: Response, secret: str, path: str, *, is_secure: bool) -> None:
    """Let the browser keep the secret of its forms."""
    response.set_cookie(
        FORM_COOKIE, secret, path=path, httponly=True, secure=is_secure, samesite="strict"
    )
