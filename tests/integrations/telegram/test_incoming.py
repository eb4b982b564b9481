"""Whatever a customer sends comes in once, in order, and is answered or politely declined."""

import asyncio
from typing import Any

import pytest

from app.demo.platforms.telegram import Faults, playing
from app.demo.platforms.telegram.world import BotAccount, Customer
from crm.conversation.buttons import STALE
from crm.conversation.log import Outgoing
from crm.conversation.models import Role, State
from integrations.channels.telegram import Mode
from tests.integrations.telegram import updates
from tests.integrations.telegram.stand import Stand


async def test_the_same_update_again_is_the_same_message(open_stand: Any, backend: str) -> None:
    stand = await open_stand(backend=backend)
    body = updates.update(text="una volta sola")
    answers = await asyncio.gather(*(stand.post(body) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {200}
    await stand.settle()
    assert [one.text for one in stand.stored()] == ["una volta sola"]
    assert len(stand.rasa.turns) == 1


async def test_one_update_number_of_two_bots_is_two_messages(stand: Stand) -> None:
    """Telegram counts for each bot apart; a shop that changes its bot loses nothing."""
    body = updates.update(text="al primo")
    await stand.post(body)
    object.__setattr__(stand.settings, "token", "7000000002:another-token-of-another-bot-here")
    await stand.post({**body, "message": {**body["message"], "text": "al secondo"}})
    assert [one.text for one in stand.stored()] == ["al primo", "al secondo"]


async def test_duplicates_and_delays_change_nothing(open_stand: Any, backend: str) -> None:
    stand = await open_stand(backend=backend)
    stand.platform.world.faults = Faults(seed=5, duplicate=0.5, delay_seconds=0.03, paced=False)
    customers = [stand.customer(f"Cliente {number}") for number in range(3)]
    for number in range(6):
        for customer in customers:
            stand.say(customer, f"messaggio {number}")
    await stand.settle()
    for customer in customers:
        said = [one["text"] for one in await stand.answers(customer, 6)]
        assert said == [f"eco: messaggio {number}" for number in range(6)]


async def test_out_of_order_is_kept_all_the_same(stand: Stand) -> None:
    stand.platform.world.faults = Faults(seed=3, reorder=0.5, duplicate=0.3, paced=False)
    mario = stand.customer()
    for number in range(20):
        stand.say(mario, f"messaggio {number}")
    await stand.settle()
    texts = sorted(one.text for one in stand.stored())
    assert texts == sorted(f"messaggio {number}" for number in range(20))
    assert len(stand.heard(mario)) == 20


async def test_polling_takes_over_where_it_stopped(open_stand: Any) -> None:
    """A crash between storing and confirming: Telegram gives the update again."""
    stand = await open_stand(Mode.POLLING)
    mario = stand.customer()
    stand.say(mario, "prima")
    await stand.answers(mario)
    again = {"update_id": stand.bot.next_update, "message": stand.bot.chats[mario.id][0]}
    stand.bot.updates.append(again)
    stand.say(mario, "dopo")
    await stand.answers(mario, 2)
    assert [one.text for one in stand.stored()] == ["prima", "dopo"]


@pytest.mark.parametrize(
    ("typed", "command"),
    [("/start", "/greet"), ("/START@emporio_bot", "/greet"), ("/help", "/ask_capabilities"),
     ("/stop", "/stop"), ("/restart", "/typed_command"), ('/affirm{"a": 1}', "/typed_command"),
     ("/startx", "/typed_command")],
)  # fmt: skip
async def test_typed_commands(stand: Stand, typed: str, command: str) -> None:
    mario = stand.customer()
    stand.say(mario, typed)
    await stand.answers(mario)
    assert stand.rasa.turns[0][1] == command


async def test_the_link_that_brought_a_customer_is_remembered(stand: Stand) -> None:
    mario = stand.customer()
    stand.say(mario, "/start volantino-rovereto")
    await stand.answers(mario)
    stand.say(mario, "/start")
    await stand.answers(mario, 2)
    identity = stand.identity(mario)
    assert identity is not None and identity.details["start"] == "volantino-rovereto"
    assert identity.details["name"] == "Mario"


async def test_an_edit_is_read_only_if_the_words_are_new(stand: Stand) -> None:
    mario = stand.customer()
    said = stand.say(mario, "vorei un fon")
    await stand.answers(mario)
    playing.edit(stand.bot, mario, said["message_id"], "vorei un fon")
    playing.edit(stand.bot, mario, said["message_id"], "vorrei un phon")
    await stand.answers(mario, 2)
    await stand.settle()
    assert [one.text for one in stand.stored()] == ["vorei un fon", "vorrei un phon"]


def with_place(bot: BotAccount, customer: Customer) -> None:
    playing.send(bot, customer, location={"latitude": 45.8903, "longitude": 11.0401})


def with_card(bot: BotAccount, customer: Customer) -> None:
    playing.share_contact(bot, customer, {"phone_number": "390464000", "first_name": "Idraulico"})


def with_sticker(bot: BotAccount, customer: Customer) -> None:
    shape = {"type": "regular", "width": 1, "height": 1, "is_animated": False, "is_video": False}
    playing.send(bot, customer, sticker={**updates.FILE, **shape, "emoji": "👍"})


def with_dice(bot: BotAccount, customer: Customer) -> None:
    playing.send(bot, customer, dice={"emoji": "🎲", "value": 5})


def with_novelty(bot: BotAccount, customer: Customer) -> None:
    playing.send(bot, customer, hologram={"scent": "malva"})


@pytest.mark.parametrize(
    ("send", "text", "command"),
    [
        (with_place, "📍 45.890300, 11.040100 https://www.openstreetmap.org/", "/send_attachment"),
        (with_card, "👤 Idraulico +390464000", "/send_attachment"),
        (with_sticker, "👍", None),
        (with_dice, "🎲 5", "/out_of_scope"),
        (with_novelty, "❔", "/out_of_scope"),
    ],
)
async def test_other_kinds_are_kept_or_declined(
    stand: Stand, send: Any, text: str, command: str | None
) -> None:
    mario = stand.customer()
    send(stand.bot, mario)
    await stand.answers(mario)
    (stored,) = stand.stored()
    assert stored.text.startswith(text)
    assert stored.command == command


async def test_notices_of_telegram_are_not_answered(stand: Stand) -> None:
    mario = stand.customer()
    playing.send(stand.bot, mario, message_auto_delete_timer_changed={
        "message_auto_delete_time": 86_400})  # fmt: skip
    await stand.settle()
    assert stand.stored() == []


async def test_a_group_is_left_with_a_word(stand: Stand) -> None:
    mario = stand.customer(language_code="en")
    group = stand.platform.world.add_group("Famiglia Rossi")
    playing.invite(stand.bot, group, mario)
    await stand.until(lambda: group.blocks)
    assert [one["text"] for one in stand.heard(group)] == ["I only talk in private."]
    assert stand.stored() == []


async def test_a_group_where_the_bot_still_is_hears_no_answer(stand: Stand) -> None:
    mario = stand.customer()
    group = stand.platform.world.add_group("Condominio")
    playing.say_in_group(stand.bot, group, mario, "il mio ordine?")
    await stand.until(lambda: group.blocks)
    assert [one["text"] for one in stand.heard(group)] == ["Parlo solo in privato."]
    assert stand.stored() == []
    assert stand.identity(mario) is None


async def test_who_blocks_the_bot_is_known_and_who_comes_back_too(stand: Stand) -> None:
    mario = stand.customer()
    stand.say(mario, "ciao")
    await stand.answers(mario)
    playing.block(stand.bot, mario, True)
    await stand.until(lambda: "blocked_at" in stand.identity(mario).details)
    playing.block(stand.bot, mario, False)
    stand.say(mario, "rieccomi")
    await stand.answers(mario, 2)
    assert "blocked_at" not in stand.identity(mario).details


async def test_a_button_of_another_question_is_stale(stand: Stand) -> None:
    mario, anna = stand.customer(), stand.customer("Anna")
    stand.say(mario, "domanda")
    asked = (await stand.answers(mario))[0]
    data = asked["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    stand.say(mario, "altro")
    await stand.answers(mario, 2)
    playing.press(stand.bot, mario, asked["message_id"], data)
    assert (await stand.answers(mario, 3))[2]["text"] == f"premuto {STALE}"
    stand.say(anna, "domanda")
    await stand.answers(anna)
    own = stand.heard(anna)[0]["message_id"]
    playing.press(stand.bot, anna, own, data)
    assert (await stand.answers(anna, 2))[1]["text"] == f"premuto {STALE}", "not hers to press"
    await stand.settle()
    assert None not in stand.bot.queries.values(), "every query was answered"


async def test_many_choices_can_be_typed_as_numbers(stand: Stand) -> None:
    buttons = [
        {"title": f"Scelta numero {n}", "payload": f'/pick{{"n": {n}}}'} for n in range(1, 21)
    ]

    def script(text: str, command: str | None) -> list[Outgoing]:
        return [Outgoing(f"scelto {command}")] if command else [Outgoing("Quale?", buttons=buttons)]

    stand.rasa.script = script
    mario = stand.customer()
    stand.say(mario, "scegli")
    shown = (await stand.answers(mario))[0]
    assert "17. Scelta numero 17" in shown["text"]
    stand.say(mario, "17")
    assert (await stand.answers(mario, 2))[1]["text"] == 'scelto /pick{"n": 17}'
    assert stand.stored()[1].text == "Scelta numero 17"


async def test_staff_writes_and_the_customer_reads(stand: Stand) -> None:
    mario = stand.customer()
    stand.say(mario, "ciao")
    await stand.answers(mario)
    message_id = stand.tell(mario, "Sono Anna, eccomi.")
    assert (await stand.answers(mario, 2))[1]["text"] == "Sono Anna, eccomi."
    await stand.settle()
    assert stand.message(message_id).state == State.SENT
    assert stand.message(message_id).role == Role.AGENT
