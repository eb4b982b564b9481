"""Decisions about offers as the API shows them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel
from sqlalchemy.orm import Session

from crm.offer.decision import Decision
from crm.offer.eligibility import keeps
from crm.offer.models import Purpose
from crm.offer.reasons import Reasons
from crm.offer.recommend import Choice
from crm.offer.request import DecisionRequest, OfferKind
from crm.profile.models import Level
from desk.api.context import Desk

LANGUAGES = ("it", "en")
MOST_REMOVED = 200


class OfferView(BaseModel):
    """An offer; texts by language. `sku` is the product, or the one that a campaign leads with."""

    kind: OfferKind
    sku: str
    campaign: str | None
    variant: str | None
    name: dict[str, str]
    text: dict[str, str]
    reason: dict[str, str]
    price: str
    discount: dict[str, str]
    code: str | None
    min_spend: str | None
    ends_on: date | None
    near: str | None
    score: float


class RuleView(BaseModel):
    """A rule by its name, and the promise that it keeps, such as R14."""

    rule: str
    keeps: str


class RemovedView(RuleView):
    """A SKU or campaign that a rule took out."""

    offer: str


class TraceView(BaseModel):
    """How the decision came about; `silenced_by`: because of these nothing at all is offered."""

    considered: int
    silenced_by: list[RuleView]
    removed: list[RemovedView]
    switched_off: list[RuleView]


class DecisionView(BaseModel):
    """What to offer, best first; `decision` is the id by which outcomes are reported."""

    decision: str
    customer_id: int | None
    level: Level
    purpose: Purpose
    offers: list[OfferView]
    trace: TraceView


def decision_view(
    session: Session, desk: Desk, request: DecisionRequest, decision: Decision, language: str | None
) -> DecisionView:
    """A decision with its reasons, in one language or in both."""
    languages = (language,) if language else LANGUAGES
    return DecisionView(
        decision=decision.id,
        customer_id=request.customer_id,
        level=request.level,
        purpose=request.purpose,
        offers=[
            _offer(session, desk, choice, request.level, languages) for choice in decision.choices
        ],
        trace=_trace(decision),
    )


def _offer(
    session: Session, desk: Desk, choice: Choice, level: Level, languages: Sequence[str]
) -> OfferView:
    product, campaign, variant = choice.product, choice.campaign, choice.variant
    texts = variant.text if variant else product.description
    name = campaign.name if campaign else product.name
    terms: dict[str, Any] = campaign.terms if campaign else {}
    reasons = {one: Reasons(session, desk.compose, one, desk.offers) for one in languages}
    return OfferView(
        kind=OfferKind.CAMPAIGN if campaign else OfferKind.PRODUCT,
        sku=product.sku,
        campaign=campaign.id if campaign else None,
        variant=(variant.id or None) if variant else None,
        name={one: name[one] for one in languages if one in name},
        text={one: texts[one] for one in languages if one in texts},
        reason={one: reasons[one].reason(choice.facts, level) for one in languages},
        price=str(product.price),
        discount={key: str(value) for key, value in (terms.get("discount") or {}).items()},
        code=terms.get("code"),
        min_spend=str(terms["min_spend"]) if terms.get("min_spend") else None,
        ends_on=campaign.ends_on if campaign else None,
        near=choice.near,
        score=round(choice.score, 4),
    )


def _trace(decision: Decision) -> TraceView:
    trace = decision.trace
    removed = list(trace.removed.items())[:MOST_REMOVED]
    return TraceView(
        considered=trace.considered,
        silenced_by=[_rule(name) for name in trace.silenced_by],
        removed=[RemovedView(offer=key, rule=name, keeps=keeps(name)) for key, name in removed],
        switched_off=[_rule(name) for name in trace.switched_off],
    )


def _rule(name: str) -> RuleView:
    return RuleView(rule=name, keeps=keeps(name))
