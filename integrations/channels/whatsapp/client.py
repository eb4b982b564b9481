"""The Cloud API, through pywa's client: messages, media, the number itself."""

import hashlib
import hmac
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from pywa_async.client import WhatsApp as PywaClient

from integrations.channels.whatsapp.deliveries import tracker_of
from integrations.channels.whatsapp.identities import Recipient
from integrations.channels.whatsapp.render import Piece
from integrations.channels.whatsapp.settings import WhatsAppSettings

CONNECT_SECONDS = 5.0
# At debug level pywa logs whole requests and answers: what customers wrote, and to whom.
QUIET = logging.getLogger("pywa")


class NoMessageId(ValueError):
    """The platform took a message and did not say under which id."""


class NoEnd(ValueError):
    """The platform goes on giving pages."""


class CloudApi:
    """One number's calls. `close` it in the end.

    Every method raises `pywa.errors.WhatsAppError` where the platform answers with an error, and
    `httpx.HTTPError` where it does not answer.
    """

    def __init__(self, settings: WhatsAppSettings) -> None:
        QUIET.setLevel(logging.ERROR)
        self._number = settings.phone_number_id
        secret, token = settings.app_secret.encode(), settings.token.encode()
        self._proof = hmac.new(secret, token, hashlib.sha256).hexdigest()
        self._session = httpx.AsyncClient(
            timeout=httpx.Timeout(settings.timeout_seconds, connect=CONNECT_SECONDS)
        )
        self._api = PywaClient(
            phone_id=settings.phone_number_id,
            token=settings.token,
            session=self._session,
            api_version=settings.api_version.lstrip("v"),
        ).api
        self._session.base_url = httpx.URL(settings.base_url)

    async def close(self) -> None:
        """Give the connections back."""
        await self._session.aclose()

    async def send(
        self, recipient: Recipient, piece: Piece, content: Mapping[str, Any], message_id: int
    ) -> str:
        """Send one message; the id under which the platform reports on it.

        Raises:
            NoMessageId
        """
        answer = await self._api.send_message(
            sender=self._number,
            to=recipient.phone,
            recipient=None if recipient.phone else recipient.user_id,
            recipient_type="individual",
            typ=piece.type,
            msg=dict(content),
            biz_opaque_callback_data=tracker_of(message_id),
        )
        try:
            return str(answer["messages"][0]["id"])
        except (KeyError, IndexError, TypeError):
            raise NoMessageId from None

    async def upload(self, content: bytes, name: str, media_type: str) -> str:
        """Upload a file; the media id under which messages may show it.

        Raises:
            NoMessageId
        """
        answer = await self._api.upload_media(self._number, content, media_type, name)
        try:
            return str(answer["id"])
        except (KeyError, TypeError):
            raise NoMessageId from None

    async def media(self, media_id: str) -> Mapping[str, Any]:
        """What the platform tells of a file: ``{"url", "mime_type", "sha256", "file_size"}``."""
        return dict(await self._api.get_media_url(media_id))

    @asynccontextmanager
    async def download(self, url: str) -> AsyncIterator[httpx.Response]:
        """A file's content as it comes; the address holds for five minutes."""
        async with self._api.stream_media_bytes(url) as response:
            yield response

    async def number(self) -> Mapping[str, Any]:
        """The number as customers see it: ``{"display_phone_number", "verified_name", …}``."""
        asked = {"fields": ",".join(NUMBER_FIELDS), PROOF: self._proof}
        endpoint = f"/{self._number}"
        return dict(await self._api.send_raw_request("GET", endpoint, params=asked))

    async def templates(self, account_id: str) -> list[Mapping[str, Any]]:
        """All templates of an account: ``{"name", "language", "status", "rejected_reason"}``.

        Raises:
            NoEnd
        """
        found: list[Mapping[str, Any]] = []
        place = {"limit": PAGE_SIZE}
        for _ in range(MOST_PAGES):
            page = await self._api.get_templates(account_id, TEMPLATE_FIELDS, pagination=place)
            found += page.get("data") or []
            paging = page.get("paging") or {}
            # The last page has a cursor too. The address in `next` may hold the token: not used.
            if not paging.get("next"):
                return found
            place = {"limit": PAGE_SIZE, "after": paging["cursors"]["after"]}
        raise NoEnd

    async def subscribers(self, account_id: str) -> list[Mapping[str, Any]]:
        """The apps to which the account's messages are delivered."""
        return list((await self._api.get_waba_subscribed_apps(account_id)).get("data") or [])

    async def subscribe(self, account_id: str) -> None:
        """Have the account's messages delivered to the app of the token."""
        await self._api.send_raw_request("POST", f"/{account_id}/subscribed_apps")


# Shows that the app secret is the one of the token's app; the platform refuses a wrong one.
PROOF = "appsecret_proof"
NUMBER_FIELDS = ("display_phone_number", "verified_name", "quality_rating")
TEMPLATE_FIELDS = ("name", "language", "status", "rejected_reason")
PAGE_SIZE = "200"
MOST_PAGES = 100
