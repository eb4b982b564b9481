"""What all forms share: answers, digressions, a second and a third try."""

import re
from typing import Any

from actions.turn import REQUESTED, Turn

# Readings that belong to whatever was just asked. Everything else, understood with confidence,
# is another matter: the form lets the rule of that intent answer and then asks again.
ANSWERS = frozenset({"inform", "identify", "affirm", "deny", "cannot_provide", "nlu_fallback"})

TRIES_BEFORE_PERSON = 3

# A yes to these calls a person, whatever a form asks for beside.
OFFERING_PERSON = frozenset(
    {
        "utter_offer_person", "utter_fallback_person",
        "utter_code_unreachable", "utter_code_locked", "utter_too_many_codes",
        "utter_no_contact_for_code", "utter_cannot_without_identity", "utter_long_message",
    }
)  # fmt: skip
# With more words than that, a "no" is no plain refusal.
PLAIN_NO = 4

# What is under way in the dialogue and ends with "lascia stare".
UNDER_WAY = (
    "pending_action",
    "pending_level",
    "later_wishes",
    "identity_confirmed",
    "identity_declined",
    "otp_code",
    "ticket_description",
    "ticket_product",
    "ticket_category",
    "order_number",
    "profile_field",
    "profile_value",
    "profile_confirmed",
    "privacy_wish",
    "privacy_confirmed",
    "community_question",
    "community_product",
    "community_confirmed",
    "community_question_id",
    "community_answer",
    "asked_need",
)
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


def drop_everything(turn: Turn) -> None:
    """Leave what was under way, changing nothing."""
    turn.set(**dict.fromkeys(UNDER_WAY), tries=0, digressions=0)


def refuses(turn: Turn) -> bool:
    """A no and nothing more: "no, preferisco cambiarla" wants something else."""
    return is_no(turn) and len(turn.text.split()) <= PLAIN_NO


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
        """The answer was no answer: say so, then explain differently, then offer a person.

        A yes to that offer is none to the form's question: the rule for a yes answers it.
        """
        if is_yes(self._turn) and OFFERING_PERSON.intersection(self._turn.responses_before()):
            return
        tries = int(self._turn.slot("tries") or 0) + 1
        self._turn.set(tries=tries)
        if tries == 1:
            self._turn.say(f"utter_invalid_{slot}")
        elif tries < TRIES_BEFORE_PERSON:
            self._turn.say(f"utter_explain_{slot}")
        else:
            self._turn.say("utter_offer_person")
