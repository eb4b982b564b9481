"""Figures about customers: where they live, what they like and are worth, who comes and goes.

Their conversations are those of the period; customers without any count all the same.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, cast, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from crm.conversation.models import Conversation, Message, Role
from crm.insights.figures import MOST_BEHIND, Cell, Counted
from crm.insights.people import listed
from crm.insights.scope import Scope
from crm.profile.models import ChannelIdentity

# Columns customer_id, cell, things and, where there is money in it, worth; see `of_whom`.
Facts = Callable[[Scope], Select[Any]]


@dataclass(frozen=True)
class CountedCustomers:
    """A figure of customers counted by the database.

    Attributes:
        order: the names of the cells in their order; the fullest first where there is none.
        overlaps: whether one customer may be in several cells.
        worth: what the sum of the column `worth` is called; empty: there is none.
    """

    name: str
    facts: Facts
    label: Callable[[Any], str] = str
    order: Sequence[str] = ()
    overlaps: bool = False
    worth: str = ""

    def count(self, session: Session, scope: Scope) -> Counted:
        """Its cells, and everybody in them, by one statement: the facts are found once."""
        tallies: defaultdict[str, Tally] = defaultdict(Tally)
        whole = Tally()
        for row in scope.once((self.facts, self.worth), lambda: self._rows(session, scope)):
            (whole if row.is_whole else tallies[self.label(row.cell)]).add(row)
        cells = [tallies[name].as_cell(name, self.worth) for name in self._names(tallies)]
        if not self.overlaps:
            return Counted(cells, _sum(cells, self.worth))
        whole.things = sum(cell.count or 0 for cell in cells)
        return Counted(cells, whole.as_cell("total", self.worth))

    def _rows(self, session: Session, scope: Scope) -> Sequence[Any]:
        facts, talks = self.facts(scope).cte("facts"), _talks_each(session, scope).cte("talks")
        return session.execute(self._counts(facts, talks)).all()

    def _counts(self, facts: Any, talks: Any) -> Any:
        """Rows of cell, customers, conversations, things and worth, to be added up."""
        worth = cast(func.sum(facts.c.worth), Float) if self.worth else literal(0.0)
        theirs = facts.outerjoin(talks, talks.c.customer_id == facts.c.customer_id)
        by_cell = _row(facts.c.cell, func.count(), func.sum(talks.c.many),
                       func.sum(facts.c.things), worth)  # fmt: skip
        by_cell = by_cell.select_from(theirs).group_by(facts.c.cell)
        if not self.overlaps:
            return by_cell
        nowhere, none = cast(null(), facts.c.cell.type), literal(0)
        people = func.count(facts.c.customer_id.distinct())
        many = select(func.sum(talks.c.many)).where(
            talks.c.customer_id.in_(select(facts.c.customer_id))
        )
        whole = _row(nowhere, people, many.scalar_subquery(), none, is_whole=True)
        return union_all(by_cell, whole)

    def _names(self, tallies: Mapping[str, "Tally"]) -> Sequence[str]:
        if self.order:
            return [name for name in self.order if name in tallies]
        return sorted(tallies, key=lambda name: (-tallies[name].customers, name))

    def behind(self, session: Session, scope: Scope, cell: str) -> Sequence[int]:
        """The conversations of a cell's customers in the period."""
        facts = self.facts(scope).subquery()
        talks = _talks(scope).subquery()
        query = (
            select(talks.c.id, facts.c.cell)
            .join(facts, facts.c.customer_id == talks.c.customer_id)
            .order_by(talks.c.id.desc())
        )
        rows = session.execute(query)
        found = (row.id for row in rows if self.label(row.cell) == cell)
        return [one for one, _ in zip(found, range(MOST_BEHIND), strict=False)]


@dataclass
class Tally:
    """A cell while it is being counted."""

    customers: int = 0
    conversations: int = 0
    things: int = 0
    worth: float = 0.0

    def add(self, row: Any) -> None:
        """Count those of one value of the database."""
        self.customers += row.customers
        self.conversations += int(row.conversations or 0)
        self.things += int(row.things or 0)
        self.worth += float(row.worth or 0)

    def as_cell(self, name: str, worth: str) -> Cell:
        """What was counted."""
        extra = {worth: round(self.worth, 2)} if worth else {}
        return Cell(name, self.customers, self.conversations, self.things, extra)


def of_whom(scope: Scope, customer_id: Any) -> Sequence[ColumnElement[bool]]:
    """Tests that a customer is one whom the scope looks at: of its people, on its channel.

    Facts make them where they look for things, before they put them together.
    """
    tests: list[ColumnElement[bool]] = []
    if scope.people is not None:
        tests.append(customer_id.in_(scope.people.ids()))
    if scope.channel:
        there = select(ChannelIdentity.customer_id).where(
            ChannelIdentity.channel == scope.channel, ChannelIdentity.customer_id.is_not(None)
        )
        tests.append(customer_id.in_(there))
    return tests


def _talks(scope: Scope) -> Select[Any]:
    """The conversations of the period, and whose they are."""
    active = (
        select(Message.conversation_id)
        .where(Message.role == Role.CUSTOMER, scope.covers(Message.at))
        .distinct()
        .subquery()
    )
    columns: list[Any] = [Conversation.id, ChannelIdentity.customer_id]
    query = (
        select(*columns)
        .join(active, active.c.conversation_id == Conversation.id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(ChannelIdentity.customer_id.is_not(None))
    )
    return query.where(Conversation.channel == scope.channel) if scope.channel else query


def _talks_each(session: Session, scope: Scope) -> Select[Any]:
    """How many conversations of the period each customer has; found once for a page."""
    theirs = scope.once("talks", lambda: _whose_talks(session, scope)).subquery()
    customer_id = theirs.c[0].label("customer_id")
    return select(customer_id, func.count().label("many")).group_by(customer_id)


def _whose_talks(session: Session, scope: Scope) -> Select[Any]:
    """The customer of each conversation of the period."""
    talks = _talks(scope).subquery()
    return listed(session, select(talks.c.customer_id).order_by(talks.c.customer_id))


def _row(cell: Any, people: Any, talks: Any, things: Any, worth: Any = None,
         *, is_whole: bool = False) -> Select[Any]:  # fmt: skip
    columns: list[Any] = [
        cell.label("cell"), people.label("customers"), talks.label("conversations"),
        things.label("things"), (literal(0.0) if worth is None else worth).label("worth"),
        literal(int(is_whole)).label("is_whole"),
    ]  # fmt: skip
    return select(*columns)


def _sum(cells: Sequence[Cell], worth: str) -> Cell:
    extra = {worth: round(sum(cell.extra[worth] or 0 for cell in cells), 2)} if worth else {}
    return Cell(
        "total",
        sum(cell.customers or 0 for cell in cells),
        sum(cell.conversations or 0 for cell in cells),
        sum(cell.count or 0 for cell in cells),
        extra,
    )
