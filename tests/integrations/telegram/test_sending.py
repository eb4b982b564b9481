"""What became of a reply is known by Telegram's answer: sent, refused, later, or nobody knows."""

import logging
from pathlib import Path
from typing import Any

import pytest

from app.demo.platforms.telegram import Faults
from app.demo.platforms.telegram.world import Customer
from crm.conversation.log import Outgoing
from crm.conversation.models import Message, PlatformMessage, Role, State
from integrations.channels.port import Later, Outbound, Refused, Sent, Unknown
from tests.integrations.telegram.stand import Stand

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8"
    "cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


def outbound(customer: Customer, text: str = "ecco", **more: Any) -> Outbound:
    return Outbound(1, 1, str(customer.id), "bot", "it", text, **more)


async def known(stand: Stand) -> Customer:
    """A customer who has written before."""
    customer = stand.customer()
    stand.say(customer, "ciao")
    await stand.answers(customer)
    await stand.settle()
    return customer


async def told(stand: Stand, customer: Customer, text: str = "ecco", **more: Any) -> Message:
    """A message of the company's once its fate is known."""
    message_id = stand.tell(customer, text, **more)
    await stand.settle()
    return stand.message(message_id)


async def test_a_reply_is_sent_once_and_known_by_telegrams_number(stand: Stand) -> None:
    mario = await known(stand)
    message = await told(stand, mario)
    assert message.state == State.SENT
    shown = stand.heard(mario)[-1]
    with stand.database.reading() as session:
        parts = session.query(PlatformMessage).filter_by(message_id=message.id).all()
    assert [part.external_id for part in parts] == [
        f"{stand.bot.id}:{mario.id}:{shown['message_id']}"
    ]


async def test_a_long_reply_comes_in_parts_in_order(stand: Stand) -> None:
    mario = await known(stand)
    words = " ".join(f"parola{number}" for number in range(1500))
    message = await told(stand, mario, words, buttons=[{"title": "Sì", "payload": "abc"}])
    parts = stand.heard(mario)[1:]
    assert " ".join(part["text"] for part in parts) == words
    assert ["reply_markup" in part for part in parts] == [False] * (len(parts) - 1) + [True]
    with stand.database.reading() as session:
        assert session.query(PlatformMessage).filter_by(message_id=message.id).count() == len(parts)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"blocks": True}, "blocked"), ({"deactivated": True}, "deactivated"),
     ({"has_started": False}, "not_started")],
)  # fmt: skip
async def test_who_is_out_of_reach_is_not_tried_again(
    stand: Stand, change: dict[str, bool], code: str
) -> None:
    mario = await known(stand)
    vars(mario).update(change)
    calls = stand.bot.calls["sendmessage"]
    message = await told(stand, mario)
    assert message.state == State.FAILED
    assert message.error is not None and message.error.startswith(f"{code}: Forbidden")
    assert stand.bot.calls["sendmessage"] == calls + 1


async def test_a_chat_that_is_not_there_is_refused(stand: Stand) -> None:
    nobody = Customer(99, "Nessuno")
    outcome = await stand.account.channel.send(outbound(nobody))
    assert isinstance(outcome, Refused) and outcome.code == "chat_not_found"


@pytest.mark.parametrize("address", ["", "-100", "mario", "1e3", "٣"])
async def test_an_address_that_is_none_is_never_called(stand: Stand, address: str) -> None:
    outcome = await stand.account.channel.send(Outbound(1, 1, address, "bot", "it", "ciao"))
    assert isinstance(outcome, Refused) and outcome.code == "bad_address"
    assert not stand.bot.calls["sendmessage"]


async def test_too_many_requests_are_obeyed(stand: Stand) -> None:
    mario = await known(stand)
    stand.platform.world.faults = Faults(too_many=1.0)
    outcome = await stand.account.channel.send(outbound(mario))
    assert isinstance(outcome, Later) and outcome.seconds == 1.0
    message_id = stand.tell(mario)
    await stand.until(lambda: stand.message(message_id).attempts > 0)
    stand.platform.world.faults = Faults(paced=False)
    await stand.settle()
    assert stand.message(message_id).state == State.SENT
    assert [one["text"] for one in stand.heard(mario)][1:] == ["ecco"]


async def test_the_pace_of_the_platform_is_kept_without_being_told(open_stand: Any) -> None:
    """At the limits that Telegram states, the platform never has to say 429."""
    stand = await open_stand(messages_per_second=28.0, chat_messages_per_second=1.0, chat_burst=3)
    stand.platform.world.faults.paced = True
    mario = await known(stand)
    words = "parola " * 3500
    assert (await told(stand, mario, words)).state == State.SENT
    assert len(stand.heard(mario)) > 6, "more than may go at once"
    assert not stand.bot.refusals


@pytest.mark.parametrize("fault", ["lost_calls", "lost_answers", "broken"])
async def test_nobody_knows_and_nobody_says_it_twice(stand: Stand, fault: str) -> None:
    mario = await known(stand)
    stand.platform.world.faults = Faults(**{fault: 1.0, "paced": False})
    message = await told(stand, mario)
    assert message.state == State.UNKNOWN
    stand.platform.world.faults = Faults(paced=False)
    message = await told(stand, mario, "dopo")
    assert message.state == State.SENT, "what follows is not held up"
    heard = [one["text"] for one in stand.heard(mario)]
    assert heard.count("ecco") == (fault == "lost_answers")


async def test_an_answer_that_does_not_come_in_time_is_unknown(stand: Stand) -> None:
    mario = await known(stand)
    stand.platform.world.faults = Faults(late_answers=1.0, late_seconds=4.0, paced=False)
    message = await told(stand, mario)
    assert message.state == State.UNKNOWN
    assert [one["text"] for one in stand.heard(mario)][1:] == ["ecco"]


