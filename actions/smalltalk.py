"""Greetings, repetition, language, stopping: what every conversation needs."""

import re
from typing import ClassVar

from sqlalchemy import select

from actions.forms import drop_everything
from actions.handoff import ASK, EXPLAIN, PERSON, SHOPPING, WHAT_ABOUT, Fallback
from actions.identity import first_name
from actions.skill import SkillAction
from actions.turn import Turn
from crm.conversation.models import Message, Role, State
from crm.offer.facets import facets_in
from crm.profile.facts import read_facts
from crm.profile.models import Level

# Languages that the assistant does not speak, by their own, Italian and English names.
OTHER_LANGUAGE = re.compile(
    r"\b(?:deutsch|tedesc[oa]|german|fran[cç]ais|francese|french|espa[nñ]ol|castellano|spagnol[oa]"
    r"|spanish|portugu\w+|portoghese|rus+[oia]\w*|cinese|chinese|arab\w*|rom[eâ]n\w*|rumen[oa])\b",
    re.IGNORECASE,
)


class Greet(SkillAction):
    """Greets, by first name who is known."""

    action: ClassVar[str] = "action_greet"

    def perform(self, turn: Turn) -> None:
        if turn.level != Level.ANONYMOUS and first_name(turn):
            turn.say("utter_greet_by_name", name=first_name(turn))
        else:
            turn.say("utter_greet")


class Stop(SkillAction):
    """Leaves what was under way, changing nothing."""

    action: ClassVar[str] = "action_stop"

    def perform(self, turn: Turn) -> None:
        drop_everything(turn)
        turn.say("utter_stopped")


class Repeat(SkillAction):
    """Says again what the bot said last, buttons included."""

    action: ClassVar[str] = "action_repeat"

    def perform(self, turn: Turn) -> None:
        said = _last_answer(turn)
        if not said:
            turn.say("utter_nothing_to_repeat")
            return
        for message in said:
            turn.dispatcher.utter_message(text=message.text)


def _last_answer(turn: Turn) -> list[Message]:
    """The bot's messages of its last turn, oldest first."""
    query = (
        select(Message)
        .where(Message.conversation_id == turn.conversation.id, Message.role == Role.BOT)
        .where(Message.state != State.SUPPRESSED)
        .order_by(Message.seq.desc())
    )
    last = turn.session.scalar(query.limit(1))
    if last is None:
        return []
    answered = query.where(Message.reply_to_id == last.reply_to_id)
    return list(reversed(turn.session.scalars(answered).all()))


class ChangeLanguage(SkillAction):
    """Goes on in the other language, or in the one that is named; the next words are in it."""

    action: ClassVar[str] = "action_change_language"

    NAMES: ClassVar[dict[str, tuple[str, ...]]] = {
        "en": ("english", "inglese"),
        "it": ("italian", "italiano", "italiana"),
    }

    def perform(self, turn: Turn) -> None:
        wanted = self._wanted(turn)
        if OTHER_LANGUAGE.search(turn.text) and wanted is None:
            turn.say("utter_two_languages")
            return
        turn.set(language=wanted or ("en" if turn.language == "it" else "it"))
        turn.then("utter_language_changed")

    def _wanted(self, turn: Turn) -> str | None:
        """The one language that is named."""
        if chosen := turn.entity("language"):
            return chosen
        text = turn.text.lower()
        named = [code for code, names in self.NAMES.items() if any(n in text for n in names)]
        return named[0] if len(named) == 1 else None


class TakeUp(SkillAction):
    """A bare value that nothing asked for: guess by its kind what it is meant for."""

    action: ClassVar[str] = "action_take_up"

    def perform(self, turn: Turn) -> None:
        if turn.entity("order_number"):
            turn.then("action_order_status")
        elif turn.slot("asked_need") or (facets_in(turn.text) and turn.spoke_of(*SHOPPING)):
            turn.then("action_recommend")
        elif turn.entity("product"):
            turn.then("action_product_search")
        elif turn.entity("city") and not read_facts(turn.text):
            turn.then("action_store_info")
        elif turn.level != Level.VERIFIED and read_facts(turn.text):
            turn.then("action_start_identification")
        elif {WHAT_ABOUT, ASK, EXPLAIN, PERSON}.intersection(turn.responses_before()):
            turn.then(Fallback.action)
        else:
            turn.say(WHAT_ABOUT)


ACTIONS = (Greet, Stop, Repeat, ChangeLanguage, TakeUp)
