"""Gathers the circumstances of a decision: what holds back, and what may show at the level."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.offer.campaigns import audiences_of, capped
from crm.offer.circumstances import Circumstances
from crm.offer.facets import Facet
from crm.offer.holding_back import (
    MET,
    consents,
    is_capped,
    is_displeased,
    is_quiet,
    refuses_profiling,
    something_open,
)
from crm.offer.models import OfferEvent, Product, Promotion, Purpose
from crm.offer.outcomes import rejected_campaigns, rejected_skus
from crm.offer.policy import OfferPolicy
from crm.offer.request import DecisionRequest
from crm.offer.rules import DURABLE
from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.assurance import reaches
from crm.profile.models import Customer, Level, Trait
from crm.profile.traits import current
from crm.segment.zones import UNKNOWN, zone_of
from crm.value.models import Tier
from crm.value.worth import value_of

FACETS_TOLD = ("skin", "hair")
NOT_KEPT = (OrderStatus.CANCELLED, OrderStatus.RETURNED)
SEXES = {"F": "women", "M": "men"}

# Once is a gift or a mistake, twice is a habit; so many without the other is the whole truth.
A_HABIT, THE_WHOLE_TRUTH = 2, 3


@dataclass(frozen=True)
class Purchase:
    """A product bought and kept."""

    order_id: int
    at: datetime
    product: Product


@dataclass(frozen=True)
class Stored:
    """What is stored of a customer; of nobody, nothing."""

    customer: Customer | None = None
    traits: Mapping[str, Trait] = field(default_factory=dict)
    purchases: Sequence[Purchase] = ()


def circumstances_of(
    session: Session, request: DecisionRequest, policy: OfferPolicy, at: datetime
) -> Circumstances:
    """Everything that the rules and the ranking look at, but for campaigns."""
    stored = _stored(session, request.customer_id)
    shows = may_show(session, request)
    counts_purchases = shows or request.purpose != Purpose.ANSWER
    related, categories = _need(session, request)
    recent = [one for one in stored.purchases if _is_within(one, at, policy.after_purchase_days)]
    kept = stored.purchases if counts_purchases else ()
    return Circumstances(
        purpose=request.purpose,
        said=request.said,
        related=related,
        related_categories=categories,
        traits=_told(stored.traits) if shows else frozenset(),
        rejected=rejected_skus(session, request.conversation_id, request.customer_id),
        rejected_campaigns=rejected_campaigns(
            session, request.conversation_id, request.customer_id
        ),
        bought=_not_again(kept, at, policy),
        bought_categories=frozenset(one.product.category for one in kept),
        owned=frozenset(one.product.sku for one in stored.purchases) if shows else frozenset(),
        just_bought=frozenset(one.product.sku for one in recent),
        goes_with_it=frozenset(
            sku for one in recent for sku in one.product.attributes.get("goes_with") or ()
        ),
        shops_for=shops_for(kept, stored.traits) if counts_purchases else frozenset(),
        budget=request.budget,
        has_open_matter=something_open(session, request),
        consents=request.customer_id is None
        or consents(session, request.customer_id, request.channel),
        is_displeased=is_displeased(session, request, at, policy),
        is_capped=is_capped(session, request, at, policy, stored.traits),
        is_quiet=is_quiet(at, policy, stored.traits),
        province=province_of(request.zone or (_cap(stored) if shows else None)),
        is_home=request.zone is None,
        channel=request.channel,
        today=at.astimezone(policy.zone).date(),
        tier=_tier(session, request.customer_id) if shows else None,
        seen=_seen(session, request, at - timedelta(days=policy.seen_days)),
        page=_page(session, request.page),
    )


def with_campaigns(
    session: Session,
    now: Circumstances,
    request: DecisionRequest,
    campaigns: Sequence[Promotion],
    at: datetime,
) -> Circumstances:
    """The same, with the campaigns for this customer, and those that were shown enough."""
    customer_id = request.customer_id if may_show(session, request) else None
    return replace(
        now,
        audiences=audiences_of(session, campaigns, customer_id, at),
        capped=capped(session, campaigns, request.customer_id),
    )


def may_show(session: Session, request: DecisionRequest) -> bool:
    """Whether what is stored may choose and explain: who it is is verified and, for what is
    promoted, profiling is not forbidden."""
    if request.customer_id is None or not reaches(request.level, Level.VERIFIED):
        return False
    return request.purpose == Purpose.ANSWER or not refuses_profiling(session, request.customer_id)


def _stored(session: Session, customer_id: int | None) -> Stored:
    if customer_id is None:
        return Stored()
    customer = session.get(Customer, customer_id)
    return Stored(customer, current(session, customer_id), _purchases(session, customer_id))


def _purchases(session: Session, customer_id: int) -> list[Purchase]:
    query = (
        select(Order.id, Order.placed_at, Product)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Product, Product.sku == OrderLine.sku)
        .where(Order.customer_id == customer_id, Order.status.not_in(NOT_KEPT))
    )
    return [Purchase(order, at, product) for order, at, product in session.execute(query).all()]


def _is_within(purchase: Purchase, at: datetime, days: int) -> bool:
    return at - timedelta(days=days) <= purchase.at <= at


def _not_again(purchases: Iterable[Purchase], at: datetime, policy: OfferPolicy) -> frozenset[str]:
    """What lasts for years, and what cannot be used up yet."""
    return frozenset(
        one.product.sku
        for one in purchases
        if one.product.category in DURABLE or _is_within(one, at, policy.again_days)
    )


def shops_for(purchases: Iterable[Purchase], traits: Mapping[str, Trait]) -> frozenset[str]:
    """For whom a customer buys: what they did twice, and what they registered as (R17).

    What is registered gives way once the facts speak clearly against it.
    """
    orders: defaultdict[str, set[int]] = defaultdict(set)
    for one in purchases:
        made_for = one.product.attributes.get("for_whom") or ()
        for group in made_for if len(made_for) == 1 else ():
            orders[str(group)].add(one.order_id)
    orders.pop("everyone", None)
    times = Counter({name: len(ids) for name, ids in orders.items()})
    facts = {name for name, count in times.items() if count >= A_HABIT}
    registered = SEXES.get(str(traits["sex"].value)) if "sex" in traits else None
    if registered is None:
        return frozenset(facts)
    is_mistaken = not times[registered] and any(
        count >= THE_WHOLE_TRUTH for name, count in times.items() if name in SEXES.values()
    )
    return frozenset(facts if is_mistaken else facts | {registered})


def _told(traits: Mapping[str, Trait]) -> frozenset[Facet]:
    return frozenset(
        Facet(name, str(trait.value)) for name, trait in traits.items() if name in FACETS_TOLD
    )


def _need(session: Session, request: DecisionRequest) -> tuple[frozenset[str], frozenset[str]]:
    """What answers the need said: the candidates, and the categories of the better half of them."""
    if not request.states_need:
        return frozenset(), frozenset()
    said = {sku: how for sku, how in request.candidates.items() if sku not in request.origins}
    if not said:
        return frozenset(), frozenset()
    good = max(said.values()) / 2
    best = [sku for sku, how in said.items() if how >= good]
    categories = session.scalars(select(Product.category).where(Product.sku.in_(best)).distinct())
    return frozenset(said), frozenset(categories)


def _cap(stored: Stored) -> str | None:
    return stored.customer.cap if stored.customer else None


def province_of(zone: str | None) -> str | None:
    """The code of the provincia that a CAP or a code means."""
    if zone is None or not zone.isdigit():
        return zone.upper() if zone else None
    found = zone_of(zone, "provincia")
    return None if found == UNKNOWN else found


def _tier(session: Session, customer_id: int | None) -> Tier | None:
    value = value_of(session, customer_id) if customer_id is not None else None
    return value.tier if value else None


def _seen(
    session: Session, request: DecisionRequest, since: datetime
) -> tuple[tuple[str, int], ...]:
    """How often each product and each campaign was shown since; what was asked for is not."""
    if request.customer_id is None or not request.purpose.is_unasked:
        return ()
    key = func.coalesce(OfferEvent.promotion_id, OfferEvent.sku)
    query = (
        select(key, func.count(func.distinct(OfferEvent.decision)))
        .where(OfferEvent.customer_id == request.customer_id, OfferEvent.at >= since)
        .where(OfferEvent.outcome.in_(MET))
        .group_by(key)
    )
    return tuple((name, count) for name, count in session.execute(query).all())


def _page(session: Session, page: str | None) -> frozenset[str]:
    """The SKUs that belong to what is looked at: it, what goes with it; or a category's name."""
    if page is None:
        return frozenset()
    product = session.get(Product, page)
    goes_with = product.attributes.get("goes_with") or () if product else ()
    return frozenset({page, *goes_with})
