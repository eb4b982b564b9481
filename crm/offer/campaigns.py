"""Campaigns: which run, for whom, on which products, in which wording."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import ColumnElement, false, func, literal, or_, select
from sqlalchemy.orm import Session

from crm.offer.models import OfferEvent, OfferOutcome, Product, Promotion
from crm.profile.models import Customer
from crm.segment.filters import Condition, read_filter
from crm.segment.json_values import JsonHas
from crm.segment.sql import members

MET = (OfferOutcome.CHOSEN, OfferOutcome.SHOWN)
PRODUCTS_LOOKED_AT = 60


@dataclass(frozen=True)
class Variant:
    """A wording of a campaign; `id` is empty where there is only one."""

    id: str
    text: dict[str, str]
    weight: float = 1.0


def running(session: Session, today: date) -> Sequence[Promotion]:
    """The campaigns of a day, what ends first coming first."""
    query = select(Promotion).where(Promotion.starts_on <= today, Promotion.ends_on >= today)
    return session.scalars(query.order_by(Promotion.ends_on, Promotion.id)).all()


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
    wanted = [(one.id, audience_of(one)) for one in campaigns if one.audience]
    tests = [members(condition, at) for _, condition in wanted if condition is not None]
    if customer_id is None or not tests:
        return frozenset()
    row = session.execute(select(*tests).where(Customer.id == customer_id)).first()
    answers = row or [False] * len(tests)
    return frozenset(key for (key, _), is_in in zip(wanted, answers, strict=True) if is_in)


def capped(
    session: Session, campaigns: Sequence[Promotion], customer_id: int | None
) -> frozenset[str]:
    """The campaigns that this customer, or everybody together, was shown often enough."""
    found: set[str] = set()
    for one in campaigns:
        if one.cap_total is not None and _met(session, one.id) >= one.cap_total:
            found.add(one.id)
        own = one.cap_per_customer
        if own is not None and customer_id is not None:
            found |= {one.id} if _met(session, one.id, customer_id) >= own else set()
    return frozenset(found)


def _met(session: Session, campaign: str, customer_id: int | None = None) -> int:
    """How many decisions chose or showed a campaign."""
    query = select(func.count(func.distinct(OfferEvent.decision))).where(
        OfferEvent.promotion_id == campaign, OfferEvent.outcome.in_(MET)
    )
    if customer_id is not None:
        query = query.where(OfferEvent.customer_id == customer_id)
    return session.scalar(query) or 0


def products_of(
    session: Session, campaign: Promotion, among: Collection[str] = ()
) -> Sequence[Product]:
    """Products that a campaign applies to: those of `among` first, then some others."""
    applies = _applies(campaign)
    preferred = session.scalars(select(Product).where(applies, Product.sku.in_(among))).all()
    others = select(Product).where(applies, Product.sku.not_in(among)).order_by(Product.sku)
    return [*preferred, *session.scalars(others.limit(PRODUCTS_LOOKED_AT))]


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
