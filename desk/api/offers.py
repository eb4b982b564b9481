"""/offers: what to offer this customer here and now, for the site, the till and the app."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy.orm import Session

from crm.event.arrival import usable
from crm.offer.decision import decide, remember
from crm.offer.models import Purpose
from crm.offer.need import Need
from crm.offer.request import DecisionRequest, OfferKind
from crm.profile.facts import Facts
from crm.profile.matching import Outcome, find
from crm.profile.models import Customer, CustomerStatus, Level
from crm.profile.names import split_name
from desk.api.access import Program
from desk.api.context import TheDesk
from desk.api.errors import answers, not_found
from desk.api.fields import LARGEST_ID, PRINTABLE, SAYS_SOMETHING
from desk.api.offer_views import DecisionView, decision_view

router = APIRouter(prefix="/offers", tags=["offers"])

# In JSON 3.0 is a whole number, too.
WHOLE = BeforeValidator(
    lambda given: int(given) if isinstance(given, float) and given.is_integer() else given
)
Fact = Annotated[str, Field(max_length=254, pattern=PRINTABLE)]
Key = Annotated[str, Field(max_length=120, pattern=SAYS_SOMETHING)]
Where = Literal[
    "email", "sms", "phone", "post", "whatsapp", "telegram", "webchat", "site", "app", "shop"
]


class OfferContext(BaseModel):
    """What is going on.

    Attributes:
        said: the words just said or searched for; the offer answers them.
        page: the SKU or the category that is being looked at.
        zone: a CAP or the code of a provincia, where it is known from here.
        language: of texts and reasons; both without it.
        purpose: `answer` to a question; `asked` for promotions; `promote` on a page or at the
            till; `proactive`: a message to somebody who is not there.
    """

    model_config = ConfigDict(extra="forbid")
    said: Annotated[str, Field(max_length=1000, pattern=PRINTABLE)] = ""
    page: Annotated[str, Field(max_length=40, pattern=SAYS_SOMETHING)] | None = None
    channel: Where = "site"
    zone: Annotated[str, Field(pattern=r"^([0-9]{5}|[A-Za-z]{2})$", examples=["38068"])] | None = (
        None
    )
    language: Literal["it", "en"] | None = None
    purpose: Purpose = Purpose.PROMOTE


class OfferQuestion(BaseModel):
    """For whom to choose: the id here, or contacts and names; nobody in particular without.

    Attributes:
        level: how sure the caller is of who that is. Below `verified` (logged in, card shown) no
            stored fact shows in what is offered.
        visitor: an id of the caller's own that tells visitors apart, for wordings that are tried.
    """

    model_config = ConfigDict(extra="forbid")
    customer_id: Annotated[int, Field(strict=True, ge=1, le=LARGEST_ID), WHOLE] | None = None
    email: Fact | None = None
    phone: Fact | None = None
    name: Fact | None = None
    cap: Fact | None = None
    level: Level = Level.CLAIMED
    visitor: Key | None = None
    context: OfferContext = Field(default_factory=OfferContext)
    kinds: Annotated[list[OfferKind], Field(max_length=2)] = Field(
        default_factory=lambda: list(OfferKind)
    )
    limit: Annotated[int, Field(strict=True, ge=1, le=20), WHOLE] = 3


@router.post("/decide", responses=answers(400, 404))
def decide_offers(question: OfferQuestion, desk: TheDesk, caller: Program) -> DecisionView:
    """The best offers for a customer and context, each with its reason, and why not others.

    Whoever cannot be told is nobody in particular: then nothing personal counts. What became of
    the offers is reported with POST /signals, kind `offer`, with the id of the decision.
    """
    said = question.context.said
    need = desk.need(said, question.context.language or "it") if said.strip() else Need()
    with desk.database.reading() as session:
        customer_id = _whose(session, question)
        request = _request(question, customer_id, need)
        decision = decide(session, request, desk.offers, desk.taste)
        view = decision_view(session, desk, request, decision, question.context.language)
    with desk.database.writing() as session:
        remember(session, request, decision)
    return view


def _whose(session: Session, question: OfferQuestion) -> int | None:
    """The customer in use that is meant.

    Raises:
        Problem: there is no customer with this id.
    """
    if question.customer_id is not None:
        return _in_use(session, question.customer_id)
    told = {name: getattr(question, name) for name in ("email", "phone", "name", "cap")}
    facts = usable({name: value for name, value in told.items() if value})
    if "name" in facts:
        parts = zip(("given_name", "family_name"), split_name(facts.pop("name")), strict=True)
        facts |= {name: value for name, value in parts if value}
    if not facts.keys() & {"email", "phone"}:
        return None
    found = find(session, Facts(**facts))
    return next((one.customer_id for one in found if one.outcome == Outcome.SAME), None)


def _in_use(session: Session, customer_id: int) -> int:
    customer = session.get(Customer, customer_id)
    while customer and customer.status == CustomerStatus.MERGED and customer.merged_into_id:
        customer = session.get(Customer, customer.merged_into_id)
    if customer is None or customer.status != CustomerStatus.ACTIVE:
        raise not_found("customer", customer_id)
    return customer.id


def _request(question: OfferQuestion, customer_id: int | None, need: Need) -> DecisionRequest:
    context = question.context
    return DecisionRequest(
        customer_id=customer_id,
        level=Level.ANONYMOUS if customer_id is None else question.level,
        visitor=question.visitor,
        purpose=context.purpose,
        channel=context.channel,
        said=need.said,
        candidates=need.candidates,
        states_need=need.is_stated,
        page=context.page,
        zone=context.zone,
        language=context.language or "it",
        kinds=frozenset(question.kinds or OfferKind),
        limit=question.limit,
    )
