"""What the Telegram channel has to know, checked when it is put together."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

OFFICIAL_API = "https://api.telegram.org"
WEBHOOK_PATH = "/telegram/webhook"
TOKEN = re.compile(r"(\d{5,15}):[A-Za-z0-9_-]{30,60}")
SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
LARGEST_DOWNLOAD = 20 * 1024 * 1024


class BadTelegramSettings(ValueError):
    """Telegram is configured in a way that cannot work."""


class Mode(StrEnum):
    """How updates come: we ask for them, or Telegram calls us."""

    POLLING = "polling"
    WEBHOOK = "webhook"


@dataclass(frozen=True)
class TelegramSettings:
    """The bot's account and how it is reached.

    Args:
        token: what BotFather gave; never shown.
        mode: polling for a laptop, webhook in production.
        secret: what Telegram sends along with every update; `derived_secret` makes one.
        public_url: our own address as Telegram and the customers reach it.
        called_at: where the platform reaches us, if not under `public_url`.
        api_url: the Bot API's address; the local platform's in tests and in the demo.
        download_bytes: the largest file of a customer that is kept; Telegram gives up to 20 MB.

    Raises:
        BadTelegramSettings: one sentence that names what is wrong, without token and secret.
    """

    token: str = field(repr=False)
    mode: Mode = Mode.POLLING
    secret: str = field(default="", repr=False)
    public_url: str = ""
    called_at: str = ""
    api_url: str = OFFICIAL_API
    download_bytes: int = LARGEST_DOWNLOAD
    messages_per_second: float = 28.0
    chat_messages_per_second: float = 1.0
    chat_burst: int = 4
    connect_seconds: float = 5.0
    answer_seconds: float = 20.0
    poll_seconds: int = 25

    def __post_init__(self) -> None:
        if not TOKEN.fullmatch(self.token):
            raise BadTelegramSettings(
                "The Telegram token is not of the form 123456789:AAE…; "
                "copy it from BotFather, without spaces."
            )
        if self.secret and not SECRET.fullmatch(self.secret):
            raise BadTelegramSettings(
                "The Telegram webhook secret must have 16 to 256 letters, digits, '_' or '-'; "
                "leave it empty to have one made."
            )
        if self.mode == Mode.WEBHOOK and not self.secret:
            raise BadTelegramSettings("The Telegram webhook needs a secret; none was given.")
        if self.mode == Mode.WEBHOOK and self.is_official:
            check_webhook_address(self.public_url)

    @property
    def bot_id(self) -> str:
        """The bot's number: the part of the token that is no secret."""
        return self.token.partition(":")[0]

    @property
    def is_official(self) -> bool:
        """Whether this is Telegram itself, not a local platform."""
        return self.api_url.rstrip("/") == OFFICIAL_API

    @property
    def webhook_url(self) -> str:
        """Where Telegram sends updates."""
        return (self.called_at or self.public_url).rstrip("/") + WEBHOOK_PATH


def check_webhook_address(public_url: str) -> None:
    """See that Telegram can call this address.

    Raises:
        BadTelegramSettings
    """
    try:
        parts = urlsplit(public_url)
        port = parts.port
    except ValueError:
        raise BadTelegramSettings(f"The public address {public_url!r} is no URL.") from None
    if parts.scheme != "https" or "." not in (parts.hostname or ""):
        raise BadTelegramSettings(
            f"The public address is {public_url!r}; Telegram calls only https:// addresses. "
            "Set the public address, or use polling."
        )
    if port not in (None, 443, 80, 88, 8443):
        raise BadTelegramSettings(
            f"The public address has port {port}; Telegram calls only 443, 80, 88 and 8443."
        )


def derived_secret(key: bytes, token: str) -> str:
    """A webhook secret that stays the same as long as the app's key and the bot do."""
    return hmac.new(key, b"telegram webhook " + token.encode(), hashlib.sha256).hexdigest()
