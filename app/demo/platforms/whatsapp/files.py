"""Files on the platform: what may be uploaded, and under which type it is sent."""

import hashlib
import secrets
from dataclasses import dataclass

from app.demo.platforms.whatsapp.errors import GraphError

MEGABYTE = 1024 * 1024
OFFICE = "application/vnd.openxmlformats-officedocument"
DOCUMENTS = (
    "text/plain",
    "application/pdf",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    f"{OFFICE}.wordprocessingml.document",
    f"{OFFICE}.spreadsheetml.sheet",
    f"{OFFICE}.presentationml.presentation",
)
SOUNDS = ("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg")
FILMS = ("video/mp4", "video/3gpp")
# Type of the content: type of the message, largest size.
TAKEN = {
    "image/jpeg": ("image", 5 * MEGABYTE),
    "image/png": ("image", 5 * MEGABYTE),
    "image/webp": ("sticker", MEGABYTE // 2),
    **dict.fromkeys(SOUNDS, ("audio", 16 * MEGABYTE)),
    **dict.fromkeys(FILMS, ("video", 16 * MEGABYTE)),
    **dict.fromkeys(DOCUMENTS, ("document", 100 * MEGABYTE)),
}


@dataclass(frozen=True)
class File:
    """A file that somebody uploaded or sent."""

    id: str
    content: bytes
    type: str
    name: str = ""

    @property
    def message_type(self) -> str:
        """The type of message that shows it."""
        return TAKEN.get(self.type, ("document", 0))[0]

    @property
    def checksum(self) -> str:
        """SHA-256 of the content, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


def new_file(content: bytes, media_type: str, name: str = "") -> File:
    """A file under a new media id, whatever it is: customers send what they like."""
    return File(str(secrets.randbelow(10**15) + 10**15), content, media_type, name)


def uploaded(content: bytes, media_type: str, name: str) -> File:
    """A file that the business uploads.

    Raises:
        GraphError: its type is not taken, or it is too large or empty.
    """
    media_type = media_type.partition(";")[0].strip()
    if media_type not in TAKEN:
        raise GraphError(
            100, f"Param file must be a file with one of the following types: {', '.join(TAKEN)}."
        )
    if not 0 < len(content) <= TAKEN[media_type][1]:
        raise GraphError(131053, f"The file has {len(content)} bytes; that is not taken.")
    return new_file(content, media_type, name)
