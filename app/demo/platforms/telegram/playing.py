"""What a customer does in their app, as the updates that a bot gets of it."""

import secrets
import time
from typing import Any

from app.demo.platforms.telegram.rules import LONGEST_TEXT, cleaned, is_empty, units
from app.demo.platforms.telegram.sending import described
from app.demo.platforms.telegram.world import BotAccount, Customer, Group, Json, StoredFile, World

FOLDERS = {
    "photo": "photos",
    "document": "documents",
    "voice": "voice",
    "audio": "music",
    "video": "videos",
}


class Impossible(ValueError):
    """Something that no customer can do in their app."""


def say(bot: BotAccount, customer: Customer, text: str) -> Json:
    """Write a text; a long one becomes several, as in the app.

    Raises:
        Impossible: there is nothing to send.
    """
    text = cleaned(text)
    if is_empty(text):
        raise Impossible("An empty message cannot be sent.")
    message: Json = {}
    while text:
        size = len(text) if units(text) <= LONGEST_TEXT else LONGEST_TEXT // 2
        message = send(bot, customer, text=text[:size], **_commands(text[:size]))
        text = text[size:]
    return message


def _commands(text: str) -> Json:
    if not text.startswith("/"):
        return {}
    size = len(text.split(maxsplit=1)[0])
    return {"entities": [{"type": "bot_command", "offset": 0, "length": size}]}


def send(bot: BotAccount, customer: Customer, **contents: Any) -> Json:
    """Send a message of any contents."""
    customer.has_started = True
    message = bot.new_message(customer, customer.user, **contents)
    _update(bot, "message", message)
    return message


def send_file(
    world: World, bot: BotAccount, customer: Customer, what: str, upload: StoredFile, **more: Any
) -> Json:
    """Send a file as a photo, voice note, video, piece of music or document."""
    common = {**upload.body, "mime_type": upload.type}
    shapes: dict[str, Any] = {
        "photo": [
            {**upload.body, "file_id": _thumbnail(world, upload), "file_size": 900,
             "width": 90, "height": 68},
            {**upload.body, "width": 1280, "height": 960},
        ],
        "document": described(upload),
        "voice": {**common, "duration": 4},
        "audio": {**common, "duration": 30, "file_name": upload.name},
        "video": {**common, "duration": 5, "width": 640, "height": 480},
    }  # fmt: skip
    if what not in shapes:
        raise Impossible(f"There is no file of kind {what!r}; there are {', '.join(shapes)}.")
    return send(bot, customer, **{what: shapes[what]}, **{k: v for k, v in more.items() if v})


def _thumbnail(world: World, upload: StoredFile) -> str:
    return world.add_file(upload.content[:900], upload.name, upload.type, "thumbnails").id


def share_contact(bot: BotAccount, customer: Customer, other: Json | None = None) -> Json:
    """Share one's own contact, or somebody else's card.

    Raises:
        Impossible: the customer has no telephone number.
    """
    if other is not None:
        return send(bot, customer, contact=other)
    if not customer.phone:
        raise Impossible(f"{customer.first_name} has no telephone number.")
    names = {name: value for name, value in customer.user.items() if name.endswith("t_name")}
    own = {"phone_number": customer.phone.lstrip("+"), "user_id": customer.id, **names}
    return send(bot, customer, contact=own)


def edit(bot: BotAccount, customer: Customer, message_id: int, text: str) -> Json:
    """Change a message of one's own.

    Raises:
        Impossible: it is not there, or not theirs.
    """
    message = bot.find_message(customer.id, message_id)
    if message is None or message["from"]["is_bot"]:
        raise Impossible(f"Message {message_id} cannot be edited.")
    message |= {"text": cleaned(text), "edit_date": int(time.time())}
    bot.touch(customer.id)
    _update(bot, "edited_message", message)
    return message


def press(bot: BotAccount, customer: Customer, message_id: int, data: str) -> str:
    """Press a button under a message and return the query's id.

    Raises:
        Impossible: there is no such message.
    """
    message = bot.find_message(customer.id, message_id)
    if message is None:
        raise Impossible(f"There is no message {message_id}.")
    query_id = str(secrets.randbits(62))
    bot.queries[query_id] = None
    query = {"id": query_id, "from": customer.user, "message": message,
             "chat_instance": str(customer.id * 7), "data": data}  # fmt: skip
    _update(bot, "callback_query", query)
    return query_id


def block(bot: BotAccount, customer: Customer, blocks: bool) -> None:
    """Block the bot, or let it in again."""
    before, after = ("member", "kicked") if blocks else ("kicked", "member")
    customer.blocks = blocks
    change = {"chat": customer.chat, "from": customer.user, "date": int(time.time()),
              "old_chat_member": _membership(bot, before),
              "new_chat_member": _membership(bot, after)}  # fmt: skip
    _update(bot, "my_chat_member", change)


def invite(bot: BotAccount, group: Group, customer: Customer) -> None:
    """Add the bot to a group."""
    group.blocks = False
    change = {"chat": group.chat, "from": customer.user, "date": int(time.time()),
              "old_chat_member": _membership(bot, "left"),
              "new_chat_member": _membership(bot, "member")}  # fmt: skip
    _update(bot, "my_chat_member", change)


def say_in_group(bot: BotAccount, group: Group, customer: Customer, text: str) -> Json:
    """Write something in a group."""
    message = bot.new_message(group, customer.user, text=cleaned(text))
    _update(bot, "message", message)
    return message


def _membership(bot: BotAccount, status: str) -> Json:
    until = {"until_date": 0} if status == "kicked" else {}
    return {"user": bot.user, "status": status, **until}


def _update(bot: BotAccount, kind: str, contents: Json) -> None:
    """Let the bot know, if it wants to."""
    if not bot.allowed or kind in bot.allowed:
        bot.new_update(**{kind: dict(contents)})
