"""Finds what a customer wants in one message, when it is more than one thing.

"Dov'è il mio ordine? E anche quanti punti ho" is two wishes, each as clear by itself as if it had
been said alone. "Il phon è rotto. Voglio cambiarlo" is one, told in two sentences.
"""

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from rasa.shared.nlu.training_data.message import Message

from bot.rasa_ext.nlu.intents.preamble import wanted_first
from bot.rasa_ext.nlu.intents.refused import REFUSED
from bot.rasa_ext.typed import as_plain_text

Reading = dict[str, Any]
Parse = Callable[[str], Awaitable[Reading]]

# Wishes of one family are one matter: only the whole message tells what is to be done about it.
TROUBLE, SHOPPING = "trouble", "shopping"
FAMILIES = {
    "open_ticket": TROUBLE,
    "complain": TROUBLE,
    "give_feedback": TROUBLE,
    "cancel_order": TROUBLE,
    "return_order": TROUBLE,
    "exchange_order": TROUBLE,
    "refund_status": TROUBLE,
    "change_delivery": TROUBLE,
    "product_search": SHOPPING,
    "request_recommendation": SHOPPING,
    **{
        name: name
        for name in (
            "order_status", "ticket_status", "ask_promotions", "ask_question", "store_info",
            "book_appointment", "manage_appointment", "register_product", "loyalty_points",
            "update_profile", "view_profile", "subscribe", "unsubscribe", "export_data",
            "erase_data", "refer_friend",
        )
    },
}  # fmt: skip

# A person is to deal with all of it.
PERSON = "request_human"
UNDIVIDED = frozenset({PERSON, "change_language", "repeat"})
# Who wants to leave wants nothing else, but for what they say in another sentence: "never mind. do
# you have a cream for dry skin?" A grievance is why they leave.
STOP = "stop"
GRIEVANCES = frozenset({"complain", "give_feedback"})
# What is told together with a wish and is not one: it never hides the wish.
BESIDE = frozenset({"greet", "goodbye", "thank", "identify", "inform", "nlu_fallback"})
# What answers a form's question. A yes or a no is never read out of a part of a message.
ANSWERS = frozenset({"identify", "inform"})

_ALSO = (
    r"e\s+anche|ed\s+anche|e\s+inoltre|inoltre|e\s+poi|e\s+già\s+che\s+ci\s+(?:sono|siamo|sei)|"
    r"già\s+che\s+ci\s+(?:sono|siamo|sei)|in\s+più|oltre\s+a\s+questo|"
    r"and\s+also|also|and\s+then|plus|while\s+(?:i'm|we're|you're)\s+at\s+it|on\s+top\s+of\s+that"
)
ADDED = re.compile(rf"(?:[.!?;]+|,)?\s+(?:{_ALSO})\b[,:]?\s*", re.IGNORECASE)
ENDED = re.compile(r"[.!?;]+\s+|\s*\n+\s*")
JOINED = re.compile(r",\s+(?:e|ed|and)\s+|\s+(?:e|ed|and)\s+|,\s+", re.IGNORECASE)
# How sure the reading of a part must be: where a sentence ends, and where a word may only join.
SURE, SURER = 0.7, 0.85
# How sure it must be that a person is asked for, beside another wish, and not only spoken of.
PLAIN = 0.98
JOINTS = ((ADDED, SURE), (ENDED, SURE), (JOINED, SURER))
# These go together so often that only "and also" makes two of them.
RELATED = frozenset({TROUBLE, "order_status", "ticket_status"})
QUESTION_WORDS = 4
LONGEST, MOST_JOINTS, FEWEST_WORDS = 400, 6, 5


@dataclass(frozen=True)
class Part:
    """A piece of a message that says one thing, and how it is read."""

    text: str
    reading: Reading

    @property
    def intent(self) -> str:
        return str(self.reading["intent"]["name"])

    @property
    def hides_no_wish(self) -> bool:
        """Whether what else was said beside it is what is wanted."""
        return self.intent in BESIDE or REFUSED in self.reading

    @property
    def family(self) -> str | None:
        return FAMILIES.get(self.intent)


def as_told(part: Part) -> Part:
    """The part as something told, where what is refused belongs to a description."""
    if REFUSED not in part.reading:
        return part
    told = {"name": "inform", "confidence": part.reading["intent"]["confidence"]}
    ranking = [told, *part.reading["intent_ranking"][1:]]
    return Part(part.text, {**part.reading, "intent": told, "intent_ranking": ranking})


