"""What to do for a customer next, the most pressing first: each from something that is known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from crm.consent.models import Purpose
from crm.consent.register import current_consents
from crm.conversation.inbox import conversations_of
from crm.conversation.models import Mode
from crm.conversation.queue import latest_moods
from crm.db import now
from crm.order.lookup import UNDER_WAY
from crm.order.models import Order, OrderStatus
from crm.profile.merging.suggestion import Suggestion, duplicates_of
from crm.profile.models import Customer, IdentityKey
from crm.profile.timeline import ITALY
from crm.ticket.due import due_of
from crm.ticket.models import OPEN_STATUSES, Ticket, TicketCategory, TicketRating, TicketStatus

RECENT = timedelta(days=30)
LOW_SCORE = 2


class Step(StrEnum):
    """What is to be done."""

    ANSWER_WAITING = "answer_waiting"
    TICKET_OVERDUE = "ticket_overdue"
    TICKET_OPEN = "ticket_open"
    TICKET_OF_CUSTOMER = "ticket_of_customer"
    ORDER_LATE = "order_late"
    ORDER_TO_COLLECT = "order_to_collect"
    MAKE_UP = "make_up"
    CALM = "calm"
    NO_OFFERS = "no_offers"
    ASK_CONSENT = "ask_consent"
    ASK_CONTACT = "ask_contact"
    CHECK_TAX_CODE = "check_tax_code"
    LOOK_AT_DUPLICATE = "look_at_duplicate"


@dataclass(frozen=True)
class NextStep:
    """Something to do. The subject is written "ticket:T-10023"; values fill the sentence."""

    step: Step
    subject: str = ""
    values: dict[str, str] = field(default_factory=dict)


def next_steps(
    session: Session,
    customer: Customer,
    at: datetime | None = None,
    zone: ZoneInfo = ITALY,
    duplicates: Sequence[Suggestion] | None = None,
) -> Sequence[NextStep]:
    """What to do for a customer, the most pressing first.

    Args:
        duplicates: those of this customer, where they were looked for already.
    """
    at = at or now()
    if duplicates is None:
        duplicates = duplicates_of(session, customer.id)
    return [
        *_of_conversations(session, customer.id),
        *_of_tickets(session, customer.id, at),
        *_of_orders(session, customer.id, at, zone),
        *_of_scores(session, customer.id, at),
        *_of_consents(session, customer.id),
        *_of_contacts(customer),
        *_of_tax_codes(session, customer.id),
        *_of_duplicates(duplicates, customer.id),
    ]


def _of_conversations(session: Session, customer_id: int) -> Iterator[NextStep]:
    talks = conversations_of(session, customer_id)
    moods = latest_moods(session, talks)
    for talk in talks:
        if talk.mode == Mode.WAITING:
            yield NextStep(Step.ANSWER_WAITING, f"conversation:{talk.id}")
    for talk in talks:
        if moods.get(talk.id) == "angry":
            yield NextStep(Step.CALM, f"conversation:{talk.id}")


def _of_tickets(session: Session, customer_id: int, at: datetime) -> Iterator[NextStep]:
    query = (
        select(Ticket)
        .where(Ticket.customer_id == customer_id, Ticket.status.in_(OPEN_STATUSES))
        .where(Ticket.category != TicketCategory.HANDOFF)
        .options(selectinload(Ticket.events))
        .order_by(Ticket.id)
    )
    tickets = session.scalars(query).all()
    steps = [
        NextStep(_step_of(one, at), f"ticket:{one.number}", {"number": one.number})
        for one in tickets
    ]
    yield from sorted(steps, key=lambda one: one.step != Step.TICKET_OVERDUE)
    if tickets:
        yield NextStep(Step.NO_OFFERS, values={"number": tickets[0].number})


def _step_of(ticket: Ticket, at: datetime) -> Step:
    if ticket.status == TicketStatus.WAITING_CUSTOMER:
        return Step.TICKET_OF_CUSTOMER
    return Step.TICKET_OVERDUE if due_of(ticket, at).is_overdue else Step.TICKET_OPEN


def _of_orders(
    session: Session, customer_id: int, at: datetime, zone: ZoneInfo
) -> Iterator[NextStep]:
    today = at.astimezone(zone).date()
    query = select(Order).where(Order.customer_id == customer_id, Order.status.in_(UNDER_WAY))
    for order in session.scalars(query.order_by(Order.placed_at)):
        values = {"number": order.number}
        if order.status == OrderStatus.READY_FOR_PICKUP:
            yield NextStep(Step.ORDER_TO_COLLECT, f"order:{order.number}", values)
        elif order.expected_on is not None and order.expected_on < today:
            yield NextStep(Step.ORDER_LATE, f"order:{order.number}", values)


def _of_scores(session: Session, customer_id: int, at: datetime) -> Iterator[NextStep]:
    query = (
        select(Ticket.number)
        .join(TicketRating, TicketRating.ticket_id == Ticket.id)
        .where(Ticket.customer_id == customer_id, TicketRating.score <= LOW_SCORE)
        .where(TicketRating.answered_at > at - RECENT)
        .order_by(TicketRating.answered_at.desc())
        .limit(1)
    )
    for number in session.scalars(query):
        yield NextStep(Step.MAKE_UP, f"ticket:{number}", {"number": number})


def _of_consents(session: Session, customer_id: int) -> Iterator[NextStep]:
    """Only where nothing was ever said: a no is not asked again."""
    purposes = {purpose for purpose, _ in current_consents(session, customer_id)}
    if Purpose.MARKETING not in purposes:
        yield NextStep(Step.ASK_CONSENT, f"customer:{customer_id}")


def _of_contacts(customer: Customer) -> Iterator[NextStep]:
    if not customer.email and not customer.phone:
        yield NextStep(Step.ASK_CONTACT, f"customer:{customer.id}")


def _of_tax_codes(session: Session, customer_id: int) -> Iterator[NextStep]:
    """Where a codice fiscale came with a name or a birth date that is not its owner's."""
    doubtful = select(IdentityKey.value).filter_by(customer_id=customer_id, kind="cf_doubt")
    if session.scalar(doubtful.limit(1)) is not None:
        yield NextStep(Step.CHECK_TAX_CODE, f"customer:{customer_id}")


def _of_duplicates(duplicates: Sequence[Suggestion], customer_id: int) -> Iterator[NextStep]:
    for pair in duplicates:
        if not pair.told_apart:
            other = pair.other_id if pair.one_id == customer_id else pair.one_id
            yield NextStep(Step.LOOK_AT_DUPLICATE, f"customer:{other}", {"id": str(other)})
