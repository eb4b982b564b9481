"""What a customer does in their app, as the company is told of it."""

import time
from typing import Any

from app.demo.platforms.whatsapp.files import File
from app.demo.platforms.whatsapp.world import Customer, Json, Said, World, new_wamid

LONGEST_TEXT = 4096
FILES = ("image", "document", "audio", "video", "sticker")


class Impossible(ValueError):
    """Something that no customer can do in their app."""


def say(world: World, customer: Customer, text: str, hours_ago: float = 0.0) -> Said:
    """Write a text.

    Raises:
        Impossible: there is nothing to send.
    """
    if not text.strip():
        raise Impossible("An empty message cannot be sent.")
    if len(text) > LONGEST_TEXT:
        raise Impossible(f"A message has at most {LONGEST_TEXT} characters, this has {len(text)}.")
    return send(world, customer, "text", {"body": text}, hours_ago=hours_ago)


def send(
    world: World,
    customer: Customer,
    kind: str,
    content: Any,
    *,
    hours_ago: float = 0.0,
    **more: Any,
) -> Said:
    """Send a message of any kind.

    Args:
        hours_ago: when it was sent; it comes late.
        more: what stands in the message beside its content, such as its context.
    """
    at = time.time() - hours_ago * 3600
    said = Said(new_wamid(), True, kind, content, at)
    customer.wrote_at = max(customer.wrote_at, at)
    world.note(customer, said)
    message = {
        **_sender(customer),
        "id": said.wamid,
        "timestamp": str(int(at)),
        "type": kind,
        kind: content,
        **more,
    }
    world.tell("messages", {"contacts": [customer.contact], "messages": [message]})
    return said


def _sender(customer: Customer) -> Json:
    ids = {"from": customer.phone, "from_user_id": customer.user_id}
    return {name: value for name, value in ids.items() if value}


def send_file(world: World, customer: Customer, what: str, file: File, caption: str = "") -> Said:
    """Send a photo, a document, a voice note, a film or a sticker.

    Raises:
        Impossible: there is no such kind.
    """
    kind = "audio" if what == "voice" else what
    if kind not in FILES:
        raise Impossible(f"There is no file of kind {what!r}; there are voice, {', '.join(FILES)}.")
    world.files[file.id] = file
    content: Json = {"id": file.id, "mime_type": file.type, "sha256": file.checksum}
    if kind == "audio":
        content["voice"] = what == "voice"
    if kind == "document":
        content["filename"] = file.name
    if caption and kind in ("image", "document", "video"):
        content["caption"] = caption
    return send(world, customer, kind, content)


def press(world: World, customer: Customer, wamid: str, choice_id: str) -> Said:
    """Press a reply button, choose a row of a list, or press a template's button.

    Raises:
        Impossible: the message has no such button.
    """
    asked = world.find_said(customer.id, wamid)
    if asked is None or asked.is_mine:
        raise Impossible(f"There is no message {wamid!r} with buttons.")
    for kind, choice in choices_of(asked):
        if choice.get("id") == choice_id:
            content = {"type": kind, kind: choice}
            context = {"from": world.number.metadata["display_phone_number"], "id": wamid}
            return send(world, customer, "interactive", content, context=context)
    raise Impossible(f"The message has no button {choice_id!r}.")


def choices_of(said: Said) -> list[tuple[str, Json]]:
    """What can be pressed below a message: how the company is told, and the choice."""
    if said.type != "interactive":
        return []
    action = said.content.get("action") or {}
    buttons = [("button_reply", one["reply"]) for one in action.get("buttons") or ()]
    rows = [("list_reply", row) for part in action.get("sections") or () for row in part["rows"]]
    return [*buttons, *rows]


def react(world: World, customer: Customer, wamid: str, emoji: str) -> Said:
    """Put an emoji on a message, or take it away again."""
    return send(world, customer, "reaction", {"message_id": wamid, "emoji": emoji})


def prefer(world: World, customer: Customer, *, wants: bool) -> None:
    """Stop or resume marketing messages in the app's settings."""
    entry = {
        "wa_id": customer.phone,
        "user_id": customer.user_id,
        "detail": f"User requested to {'resume' if wants else 'stop'} marketing messages",
        "category": "marketing_messages",
        "value": "resume" if wants else "stop",
        "timestamp": int(time.time()),
    }
    told = {name: value for name, value in entry.items() if value != ""}
    world.tell("user_preferences", {"contacts": [customer.contact], "user_preferences": [told]})


def change_number(world: World, customer: Customer, phone: str) -> None:
    """Take the account to another telephone number; the user id changes with it."""
    before = customer.phone, customer.user_id
    customer.phone = "".join(one for one in phone if one.isdigit())
    customer.user_id = f"{before[1][:3]}{int(time.time() * 1000)}" if before[1] else ""
    system = {
        "type": "user_changed_number",
        "body": f"{customer.name} changed from {before[0]} to {customer.phone}",
        "wa_id": customer.phone,
        "user_id": customer.user_id,
        "previous_user_id": before[1],
    }
    message = {
        "from": before[0],
        "id": new_wamid(),
        "timestamp": str(int(time.time())),
        "type": "system",
        "system": {name: value for name, value in system.items() if value},
    }
    world.tell("messages", {"messages": [message]})