async def without_preamble(text: str, whole: Reading, parse: Parse) -> Part:
    """The message without "wait, first tell me", where the rest by itself is read as the whole is.

    What searches for its words finds more without those.
    """
    undivided = Part(text, whole)
    message = wanted_first(Message({"text": text}))
    wanted = as_plain_text(message.get("text")) if message else ""
    if not wanted or undivided.intent in BESIDE:
        return undivided
    rest = Part(wanted, {**await parse(wanted), **_mood(whole)})
    return rest if rest.intent == undivided.intent else undivided


def _mood(whole: Reading) -> Reading:
    return {key: whole[key] for key in ("mood", "mood_score") if key in whole}


async def parts_of(text: str, whole: Reading, parse: Parse, *, is_asked: bool) -> list[Part]:
    """The message as parts that can be answered one after the other; mostly it is one.

    Args:
        text: what was typed.
        whole: how all of it is read.
        parse: reads a piece of it.
        is_asked: a form waits for an answer, which may come with a wish.
    """
    undivided = Part(text, whole)
    if undivided.intent in UNDIVIDED or not FEWEST_WORDS <= len(text.split()) <= LONGEST:
        return [undivided]
    mood = _mood(whole)
    for joint, sure, pieces in _divisions(text):
        first, second = [Part(piece, {**await parse(piece), **mood}) for piece in pieces]
        parts = [] if joint is JOINED else _turned(text, first, second, is_asked=is_asked)
        if is_asked and undivided.intent != STOP:
            parts = parts or _answer_and_wish(first, second, sure)
        if parts:
            return parts
        if is_asked or (undivided.intent == STOP and not undivided.hides_no_wish):
            continue
        if _is_wish(first, sure):
            rest = await parts_of(second.text, second.reading, parse, is_asked=False)
            if _are_two(first, rest[0], sure, added=joint is ADDED):
                return [first, *rest]
            if undivided.hides_no_wish and second.hides_no_wish:
                return [first]
        elif undivided.hides_no_wish and first.hides_no_wish and _is_wish(second, sure):
            return [second]
    return [undivided]


def _divisions(text: str) -> Iterator[tuple[re.Pattern[str], float, tuple[str, str]]]:
    """Each way to cut a text in two, the likelier ones first."""
    for kind, sure in JOINTS:
        for joint in list(kind.finditer(text))[:MOST_JOINTS]:
            asked = "?" if "?" in joint.group() else ""
            before = text[: joint.start()].strip() + asked
            after = as_plain_text(text[joint.end() :])
            if before and after:
                yield kind, sure, (before, after)


def _is_wish(part: Part, sure: float) -> bool:
    if part.family is None or part.reading["intent"]["confidence"] < sure:
        return False
    return part.intent != "ask_question" or len(part.text.split()) >= QUESTION_WORDS


def _turned(text: str, first: Part, second: Part, *, is_asked: bool) -> list[Part]:
    """What is wanted of somebody who at last asks for a person, or who drops what is under way and
    then wants something else; nothing where it is neither.
    """
    if _is_surely(second, PERSON, SURER if first.intent in GRIEVANCES else PLAIN):
        return [Part(text, second.reading)]
    is_wish = _is_wish(second, SURE) and second.intent not in GRIEVANCES
    if is_wish and _is_surely(first, STOP, SURER):
        return [first, second] if is_asked else [second]
    return []


def _is_surely(part: Part, intent: str, sure: float) -> bool:
    return part.intent == intent and part.reading["intent"]["confidence"] >= sure


def _are_two(first: Part, second: Part, sure: float, *, added: bool) -> bool:
    """Whether a wish is followed by another one that has nothing to do with it."""
    if not _is_wish(second, sure) or first.family == second.family:
        return False
    return added or not {first.family, second.family} <= RELATED


def _answer_and_wish(first: Part, second: Part, sure: float) -> list[Part]:
    """The answer, then what else is wanted; nothing where they are not one of each."""
    answers = [part for part in (first, second) if part.intent in ANSWERS]
    wishes = [part for part in (first, second) if _is_wish(part, sure)]
    return [*answers, *wishes] if len(answers) == len(wishes) == 1 else []
