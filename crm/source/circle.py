"""Everybody whom some new records may concern: found through shared keys, as far as ties reach."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.profile.keys import Key, known_from_keys
from crm.profile.matching import BUILT_IN, Model
from crm.profile.matching.kept import kept_model
from crm.profile.models import Customer, CustomerStatus, IdentityKey
from crm.source.clusters import PairOfIds, pair
from crm.source.decisions import Decisions, decisions_on
from crm.source.holdings import Holding, holdings_of
from crm.source.models import SourceRecord
from crm.source.records import RECORD, Record, known_from
from crm.source.ties import Bond, Member, Tie, tie

MOST_SHARING = 50  # a key that more members share says nothing
CHUNK = 400

Value = TypeVar("Value")
State = tuple[CustomerStatus, int | None]


@dataclass
class Circle:
    """Members with their ties, and the customer that each belongs to now.

    Attributes:
        model: the weights to judge by.
        reached: the members who may be one person with a new record; only these can move.
    """

    model: Model = BUILT_IN
    members: dict[str, Member] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    customer_of: dict[str, int] = field(default_factory=dict)
    ties: dict[PairOfIds, Tie] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)
    _by_key: defaultdict[Key, list[str]] = field(default_factory=lambda: defaultdict(list))
    _loaded: set[int] = field(default_factory=set)
    _asked: set[Key] = field(default_factory=set)
    _touched: dict[int, Record] = field(default_factory=dict)

    def add(self, member: Member, record: Record | None, customer_id: int | None) -> None:
        """Take a member in and tie it to those who are there."""
        self.members[member.id] = member
        if record is not None:
            self.records[member.id] = record
        if customer_id is not None:
            self.customer_of[member.id] = customer_id
        for other in self._sharing(member):
            found = tie(member, self.members[other], self.model)
            if found:
                self.ties[pair(member.id, other)] = found
        for key in member.keys:
            self._by_key[key].append(member.id)

    def _sharing(self, member: Member) -> set[str]:
        sharing = (self._by_key.get(key, ()) for key in member.keys)
        return {other for members in sharing if len(members) <= MOST_SHARING for other in members}

    def reached_members(self) -> list[Member]:
        """The members among whom persons are found anew."""
        return [self.members[member_id] for member_id in sorted(self.reached)]


def draw_circle(session: Session, touched: Sequence[Record]) -> Circle:
    """The circle of some records, which are new or have changed."""
    circle = Circle(kept_model(session), _touched={record.id: record for record in touched})
    former = {record.customer_id for record in touched if record.customer_id is not None}
    _load(session, circle, former)
    for record in touched:
        member_id = record.member_id
        if member_id not in circle.members:
            circle.add(_new_member(record), record, record.customer_id)
        circle.reached.add(member_id)
    circle.reached |= {one for one, of in circle.customer_of.items() if of in circle._loaded}
    frontier = set(circle.reached)
    while frontier:
        _load(session, circle, _customers_sharing(session, circle, frontier))
        frontier = _now_within_reach(circle) - circle.reached
        circle.reached |= frontier
    return circle


def _now_within_reach(circle: Circle) -> set[str]:
    """The members tied to somebody reached, and the others of their customers."""
    neighbours: defaultdict[str, set[str]] = defaultdict(set)
    for (one, other), found in circle.ties.items():
        if found.bond != Bond.UNSURE:
            neighbours[one].add(other)
            neighbours[other].add(one)
    of_customer: defaultdict[int, set[str]] = defaultdict(set)
    for member, customer in circle.customer_of.items():
        of_customer[customer].add(member)
    within, edge = set(circle.reached), set(circle.reached)
    while edge:
        near = {other for one in edge for other in neighbours[one]}
        near |= {
            other for one in near for other in of_customer.get(circle.customer_of.get(one, 0), ())
        }
        edge = near - within
        within |= edge
    return within


def _customers_sharing(session: Session, circle: Circle, members: Collection[str]) -> set[int]:
    """The customers not yet loaded who share a key, if few do."""
    keys = {key for member in members for key in circle.members[member].keys} - circle._asked
    circle._asked |= keys
    values: defaultdict[str, list[str]] = defaultdict(list)
    for kind, value in sorted(keys):
        values[kind].append(value)
    found: defaultdict[Key, set[int]] = defaultdict(set)
    for kind, of_kind in values.items():
        for some in chunks(of_kind):
            query = select(IdentityKey.value, IdentityKey.customer_id).where(
                IdentityKey.kind == kind, IdentityKey.value.in_(some)
            )
            for value, customer_id in session.execute(query):
                found[kind, value].add(customer_id)
    few = (customers for customers in found.values() if len(customers) <= MOST_SHARING)
    return {customer for customers in few for customer in customers} - circle._loaded


def _load(session: Session, circle: Circle, customer_ids: Collection[int]) -> None:
    """Take in every member of some customers and of those they were merged with."""
    survivor_of = _survivors(session, customer_ids)
    circle._loaded |= set(customer_ids) | set(survivor_of) | set(survivor_of.values())
    records = _records_of(session, survivor_of, circle._touched)
    holdings = _by_survivor(
        holdings_of(session, survivor_of, {record.origin for record in records}), survivor_of
    )
    decided = decisions_on(session, survivor_of)
    for record in records:
        survivor = survivor_of[record.customer_id or 0]
        if record.member_id not in circle.members:
            circle.add(_member(record, survivor, survivor in holdings, decided), record, survivor)
    for customer_id, holding in holdings.items():
        if holding.keys and profile_id(customer_id) not in circle.members:
            circle.add(_profile(customer_id, holding, decided), None, customer_id)


def _member(record: Record, home: int, is_alive: bool, decided: Decisions) -> Member:
    return Member(
        record.member_id,
        known_from(record.facts),
        anchor=home if is_alive else None,
        glue=home if home in decided.merged else None,
        home=home,
        apart=decided.apart.get(home, frozenset()),
    )


def _profile(customer_id: int, holding: Holding, decided: Decisions) -> Member:
    """What a profile knows from elsewhere than the records."""
    return Member(
        profile_id(customer_id),
        known_from_keys(holding.keys),
        frozenset(holding.claimed),
        anchor=customer_id,
        glue=customer_id if customer_id in decided.merged else None,
        home=customer_id,
        apart=decided.apart.get(customer_id, frozenset()),
    )


def _by_survivor(
    holdings: Mapping[int, Holding], survivor_of: Mapping[int, int]
) -> dict[int, Holding]:
    together: dict[int, Holding] = {}
    for customer_id, holding in holdings.items():
        mine = together.setdefault(survivor_of[customer_id], Holding())
        mine.keys |= holding.keys
        mine.claimed |= holding.claimed
    return together


def profile_id(customer_id: int) -> str:
    """The id of what a profile has of its own; no source has an empty name."""
    return f":{customer_id}"


def _new_member(record: Record) -> Member:
    return Member(record.member_id, known_from(record.facts))


def _survivors(session: Session, customer_ids: Collection[int]) -> dict[int, int]:
    """For each customer, and each merged with one of them, the profile in use; none if erased."""
    table = Customer.__table__
    group: dict[int, State] = {}
    asked = set(customer_ids)
    while asked:
        found: dict[int, State] = {}
        for some in chunks(sorted(asked)):
            query = select(table.c.id, table.c.status, table.c.merged_into_id).where(
                table.c.id.in_(some) | table.c.merged_into_id.in_(some)
            )
            found |= {row.id: (row.status, row.merged_into_id) for row in session.execute(query)}
        new = set(found) - set(group)
        group |= found
        asked = new - asked | {into for _, into in found.values() if into} - set(group)
    return {one: into for one in group if (into := _survivor(one, group)) is not None}


def _survivor(customer_id: int, group: dict[int, State]) -> int | None:
    status, into = group[customer_id]
    while status == CustomerStatus.MERGED and into is not None:
        customer_id = into
        status, into = group[customer_id]
    return customer_id if status == CustomerStatus.ACTIVE else None


def _records_of(
    session: Session, customer_ids: Iterable[int], touched: Mapping[int, Record]
) -> list[Record]:
    """The records of some customers; those that are being taken in as they are now."""
    records: list[Record] = []
    for some in chunks(sorted(customer_ids)):
        query = select(*RECORD).where(SourceRecord.customer_id.in_(some))
        records += [touched.get(row.id) or Record(*row) for row in session.execute(query)]
    return sorted(records, key=lambda record: record.member_id)


def chunks(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """Few enough at a time for one statement."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
