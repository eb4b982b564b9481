"""A customer and the bot talk: over the local Telegram, by webhook and by polling."""

import pytest

from app.demo.platforms.telegram import playing
from integrations.channels.telegram import Mode
from tests.integrations.telegram.stand import Stand


@pytest.mark.parametrize("mode", list(Mode))
async def test_said_and_answered(open_stand, mode: Mode) -> None:
    stand = await open_stand(mode)
    mario, anna = stand.customer(), stand.customer("Anna", language_code="en-GB")
    stand.say(mario, "ciao")
    stand.say(anna, "hello")
    assert [one["text"] for one in await stand.answers(mario)] == ["eco: ciao"]
    assert [one["text"] for one in await stand.answers(anna)] == ["eco: hello"]
    assert {turn[2] for turn in stand.rasa.turns} == {"it", "en"}


async def test_a_pressed_button_is_answered_and_put_away(stand: Stand) -> None:
    mario = stand.customer()
    stand.say(mario, "domanda")
    asked = (await stand.answers(mario))[0]
    (row,) = asked["reply_markup"]["inline_keyboard"]
    assert [key["text"] for key in row] == ["Sì", "No"]
    assert not any("affirm" in key["callback_data"] for key in row), "the command stays here"
    query_id = playing.press(stand.bot, mario, asked["message_id"], row[0]["callback_data"])
    assert (await stand.answers(mario, 2))[1]["text"] == "premuto /affirm"
    await stand.settle()
    assert stand.bot.queries[query_id] is not None
    assert "reply_markup" not in asked
