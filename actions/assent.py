"""A bare yes or no that no form asked for: it belongs to what the bot proposed last."""

from collections.abc import Mapping
from typing import Any, ClassVar

from actions.care import CareGood, answers_care
from actions.forms import OFFERING_PERSON
from actions.handoff import ASK, EXPLAIN, RequestHuman, next_stage
from actions.offer import AcceptOffer, Recommend, RejectOffer, offers_before
from actions.profile import StartUpdate
from actions.skill import SkillAction
from actions.ticket import StartTicket
from actions.turn import Turn
from crm.offer.facets import facets_in
from crm.profile.facts import read_facts

# What a yes to a response means.
PROPOSALS: Mapping[str, str] = {
    **dict.fromkeys(OFFERING_PERSON, RequestHuman.action),
    **dict.fromkeys(
        (
            "utter_no_tickets", "utter_complaint_heard", "utter_complaint_heard_angry",
            "utter_answer_unknown", "utter_not_yet_book_appointment",
            "utter_not_yet_manage_appointment", "utter_not_yet_register_product",
            "utter_not_yet_refer_friend",
        ),
        StartTicket.action,
    ),
    "utter_nothing_recommended": Recommend.action,
    "utter_why": AcceptOffer.action,
    "utter_product_details": AcceptOffer.action,
    "utter_profile": StartUpdate.action,
}  # fmt: skip

# Questions with several answers: a yes does not say which.
CHOICES = frozenset({ASK, "utter_answer_unsure"})
SHOWN = frozenset({"utter_products", "utter_products_suited"})
OFFERED_MORE = frozenset(
    {"utter_glad_to_help", "utter_greet", "utter_greet_by_name", "utter_bot_challenge"}
)


class TakeYes(SkillAction):
    """Does what was proposed; where nothing was, says that there is nothing to confirm."""

    action: ClassVar[str] = "action_take_yes"

    def perform(self, turn: Turn) -> None:
        if answers_care(turn):
            turn.then(CareGood.action)
            return
        said = turn.responses_before()
        proposed = next((PROPOSALS[name] for name in reversed(said) if name in PROPOSALS), None)
        if proposed:
            turn.then(proposed)
        elif CHOICES & set(said):
            _ask_which(turn)
        elif SHOWN & set(said):
            turn.say("utter_which_product")
        elif OFFERED_MORE & set(said):
            turn.say("utter_anything_else")
        else:
            turn.say("utter_nothing_to_confirm")


def _ask_which(turn: Turn) -> None:
    buttons: list[dict[str, Any]] = []
    for event in turn.said_before():
        buttons += (event.get("data") or {}).get("buttons") or ()
    turn.say("utter_which_one", buttons=buttons)


class Refuse(SkillAction):
    """A bare no: to what was just offered or asked, or to nothing; or a correction."""

    action: ClassVar[str] = "action_refuse"

    def perform(self, turn: Turn) -> None:
        said = set(turn.responses_before())
        if answers_care(turn):
            turn.then("action_care_bad")
        elif offers_before(turn):
            turn.then(Recommend.action if facets_in(turn.text) else RejectOffer.action)
        elif read_facts(turn.text):
            turn.then("action_start_identification")
        elif ASK in said:
            turn.conversation.failed_tries += 1
            turn.say(next_stage(turn))
        elif "utter_answer_unsure" in said:
            turn.say("utter_answer_unknown")
        elif EXPLAIN in said or "utter_fallback_person" in said:
            turn.say("utter_anything_else")
        else:
            turn.say("utter_nothing_to_refuse")


ACTIONS = (TakeYes, Refuse)
