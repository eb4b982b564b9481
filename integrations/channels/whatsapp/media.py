"""Gets the files that customers send from the platform."""

import hashlib
from collections.abc import Mapping
from typing import Any

import httpx
from pywa.errors import WhatsAppError

from integrations.channels.shared_collector import TryAgain
from integrations.channels.shared_media import GONE, TOO_LARGE, FileRefused, Record
from integrations.channels.whatsapp.client import CloudApi

BAD_REQUEST = 400
NOT_FOUND = 404


class MediaFetcher:
    """Fetches one file at a time from the platform, up to a size."""

    def __init__(self, api: CloudApi, limit: int) -> None:
        self._api = api
        self._limit = limit

    async def __call__(self, record: Record) -> bytes:
        """An attachment's content.

        Raises:
            FileRefused: it is too large, or the platform has it no more.
            TryAgain: the platform cannot give it now.
        """
        try:
            return await self._fetch(str(record["remote"]))
        except WhatsAppError as problem:
            if problem.status_code in (BAD_REQUEST, NOT_FOUND):
                raise FileRefused(GONE) from None
            raise TryAgain from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as problem:
            if isinstance(problem, FileRefused):
                raise
            raise TryAgain from None

    async def _fetch(self, media_id: str) -> bytes:
        about = await self._api.media(media_id)
        if _size(about) > self._limit:
            raise FileRefused(TOO_LARGE)
        content = await self._download(str(about.get("url")))
        if not _is_whole(content, about):
            raise TryAgain
        return content

    async def _download(self, url: str) -> bytes:
        content = bytearray()
        async with self._api.download(url) as response:
            response.raise_for_status()
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > self._limit:
                    raise FileRefused(TOO_LARGE)
        return bytes(content)


def _size(about: Mapping[str, Any]) -> int:
    size = about.get("file_size")
    return int(size) if isinstance(size, int | str) and str(size).isdigit() else 0


def _is_whole(content: bytes, about: Mapping[str, Any]) -> bool:
    """Whether the content is what the platform announced, where it tells the checksum."""
    checksum = str(about.get("sha256") or "")
    return not checksum or hashlib.sha256(content).hexdigest() == checksum.lower()
