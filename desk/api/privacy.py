"""A customer's consents, a copy of their data, their erasure (R5)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse

from crm.consent.models import Purpose
from crm.consent.opt_in import ask_opt_in, waiting
from crm.consent.register import (
    CHANNELS,
    consent_history,
    current_consents,
    record_consent,
)
from crm.mail.outbox import queue_mail
from crm.privacy.erasing import NoSuchPerson, NotErasable, erase
from crm.privacy.export import export
from crm.privacy.models import Erasure
from crm.privacy.page import page
from crm.profile.models import Customer, CustomerStatus
from crm.staff.audit import Action
from desk.api.access import Admin, Reader, Staff, Worker
from desk.api.context import Desk, TheDesk
from desk.api.customer_views import ConsentView, consent_view
from desk.api.errors import Problem, answers, conflict, not_found
from desk.api.fields import Id, TraitText
from desk.api.masking import veil_for
from desk.api.paging import Cursor, Limit, Page, Place, cut, place
from desk.api.trail import note_deed, note_sight

router = APIRouter(tags=["privacy"])

ConsentChannel = Literal["email", "sms", "phone", "post", "whatsapp", "telegram", "webchat"]
assert set(ConsentChannel.__args__) == set(CHANNELS)  # type: ignore[attr-defined]

Format = Annotated[Literal["json", "html"], Query(description="JSON, or a page to read.")]
PageLanguage = Annotated[Literal["it", "en"], Query(description="Language of the page.")]
AS_PAGE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/html": {}}, "description": "Everything that is held"}
}


class WaitingView(BaseModel):
    """A yes that waits for its confirmation by mail."""

    purpose: Purpose
    channels: list[str]
    asked_at: datetime
    expires_at: datetime


class ConsentsView(BaseModel):
    """What holds now, everything that was ever said, and what waits to be confirmed."""

    current: list[ConsentView]
    history: list[ConsentView]
    waiting: list[WaitingView]


class NewConsent(BaseModel):
    """What a customer allowed or forbade, and in which words or on which form.

    With `double_opt_in` a yes counts once it is confirmed by mail.
    """

    model_config = ConfigDict(extra="forbid")
    purpose: Purpose
    channel: ConsentChannel
    granted: Annotated[bool, Field(strict=True)]
    evidence: TraitText
    double_opt_in: Annotated[bool, Field(strict=True)] = False


class KeptView(BaseModel):
    """Rows that stay without the person, and why."""

    what: str
    rows: int
    why: str


class ErasureReport(BaseModel):
    """What became of a person's data, in numbers.

    `sources` are the company's other databases, where the person is to be erased too;
    `may_be_also` are profiles that may be theirs and that somebody should look at.
    """

    customer_id: int
    removed: dict[str, int]
    kept: list[KeptView]
    mentions: int
    shared: int
    dialogues: int
    files: int
    sources: list[str]
    may_be_also: list[int]
    wiped: bool


class ErasureLine(BaseModel):
    """An erasure that was asked for (`report` is null) or done."""

    id: int
    customer_id: int
    actor: str
    asked_at: datetime
    done_at: datetime | None
    report: ErasureReport | None


@router.get("/customers/{customer_id}/consents", responses=answers(404))
def get_consents(customer_id: Id, desk: TheDesk, staff: Reader) -> ConsentsView:
    """What a customer allowed and forbade, with evidence and time, by purpose and channel."""
    with desk.database.reading() as session:
        found = _consents(session, _get(session, customer_id), staff)
    note_sight(desk, staff, f"customer:{customer_id}")
    return found


@router.post("/customers/{customer_id}/consents", responses=answers(400, 404, 409))
def add_consent(customer_id: Id, said: NewConsent, desk: TheDesk, staff: Worker) -> ConsentsView:
    """Write down what a customer said; nothing that was said before is changed."""
    with desk.database.writing() as session:
        customer = _in_use(_get(session, customer_id))
        if said.granted and said.double_opt_in:
            _ask_by_mail(session, customer, said, desk, staff)
        else:
            record_consent(
                session,
                customer.id,
                said.purpose,
                said.channel,
                said.granted,
                source=f"staff:{staff.name}",
                evidence=said.evidence,
            )
        note_deed(session, staff, Action.CHANGED, f"customer:{customer_id}", fields=["consents"])
        return _consents(session, customer, staff)


def _ask_by_mail(
    session: Session, customer: Customer, said: NewConsent, desk: Desk, staff: Staff
) -> None:
    if not customer.email:
        message = f"Customer {customer.id} has no e-mail to confirm by; leave double_opt_in out."
        raise conflict("no_email", message)
    language = customer.language or "it"
    token = ask_opt_in(
        session,
        customer,
        said.purpose,
        [said.channel],
        source=f"staff:{staff.name}",
        evidence=said.evidence,
        language=language,
    )
    subject = desk.compose("utter_mail_opt_in_subject", language)
    link = desk.consent_url.format(token=token)
    text = desk.compose("utter_mail_opt_in", language, channels=said.channel, link=link)
    queue_mail(session, customer.email, subject, text)


def _consents(session: Session, customer: Customer, staff: Staff) -> ConsentsView:
    veil = veil_for(staff, session, customer_ids=[customer.id])
    current = current_consents(session, customer.id).values()
    return ConsentsView(
        current=[consent_view(one, veil) for one in current],
        history=[consent_view(one, veil) for one in consent_history(session, customer.id)],
        waiting=[WaitingView(**vars(one)) for one in waiting(session, customer.id)],
    )


@router.get(
    "/customers/{customer_id}/export",
    responses={**AS_PAGE, **answers(404, 409)},
    response_model=dict[str, Any],
)
def export_customer(
    customer_id: Id,
    desk: TheDesk,
    staff: Worker,
    format: Format = "json",
    lang: PageLanguage = "it",
) -> Any:
    """Everything that is held about a person, as JSON or as a page to read."""
    with desk.database.writing() as session:
        customer = _in_use(_get(session, customer_id))
        copy = export(session, desk.outside, customer.id)
        note_deed(session, staff, Action.DOWNLOADED, f"customer:{customer.id}")
    return HTMLResponse(page(copy, lang)) if format == "html" else copy


@router.delete("/customers/{customer_id}", responses=answers(404, 409))
def erase_customer(customer_id: Id, desk: TheDesk, staff: Admin) -> ErasureReport:
    """Erase a person for good: everything but what the law keeps, which stays without them."""
    with desk.database.reading() as session:
        _in_use(_get(session, customer_id))
    try:
        report = erase(desk.database, desk.outside, customer_id, staff.name)
    except (NoSuchPerson, NotErasable):  # somebody was quicker
        message = f"Customer {customer_id} has just been erased or merged; look at it again."
        raise conflict("customer_erased", message) from None
    with desk.database.writing() as session:
        note_deed(session, staff, Action.ERASED, f"customer:{customer_id}")
    return ErasureReport.model_validate(report.as_dict())


@router.get("/erasures")
def list_erasures(
    desk: TheDesk, staff: Worker, limit: Limit = 50, cursor: Cursor = None
) -> Page[ErasureLine]:
    """What was erased and what is asked to be, the newest first; nobody is named."""
    query = select(Erasure).order_by(Erasure.id.desc()).limit(limit + 1)
    last = place(cursor)
    if last:
        query = query.where(Erasure.id < last[1])
    with desk.database.reading() as session:
        shown, following = cut(session.scalars(query).all(), limit, _place)
        return Page(items=[_line(entry) for entry in shown], next_cursor=following)


def _line(entry: Erasure) -> ErasureLine:
    names = ("id", "customer_id", "actor", "asked_at", "done_at")
    report = ErasureReport.model_validate(entry.report) if entry.report else None
    return ErasureLine(**{name: getattr(entry, name) for name in names}, report=report)


def _place(entry: Erasure) -> Place:
    return entry.asked_at, entry.id


def _get(session: Session, customer_id: int) -> Customer:
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise not_found("customer", customer_id)
    return customer


def _in_use(customer: Customer) -> Customer:
    """The customer, if the profile is in use."""
    if customer.status == CustomerStatus.MERGED:
        other = customer.merged_into_id
        message = f"Customer {customer.id} was merged into {other}; use customer {other}."
        raise conflict("customer_merged", message)
    if customer.status == CustomerStatus.ERASED:
        raise Problem(409, "customer_erased", f"Customer {customer.id} was erased.")
    return customer
