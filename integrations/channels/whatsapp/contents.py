"""What is in a message, kind by kind: words, a choice, a file, a place, a card, an order, else.

What has no words of its own is written down in a line for the desk, the same in every language.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from crm.conversation.buttons import STALE
from integrations.channels.shared_media import Remote
from integrations.channels.whatsapp.fields import (
    Object,
    number_of,
    object_of,
    objects_of,
    text_of,
)

# A file, a place, a card: it is on the desk now, the bot asks what it is about.
KEPT = "/send_attachment"
# A kind of message that cannot be kept: the bot says that it cannot help with it.
DECLINED = "/out_of_scope"
# The customer has opened the chat for the first time and said nothing yet.
GREET = "/greet"

LONGEST_LINE = 4096
LONGEST_TOKEN = 256
LONGEST_REFERENCE = 200
MOST_ITEMS = 30
MAP = "https://www.openstreetmap.org/?mlat={latitude:.6f}&mlon={longitude:.6f}"
TYPES = {
    "image": "image/jpeg",
    "video": "video/mp4",
    "audio": "audio/ogg",
    "sticker": "image/webp",
}


@dataclass(frozen=True)
class Contents:
    """What a message holds, in the words of the message log.

    Args:
        token: of the button that was chosen; `command` counts where it is not of ours.
    """

    text: str = ""
    token: str | None = None
    command: str | None = None
    media: Remote | None = None


def read_contents(message: Object) -> Contents:
    """What is in a message; a kind that nobody has thought of is declined, never an error."""
    kind = text_of(message.get("type"))
    held = object_of(message.get(kind))
    if kind in MEDIA and text_of(held.get("id")):
        return _media(kind, held)
    read = KINDS.get(kind)
    contents = read(message, held) if read else None
    return contents or Contents(text=_line("❔", kind[:40]), command=DECLINED)


def _text(message: Object, held: Object) -> Contents:
    """Words; WhatsApp sends none but blank ones as they are, for the bot to answer."""
    return Contents(text=text_of(held.get("body")))


def _template_button(message: Object, held: Object) -> Contents | None:
    """A button of a template that was pressed; its words stand for it where we do not know it."""
    return _choice(held.get("payload"), held.get("text"), unknown=None)


def _interactive(message: Object, held: Object) -> Contents | None:
    """A pressed reply button or a row of a list."""
    chosen = object_of(held.get(text_of(held.get("type"))))
    return _choice(chosen.get("id"), chosen.get("title"), unknown=STALE)


def _choice(token: object, title: object, unknown: str | None) -> Contents | None:
    words, sign = text_of(title), text_of(token, LONGEST_TOKEN)
    return Contents(words, sign or None, unknown) if words or sign else None


def _media(kind: str, held: Object) -> Contents:
    what = MEDIA[kind]
    if kind == "audio" and held.get("voice") is True:
        what = "voice"
    remote = Remote(
        reference=text_of(held.get("id"))[:LONGEST_REFERENCE],
        what=what,
        name=text_of(held.get("filename")),
        type=text_of(held.get("mime_type")).partition(";")[0] or TYPES.get(kind, Remote.type),
    )
    return Contents(text=text_of(held.get("caption")), media=remote)


MEDIA: Mapping[str, str] = {
    "image": "photo",
    "document": "document",
    "audio": "audio",
    "video": "video",
    "sticker": "sticker",
}


def _location(message: Object, held: Object) -> Contents | None:
    latitude, longitude = number_of(held.get("latitude")), number_of(held.get("longitude"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    place = f"{latitude:.6f}, {longitude:.6f} {MAP.format(latitude=latitude, longitude=longitude)}"
    words = (text_of(held.get("name")), text_of(held.get("address")), place)
    return Contents(text=_line("📍", ", ".join(word for word in words if word)), command=KEPT)


def _contacts(message: Object, held: Object) -> Contents | None:
    lines = [_card(contact) for contact in objects_of(message.get("contacts"))][:MOST_ITEMS]
    return Contents(text=_line("👤", "\n".join(lines)), command=KEPT) if lines else None


def _card(contact: Object) -> str:
    """A card that somebody passes on. It proves nothing, not even when it looks like their own."""
    name = text_of(object_of(contact.get("name")).get("formatted_name"))
    reached = [
        text_of(entry.get(key))
        for part, key in (("phones", "phone"), ("emails", "email"))
        for entry in objects_of(contact.get(part))
    ]
    return ", ".join(word for word in (name, *reached) if word)


def _order(message: Object, held: Object) -> Contents | None:
    lines = list(_items(held))[:MOST_ITEMS]
    words = text_of(held.get("text"))
    if not lines:
        return Contents(text=words) if words else None
    return Contents(text=_line("🛒", "\n".join([*lines, words])), command=KEPT)


def _items(held: Object) -> Iterator[str]:
    for item in objects_of(held.get("product_items")):
        price = f"{text_of(item.get('item_price'))} {text_of(item.get('currency'))}".strip()
        sku = text_of(item.get("product_retailer_id"))
        if sku:
            yield f"{text_of(item.get('quantity')) or 1} × {sku}" + (f", {price}" if price else "")


def _edit(message: Object, held: Object) -> Contents | None:
    """A corrected message: what it says now is said anew."""
    corrected = object_of(held.get("message"))
    return read_contents(corrected) if text_of(corrected.get("type")) in ("text", *MEDIA) else None


def _welcome(message: Object, held: Object) -> Contents:
    return Contents(command=GREET)


KINDS: Mapping[str, Callable[[Object, Object], Contents | None]] = {
    "text": _text,
    "button": _template_button,
    "interactive": _interactive,
    "location": _location,
    "contacts": _contacts,
    "order": _order,
    "edit": _edit,
    "request_welcome": _welcome,
}


def _line(mark: str, words: str) -> str:
    return f"{mark} {words}".strip()[:LONGEST_LINE]
