"""/customers: find them, see the whole profile and its timeline, correct it."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy.orm import Session

from crm.consent.register import current_consents
from crm.conversation.inbox import conversations_of
from crm.db import now
from crm.order.lookup import orders_of
from crm.profile import directory
from crm.profile.elastic import BadValue, OwnFields
from crm.profile.keys import index_customer
from crm.profile.merging.suggestion import Suggestion
from crm.profile.models import Customer, CustomerStatus, TraitKind
from crm.profile.next_steps import NextStep, Step, next_steps
from crm.profile.relations import ties_of
from crm.profile.timeline import timeline
from crm.profile.traits import COLUMNS, Origin, record
from crm.staff.audit import Action
from crm.ticket.desk import has_open_matter, list_tickets
from desk.api.access import Reader, Staff, Worker
from desk.api.context import TheDesk
from desk.api.customer_views import (
    CustomerLine,
    CustomerView,
    TouchView,
    consent_view,
    customer_fields,
    customer_line,
    identity_view,
    next_step_view,
    order_view,
    place_views,
    relation_view,
    touch_view,
    trait_views,
)
from desk.api.errors import Problem, answers, conflict, not_found
from desk.api.fields import Cap, Email, Id, Language, Name, Phone, TraitName, TraitValue, Words
from desk.api.masking import Veil, veil_for
from desk.api.paging import Cursor, Limit, Page, Place, cut, page_of, place
from desk.api.ticket_views import ticket_line
from desk.api.trail import note_deed, note_sight

router = APIRouter(prefix="/customers", tags=["customers"])
LATEST = 20


class CustomerPatch(BaseModel):
    """What is now known; `traits` are the company's own fields. Older values are kept."""

    model_config = ConfigDict(extra="forbid")
    given_name: Name = Field(default_factory=str)
    family_name: Name = Field(default_factory=str)
    email: Email = Field(default_factory=str)
    phone: Phone = Field(default_factory=str)
    cap: Cap = Field(default_factory=str)
    language: Language = Field(default_factory=str)
    traits: dict[TraitName, TraitValue] = Field(default_factory=dict, max_length=50)

    @field_validator("traits")
    @classmethod
    def _own_fields_only(cls, traits: dict[str, Any]) -> dict[str, Any]:
        for name in COLUMNS:
            if name in traits:
                raise ValueError(f"{name} has a field of its own; give it beside 'traits'")
        return traits

    def values(self) -> dict[str, Any]:
        """The values given, by the name of their trait."""
        given = self.model_dump(exclude_unset=True)
        own_fields: dict[str, Any] = given.pop("traits", {})
        return given | own_fields


