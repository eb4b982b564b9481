"""Gathers the circumstances of a decision: what holds back, and what may show at the level."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from crm.event.models import SignalKind
from crm.offer.campaigns import audiences_of, capped
from crm.offer.circumstances import Circumstances
from crm.offer.facets import Facet
from crm.offer.holding_back import (
    SHOW_A_MOOD,
    is_capped,
    is_displeased,
    is_quiet,
    something_open,
)
from crm.offer.models import Promotion, Purpose
from crm.offer.past import WEEK, Met, met_since, refused, times_seen
from crm.offer.permissions import Permissions
from crm.offer.policy import OfferPolicy
from crm.offer.request import DecisionRequest
from crm.offer.rules import DURABLE, FOR_THE_SMALL
from crm.offer.shelf import Shelf
from crm.offer.stored import Purchase, Stored, purchases_of, signals_of, standing_of
from crm.offer.tastes import SIGNALS_SINCE, TELLS
from crm.profile.models import Trait
from crm.profile.traits import current
from crm.segment.zones import UNKNOWN, zone_of

FACETS_TOLD = ("skin", "hair")
SEXES = {"F": "women", "M": "men"}

# Once is a gift or a mistake, twice is a habit; so many without the other is the whole truth.
A_HABIT, THE_WHOLE_TRUTH = 2, 3


def stored_of(
    session: Session,
    request: DecisionRequest,
    allowed: Permissions,
    policy: OfferPolicy,
    at: datetime,
) -> Stored:
    """What is stored of the customer, as far as this decision may and does look at it."""
    customer_id, shows = request.customer_id, allowed.shows
    if customer_id is None or not (shows or request.purpose != Purpose.ANSWER):
        return Stored()
    cap, tier = standing_of(session, customer_id) if shows else (None, None)
    kinds = _kinds(request, allowed)
    since = at - max(SIGNALS_SINCE, policy.silence)
    return Stored(
        traits=current(session, customer_id),
        purchases=purchases_of(session, customer_id),
        signals=signals_of(session, customer_id, kinds, since, at) if kinds else (),
        cap=cap,
        tier=tier,
    )


def _kinds(request: DecisionRequest, allowed: Permissions) -> tuple[SignalKind, ...]:
    """The signals that matter: those that show a mood, those that tell of a taste."""
    moods = SHOW_A_MOOD if request.purpose.is_unasked else ()
    return (*moods, *TELLS) if allowed.shows and not request.states_need else moods


def circumstances_of(
    session: Session,
    request: DecisionRequest,
    policy: OfferPolicy,
    at: datetime,
    allowed: Permissions,
    stored: Stored,
    shelf: Shelf,
) -> Circumstances:
    """Everything that the rules and the ranking look at, but for campaigns."""
    shows, kept = allowed.shows, [one for one in stored.purchases if one.category is not None]
    related, categories = _need(shelf, request)
    recent = [one for one in kept if _is_within(one, at, policy.after_purchase_days)]
    no = refused(session, request.conversation_id, request.customer_id)
    seen_since = at - timedelta(days=policy.seen_days)
    met = _met(session, request, min(seen_since, at - WEEK))
    return Circumstances(
        purpose=request.purpose,
        said=request.said,
        related=related,
        related_categories=categories,
        traits=_told(stored.traits) if shows else frozenset(),
        rejected=no.products,
        rejected_campaigns=no.campaigns,
        bought=_not_again(kept, at, policy),
        bought_categories=frozenset(str(one.category) for one in kept),
        just_bought=frozenset(one.sku for one in recent),
        goes_with_it=frozenset(sku for one in recent for sku in one.goes_with),
        shops_for=shops_for(kept, stored.traits) - (frozenset() if shows else FOR_THE_SMALL),
        budget=request.budget,
        has_open_matter=something_open(session, request),
        consents=allowed.consents,
        is_displeased=is_displeased(session, request, at, policy, stored.signals),
        is_capped=is_capped(met, request, at, policy, stored.traits),
        is_quiet=is_quiet(at, policy, stored.traits),
        province=province_of(request.zone or stored.cap),
        is_home=request.zone is None,
        channel=request.channel,
        tier=stored.tier,
        seen=times_seen(met, seen_since),
        page=_page(shelf, request.page),
    )


def with_campaigns(
    session: Session,
    now: Circumstances,
    request: DecisionRequest,
    campaigns: Sequence[Promotion],
    allowed: Permissions,
    at: datetime,
) -> Circumstances:
    """The same, with the campaigns for this customer, and those that were shown enough."""
    return replace(
        now,
        audiences=audiences_of(
            session, campaigns, request.customer_id if allowed.shows else None, at
        ),
        capped=capped(session, campaigns, request.customer_id),
    )


def _met(session: Session, request: DecisionRequest, since: datetime) -> Sequence[Met]:
    """What the customer met since; who asks is not held back by it."""
    if request.customer_id is None or not request.purpose.is_unasked:
        return ()
    return met_since(session, request.customer_id, since)


def _is_within(purchase: Purchase, at: datetime, days: int) -> bool:
    return at - timedelta(days=days) <= purchase.at <= at


def _not_again(purchases: Iterable[Purchase], at: datetime, policy: OfferPolicy) -> frozenset[str]:
    """What lasts for years, and what cannot be used up yet."""
    return frozenset(
        one.sku
        for one in purchases
        if one.category in DURABLE or _is_within(one, at, policy.again_days)
    )


def shops_for(purchases: Iterable[Purchase], traits: Mapping[str, Trait]) -> frozenset[str]:
    """For whom a customer buys: what they did twice, and what they registered as (R17).

    What is registered gives way once the facts speak clearly against it.
    """
    orders: defaultdict[str, set[int]] = defaultdict(set)
    for one in purchases:
        made_for = one.attributes.get("for_whom") or ()
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


def _need(shelf: Shelf, request: DecisionRequest) -> tuple[frozenset[str], frozenset[str]]:
    """What answers the need said: the candidates, and the categories of the better half of them."""
    if not request.states_need:
        return frozenset(), frozenset()
    said = {sku: how for sku, how in request.candidates.items() if sku not in request.origins}
    if not said:
        return frozenset(), frozenset()
    good = max(said.values()) / 2
    found = shelf.of(said)
    return frozenset(said), frozenset(one.category for one in found if said[one.sku] >= good)


def province_of(zone: str | None) -> str | None:
    """The code of the provincia that a CAP or a code means."""
    if zone is None or not zone.isdigit():
        return zone.upper() if zone else None
    found = zone_of(zone, "provincia")
    return None if found == UNKNOWN else found


def _page(shelf: Shelf, page: str | None) -> frozenset[str]:
    """The SKUs that belong to what is looked at: it, what goes with it; or a category's name."""
    if page is None:
        return frozenset()
    goes_with = [sku for one in shelf.of([page]) for sku in one.attributes.get("goes_with") or ()]
    return frozenset({page, *goes_with})
