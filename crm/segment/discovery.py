"""Segments that nobody defined: customers who have much in common, and what that is (R8).

Only those are looked at who agreed to profiling (R5). Customers are grouped by what holds for them;
each group is then told in words and as a filter of the ordinary language, and what is counted are
those who fit that filter, so that a saved segment is what was shown.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.consent.models import Purpose
from crm.db import now
from crm.profile.elastic import OwnFields
from crm.profile.models import Customer
from crm.segment.census import count
from crm.segment.features import Feature, features_of
from crm.segment.filters import read_filter
from crm.segment.sql import members

FEWEST = 5  # a group of fewer could name somebody
MOST_LOOKED_AT = 20_000
MOST_TRAITS, MOST_CONDITIONS = 5, 3
LEAST_SHARE, LEAST_AHEAD = 0.5, 0.15
AGREED = {"consent": {"purpose": str(Purpose.PROFILING), "channel": "any"}}

Row = Sequence[int]
Group = Callable[[Sequence[Row]], Sequence[int]]


@dataclass(frozen=True)
class Distinction:
    """What sets a group apart: how often it holds in it, and with everybody looked at."""

    feature: Feature
    share: float
    share_of_all: float


@dataclass(frozen=True)
class Discovered:
    """A group.

    Attributes:
        customers: how many fit the filter.
        distinctions: what sets the group apart, the most telling first.
        covered: the share of the group that fits the filter.
    """

    customers: int
    distinctions: Sequence[Distinction]
    filter: Mapping[str, Any]
    covered: float

    def words(self, language: str) -> list[str]:
        """What sets it apart, for people."""
        return [
            f"{one.feature.words[language]} ({one.share:.0%}; {one.share_of_all:.0%})"
            for one in self.distinctions
        ]


def discover(
    session: Session, own_fields: OwnFields, group: Group, hidden: Collection[str] = ()
) -> list[Discovered]:
    """The groups that are found, the largest first; none under five people.

    Args:
        group: says for each row of zeros and ones to which group it belongs.
        hidden: own fields that whoever asks may not see.
    """
    everybody = _agreed(session)
    if len(everybody) < 2 * FEWEST:
        return []
    features, holders = _holding(
        session, features_of(session, own_fields, FEWEST, hidden), everybody
    )
    if not features:
        return []
    rows = [[int(one in holds) for holds in holders] for one in everybody]
    groups: dict[int, set[int]] = {}
    for customer, label in zip(everybody, group(rows), strict=True):
        groups.setdefault(label, set()).add(customer)
    found = (_described(session, one, everybody, features, holders) for one in groups.values())
    distinct = {str(one.filter): one for one in found if one is not None}
    return sorted(distinct.values(), key=lambda one: (-one.customers, str(one.filter)))


def _agreed(session: Session) -> list[int]:
    """Those who agreed to profiling; of very many, those with the first ids of each so many."""
    query = select(Customer.id).where(members(read_filter(AGREED), now())).order_by(Customer.id)
    everybody = list(session.scalars(query))
    step = -(-len(everybody) // MOST_LOOKED_AT) or 1
    return everybody[::step]


def _holding(
    session: Session, features: Iterable[Feature], everybody: Sequence[int]
) -> tuple[list[Feature], list[set[int]]]:
    """For each feature for whom it holds; what holds for hardly anybody or for all says nothing."""
    kept: list[Feature] = []
    holders: list[set[int]] = []
    known = set(everybody)
    for feature in features:
        query = select(Customer.id).where(members(read_filter(feature.filter), now()))
        holds = known.intersection(session.scalars(query))
        if FEWEST <= len(holds) <= len(known) - FEWEST:
            kept.append(feature)
            holders.append(holds)
    return kept, holders


def _described(
    session: Session,
    group: set[int],
    everybody: Sequence[int],
    features: Sequence[Feature],
    holders: Sequence[set[int]],
) -> Discovered | None:
    if len(group) < FEWEST:
        return None
    telling = []
    for feature, holds in zip(features, holders, strict=True):
        share, of_all = len(group & holds) / len(group), len(holds) / len(everybody)
        if share >= LEAST_SHARE and share - of_all >= LEAST_AHEAD:
            telling.append((Distinction(feature, share, of_all), holds))
    telling.sort(key=lambda one: one[0].share_of_all - one[0].share)
    if not telling:
        return None
    chosen, fitting = _conditions(group, telling)
    filter_ = {"all": [AGREED, *(one.feature.filter for one in chosen)]}
    customers = count(session, read_filter(filter_))
    if customers < FEWEST:
        return None
    distinctions = [one for one, _ in telling[:MOST_TRAITS]]
    return Discovered(customers, distinctions, filter_, len(group & fitting) / len(group))


def _conditions(
    group: set[int], telling: Sequence[tuple[Distinction, set[int]]]
) -> tuple[list[Distinction], set[int]]:
    """The few conditions that together fit the group best: one after the other while it helps."""
    first, fitting = telling[0]
    chosen = [first]
    for one, holds in telling[1:]:
        if len(chosen) < MOST_CONDITIONS and _fit(group, fitting & holds) > _fit(group, fitting):
            chosen.append(one)
            fitting = fitting & holds
    return chosen, fitting


def _fit(group: set[int], fitting: set[int]) -> float:
    """How well two sets agree: twice what they share, by what they have."""
    return 2 * len(group & fitting) / (len(group) + len(fitting))
