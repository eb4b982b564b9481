"""The platform's limits on what a bot sends."""

import ipaddress
import json
import struct
from typing import Any
from urllib.parse import urlsplit

from app.demo.platforms.telegram.refusals import Refusal, bad
from app.demo.platforms.telegram.world import Json

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LONGEST_CALLBACK_BYTES = 64
MOST_BUTTONS = 100
MOST_IN_ROW = 8
LARGEST_PHOTO = 10 * 1024 * 1024
LARGEST_UPLOAD = 50 * 1024 * 1024
LARGEST_DOWNLOAD = 20 * 1024 * 1024
LONGEST_ANSWER = 200
REMOVED = {*map(chr, range(0x2028, 0x202F)), "\u0333", "\u033f", "\u030a", "\r"}
INVISIBLE = {
    *map(chr, range(0x2000, 0x2010)), "\u1680", "\u180e", "\u202f", "\u205f", "\u2800", "\u3000",
    "\ufffc", "\ufeff", "\xa0", "\u202e", " ", "\n",
    *map(chr, range(0xE0000, 0xE0080)),
}  # fmt: skip


def cleaned(text: str) -> str:
    """A text as Telegram keeps it: without controls, without white space around it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise bad("strings must be encoded in UTF-8") from None
    visible = (" " if character < " " and character != "\n" else character
               for character in text if character not in REMOVED)  # fmt: skip
    return "".join(visible).strip(" \n")


def is_empty(text: str) -> bool:
    """Whether nothing of a cleaned text can be seen."""
    return all(character in INVISIBLE for character in text)


def units(text: str) -> int:
    """A text's length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def check_text(given: Any) -> str:
    """A message's text.

    Raises:
        Refusal
    """
    text = cleaned(given) if isinstance(given, str) else ""
    if is_empty(text):
        raise bad("message text is empty")
    if units(text) > LONGEST_TEXT:
        raise bad("message is too long")
    return text


def check_caption(given: Any) -> str:
    """A caption; it may be empty.

    Raises:
        Refusal
    """
    caption = cleaned(given) if isinstance(given, str) else ""
    if units(caption) > LONGEST_CAPTION:
        raise bad("message caption is too long")
    return "" if is_empty(caption) else caption


def structured(given: Any, what: str) -> Any:
    """An argument that may come as JSON.

    Raises:
        Refusal
    """
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except ValueError:
        raise bad(f"can't parse {what} JSON object") from None


def check_markup(given: Any) -> Json | None:
    """A reply markup, looked into where it is a keyboard: below the message or below the chat.

    Raises:
        Refusal
    """
    markup = structured(given, "reply keyboard markup")
    if not markup:
        return None
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    rows = markup.get("inline_keyboard")
    if rows is None:
        return _check_keyboard(markup) if "keyboard" in markup else markup
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad('can\'t parse inline keyboard: Field "inline_keyboard" must be of type Array')
    if sum(map(len, rows)) > MOST_BUTTONS or any(len(row) > MOST_IN_ROW for row in rows):
        raise bad("REPLY_MARKUP_TOO_LONG")
    kept = [[_check_button(button) for button in row] for row in rows if row]
    return {"inline_keyboard": kept} if kept else None


def _check_keyboard(markup: Json) -> Json:
    rows = markup["keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad('can\'t parse keyboard: Field "keyboard" must be of type Array')
    texts = [one.get("text") if isinstance(one, dict) else one for row in rows for one in row]
    if not texts or any(is_empty(cleaned(str(text or ""))) for text in texts):
        raise bad("can't parse keyboard button: KeyboardButton must have a text")
    return markup


def _check_button(button: Any) -> Json:
    if not isinstance(button, dict) or is_empty(cleaned(str(button.get("text", "")))):
        raise bad("can't parse inline keyboard button: InlineKeyboardButton must have a text")
    if "url" in button:
        return {"text": cleaned(button["text"]), "url": _check_button_url(str(button["url"]))}
    data = button.get("callback_data")
    if data is None:
        raise bad(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if not 1 <= len(str(data).encode()) <= LONGEST_CALLBACK_BYTES:
        raise bad("BUTTON_DATA_INVALID")
    return {"text": cleaned(button["text"]), "callback_data": str(data)}


def _check_button_url(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL") from None
    if parts.scheme not in ("http", "https", "tg"):
        raise bad(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    if parts.scheme != "tg" and not is_reachable(url):
        raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return url


def is_reachable(url: str) -> bool:
    """Whether an address could lead somewhere from Telegram's own machines."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or any(character.isspace() for character in url):
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host.strip(".")


def check_picture(content: bytes) -> str:
    """An uploaded picture's type.

    Raises:
        Refusal
    """
    if not content:
        raise bad("file must be non-empty")
    if len(content) > LARGEST_PHOTO:
        raise Refusal(413, "Request Entity Too Large")
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        if not 0 < width + height <= 10_000 or max(width, height) > 20 * min(width, height):
            raise bad("PHOTO_INVALID_DIMENSIONS")
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    raise bad("IMAGE_PROCESS_FAILED")
