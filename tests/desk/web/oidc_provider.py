"""A small OpenID Connect provider on a socket: it lets in whoever comes, as whoever it is told.

Where it asks, it shows a page with a button first, as people see one in a browser.
"""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

import uvicorn
from fastapi import FastAPI, Form, Header, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "bottega-desk", "the client's secret"
ASKED = """<!doctype html><html lang="it"><meta charset="utf-8"><title>Account</title>
<link rel="icon" href="data:,"><h1>Accesso</h1><a href="{back}">Continua come {name}</a></html>"""


class LocalProvider:
    """What it says of who signs in is in `claims`; the tests change it, and what it lies about."""

    def __init__(self, *, asks: bool = False) -> None:
        self.asks = asks
        self.claims: dict[str, Any] = {"sub": "u-1", "name": "Carla Neri", "roles": ["support"]}
        self.told_later: dict[str, Any] = {}
        self.lies: dict[str, Any] = {}
        self.key = self.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
        self.address = ""
        self._codes: dict[str, dict[str, str]] = {}

    def app(self) -> FastAPI:
        """Its addresses."""
        app = FastAPI(openapi_url=None)
        app.get("/.well-known/openid-configuration")(self._configuration)
        app.get("/authorize")(self._authorize)
        app.post("/token")(self._token)
        app.get("/jwks")(lambda: {"keys": [self.key.as_dict(private=False)]})
        app.get("/userinfo")(lambda: {"sub": self.claims["sub"], **self.told_later})
        return app

    def _configuration(self) -> dict[str, Any]:
        names = ("authorization_endpoint", "authorize"), ("token_endpoint", "token")
        more = ("jwks_uri", "jwks"), ("userinfo_endpoint", "userinfo")
        return {
            "issuer": self.address,
            "id_token_signing_alg_values_supported": ["RS256"],
            **{name: f"{self.address}/{path}" for name, path in (*names, *more)},
        }

    def _authorize(
        self, redirect_uri: str, state: str, nonce: str, code_challenge: str, client_id: str
    ) -> Response:
        code = secrets.token_urlsafe(8)
        self._codes[code] = {"nonce": nonce, "challenge": code_challenge, "client": client_id}
        back = f"{redirect_uri}?code={code}&state={state}"
        if not self.asks:
            return RedirectResponse(back, 302)
        return HTMLResponse(ASKED.format(name=self.claims["name"], back=escape(back)))

    def _token(
        self, code: str = Form(), code_verifier: str = Form(), authorization: str = Header("")
    ) -> Response:
        asked = self._codes.pop(code, None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest())
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        is_right = asked and proof.decode().rstrip("=") == asked["challenge"]
        if not is_right or authorization != f"Basic {basic}":
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(
            {"access_token": "x", "token_type": "Bearer", "id_token": self._id_token(asked)}
        )

    def _id_token(self, asked: dict[str, str]) -> str:
        at = int(time.time())
        claims = {
            "iss": self.address, "aud": CLIENT, "iat": at, "exp": at + 60,
            "nonce": asked["nonce"], **self.claims, **self.lies,
        }  # fmt: skip
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.signs_with)

    @contextmanager
    def serving(self) -> Iterator["LocalProvider"]:
        """Serve it on a free port."""
        server = uvicorn.Server(uvicorn.Config(self.app(), port=0, log_level="error"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        yield self
        server.should_exit = True
        thread.join(10)
