"""Goes through every entry, change and message of a delivery. Pure: stores nothing, asks nobody.

Whatever has not the form that the platform documents is left out; nothing here ever fails.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from crm.conversation.models import State
from integrations.channels.whatsapp.contents import read_contents
from integrations.channels.whatsapp.events import (
    Event,
    Gesture,
    Moved,
    Preference,
    Progress,
    Said,
    Sender,
)
from integrations.channels.whatsapp.fields import (
    Object,
    object_of,
    objects_of,
    text_of,
    time_of,
)
from integrations.channels.whatsapp.senders import phone_of, sender_of, user_id_of

ACCOUNT = "whatsapp_business_account"
LONGEST_WAMID = 200
LONGEST_ERROR = 200

# A delivery that was not answered with 200 is tried again for seven days. What is older cannot
# come from the platform any more: somebody plays back what they have recorded.
OLDEST = timedelta(days=8)

# What we send along with a message comes back with every report on it.
TRACKER = "biz_opaque_callback_data"
TRACKED = re.compile(r"bottega:(\d{1,18})", re.ASCII)

STATES = {
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "read": State.READ,
    "played": State.READ,
    "failed": State.FAILED,
}
MOVES = ("user_changed_number", "customer_changed_number", "user_changed_user_id")
GESTURES = {"reaction": "message_id", "revoke": "original_message_id"}


class NotADelivery(ValueError):
    """The body is not a JSON object."""


def parse_delivery(body: bytes) -> Object:
    """The object in a body.

    Raises:
        NotADelivery
    """
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        raise NotADelivery from None
    if not isinstance(parsed, dict):
        raise NotADelivery
    return parsed


def read_delivery(delivery: Object, phone_number_id: str, now: datetime) -> list[Event]:
    """Everything in a delivery that is meant for our number and not too old.

    One app can serve several numbers: what is for another one is left out.
    """
    if delivery.get("object") != ACCOUNT:
        return []
    return [
        event
        for entry in objects_of(delivery.get("entry"))
        for change in objects_of(entry.get("changes"))
        for event in _read_change(change, phone_number_id)
        if now - event.at < OLDEST
    ]


def _read_change(change: Object, phone_number_id: str) -> Iterator[Event]:
    value = object_of(change.get("value"))
    number = text_of(object_of(value.get("metadata")).get("phone_number_id"))
    read = FIELDS.get(text_of(change.get("field")))
    if read is not None and number == phone_number_id:
        yield from read(value)


def _read_messages(value: Object) -> Iterator[Event]:
    for message in objects_of(value.get("messages")):
        event = _read_message(message, value)
        if event is not None:
            yield event
    for status in objects_of(value.get("statuses")):
        yield from _progress(status)


def _read_message(message: Object, value: Object) -> Event | None:
    """One message; None for what cannot be told apart from its repetition, or is not for us."""
    wamid, at = text_of(message.get("id")), time_of(message.get("timestamp"))
    kind, sender = text_of(message.get("type")), sender_of(message, value)
    if not wamid or len(wamid) > LONGEST_WAMID or at is None:
        return None
    if kind == "system":
        return _moved(object_of(message.get("system")), sender or Sender(), at)
    if sender is None or message.get("group_id"):  # a group is not a talk between two
        return None
    if kind in GESTURES:
        return _gesture(kind, object_of(message.get(kind)), sender, at)
    contents = read_contents(message)
    return Said(wamid, sender, at, contents.text, contents.token, contents.command, contents.media)


def _moved(system: Object, sender: Sender, at: datetime) -> Moved | None:
    if text_of(system.get("type")) not in MOVES:
        return None
    after = Sender(
        phone_of(system.get("wa_id")) or phone_of(system.get("new_wa_id")),
        user_id_of(system.get("user_id")),
    )
    phone = phone_of(system.get("customer")) or sender.phone
    user_id = user_id_of(system.get("previous_user_id")) or sender.user_id
    before = Sender(
        phone if phone != after.phone else None, user_id if user_id != after.user_id else None
    )
    return _if_somewhere(before, after, at)


def _if_somewhere(before: Sender, after: Sender, at: datetime) -> Moved | None:
    is_known = before.phone or before.user_id
    return Moved(before, after, at) if is_known and (after.phone or after.user_id) else None


def _gesture(kind: str, held: Object, sender: Sender, at: datetime) -> Gesture:
    details = {"message": text_of(held.get(GESTURES[kind]), LONGEST_WAMID)}
    if kind == "reaction":
        details["emoji"] = text_of(held.get("emoji"), 32)
    return Gesture(sender, at, kind, details)


def _progress(status: Object) -> Iterator[Progress]:
    wamid, at = text_of(status.get("id")), time_of(status.get("timestamp"))
    state = STATES.get(text_of(status.get("status")))
    if wamid and len(wamid) <= LONGEST_WAMID and at is not None and state is not None:
        error = _error(status) if state == State.FAILED else ""
        yield Progress(wamid, state, at, error, message_of(status.get(TRACKER)))


def tracker_of(message_id: int) -> str:
    """What to send along with a message."""
    return f"bottega:{message_id}"


def message_of(tracker: object) -> int | None:
    """Which of our messages a report is on; None where it was sent by another program."""
    found = TRACKED.fullmatch(text_of(tracker))
    return int(found[1]) if found else None


def _error(holder: Object) -> str:
    """The platform's code and words for what went wrong."""
    error: Mapping[str, Any] = next(objects_of(holder.get("errors")), {})
    words = text_of(object_of(error.get("error_data")).get("details"))
    words = words or text_of(error.get("title")) or text_of(error.get("message"))
    return f"{text_of(error.get('code'))} {words}".strip()[:LONGEST_ERROR]


def _read_preferences(value: Object) -> Iterator[Event]:
    for entry in objects_of(value.get("user_preferences")):
        at, wanted = time_of(entry.get("timestamp")), text_of(entry.get("value"))
        about = {"from": entry.get("wa_id"), "from_user_id": entry.get("user_id")}
        sender = sender_of(about, value)
        if at is None or sender is None or wanted not in ("stop", "resume"):
            continue
        if text_of(entry.get("category")) == "marketing_messages":
            yield Preference(sender, at, wanted == "resume", text_of(entry.get("detail"), 200))


def _read_user_ids(value: Object) -> Iterator[Event]:
    for entry in objects_of(value.get("user_id_update")):
        change = object_of(entry.get("user_id"))
        before = user_id_of(change.get("previous")) or user_id_of(entry.get("previous_user_id"))
        after = user_id_of(change.get("current")) or user_id_of(entry.get("user_id"))
        at = time_of(entry.get("timestamp"))
        moved = _if_somewhere(
            Sender(user_id=before), Sender(phone_of(entry.get("wa_id")), after), at
        ) if at else None  # fmt: skip
        if moved and before and after:
            yield moved


FIELDS: Mapping[str, Callable[[Object], Iterator[Event]]] = {
    "messages": _read_messages,
    "user_preferences": _read_preferences,
    "user_id_update": _read_user_ids,
}
