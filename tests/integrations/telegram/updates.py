"""Updates as Telegram's documentation shows them, and the same bent out of shape."""

import copy
import itertools
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]
USER = {"id": 5001, "is_bot": False, "first_name": "Mario", "last_name": "Rossi",
        "username": "mario_rossi", "language_code": "it"}  # fmt: skip
BOT = {"id": 7000000001, "is_bot": True, "first_name": "Emporio", "username": "emporio_bot"}
CHAT = {"id": 5001, "type": "private", "first_name": "Mario", "last_name": "Rossi"}
GROUP = {"id": -100200300, "type": "supergroup", "title": "Amici"}
_numbers = itertools.count(10_000)
FILE = {"file_id": "AgACAgQAAx", "file_unique_id": "AQAD", "file_size": 1200}


def number() -> int:
    """A number that no other update has."""
    return next(_numbers)


def message(**contents: Any) -> Json:
    return {"message_id": number(), "from": USER, "chat": CHAT, "date": 1_760_000_000, **contents}


def update(**contents: Any) -> Json:
    """An update with a message of these contents, unless they name another kind."""
    kinds = ("message", "edited_message", "callback_query", "my_chat_member", "poll")
    body = contents if any(kind in contents for kind in kinds) else {"message": message(**contents)}
    return {"update_id": number(), **body}


def membership(chat: Json, status: str) -> Json:
    return {
        "chat": chat,
        "from": USER,
        "date": 1_760_000_000,
        "old_chat_member": {"user": BOT, "status": "left"},
        "new_chat_member": {"user": BOT, "status": status}
        | ({"until_date": 0} if status == "kicked" else {}),
    }


def examples() -> list[Json]:
    """One update of each kind that Telegram sends, the rare ones included."""
    place = {"latitude": 45.8903, "longitude": 11.0401}
    poll = {"id": "1", "question": "Quale?", "options": [], "total_voter_count": 0,
            "is_closed": False, "is_anonymous": True, "type": "regular",
            "allows_multiple_answers": False}  # fmt: skip
    contents: list[Json] = [
        {"text": "ciao"},
        {"text": "/start sconto-estate", "entities": [
            {"type": "bot_command", "offset": 0, "length": 6}]},
        {"photo": [{**FILE, "width": 90, "height": 60}, {**FILE, "width": 900, "height": 600}],
         "caption": "eccolo", "media_group_id": "77"},
        {"document": {**FILE, "file_name": "scontrino.pdf", "mime_type": "application/pdf"}},
        {"voice": {**FILE, "duration": 3, "mime_type": "audio/ogg"}},
        {"video_note": {**FILE, "length": 240, "duration": 4}},
        {"location": place},
        {"venue": {"location": place, "title": "Negozio", "address": "Corso Rosmini"}},
        {"contact": {"phone_number": "393331234567", "first_name": "Mario", "user_id": 5001}},
        {"sticker": {**FILE, "type": "regular", "width": 512, "height": 512, "is_animated": False,
                     "is_video": False, "emoji": "👍"}},
        {"dice": {"emoji": "🎲", "value": 4}},
        {"pinned_message": message(text="prima")},
        {"new_kind_of_thing": {"that": "nobody knows"}},
        {"text": "anche questo", "link_preview": 1, "web_app_data": "in another form"},
        {"text": "risposta", "reply_to_message": message(text="a questa")},
        {"text": "inoltrato", "forward_origin": {"type": "hidden_user", "date": 1_760_000_000,
                                                "sender_user_name": "Qualcuno"}},
    ]  # fmt: skip
    query = {"id": "42", "from": USER, "chat_instance": "9", "data": "token",
             "message": {**message(text="Confermi?"), "from": BOT}}  # fmt: skip
    return [
        *(update(**one) for one in contents),
        update(
            message=message(
                poll={**poll, "options": [{"text": "uno", "voter_count": 0, "persistent_id": "1"}]}
            )
        ),
        update(edited_message=message(text="anzi", edit_date=1_760_000_050)),
        update(callback_query=query),
        update(callback_query={**query, "message": {"chat": CHAT, "message_id": 3, "date": 0}}),
        update(my_chat_member=membership(CHAT, "kicked")),
        update(my_chat_member=membership(CHAT, "member")),
        update(my_chat_member=membership(GROUP, "member")),
        update(message={**message(text="ciao a tutti"), "chat": GROUP}),
        update(poll=poll),
        {"update_id": number()},
        {"update_id": number(), "something_new": {"a": 1}},
    ]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    | st.sampled_from([0, -1, 2**31, 2**63, 10**30, "", "\x00", "private", "5001", {}, []]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something could be changed."""
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    return [path, *(place for key, one in inner for place in places(one, (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The same with something else in one place."""
    if not path:
        return new
    value = copy.copy(value)
    value[path[0]] = changed(value[path[0]], path[1:], new)
    return value


@st.composite
def bent(draw: st.DrawFn) -> Any:
    """An update with up to three things in it replaced by something unexpected."""
    body: Any = draw(st.sampled_from(examples()))
    for _ in range(draw(st.integers(1, 3))):
        body = changed(body, draw(st.sampled_from(places(body))), draw(values))
    return body
