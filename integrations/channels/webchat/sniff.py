"""Tells what a file is from its content; what it is called or claims to be counts for nothing."""

import codecs
import zipfile
from dataclasses import dataclass
from typing import BinaryIO

HEAD_BYTES = 1024
MARKS = {
    b"\xff\xd8\xff": "jpeg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
}
WORD_DOCUMENT = "word/document.xml"
WORD_MACROS = "word/vbaProject.bin"
TEXT_CONTROLS = frozenset(b"\t\n\r\f")


@dataclass(frozen=True)
class Kind:
    """A kind of file that customers may send."""

    name: str
    type: str
    suffix: str

    @property
    def is_image(self) -> bool:
        return self.type.startswith("image/")


KINDS = {
    "jpeg": Kind("jpeg", "image/jpeg", ".jpg"),
    "png": Kind("png", "image/png", ".png"),
    "webp": Kind("webp", "image/webp", ".webp"),
    "gif": Kind("gif", "image/gif", ".gif"),
    "pdf": Kind("pdf", "application/pdf", ".pdf"),
    "docx": Kind(
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".docx",
    ),
    "txt": Kind("txt", "text/plain", ".txt"),
}


def sniff(file: BinaryIO) -> Kind | None:
    """The kind of a file's content, or None when it is none of those that we take."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    name = _by_mark(head) or ("docx" if _is_word(file, head) else None)
    if name is None and _is_text(file):
        name = "txt"
    file.seek(0)
    return KINDS[name] if name else None


def _by_mark(head: bytes) -> str | None:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if b"%PDF-" in head:
        return "pdf"
    return next((name for mark, name in MARKS.items() if head.startswith(mark)), None)


def _is_word(file: BinaryIO, head: bytes) -> bool:
    if not head.startswith(b"PK"):
        return False
    try:
        with zipfile.ZipFile(file) as parcel:
            names = set(parcel.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    return WORD_DOCUMENT in names and WORD_MACROS not in names


def _is_text(file: BinaryIO) -> bool:
    """UTF-8 without control characters, from the first byte to the last."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while block := file.read(64 * 1024):
            if any(byte < 32 and byte not in TEXT_CONTROLS for byte in block):
                return False
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
