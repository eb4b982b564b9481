"""Files that come through a platform: noted at once, fetched later, kept as if uploaded to us.

A message's attachment goes through three shapes, under one id:

- ``{"id", "name", "type", "size", "what", "remote"}``: still on the platform;
- ``{"id", "name", "type", "size", "what", "file"}``: kept; `file` is its name in the folder;
- ``{"id", "name", "type", "size", "what", "refused"}``: not kept, and why not.
"""

import io
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integrations.channels.webchat.attachments import presentable_name
from integrations.channels.webchat.sniff import HEAD_BYTES, Kind, sniff

Record = dict[str, Any]

TOO_LARGE = "too_large"
EMPTY = "empty"
UNWANTED = "type_not_allowed"
GONE = "not_available"
STATES = ("remote", "file", "refused")

OGG = Kind("ogg", "audio/ogg", ".ogg")
MP3 = Kind("mp3", "audio/mpeg", ".mp3")
M4A = Kind("m4a", "audio/mp4", ".m4a")
MP4 = Kind("mp4", "video/mp4", ".mp4")
MARKS = {
    b"OggS": OGG,
    b"ID3": MP3,
    b"#!AMR": Kind("amr", "audio/amr", ".amr"),
    b"\x1a\x45\xdf\xa3": Kind("webm", "video/webm", ".webm"),
    b"\xff\xf1": Kind("aac", "audio/aac", ".aac"),
    b"\xff\xf9": Kind("aac", "audio/aac", ".aac"),
    b"\xff\xfb": MP3,
    b"\xff\xf3": MP3,
    b"\xff\xf2": MP3,
}
BRANDS = {
    b"M4A ": M4A,
    b"qt  ": Kind("mov", "video/quicktime", ".mov"),
    b"heic": Kind("heic", "image/heic", ".heic"),
    b"mif1": Kind("heic", "image/heic", ".heic"),
}


class FileRefused(ValueError):
    """A file that is not kept; `reason` is one of the words above."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Remote:
    """A file on the platform. `what`: photo, voice …; `size` in bytes where it is told."""

    reference: str
    what: str
    name: str = ""
    type: str = "application/octet-stream"
    size: int | None = None


def note_remote(remote: Remote, limit: int) -> Record:
    """The attachment to store at once; refused already where it is known to be too large."""
    record = {
        "id": secrets.token_urlsafe(16),
        "name": remote.name[:200] or remote.what,
        "type": remote.type[:100],
        "size": remote.size,
        "what": remote.what,
    }
    if remote.size is not None and remote.size > limit:
        return {**record, "refused": TOO_LARGE}
    return {**record, "remote": remote.reference}


def pending(attachments: list[Any]) -> Iterator[Record]:
    """The attachments that are still on the platform."""
    return (record for record in attachments if "remote" in record)


def kept(record: Mapping[str, Any], content: bytes, folder: Path, limit: int) -> Record:
    """Write a file into the folder and give its attachment as kept.

    The name in the folder follows from the id: fetched twice, it is one file.

    Raises:
        FileRefused: too large, empty, or of a kind that is not taken.
    """
    kind = inspect(content, limit)
    file = record["id"] + kind.suffix
    write(folder / file, content)
    return {
        **_without_state(record),
        "name": presentable_name(record["name"], kind),
        "type": kind.type,
        "size": len(content),
        "file": file,
    }


def refused(record: Mapping[str, Any], reason: str) -> Record:
    """The attachment of a file that is not kept."""
    return {**_without_state(record), "refused": reason}


def _without_state(record: Mapping[str, Any]) -> Record:
    return {name: value for name, value in record.items() if name not in STATES}


def inspect(content: bytes, limit: int) -> Kind:
    """What kind of file it is, told by its content.

    Raises:
        FileRefused
    """
    if not content:
        raise FileRefused(EMPTY)
    if len(content) > limit:
        raise FileRefused(TOO_LARGE)
    kind = _sound_or_film(content[:HEAD_BYTES]) or sniff(io.BytesIO(content))
    if kind is None:
        raise FileRefused(UNWANTED)
    return kind


def _sound_or_film(head: bytes) -> Kind | None:
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12], MP4)
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return Kind("wav", "audio/wav", ".wav")
    return next((kind for mark, kind in MARKS.items() if head.startswith(mark)), None)


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable for us alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    half.touch(mode=0o600)
    half.write_bytes(content)
    half.replace(path)
