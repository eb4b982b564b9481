"""What the platform takes as a message, and what it refuses; after its documentation, strictly.

Lengths are counted in UTF-16 units, so that nothing passes here that is too long there.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from app.demo.platforms.whatsapp.errors import GraphError, invalid, missing
from app.demo.platforms.whatsapp.files import File

Json = Mapping[str, Any]
FindFile = Callable[[str], File | None]

LONGEST_TEXT = 4096
LONGEST_BODY = 1024
LONGEST_CAPTION = 1024
LONGEST_EDGE = 60
LONGEST_TITLE = 20
LONGEST_REPLY_ID = 256
LONGEST_ROW_ID = 200
LONGEST_ROW = 24
LONGEST_DESCRIPTION = 72
LONGEST_TRACKER = 512
MOST_BUTTONS = 3
MOST_ROWS = 10
CAPTIONED = ("image", "video", "document")
HEADERS = ("text", "image", "video", "document")


def check_message(message: Json, find_file: FindFile) -> str:
    """See that a message can be sent; its type.

    Raises:
        GraphError: the first thing that is wrong.
    """
    if message.get("messaging_product") != "whatsapp":
        raise GraphError(100, "The parameter messaging_product is required.")
    if message.get("recipient_type", "individual") != "individual":
        raise GraphError(100, "recipient_type must be individual.")
    kind = message.get("type", "text")
    if kind not in CHECKS:
        raise GraphError(100, f"Param type must be one of {{{', '.join(CHECKS)}}} - got {kind!r}.")
    held = message.get(kind)
    if not isinstance(held, dict | list) or not held:
        raise GraphError(100, f"The parameter {kind} is required.")
    tracker = message.get("biz_opaque_callback_data", "")
    _text("biz_opaque_callback_data", tracker, LONGEST_TRACKER, least=0)
    CHECKS[kind](held, find_file)
    return str(kind)


def units(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _text(name: str, value: object, most: int, least: int = 1) -> str:
    if value is None and least:
        raise missing(name)
    if not isinstance(value, str):
        raise GraphError(100, f"Param {name} must be a string.")
    if units(value.strip() if least else value) < least:
        raise missing(name)
    if units(value) > most:
        raise invalid(f"{name} length invalid. Min length: {least}, Max length: {most}")
    return value


def _object(name: str, value: object) -> Json:
    if not isinstance(value, dict):
        raise missing(name)
    return value


def _list(name: str, value: object, most: int) -> list[Json]:
    if not isinstance(value, list) or not value:
        raise missing(name)
    if len(value) > most:
        raise invalid(f"{name} must have at most {most} entries.")
    return [_object(f"{name}[{number}]", item) for number, item in enumerate(value)]


def _unique(name: str, values: Iterable[str]) -> None:
    seen = [value.casefold() for value in values]
    if len(set(seen)) != len(seen):
        raise invalid(f"Duplicated {name}.")


def _check_text(text: Json, _: FindFile) -> None:
    _text("text.body", text.get("body"), LONGEST_TEXT)


def _check_interactive(interactive: Json, find_file: FindFile) -> None:
    kind = interactive.get("type")
    action = _object("interactive.action", interactive.get("action"))
    longest = LONGEST_TEXT if kind == "list" else LONGEST_BODY
    body = _object("interactive.body", interactive.get("body"))
    _text("interactive.body.text", body.get("text"), longest)
    if "footer" in interactive:
        footer = _object("interactive.footer", interactive["footer"])
        _text("interactive.footer.text", footer.get("text"), LONGEST_EDGE)
    if "header" in interactive:
        _check_header(_object("interactive.header", interactive["header"]), kind, find_file)
    if kind not in ACTIONS:
        raise invalid(f"interactive.type must be one of {{{', '.join(ACTIONS)}}}.")
    ACTIONS[kind](action)


def _check_header(header: Json, kind: object, find_file: FindFile) -> None:
    form = header.get("type")
    if form not in HEADERS or (kind == "list" and form != "text"):
        raise invalid(f"A header of type {form!r} is not supported here.")
    if form == "text":
        _text("interactive.header.text", header.get("text"), LONGEST_EDGE)
    else:
        _check_media(str(form), _object(f"interactive.header.{form}", header.get(form)), find_file)


def _check_buttons(action: Json) -> None:
    replies = []
    for button in _list("action.buttons", action.get("buttons"), MOST_BUTTONS):
        if button.get("type") != "reply":
            raise invalid("Button type must be reply.")
        replies.append(_object("button.reply", button.get("reply")))
    _check_ids([reply.get("id") for reply in replies], LONGEST_REPLY_ID)
    titles = [_text("button.reply.title", one.get("title"), LONGEST_TITLE) for one in replies]
    _unique("button title", titles)


def _check_ids(values: list[Any], most: int) -> None:
    for value in values:
        if _text("id", value, most) != value.strip():
            raise invalid("An id cannot have leading or trailing spaces.")
    _unique("id", values)


def _check_list(action: Json) -> None:
    _text("action.button", action.get("button"), LONGEST_TITLE)
    sections = _list("action.sections", action.get("sections"), MOST_ROWS)
    for section in sections:
        if len(sections) > 1 or "title" in section:
            _text("section.title", section.get("title"), LONGEST_ROW)
    rows = [row for one in sections for row in _list("section.rows", one.get("rows"), MOST_ROWS)]
    if len(rows) > MOST_ROWS:
        raise invalid(f"Total row count exceed max allowed count: {MOST_ROWS}")
    _check_ids([row.get("id") for row in rows], LONGEST_ROW_ID)
    _unique("row title", [_text("row.title", row.get("title"), LONGEST_ROW) for row in rows])
    for row in rows:
        if "description" in row:
            _text("row.description", row["description"], LONGEST_DESCRIPTION)


def _check_link(action: Json) -> None:
    if action.get("name") != "cta_url":
        raise invalid("action.name must be cta_url.")
    parameters = _object("action.parameters", action.get("parameters"))
    _text("display_text", parameters.get("display_text"), LONGEST_TITLE)
    _check_url(_text("url", parameters.get("url"), 2000))


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise invalid("The URL is not valid.") from None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or "." not in host or re.search(r"\s", url):
        raise invalid("The URL is not valid.")


ACTIONS: Mapping[Any, Callable[[Json], None]] = {
    "button": _check_buttons,
    "list": _check_list,
    "cta_url": _check_link,
}


def _check_media(kind: str, media: Json, find_file: FindFile) -> None:
    """A file by its media id or by its address, never both."""
    if ("id" in media) == ("link" in media):
        raise GraphError(100, f"Exactly one of {kind}.id and {kind}.link must be given.")
    if "link" in media:
        _check_url(_text(f"{kind}.link", media["link"], 2000))
    else:
        file = find_file(_text(f"{kind}.id", media["id"], 200))
        if file is None:
            raise GraphError(100, f"Invalid parameter: there is no media {media['id']}.")
        if file.message_type != kind:
            raise invalid(f"A file of type {file.type} cannot be sent as {kind}.")
    if "caption" in media and kind not in CAPTIONED:
        raise invalid(f"A caption is not supported for {kind}.")
    if "caption" in media:
        _text(f"{kind}.caption", media["caption"], LONGEST_CAPTION)
    if "filename" in media and kind != "document":
        raise invalid("A file name is only supported for documents.")


def _media_check(kind: str) -> Callable[[Any, FindFile], None]:
    return lambda media, find_file: _check_media(kind, media, find_file)


def _check_location(location: Json, _: FindFile) -> None:
    for name, most in (("latitude", 90), ("longitude", 180)):
        value = location.get(name)
        if not isinstance(value, int | float) or abs(value) > most:
            raise invalid(f"location.{name} is not valid.")


def _check_contacts(contacts: Any, _: FindFile) -> None:
    for contact in _list("contacts", contacts, 257):
        name = _object("contacts.name", contact.get("name"))
        _text("contacts.name.formatted_name", name.get("formatted_name"), 1024)


def _check_reaction(reaction: Json, _: FindFile) -> None:
    _text("reaction.message_id", reaction.get("message_id"), 512)
    _text("reaction.emoji", reaction.get("emoji"), 32, least=0)


def _check_template(template: Json, _: FindFile) -> None:
    _text("template.name", template.get("name"), 512)
    language = _object("template.language", template.get("language"))
    _text("template.language.code", language.get("code"), 15)


CHECKS: Mapping[Any, Callable[[Any, FindFile], None]] = {
    "text": _check_text,
    "interactive": _check_interactive,
    "image": _media_check("image"),
    "video": _media_check("video"),
    "audio": _media_check("audio"),
    "document": _media_check("document"),
    "sticker": _media_check("sticker"),
    "location": _check_location,
    "contacts": _check_contacts,
    "reaction": _check_reaction,
    "template": _check_template,
}
