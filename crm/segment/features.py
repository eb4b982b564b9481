"""What customers may have in common: each a condition of the filter language, with its words."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.offer.models import Product
from crm.order.models import Order
from crm.profile.elastic import OwnFields
from crm.profile.keys import IDENTIFYING
from crm.profile.models import Customer, Trait
from crm.profile.places import places_of
from crm.segment.filters import Scalar
from crm.value.models import Tier

MOST_VALUES = 20
RECENT_DAYS = 180
# Who somebody is, and what nobody is to be sorted by.
NOT_IN_COMMON = (*IDENTIFYING, "address", "birth_date", "language", "sex")
WORDS: Mapping[str, Mapping[str, str]] = {
    "trait": {"it": "{name}: {value}", "en": "{name}: {value}"},
    "category": {"it": "hanno comprato: {value}", "en": "bought: {value}"},
    "shop": {"it": "comprano nel negozio: {value}", "en": "buy at the shop: {value}"},
    "regione": {"it": "abitano in {value}", "en": "live in {value}"},
    "tier": {"it": "fascia: {value}", "en": "tier: {value}"},
    "often": {"it": "almeno {value} ordini", "en": "{value} orders or more"},
    "lately": {"it": "un ordine negli ultimi {value} giorni", "en": "an order in {value} days"},
    "leaving": {"it": "in ritardo sul loro ritmo di acquisto", "en": "overdue by their own rhythm"},
}


@dataclass(frozen=True)
class Feature:
    """A thing that holds for a customer or not.

    Attributes:
        filter: the condition, as it is written in a segment.
        words: what to say of it, by language.
    """

    filter: Mapping[str, Any]
    words: Mapping[str, str]


def features_of(
    session: Session, own_fields: OwnFields, least: int, hidden: Collection[str] = ()
) -> list[Feature]:
    """What may set customers apart, of what occurs with so many at least; no hidden fields."""
    return [
        *_of_traits(session, own_fields, least, {*hidden, *NOT_IN_COMMON}),
        *_of_purchases(session, least),
        *_of_zones(session, least),
        *(_feature("tier", {"tier": str(tier)}, tier) for tier in Tier),
        _feature("often", {"orders": {"at_least": 5}}, 5),
        _feature("lately", {"orders": {"days": RECENT_DAYS}}, RECENT_DAYS),
        _feature("leaving", {"value": {"churn_risk": {"at_least": 0.5}}}, ""),
    ]


def _feature(kind: str, filter_: Mapping[str, Any], value: object, **names: str) -> Feature:
    words = {
        language: form.format(value=value, name=names.get(language, ""))
        for language, form in WORDS[kind].items()
    }
    return Feature(filter_, words)


def _of_traits(
    session: Session, own_fields: OwnFields, least: int, hidden: Collection[str]
) -> Iterator[Feature]:
    """Values of traits that have few; who somebody is is none of them."""
    counts: dict[str, Counter[Scalar]] = {}
    query = (
        select(Trait.name, Trait.value, func.count(Trait.customer_id.distinct()))
        .where(Trait.name.not_in(sorted(hidden)))
        .group_by(Trait.name, Trait.value)
    )
    for name, value, count in session.execute(query):
        if isinstance(value, bool | int | float | str):
            counts.setdefault(name, Counter())[value] = count
    for name, values in sorted(counts.items()):
        if len(values) > MOST_VALUES:
            continue
        titles = _titles(own_fields, name)
        for value in sorted((one for one, count in values.items() if count >= least), key=str):
            yield _feature("trait", {"trait": {"name": name, "equals": value}}, value, **titles)


def _titles(own_fields: OwnFields, name: str) -> dict[str, str]:
    declared = own_fields.get(name)
    title = declared.title if declared else {}
    return {language: title.get(language, name) for language in ("it", "en")}


def _of_purchases(session: Session, least: int) -> Iterator[Feature]:
    for category in sorted(session.scalars(select(Product.category).distinct())):
        yield _feature("category", {"orders": {"categories": [category]}}, category)
    shops = (
        select(Order.shop)
        .where(Order.shop.is_not(None))
        .group_by(Order.shop)
        .having(func.count(Order.customer_id.distinct()) >= least)
    )
    for shop in sorted(filter(None, session.scalars(shops))):
        yield _feature("shop", {"orders": {"shop": shop}}, shop)


def _of_zones(session: Session, least: int) -> Iterator[Feature]:
    regions: Counter[str] = Counter()
    query = select(Customer.cap, func.count()).where(Customer.cap.is_not(None))
    for cap, count in session.execute(query.group_by(Customer.cap)):
        regions.update(dict.fromkeys(_regions(cap or ""), count))
    for regione in sorted(name for name, count in regions.items() if count >= least):
        yield _feature("regione", {"zone": {"regione": regione}}, regione)


def _regions(cap: str) -> Collection[str]:
    return {place.regione for place in places_of(cap)}
