"""Everything that a delivery can bring: batches, repetitions, kinds, reports in any order."""

from typing import Any

import pytest
from sqlalchemy import select

from crm.conversation.models import Conversation, ConversationEvent, PlatformMessage, State
from integrations.channels.whatsapp.contents import DECLINED, KEPT
from tests.integrations.whatsapp.payloads import (
    PHONE,
    Door,
    bundle,
    delivery,
    message,
    status,
    text,
)

OTHER = "393470099999"


def kept(door: Door, wamid: str) -> PlatformMessage:
    with door.database.reading() as session:
        return session.scalars(select(PlatformMessage).filter_by(external_id=wamid)).one()


async def test_every_entry_change_and_message_is_gone_through(door: Door) -> None:
    first = delivery(text("uno"), text("due"))["entry"][0]["changes"]
    second = delivery(text("tre"), statuses=[status("wamid.s", "read")])["entry"][0]["changes"]
    whole = bundle(*first, *second)
    whole["entry"] += delivery({**text("quattro"), "from": OTHER})["entry"]
    assert await door.bring(whole) == 200
    assert sorted(door.texts()) == ["due", "quattro", "tre", "uno"]
    assert kept(door, "wamid.s").state == State.READ


async def test_a_repetition_is_stored_once_and_announced_again(door: Door) -> None:
    again = delivery(text("ciao", wamid="wamid.1"))
    assert [await door.bring(again) for _ in range(3)] == [200, 200, 200]
    both = delivery(text("ciao", wamid="wamid.1"), text("poi", wamid="wamid.2"))
    assert await door.bring(both) == 200
    assert door.texts() == ["ciao", "poi"]
    assert len(door.announced) == 4


async def test_within_a_delivery_the_time_says_the_order(door: Door) -> None:
    await door.bring(delivery(text("dopo", ago=1), text("prima", ago=5)))
    assert door.texts() == ["prima", "dopo"]


async def test_an_old_message_that_comes_late_does_not_close_the_window(door: Door) -> None:
    await door.bring(delivery(text("adesso")))
    await door.bring(delivery(text("ieri", ago=30 * 3600)))
    with door.database.reading() as session:
        latest = session.scalars(select(Conversation)).one().last_customer_at
    newest = door.messages()[0].at
    assert latest == newest


@pytest.mark.parametrize("order", [("sent", "delivered", "read"), ("read", "delivered", "sent")])
async def test_reports_only_go_forward(door: Door, order: tuple[str, ...]) -> None:
    for state in order:
        await door.bring(delivery(statuses=[status("wamid.out", state)]))
    assert kept(door, "wamid.out").state == State.READ


async def test_a_failure_is_kept_with_its_code_and_is_final(door: Door) -> None:
    error = {"code": 131026, "title": "Message undeliverable", "error_data": {"details": "Gone."}}
    await door.bring(delivery(statuses=[status("wamid.f", "sent")]))
    await door.bring(delivery(statuses=[status("wamid.f", "failed", errors=[error])]))
    await door.bring(delivery(statuses=[status("wamid.f", "sent")]))
    part = kept(door, "wamid.f")
    assert (part.state, part.error) == (State.FAILED, "131026 Gone.")


VOICE = message("audio", {"id": "9001", "mime_type": "audio/ogg; codecs=opus", "voice": True})
CARD = [{"name": {"formatted_name": "Anna"}, "phones": [{"phone": "+39 347"}]}]
ITEM = {"product_retailer_id": "EG-1001", "quantity": 2, "item_price": 9.9, "currency": "EUR"}


@pytest.mark.parametrize(
    ("sent", "command", "words"),
    [
        (VOICE, None, ""),
        (message("image", {"id": "9002", "caption": "rotto"}), None, "rotto"),
        (message("document", {"id": "9003", "filename": "scontrino.pdf"}), None, ""),
        (message("sticker", {"id": "9004"}), None, ""),
        (message("location", {"latitude": 45.9, "longitude": 11.04}), KEPT, "45.900000"),
        (message("contacts", CARD), KEPT, "Anna, +39 347"),
        (message("order", {"product_items": [ITEM], "text": "subito"}), KEPT, "2 × EG-1001"),
        (message("button", {"text": "Sì", "payload": "x"}), None, "Sì"),
        (message("request_welcome", {}), "/greet", ""),
        (message("unsupported", {}), DECLINED, "unsupported"),
        (message("hologram", {"id": "1"}), DECLINED, "hologram"),
        (message("location", {"latitude": 999, "longitude": "x"}), DECLINED, "location"),
        (message("interactive", {"type": "nfm_reply"}), DECLINED, "interactive"),
        (message("text", None), None, ""),
    ],
)
async def test_every_kind_is_kept_or_declined(
    door: Door, sent: dict[str, Any], command: str | None, words: str
) -> None:
    await door.whatsapp.close()  # files are looked after elsewhere
    assert await door.bring(delivery(sent)) == 200
    [stored] = door.messages()
    assert stored.command == command
    assert words in stored.text
    assert bool(stored.attachments) == (sent["type"] in ("audio", "image", "document", "sticker"))


async def test_a_reaction_is_noted_once_and_wants_no_answer(door: Door) -> None:
    await door.bring(delivery(text("grazie", wamid="wamid.t")))
    reaction = message("reaction", {"message_id": "wamid.t", "emoji": "👍"}, wamid="wamid.r")
    assert [await door.bring(delivery(reaction)) for _ in range(2)] == [200, 200]
    assert door.texts() == ["grazie"]
    with door.database.reading() as session:
        [event] = session.scalars(select(ConversationEvent).filter_by(what="reaction"))
    assert event.details["emoji"] == "👍"


async def test_what_cannot_be_stored_as_it_is_is_made_storable(door: Door) -> None:
    assert await door.bring(delivery(text("a\x00b\ud800c"))) == 200
    assert door.texts() == ["a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"]


async def test_a_number_without_its_user_id_is_the_same_person(door: Door) -> None:
    user_id = "IT.13491208655302741918"
    await door.bring(delivery(text("uno")))
    await door.bring(delivery(text("due", from_user_id=user_id)))
    await door.bring(delivery(text("tre")))
    hidden = text("quattro", from_user_id=user_id)
    del hidden["from"]
    await door.bring(delivery(hidden, contacts=[]))
    assert {one.conversation_id for one in door.messages()} == {door.messages()[0].conversation_id}
    identity = door.messages()[0].conversation.identity
    assert (identity.external_id, identity.details["phone"]) == (user_id, PHONE)


async def test_a_change_of_number_is_followed(door: Door) -> None:
    await door.bring(delivery(text("uno", ago=9)))
    system = {"type": "user_changed_number", "wa_id": OTHER, "body": "changed"}
    await door.bring(delivery(message("system", system, ago=5)))
    await door.bring(delivery({**text("due"), "from": OTHER}))
    await door.bring(delivery({**text("un altro"), "from": PHONE}))
    first, second, third = door.messages()
    assert first.conversation_id == second.conversation_id != third.conversation_id