async def test_telegram_away_is_waited_for(stand: Stand) -> None:
    mario = await known(stand)
    await stand.outside.stop()
    outcome = await stand.account.channel.send(outbound(mario))
    assert isinstance(outcome, Later)
    message_id = stand.tell(mario)
    await stand.until(lambda: stand.message(message_id).attempts > 0)
    await stand.outside.start()
    await stand.settle()
    assert stand.message(message_id).state == State.SENT
    assert [one["text"] for one in stand.heard(mario)][1:] == ["ecco"]


async def test_who_would_wait_too_long_is_put_off(open_stand: Any) -> None:
    stand = await open_stand(chat_messages_per_second=0.01, chat_burst=1)
    mario = await known(stand)
    outcome = await stand.account.channel.send(outbound(mario))
    assert isinstance(outcome, Later) and 90 < outcome.seconds <= 100
    assert len(stand.heard(mario)) == 1


async def test_a_broken_off_reply_is_not_begun_anew(stand: Stand) -> None:
    """The first part has arrived; saying all of it again would say that part twice."""
    mario = await known(stand)
    words = "parola " * 3000
    spoken = 0

    def happens(chance: float) -> bool:
        nonlocal spoken
        spoken += chance == 0.77
        return chance == 0.77 and spoken > 1

    faults = Faults(broken=0.77, paced=False)
    faults.happens = happens  # type: ignore[method-assign]
    stand.platform.world.faults = faults
    outcome = await stand.account.channel.send(outbound(mario, words))
    assert isinstance(outcome, Unknown) and "after 1 parts" in outcome.reason
    assert len(stand.heard(mario)) == 2


async def test_a_wrong_token_waits_for_the_right_one(open_stand: Any) -> None:
    from integrations.channels.telegram import Mode

    stand = await open_stand(Mode.POLLING, token="7000000001:a-token-that-nobody-has-ever-given")
    outcome = await stand.account.channel.send(outbound(stand.customer()))
    assert isinstance(outcome, Later) and outcome.seconds == 60.0


async def test_the_token_is_in_no_log(open_stand: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    stand = await open_stand()
    mario = await known(stand)
    stand.platform.world.faults = Faults(broken=0.5, lost_calls=0.5, paced=False)
    for _ in range(4):
        await told(stand, mario)
    await stand.outside.stop()
    await stand.account.channel.send(outbound(mario))
    assert "<token>" in caplog.text, "the client does log addresses"
    assert stand.settings.token not in caplog.text
    assert stand.settings.token not in repr(stand.settings)
    with stand.database.reading() as session:
        errors = [one.error or "" for one in session.query(Message)]
    assert any(errors) and not any(stand.settings.token in error for error in errors)


async def test_cards_with_pictures_that_cannot_be_fetched_are_said_in_words(stand: Stand) -> None:
    card = {"title": "Crema alla malva", "subtitle": "18,90 €",
            "image": "https://shop.example.com/malva.jpg", "url": "https://shop.example.com/malva",
            "buttons": [{"title": "Dimmi di più", "payload": "/more"}]}  # fmt: skip
    stand.rasa.script = lambda text, command: [Outgoing("Ecco:", cards=[card])]
    mario = stand.customer()
    stand.say(mario, "creme")
    _, shown = await stand.answers(mario, 2)
    assert shown["photo"][0]["file_id"] == card["image"]
    assert shown["caption"] == "Crema alla malva\n18,90 €\nhttps://shop.example.com/malva"
    stand.platform.world.faults.fetches_pictures = False
    stand.say(mario, "creme")
    shown = (await stand.answers(mario, 4))[3]
    assert "photo" not in shown and shown["text"].startswith("Crema alla malva\n18,90 €")
    assert len(shown["reply_markup"]["inline_keyboard"]) == 1


async def test_files_of_the_staff_arrive_as_what_they_are(stand: Stand, tmp_path: Path) -> None:
    mario = await known(stand)
    folder = stand.folder
    folder.mkdir(exist_ok=True)
    (folder / "a.png").write_bytes(PNG)
    (folder / "b.pdf").write_bytes(b"%PDF-1.4 ricevuta")
    (folder / "c.jpg").write_bytes(b"\xff\xd8\xff then nothing that is a picture")
    names = (("a.png", "image/png"), ("b.pdf", "application/pdf"), ("gone.pdf", "application/pdf"))
    for name, media_type in names:
        file = {"id": name, "name": f"Il tuo {name}", "type": media_type, "size": 60, "file": name}
        message = await told(stand, mario, f"Ecco {name}", attachments=[file])
        assert message.state == State.SENT, message.error
    picture, paper, missing = stand.heard(mario)[1:]
    assert picture["photo"] and picture["caption"] == "Ecco a.png"
    assert paper["document"]["file_name"] == "Il tuo b.pdf"
    assert missing["text"] == "Ecco gone.pdf\n\n📎 Il tuo gone.pdf", "named where it is gone"


async def test_a_picture_that_telegram_refuses_is_sent_as_a_file(stand: Stand) -> None:
    mario = await known(stand)
    stand.folder.mkdir(exist_ok=True)
    (stand.folder / "c.png").write_bytes(b"no picture at all")
    file = {"id": "c", "name": "c.png", "type": "image/png", "size": 17, "file": "c.png"}
    message = await told(stand, mario, "La foto", attachments=[file], role=Role.AGENT)
    assert message.state == State.SENT
    assert stand.heard(mario)[-1]["document"]["file_name"] == "c.png"


async def test_the_outcome_of_a_plain_send(stand: Stand) -> None:
    mario = await known(stand)
    outcome = await stand.account.channel.send(outbound(mario, "  "))
    assert outcome == Sent(()), "nothing to say is not an error"
