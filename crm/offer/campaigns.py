"""Campaigns: which run, for whom, on which products, in which wording."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    bindparam,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session

from crm.offer.models import OfferEvent, OfferOutcome, Product, Promotion
from crm.profile.models import Customer
from crm.segment.filters import Condition, read_filter
from crm.segment.json_values import JsonHas
from crm.segment.sql import members

MET = (OfferOutcome.CHOSEN, OfferOutcome.SHOWN)
POOL, POOL_SECONDS = 12, 60.0

# By database, and by what the campaign applies to: when it was looked up, and the SKUs.
_POOLS: WeakKeyDictionary[Any, dict[str, tuple[float, tuple[str, ...]]]] = WeakKeyDictionary()

_TODAY: BindParameter[date] = bindparam("today")
_RUNNING = (
    select(Promotion)
    .where(Promotion.starts_on <= _TODAY, Promotion.ends_on >= _TODAY)
    .order_by(Promotion.ends_on, Promotion.id)
)


@dataclass(frozen=True)
class Variant:
    """A wording of a campaign; `id` is empty where there is only one."""

    id: str
    text: dict[str, str]
    weight: float = 1.0


def in_language(texts: Mapping[str, str], language: str) -> str:
    """What a campaign says in a language, or in the one that it has."""
    return texts.get(language) or next(iter(texts.values()))


def running(session: Session, today: date) -> Sequence[Promotion]:
    """The campaigns of a day, what ends first coming first."""
    return session.scalars(_RUNNING, {"today": today}).all()


def audience_of(campaign: Promotion) -> Condition | None:
    """The filter of a campaign's audience; None for everybody.

    Raises:
        BadFilter
    """
    return read_filter(campaign.audience) if campaign.audience else None


def audiences_of(
    session: Session, campaigns: Sequence[Promotion], customer_id: int | None, at: datetime
) -> frozenset[str]:
    """The campaigns with an audience in which a customer is, in one query."""
    wanted = [one for one in campaigns if one.audience]
    if customer_id is None or not wanted:
        return frozenset()
    # Up to the end of the minute: what has just happened counts, and a minute shares its query.
    minute = at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    written = tuple(json.dumps(one.audience, sort_keys=True) for one in wanted)
    row = session.execute(_memberships(written, minute), {"customer_id": customer_id}).first()
    answers = row or [False] * len(wanted)
    return frozenset(one.id for one, is_in in zip(wanted, answers, strict=True) if is_in)


@lru_cache(maxsize=64)
def _memberships(audiences: tuple[str, ...], at: datetime) -> Executable:
    """The query that tells of one customer in which audiences they are."""
    tests = [members(read_filter(json.loads(one)), at) for one in audiences]
    return select(*tests).where(Customer.id == bindparam("customer_id"))


def capped(
    session: Session, campaigns: Sequence[Promotion], customer_id: int | None
) -> frozenset[str]:
    """The campaigns that this customer, or everybody together, was shown often enough."""
    own = {one.id: one.cap_per_customer for one in campaigns if one.cap_per_customer is not None}
    total = {one.id: one.cap_total for one in campaigns if one.cap_total is not None}
    found = _reaching(session, total)
    return found | _reaching(session, own, customer_id) if customer_id is not None else found


def _reaching(
    session: Session, caps: Mapping[str, int], customer_id: int | None = None
) -> frozenset[str]:
    """The campaigns that as many decisions chose or showed as their caps allow."""
    if not caps:
        return frozenset()
    query = (
        select(OfferEvent.promotion_id, func.count(func.distinct(OfferEvent.decision)))
        .where(OfferEvent.promotion_id.in_(caps), OfferEvent.outcome.in_(MET))
        .group_by(OfferEvent.promotion_id)
    )
    if customer_id is not None:
        query = query.where(OfferEvent.customer_id == customer_id)
    counts = {str(campaign): count for campaign, count in session.execute(query)}
    return frozenset(one for one, cap in caps.items() if counts.get(one, 0) >= cap)


def pool_of(session: Session, campaign: Promotion) -> tuple[str, ...]:
    """SKUs of products that a campaign applies to, the first of them all, at most a minute old.

    Finding them goes through a whole shelf of the catalogue; whether one may be offered is
    looked up afresh by who uses it.
    """
    known = _POOLS.setdefault(session.get_bind(), {})
    key, now = json.dumps(campaign.terms.get("applies_to"), sort_keys=True), monotonic()
    if key not in known or known[key][0] < now - POOL_SECONDS:
        query = select(Product.sku).where(_applies(campaign)).order_by(Product.sku)
        known[key] = (now, tuple(session.scalars(query.limit(POOL))))
    return known[key][1]


def _applies(campaign: Promotion) -> ColumnElement[bool]:
    to: dict[str, Any] = campaign.terms.get("applies_to") or {}
    tests: list[ColumnElement[bool]] = [false()]
    if to.get("categories"):
        tests.append(Product.category.in_(to["categories"]))
    if to.get("skus"):
        tests.append(Product.sku.in_(to["skus"]))
    tests += [JsonHas(Product.attributes["needs"], literal(need)) for need in to.get("needs") or ()]
    return or_(*tests)


def applies_to(campaign: Promotion, product: Product) -> bool:
    """Whether a campaign applies to a product."""
    to: dict[str, Any] = campaign.terms.get("applies_to") or {}
    needs = set(product.attributes.get("needs") or ())
    return (
        product.category in (to.get("categories") or ())
        or product.sku in (to.get("skus") or ())
        or bool(needs & set(to.get("needs") or ()))
    )


def variants_of(campaign: Promotion) -> list[Variant]:
    """The wordings of a campaign; one without a name where nothing is tried."""
    written = [Variant(one["id"], one["text"], one.get("weight", 1.0)) for one in campaign.variants]
    return written or [Variant("", campaign.text)]


def variant_for(
    session: Session, campaign: Promotion, customer_id: int | None, visitor: str | None
) -> Variant:
    """The wording for somebody: the one they saw before, else by a hash that never changes.

    Who cannot be told apart from others gets the first, outside of the comparison: without name.
    """
    variants = variants_of(campaign)
    if len(variants) == 1:
        return variants[0]
    if customer_id is None and visitor is None:
        return Variant("", variants[0].text)
    before = _seen_before(session, campaign.id, customer_id)
    known = next((one for one in variants if one.id == before), None)
    who = f"customer {customer_id}" if customer_id is not None else f"visitor {visitor}"
    return known or split(campaign.id, who, variants)


def _seen_before(session: Session, campaign: str, customer_id: int | None) -> str | None:
    if customer_id is None:
        return None
    query = select(OfferEvent.variant).where(
        OfferEvent.customer_id == customer_id,
        OfferEvent.promotion_id == campaign,
        OfferEvent.variant.is_not(None),
    )
    return session.scalar(query.order_by(OfferEvent.id).limit(1))


def split(salt: str, who: str, variants: Sequence[Variant]) -> Variant:
    """One of the variants by their weights: the same one for the same person and salt, always."""
    digest = blake2b(f"{salt}\n{who}".encode(), digest_size=8).digest()
    point = int.from_bytes(digest, "big") / 2**64 * sum(one.weight for one in variants)
    for one in variants:
        point -= one.weight
        if point < 0:
            return one
    return variants[-1]
