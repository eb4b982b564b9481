"""Opens tickets from what the customer tells, and says how they stand."""

from typing import Any, ClassVar

from actions.care import answers_care
from actions.forms import ANSWERS, FormTurn, digresses
from actions.identity import facts_told, known_facts, require
from actions.order import day
from actions.skill import SkillAction
from actions.turn import Turn
from crm.order.lookup import find_order
from crm.profile.assurance import reaches
from crm.profile.facts import without_facts
from crm.profile.models import Level
from crm.ticket.categorise import category_of
from crm.ticket.desk import NewTicket, open_ticket, tickets_of, tickets_of_conversation
from crm.ticket.models import Priority, Ticket, TicketCategory
from crm.ticket.telling import tells_a_problem

FORM = "ticket_form"
NEEDS_PRODUCT = (TicketCategory.FAULT,)
UNKNOWN = "–"
SENTENCE_WORDS = 4
TELL_NOTHING = ("affirm", "deny", "cannot_provide")

# While a problem is being described, these are part of the description, not another matter.
DESCRIBES = ANSWERS | {"open_ticket", "complain", "give_feedback", "out_of_scope", "ticket_status"}
# Responses that propose to put in writing what was just said.
PROPOSED = ("utter_complaint_heard", "utter_not_yet_", "utter_answer_unknown")
CLEARED = {"ticket_description": None, "ticket_product": None, "ticket_category": None}


class StartTicket(SkillAction):
    """Begins a ticket with what the first message, or the complaint before it, already says."""

    action: ClassVar[str] = "action_start_ticket"

    def perform(self, turn: Turn) -> None:
        if not _goes_on_with_told(turn):
            turn.set(**CLEARED)
            turn.set(**_told(turn))
        if answers_care(turn):
            turn.then("action_care_bad")
        else:
            turn.then(FORM)


def _goes_on_with_told(turn: Turn) -> bool:
    """Whether a request was proposed for what the customer has said already."""
    proposed = any(name.startswith(PROPOSED) for name in turn.responses_before())
    return bool(proposed and turn.slot("ticket_description") and not _told(turn))


def keep_for_ticket(turn: Turn, category: TicketCategory = TicketCategory.OTHER) -> None:
    """Note what a request would be about, should the customer want one; not over one begun."""
    if turn.form == FORM or turn.slot("pending_action") == OpenTicket.action:
        return
    turn.set(**CLEARED)
    if turn.text:
        turn.set(ticket_description=turn.text, ticket_category=str(category))


def _told(turn: Turn) -> dict[str, Any]:
    told: dict[str, Any] = {}
    description = without_facts(turn.text)
    if tells_a_problem(description):
        told["ticket_description"] = description
        told["ticket_category"] = str(category_of(description))
    product = turn.entity_as_written("product")
    if product:
        told["ticket_product"] = product
    return told


class ValidateTicketForm(SkillAction):
    """Takes the description in the customer's own words, and the product if one is concerned."""

    action: ClassVar[str] = f"validate_{FORM}"

    def perform(self, turn: Turn) -> None:
        form = FormTurn(turn)
        facts = facts_told(turn) if turn.requested else {}
        if facts:
            form.accept(**facts)
        if facts and not without_facts(turn.text).strip():
            return
        if turn.requested == "ticket_description":
            self._read_description(turn, form)
        elif turn.requested == "ticket_product":
            self._read_product(turn, form)
        self._skip_product_if_idle(turn)

    def _read_description(self, turn: Turn, form: FormTurn) -> None:
        if turn.command or turn.intent not in DESCRIBES:
            return
        description = without_facts(turn.text)
        if _tells_nothing(turn, description):
            form.try_again("ticket_description")
            return
        product = turn.slot("ticket_product") or turn.entity_as_written("product")
        form.accept(
            ticket_description=description,
            ticket_product=product,
            ticket_category=turn.slot("ticket_category") or str(category_of(description)),
        )

    def _read_product(self, turn: Turn, form: FormTurn) -> None:
        product = turn.entity_as_written("product")
        if turn.intent in ("cannot_provide", "deny"):
            form.accept(ticket_product=UNKNOWN)
        elif product or (turn.text.strip() and not digresses(turn)):
            form.accept(ticket_product=product or without_facts(turn.text).strip()[:120])

    def _skip_product_if_idle(self, turn: Turn) -> None:
        category = turn.slot("ticket_category")
        if category and category not in NEEDS_PRODUCT and not turn.slot("ticket_product"):
            turn.set(ticket_product=UNKNOWN)


