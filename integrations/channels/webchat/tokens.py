"""Session tokens: signed, expiring, bound to the session id that the server chose."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from integrations.channels.webchat.errors import TokenExpired, TokenInvalid, TokenMissing

SALT = "bottega.webchat.session"
LOCALES = ("it", "en")
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Pass:
    """What a token says. A session's later tokens have higher generations.

    `holder` marks, unreadably, the customer for whom the token was made, `level` how sure we were
    of them then (0 is anonymous).
    """

    session_id: str
    locale: str = "it"
    page: str = ""
    generation: int = 0
    level: int = 0
    holder: str = ""
    issued_at: datetime = LONG_AGO


@dataclass(frozen=True)
class SignedToken:
    """A token to be handed out."""

    token: str
    expires_at: datetime

    @property
    def body(self) -> dict[str, str]:
        """``{"token", "expires_at"}``."""
        return {"token": self.token, "expires_at": self.expires_at.isoformat()}


class TokenSigner:
    """Makes and reads tokens with the server's key."""

    def __init__(self, key: bytes, lifetime: timedelta) -> None:
        self._key = key
        self._lifetime = lifetime
        self._serializer = URLSafeTimedSerializer(
            key,
            salt=SALT,
            signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
        )

    def sign(self, pass_: Pass) -> SignedToken:
        """A fresh token, valid from now for a session's lifetime."""
        content = [
            pass_.session_id,
            pass_.locale,
            pass_.page,
            pass_.generation,
            pass_.level,
            pass_.holder,
        ]
        token = self._serializer.dumps(content)
        assert isinstance(token, str)
        return SignedToken(token, self.read(token).issued_at + self._lifetime)

    def read(self, token: str) -> Pass:
        """What a token says.

        Raises:
            TokenMissing, TokenExpired, TokenInvalid
        """
        if not token:
            raise TokenMissing
        try:
            content, issued_at = self._serializer.loads(
                token, max_age=int(self._lifetime.total_seconds()), return_timestamp=True
            )
            return replace(Pass(*content), issued_at=issued_at.astimezone(UTC))
        except SignatureExpired:
            raise TokenExpired from None
        except (BadSignature, TypeError, ValueError):
            raise TokenInvalid from None

    def is_over(self, pass_: Pass, at: datetime) -> bool:
        """Whether a pass that was read earlier has expired meanwhile."""
        return at > pass_.issued_at + self._lifetime

    def is_ageing(self, pass_: Pass, at: datetime) -> bool:
        """Whether more than half of a pass's life is over."""
        return at > pass_.issued_at + self._lifetime / 2

    def holder(self, session_id: str, customer_id: int | None) -> str:
        """A mark that tells one customer from another and gives nothing away about either."""
        if customer_id is None:
            return ""
        words = f"{SALT}:holder:{session_id}:{customer_id}"
        return hmac.new(self._key, words.encode(), hashlib.sha256).hexdigest()[:16]


def new_session_id() -> str:
    """An id that nobody can guess: 192 random bits."""
    return secrets.token_urlsafe(24)


def known_locale(given: Any) -> str:
    """One of the locales we speak: the one that was asked for (``en-US`` is ``en``), or Italian."""
    language = str(given or "").replace("_", "-").partition("-")[0].strip().lower()
    return language if language in LOCALES else LOCALES[0]
