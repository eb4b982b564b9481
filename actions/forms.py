"""What all forms share: answers, digressions, a second and a third try."""

import re
from typing import Any

from actions.turn import REQUESTED, Turn

# Readings that belong to whatever was just asked. Everything else, understood with confidence,
# is another matter: the form lets the rule of that intent answer and then asks again.
ANSWERS = frozenset({"inform", "identify", "affirm", "deny", "cannot_provide", "nlu_fallback"})

TRIES_BEFORE_PERSON = 3
_YES_FIRST = re.compile(r"\s*(?:sì|si'|si|certo|confermo|ok|okay|yes|yep|sure|i confirm)\b", re.I)
_BUT = re.compile(
    r"\b(?:non|no|ma|però|aspetta\w*|prima|solo|not|but|don.?t|wait|only|first)\b", re.I
)


def digresses(turn: Turn) -> bool:
    """Whether the customer speaks of something else than what was asked."""
    return turn.intent not in ANSWERS


def is_yes(turn: Turn) -> bool:
    """An explicit yes; nothing unclear passes."""
    return turn.intent == "affirm"


def insists(turn: Turn, wish: str) -> bool:
    """A yes together with the wish itself, and nothing that takes it back: "sì, cancellate"."""
    return turn.intent == wish and bool(_YES_FIRST.match(turn.text)) and not _BUT.search(turn.text)


def is_no(turn: Turn) -> bool:
    """An explicit no."""
    return turn.intent == "deny"


class FormTurn:
    """One answer to a form's question.

    Setting any slot tells Rasa that the form has dealt with the message; setting none lets the
    message be answered as a digression.
    """

    def __init__(self, turn: Turn) -> None:
        self._turn = turn

    def accept(self, **slots: Any) -> None:
        """Take values over and begin to count tries anew."""
        self._turn.set(**slots, tries=0)

    def finish(self, **slots: Any) -> None:
        """Leave the form before it is full."""
        self._turn.set(**slots, tries=0)
        self._turn.set(**{REQUESTED: None})

    def try_again(self, slot: str) -> None:
        """The answer was no answer: say so, then explain differently, then offer a person."""
        tries = int(self._turn.slot("tries") or 0) + 1
        self._turn.set(tries=tries)
        if tries == 1:
            self._turn.say(f"utter_invalid_{slot}")
        elif tries < TRIES_BEFORE_PERSON:
            self._turn.say(f"utter_explain_{slot}")
        else:
            self._turn.say("utter_offer_person")
