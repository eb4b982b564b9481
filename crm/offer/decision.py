"""The one entrance: what to offer this customer here and now, why, and why not something else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from secrets import token_hex

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm.db import now as this_instant
from crm.offer.campaigns import applies_to, pool_of, running, variant_for
from crm.offer.circumstances import Circumstances
from crm.offer.eligibility import (
    NO_PRODUCT,
    PRODUCT_RULES,
    RULE_NAMES,
    Trace,
    eligible,
    eligible_campaigns,
    silencing,
)
from crm.offer.knowing import circumstances_of, stored_of, with_campaigns
from crm.offer.models import OfferOutcome, Product, Promotion, Purpose
from crm.offer.outcomes import Offered, note
from crm.offer.permissions import Permissions, permissions
from crm.offer.policy import OfferPolicy
from crm.offer.recommend import Choice, rank, suits, varied
from crm.offer.request import DecisionRequest, OfferKind
from crm.offer.shelf import Shelf
from crm.offer.stored import Stored
from crm.offer.tastes import TasteSearch, taste_of, with_taste

PAGE_PRODUCTS = 40


@dataclass(frozen=True)
class Decision:
    """What to offer, best first, under an id by which its outcomes are reported."""

    id: str
    choices: Sequence[Choice]
    trace: Trace
    circumstances: Circumstances
    at: datetime


def decide(
    session: Session,
    request: DecisionRequest,
    policy: OfferPolicy | None = None,
    search: TasteSearch | None = None,
) -> Decision:
    """Choose what to offer: eligibility, then ranking, then variety.

    Nothing is written here; `remember` does that.

    Args:
        search: where no need was said, finds candidates that suit what is stored of the customer.
    """
    policy, at = policy or OfferPolicy(), request.at or this_instant()
    allowed, shelf = permissions(session, request), Shelf(session)
    request = _allowed(request, allowed)
    stored = stored_of(session, request, allowed, policy, at)
    now = circumstances_of(session, request, policy, at, allowed, stored, shelf)
    trace = Trace(silenced_by=silencing(now, policy), switched_off=_switched_off(policy))
    choices: Sequence[Choice] = ()
    if not trace.silenced_by:
        if search is not None and allowed.shows and not request.states_need:
            request = with_taste(request, taste_of(stored, at), search)
        campaigns = _campaigns(session, request, policy, at)
        now = with_campaigns(session, now, request, campaigns, allowed, at)
        beside = _beside(stored) if allowed.shows else {}
        weighing = _Weighing(request, policy, now, {**request.because, **beside}, trace)
        choices = _choices(session, weighing, shelf, campaigns)
    return Decision(token_hex(12), choices, trace, now, at)


def _allowed(request: DecisionRequest, allowed: Permissions) -> DecisionRequest:
    """The request without the candidates that stored facts chose, where these may not show."""
    if allowed.shows or not (request.origins or request.because):
        return request
    said = {sku: how for sku, how in request.candidates.items() if sku not in request.origins}
    return replace(request, candidates=said, origins={}, because={})


def _beside(stored: Stored) -> dict[str, str]:
    """What the catalogue puts beside something owned, each with that (R15)."""
    return {sku: one.sku for one in stored.purchases for sku in one.goes_with}


def _campaigns(
    session: Session, request: DecisionRequest, policy: OfferPolicy, at: datetime
) -> Sequence[Promotion]:
    if OfferKind.CAMPAIGN not in request.kinds or request.purpose == Purpose.ANSWER:
        return ()
    return running(session, at.astimezone(policy.zone).date())


def _choices(
    session: Session, weighing: "_Weighing", shelf: Shelf, campaigns: Sequence[Promotion]
) -> list[Choice]:
    policy, now, trace = weighing.policy, weighing.now, weighing.trace
    trace.considered += len(campaigns)
    shown = eligible_campaigns(campaigns, now, policy, trace.removed.__setitem__)
    pools = {campaign.id: pool_of(session, campaign) for campaign in shown}
    shelf.of({*weighing.preferred, *(sku for pool in pools.values() for sku in pool)})
    found = list[Choice]()
    if OfferKind.PRODUCT in weighing.request.kinds:
        found += weighing.rank(_products(session, weighing, shelf))
    for campaign in shown:
        found += _of_campaign(session, weighing, shelf, campaign, pools[campaign.id])
    return varied(sorted(found, key=_order), weighing.request.limit, policy)


def _order(choice: Choice) -> tuple[float, date, str]:
    """The best first; of two as good the campaign that ends first."""
    return -choice.score, choice.campaign.ends_on if choice.campaign else date.max, choice.key


@dataclass(frozen=True)
class _Weighing:
    """Sifts and ranks products for one decision."""

    request: DecisionRequest
    policy: OfferPolicy
    now: Circumstances
    companions: Mapping[str, str]
    trace: Trace

    @property
    def preferred(self) -> frozenset[str]:
        """The candidates, what goes with what was bought, what belongs to the page."""
        return frozenset((*self.request.candidates, *self.companions, *self.now.page))

    def rank(self, products: Sequence[Product], *, is_traced: bool = True) -> list[Choice]:
        """What may be offered of them, best first."""
        allowed, trace = eligible(products, self.now, PRODUCT_RULES, self.policy)
        if is_traced:
            self.trace.removed.update(trace.removed)
            self.trace.considered += len(products)
        relevance, origins = self.request.candidates, self.request.origins
        return rank(allowed, relevance, self.now, self.policy, self.companions, origins)


def _products(session: Session, weighing: _Weighing, shelf: Shelf) -> Sequence[Product]:
    """The preferred products, and others of the shelf that is looked at."""
    page, found = weighing.request.page, shelf.of(weighing.preferred)
    if page is None:
        return found
    looked_at = {one.category for one in found if one.sku == page}
    beside = select(Product).where(
        or_(Product.category == page, Product.category.in_(looked_at)),
        Product.sku.not_in(weighing.preferred),
    )
    return [*found, *session.scalars(beside.order_by(Product.sku).limit(PAGE_PRODUCTS))]


def _of_campaign(
    session: Session, weighing: _Weighing, shelf: Shelf, campaign: Promotion, pool: Sequence[str]
) -> Iterator[Choice]:
    """A campaign that may be shown, with the product it leads with, if there is one."""
    preferred = weighing.preferred
    found = [one for one in shelf.of(preferred) if applies_to(campaign, one)]
    others = [sku for sku in pool if sku not in preferred]
    ranked = weighing.rank([*found, *shelf.of(others)], is_traced=False)
    if ranked:
        yield _as_campaign(session, weighing, campaign, ranked[0])
    else:
        weighing.trace.removed[campaign.id] = NO_PRODUCT


def _as_campaign(
    session: Session, weighing: _Weighing, campaign: Promotion, best: Choice
) -> Choice:
    weights, now, request = weighing.policy.weights, weighing.now, weighing.request
    score = best.score + weights.campaign
    score += weights.near if campaign.zone else 0.0
    score += weights.tier if suits(campaign.goal, now.tier) else 0.0
    if now.purpose.is_unasked:
        score += weights.freshness / (1 + now.times_seen(campaign.id)) - weights.freshness / (
            1 + now.times_seen(best.product.sku)
        )
    return replace(
        best,
        score=score,
        campaign=campaign,
        variant=variant_for(session, campaign, request.customer_id, request.visitor),
        is_for_few=bool(campaign.audience),
    )


def _switched_off(policy: OfferPolicy) -> tuple[str, ...]:
    return tuple(sorted(name for name in RULE_NAMES if not policy.is_on(name)))


def remember(session: Session, request: DecisionRequest, decision: Decision) -> None:
    """Write down what was chosen, so that its outcomes can name it."""
    for choice in decision.choices:
        note(
            session,
            OfferOutcome.CHOSEN,
            offered(choice, decision.id, request),
            conversation_id=request.conversation_id,
            customer_id=request.customer_id,
            at=decision.at,
        )


def offered(choice: Choice, decision: str, request: DecisionRequest) -> Offered:
    """A choice as its outcomes know it."""
    return Offered(
        choice.product.sku,
        decision,
        choice.campaign.id if choice.campaign else None,
        choice.variant.id or None if choice.variant else None,
        request.channel,
        request.purpose,
        choice.facts,
    )
