"""Brings a person in, and helps when the bot has not understood."""

from typing import ClassVar

from sqlalchemy import select

from actions.forms import drop_everything
from actions.skill import SkillAction
from actions.turn import Turn
from crm.conversation.calling import CAUSE
from crm.conversation.handoff import ask_for_person
from crm.conversation.models import Message, Role
from crm.conversation.presence import is_anybody_there
from crm.offer.facets import facets_in

FAILED_TRIES = 3
SUMMARY_MESSAGES = 6
LIKELY = 2

# The stages of not understanding.
ASK, EXPLAIN, PERSON = "utter_fallback_ask", "utter_fallback_explain", "utter_fallback_person"
WHAT_ABOUT = "utter_what_about"
SHOPPING = ("request_recommendation", "product_search")

# Readings that can be offered as a button, in the words of the domain.
OFFERED = frozenset(
    {
        "open_ticket", "ticket_status", "order_status", "cancel_order", "return_order",
        "exchange_order", "refund_status", "change_delivery", "product_search",
        "request_recommendation", "ask_promotions", "ask_question", "store_info",
        "loyalty_points", "view_profile", "update_profile", "unsubscribe", "request_human",
    }
)  # fmt: skip


def bring_person(turn: Turn, cause: str) -> None:
    """Let the conversation wait for a person and tell the customer honestly what to expect."""
    number = ask_for_person(turn.session, turn.conversation, cause, turn.message, summary(turn))
    turn.conversation.failed_tries = 0
    drop_everything(turn)
    turn.leave_form()
    if turn.tools.hours.is_open():
        absent = is_anybody_there(turn.session) is False
        called = "utter_person_absent" if absent else "utter_person_called"
        turn.say(called, ticket_number=number)
    else:
        turn.say("utter_person_later", ticket_number=number, when=_next_opening(turn))


def _next_opening(turn: Turn) -> str:
    opening = turn.tools.hours.next_opening()
    if opening is None:
        return turn.phrase("utter_as_soon_as_possible")
    weekday = turn.phrase(f"utter_weekday_{opening.weekday()}")
    return turn.phrase("utter_opening", weekday=weekday, time=f"{opening:%H:%M}")


def summary(turn: Turn) -> str:
    """What a person should know at a glance: the customer's last words."""
    query = (
        select(Message.text)
        .where(Message.conversation_id == turn.conversation.id, Message.role == Role.CUSTOMER)
        .order_by(Message.seq.desc())
        .limit(SUMMARY_MESSAGES)
    )
    words = [text for text in reversed(turn.session.scalars(query).all()) if text]
    return " · ".join(words)


class RequestHuman(SkillAction):
    """The customer wants a person."""

    action: ClassVar[str] = "action_request_human"

    def perform(self, turn: Turn) -> None:
        bring_person(turn, _cause(turn))


def _cause(turn: Turn) -> str:
    """Why a person comes: by a rule, the bot has failed, or the customer asks, maybe angry."""
    if turn.message.command is None and turn.tools.calling.rule_for(turn.message.text):
        return CAUSE
    if turn.conversation.failed_tries >= FAILED_TRIES or PERSON in turn.responses_before():
        return "failed_tries"
    return "anger" if turn.mood == "angry" else "asked_for"


class Fallback(SkillAction):
    """Not understood: ask back with the likeliest readings, then explain, then a person."""

    action: ClassVar[str] = "action_fallback"

    def perform(self, turn: Turn) -> None:
        if turn.entity("city") and turn.spoke_of("store_info"):
            turn.then("action_store_info")
            return
        if facets_in(turn.text) and turn.spoke_of(*SHOPPING):
            turn.then("action_recommend")
            return
        turn.conversation.failed_tries += 1
        likely = _likely_readings(turn)
        stage = next_stage(turn)
        if stage == ASK and likely:
            turn.say(ASK, buttons=[_button(turn, name) for name in likely])
        else:
            turn.say(EXPLAIN if stage == ASK else stage)


def next_stage(turn: Turn) -> str:
    """What follows what the bot said last: asked back, explained, offered a person."""
    before = turn.responses_before()
    if turn.conversation.failed_tries >= FAILED_TRIES or EXPLAIN in before or PERSON in before:
        return PERSON
    return EXPLAIN if {ASK, WHAT_ABOUT} & set(before) else ASK


def _likely_readings(turn: Turn) -> list[str]:
    ranking = turn.said.get("intent_ranking") or ()
    names = [reading["name"] for reading in ranking if reading["name"] in OFFERED]
    return names[:LIKELY]


def _button(turn: Turn, intent: str) -> dict[str, str]:
    """A reading to choose; the message that was not understood is then read so."""
    return {
        "title": turn.phrase(f"utter_name_{intent}"),
        "payload": f'/{intent}{{"said": "before"}}',
    }


ACTIONS = (RequestHuman, Fallback)