def _tells_nothing(turn: Turn, description: str) -> bool:
    """Whether a description is none; "si stacca il manico" only begins like a yes."""
    if turn.intent in TELL_NOTHING and len(description.split()) < SENTENCE_WORDS:
        return True
    return not tells_a_problem(description, least=1)


class OpenTicket(SkillAction):
    """Opens the ticket, for the customer recognised or, if they prefer, for the conversation."""

    action: ClassVar[str] = "action_open_ticket"

    def perform(self, turn: Turn) -> None:
        description = turn.slot("ticket_description")
        if not description:
            turn.say("utter_anything_else")
            return
        declined = turn.slot("identity_declined")
        if not declined and not require(turn, Level.CLAIMED, self.action):
            return
        ticket = self._open(turn, description)
        turn.set(**CLEARED, identity_declined=None)
        turn.say("utter_ticket_opened", ticket_number=ticket.number)
        if turn.level == Level.ANONYMOUS:
            turn.say("utter_ticket_answer_here")

    def _open(self, turn: Turn, description: str) -> Ticket:
        product = turn.slot("ticket_product")
        category = TicketCategory(turn.slot("ticket_category") or category_of(description))
        return open_ticket(
            turn.session,
            NewTicket(
                category=category,
                description=description,
                product=None if product in (None, UNKNOWN) else product,
                customer_id=turn.customer.id if turn.customer else None,
                conversation_id=turn.conversation.id,
                order_id=_order_id(turn),
                priority=Priority.HIGH if turn.mood == "angry" else Priority.NORMAL,
                contact=known_facts(turn) if turn.customer is None else {},
                actor="bot",
            ),
        )


def _order_id(turn: Turn) -> int | None:
    number = turn.slot("order_number")
    if not number or turn.customer is None or not reaches(turn.level, Level.VERIFIED):
        return None
    order = find_order(turn.session, turn.customer.id, number)
    return order.id if order else None


class TicketStatus(SkillAction):
    """Says how the customer's tickets stand; those of this conversation without proof."""

    action: ClassVar[str] = "action_ticket_status"

    def perform(self, turn: Turn) -> None:
        own = tickets_of_conversation(turn.session, turn.conversation.id)
        if not reaches(turn.level, Level.VERIFIED) and own:
            turn.say("utter_tickets", tickets=_list(turn, own))
            return
        if not require(turn, Level.VERIFIED, self.action):
            return
        assert turn.customer is not None
        tickets = tickets_of(turn.session, turn.customer.id)
        if tickets:
            turn.say("utter_tickets", tickets=_list(turn, tickets))
        else:
            turn.say("utter_no_tickets")


def _list(turn: Turn, tickets: Any) -> str:
    return "\n".join(
        turn.phrase(
            "utter_ticket_line",
            number=ticket.number,
            subject=ticket.subject,
            date=day(turn, ticket.created_at),
            status=turn.phrase(f"utter_ticket_{ticket.status}"),
        )
        for ticket in tickets
    )


class Complain(SkillAction):
    """Hears a complaint out: sorry first, then a ticket or a person, as the customer likes."""

    action: ClassVar[str] = "action_complain"

    def perform(self, turn: Turn) -> None:
        if answers_care(turn) and turn.mood != "angry":
            turn.then("action_care_bad")
            return
        if tells_a_problem(turn.text):
            keep_for_ticket(turn, TicketCategory.COMPLAINT)
        turn.say("utter_complaint_heard_angry" if turn.mood == "angry" else "utter_complaint_heard")


ACTIONS = (StartTicket, ValidateTicketForm, OpenTicket, TicketStatus, Complain)