@router.get("")
def list_customers(
    desk: TheDesk,
    staff: Reader,
    query: Words = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[CustomerLine]:
    """Customers by name, e-mail, phone or CAP, the last changed first.

    Every word must occur. Own fields that are searchable are searched for the words as a whole. A
    marketer's search knows only the CAP.
    """
    with desk.database.reading() as session:
        found = directory.list_customers(
            session,
            query,
            personal=staff.sees_personal_data,
            limit=limit + 1,
            after=place(cursor),
            fields=_searched(desk.own_fields, staff),
        )
        shown, following = cut(found, limit, _place)
        veil = veil_for(staff, session)
        lines = [customer_line(one, veil) for one in shown]
    note_sight(desk, staff, "customers", Action.SEARCHED)
    return Page(items=lines, next_cursor=following)


def _searched(own_fields: OwnFields, staff: Staff) -> list[str]:
    """The own fields that somebody may search; a marketer sees their texts masked."""
    if not staff.sees_personal_data:
        return []
    hidden = own_fields.hidden_from(staff.role)
    return [name for name in own_fields.searchable if name not in hidden]


def _place(customer: Customer) -> Place:
    return customer.updated_at, customer.id


@router.get("/{customer_id}", responses=answers(404))
def get_customer(customer_id: Id, desk: TheDesk, staff: Reader) -> CustomerView:
    """A profile: each value with kind, source and time, consents, identities, orders, tickets."""
    with desk.database.reading() as session:
        view = view_of(session, _get(session, customer_id), staff, desk.own_fields)
    note_sight(desk, staff, f"customer:{customer_id}")
    return view


@router.patch("/{customer_id}", responses=answers(400, 404, 409))
def change_customer(
    customer_id: Id, change: CustomerPatch, desk: TheDesk, staff: Worker
) -> CustomerView:
    """Write down what a customer told the staff: explicit values, with who wrote them as source."""
    with desk.database.writing() as session:
        customer = _get(session, customer_id)
        _require_in_use(customer)
        values = _checked(change.values(), desk.own_fields)
        if values:
            record(
                session, customer, values, Origin(TraitKind.EXPLICIT, f"staff:{staff.name}", now())
            )
            index_customer(session, customer.id)
        fields = sorted(values)
        note_deed(session, staff, Action.CHANGED, f"customer:{customer_id}", fields=fields)
        return view_of(session, customer, staff, desk.own_fields)


@router.get("/{customer_id}/timeline", responses=answers(404))
def get_timeline(
    customer_id: Id, desk: TheDesk, staff: Reader, limit: Limit = 50, cursor: Cursor = None
) -> Page[TouchView]:
    """Every touch on every channel, the newest first."""
    with desk.database.reading() as session:
        customer = _get(session, customer_id)
        touches = timeline(session, customer.id, desk.zone)
        shown, following = page_of(touches, limit, cursor, lambda touch: touch.at)
        veil = veil_of(session, customer, staff)
        views = [touch_view(touch, veil) for touch in shown]
    note_sight(desk, staff, f"customer:{customer_id}")
    return Page(items=views, next_cursor=following)


def _checked(values: dict[str, Any], own_fields: OwnFields) -> dict[str, Any]:
    """The values in the form in which the company's own fields keep them."""
    try:
        return {name: own_fields.check(name, value) for name, value in values.items()}
    except BadValue as problem:
        raise Problem(422, "invalid", f"traits: {problem}.") from None


def _get(session: Session, customer_id: int) -> Customer:
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise not_found("customer", customer_id)
    return customer


def _require_in_use(customer: Customer) -> None:
    if customer.status == CustomerStatus.MERGED:
        other = customer.merged_into_id
        message = f"Customer {customer.id} was merged into {other}; change customer {other}."
        raise conflict("customer_merged", message)
    if customer.status == CustomerStatus.ERASED:
        message = f"Customer {customer.id} was erased; a new profile begins when they come back."
        raise conflict("customer_erased", message)


def view_of(
    session: Session,
    customer: Customer,
    staff: Staff,
    own_fields: OwnFields | None = None,
    *,
    veil: Veil | None = None,
    duplicates: Sequence[Suggestion] | None = None,
) -> CustomerView:
    """A profile as somebody may see it; own fields only to the roles that they name.

    Args:
        veil, duplicates: those of this customer, where they were looked for already.
    """
    hidden = own_fields.hidden_from(staff.role) if own_fields else frozenset()
    veil = veil or veil_of(session, customer, staff)
    identities = directory.identities_of(session, customer.id)
    tickets = list_tickets(session, customer_id=customer.id, limit=LATEST)
    return CustomerView(
        **customer_fields(customer, veil),
        merged_into_id=customer.merged_into_id,
        places=place_views(customer.cap),
        has_open_matter=has_open_matter(session, customer.id),
        traits=trait_views(
            [one for one in directory.traits_of(session, customer.id) if one.name not in hidden],
            veil,
        ),
        consents=[
            consent_view(one, veil) for one in current_consents(session, customer.id).values()
        ],
        identities=[identity_view(one, veil) for one in identities],
        orders=[order_view(one, veil) for one in orders_of(session, customer.id, limit=LATEST)],
        tickets=[ticket_line(one, veil) for one in tickets],
        relations=[relation_view(one, veil) for one in ties_of(session, customer.id)],
        next_steps=[
            next_step_view(one) for one in _next_steps(session, customer, staff, duplicates)
        ],
    )


def _next_steps(
    session: Session, customer: Customer, staff: Staff, duplicates: Sequence[Suggestion] | None
) -> Sequence[NextStep]:
    """What to do; who somebody is, and whether they are somebody else, is no work of marketers."""
    if customer.status != CustomerStatus.ACTIVE:
        return ()
    if staff.sees_personal_data:
        return next_steps(session, customer, duplicates=duplicates)
    steps = next_steps(session, customer, duplicates=())
    return [one for one in steps if one.step != Step.CHECK_TAX_CODE]


def veil_of(session: Session, customer: Customer, staff: Staff) -> Veil:
    """The veil through which somebody reads all that is stored of a customer."""
    if staff.sees_personal_data:
        return veil_for(staff, session)
    own = conversations_of(session, customer.id)
    return veil_for(staff, session, conversations=own, customer_ids=[customer.id])
