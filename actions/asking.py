"""Asks what a form needs to know, and does not nag who speaks of something else.

After one digression the question is put again; after a second in a row the bot only says that
the matter can be taken up at any time; then it waits. Whenever the value comes, it is taken.
"""

from typing import Any, ClassVar

from actions.forms import digresses
from actions.identity import offer_contact
from actions.skill import SkillAction
from actions.turn import Turn

NAGGING = 2

# Who says this speaks of the form, though it is no answer.
OF_THE_FORM = frozenset({"resume", "resend_code"})
# After these the customer knows what is wanted.
ASKS_ITSELF = frozenset({"utter_ask_correction"})
# The last answer has just been said again, the question with it.
ASKED_ALREADY = "repeat"


class Ask(SkillAction):
    """Puts one question of one form."""

    slot: ClassVar[str]
    question: ClassVar[str]

    def perform(self, turn: Turn) -> None:
        if turn.requested == self.slot and turn.intent == ASKED_ALREADY:
            return
        if ASKS_ITSELF.intersection(turn.responses_now()):
            return
        strayed = self._digressions(turn)
        turn.set(digressions=strayed)
        if strayed < NAGGING:
            self.ask(turn)
        elif strayed == NAGGING:
            turn.say("utter_whenever_you_like")

    def ask(self, turn: Turn) -> None:
        """Put the question."""
        turn.say(self.question)

    def _digressions(self, turn: Turn) -> int:
        """How many messages in a row were about something else."""
        strays = turn.requested == self.slot and digresses(turn) and turn.intent not in OF_THE_FORM
        return int(turn.slot("digressions") or 0) + 1 if strays else 0


class AskEmail(Ask):
    """Says why it asks, unless the customer has begun to tell already."""

    action: ClassVar[str] = "action_ask_identify_form_email"
    slot: ClassVar[str] = "email"

    def ask(self, turn: Turn) -> None:
        if turn.slot("person_name") or turn.slot("cap"):
            turn.say("utter_ask_email_too")
        elif turn.requested == "email":
            turn.say("utter_ask_email_again")
        else:
            turn.say("utter_ask_who")
            offer_contact(turn)


class Resume(SkillAction):
    """Back to what was being asked; the form puts its question itself."""

    action: ClassVar[str] = "action_resume"

    def perform(self, turn: Turn) -> None:
        if turn.form is None:
            turn.say("utter_anything_else")


def asking(form: str, slot: str) -> type[Ask]:
    """The action that puts a form's question for a slot in the words of the domain."""
    names: dict[str, Any] = {
        "action": f"action_ask_{form}_{slot}",
        "slot": slot,
        "question": f"utter_ask_{form}_{slot}",
    }
    return type(f"Ask_{form}_{slot}", (Ask,), names)


ACTIONS = (
    AskEmail,
    asking("identify_form", "person_name"),
    asking("identify_form", "cap"),
    asking("identify_form", "identity_confirmed"),
    asking("verify_form", "otp_code"),
    asking("ticket_form", "ticket_description"),
    asking("ticket_form", "ticket_product"),
    asking("update_form", "profile_field"),
    asking("update_form", "profile_value"),
    asking("update_form", "profile_confirmed"),
    asking("privacy_form", "privacy_confirmed"),
    Resume,
)
