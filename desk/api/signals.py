"""/signals: other systems of the company report what customers do, as they do it (R10)."""

import time
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import APIKeyHeader
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy.exc import IntegrityError

from crm.db import now
from crm.event.arrival import About, Arrival, arrive
from crm.event.models import SignalKind
from crm.event.register import NewSignal
from crm.event.signature import BadSignature, verify
from crm.offer.reports import note_signal
from crm.value.worth import revalue
from desk.api.context import Desk, TheDesk
from desk.api.errors import Problem, answers
from desk.api.fields import LARGEST_ID, PRINTABLE, SAYS_SOMETHING, TraitName, TraitValue

router = APIRouter(tags=["signals"])
HEADER = "X-Bottega-Signature"
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
MOST_DETAILS = 50
MOST_LINES = 200

signature = APIKeyHeader(
    name=HEADER,
    auto_error=False,
    description="t=<seconds since 1970>,v1=<HMAC-SHA256 of '<t>.<body>' in hex>",
)

Word = Annotated[str, Field(max_length=120, pattern=SAYS_SOMETHING)]
Fact = Annotated[str, Field(max_length=254, pattern=PRINTABLE)]
Line = Annotated[dict[TraitName, TraitValue], Field(max_length=20)]
Detail = TraitValue | Annotated[list[Line], Field(max_length=MOST_LINES)]


class CustomerOf(BaseModel):
    """Whom a signal is about: the id here, the key there, or contacts and names."""

    model_config = ConfigDict(extra="forbid")
    id: Annotated[int, Field(strict=True, ge=1, le=LARGEST_ID)] | None = None
    key: Word | None = None
    email: Fact | None = None
    phone: Fact | None = None
    name: Fact | None = None
    given_name: Fact | None = None
    family_name: Fact | None = None
    cap: Fact | None = None
    codice_fiscale: Fact | None = None

    def about(self) -> About:
        """The same for the domain."""
        given: dict[str, Any] = self.model_dump(exclude_none=True)
        return About(given.pop("id", None), given.pop("key", None), given)


class SignalReport(BaseModel):
    """One thing that one customer did; `id` is the sender's own, told twice it counts once."""

    model_config = ConfigDict(extra="forbid")
    id: Word
    kind: SignalKind
    at: AwareDatetime = Field(ge=EARLIEST)
    source: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
    customer: CustomerOf = Field(default_factory=CustomerOf)
    details: dict[TraitName, Detail] = Field(default_factory=dict, max_length=MOST_DETAILS)


class SignalView(BaseModel):
    """What became of a signal; without a customer nobody could tell whose it is."""

    id: int
    customer_id: int | None
    stored: bool


async def _signed(
    request: Request, desk: TheDesk, given: Annotated[str | None, Depends(signature)]
) -> None:
    if not desk.signal_secrets:
        raise Problem(403, "signals_off", "No signals are taken; set BOTTEGA_SIGNAL_SECRET.")
    if given is None:
        raise Problem(401, "missing_signature", f"Sign the body and send {HEADER}.")
    try:
        verify(given, await request.body(), desk.signal_secrets, time.time())
    except BadSignature as problem:
        raise Problem(401, problem.code, str(problem)) from None


ANSWERS = {**answers(400), 200: {"model": SignalView, "description": "Told before"}}


@router.post("/signals", status_code=201, dependencies=[Depends(_signed)], responses=ANSWERS)
def take_signal(report: SignalReport, desk: TheDesk, response: Response) -> SignalView:
    """Store an event in the timeline of its customer: 201 the first time, 200 when told again."""
    try:
        arrival = _take(report, desk)
    except IntegrityError:  # the same one came in another process at the same time
        arrival = _take(report, desk)
    if not arrival.is_new:
        response.status_code = 200
    signal = arrival.signal
    return SignalView(id=signal.id, customer_id=signal.customer_id, stored=arrival.is_new)


def _take(report: SignalReport, desk: Desk) -> Arrival:
    new = NewSignal(
        source=report.source,
        event_id=report.id,
        kind=report.kind,
        at=min(report.at, now()),
        details=report.model_dump(mode="json")["details"],
    )
    with desk.database.writing() as session:
        arrival = arrive(session, new, report.customer.about())
        if arrival.is_new:
            note_signal(session, arrival.signal, desk.offers)
        if arrival.is_new and arrival.signal.customer_id is not None:
            revalue(session, [arrival.signal.customer_id], desk.value_rules)
        return arrival
