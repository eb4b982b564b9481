"""Figures about customers: where they live, what they like and are worth, who comes and goes.

Their conversations are those of the period; customers without any count all the same.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crm.conversation.models import Conversation, Message, Role
from crm.insights.figures import MOST_BEHIND, Cell, Counted
from crm.insights.scope import Scope
from crm.profile.models import ChannelIdentity

# Columns customer_id, cell, things and, where there is money in it, worth.
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
        """Its cells."""
        facts = of_whom(self.facts(scope), scope).subquery()
        tallies: defaultdict[str, Tally] = defaultdict(Tally)
        for row in session.execute(self._customers(facts)):
            tallies[self.label(row.cell)].add_customers(row)
        for row in session.execute(_conversations(facts, scope)):
            tallies[self.label(row.cell)].conversations += row.many
        cells = [tallies[name].as_cell(name, self.worth) for name in self._names(tallies)]
        return Counted(cells, self._total(session, facts, scope, cells))

    def _customers(self, facts: Any) -> Select[Any]:
        worth = func.sum(facts.c.worth) if self.worth else func.count()
        return select(
            facts.c.cell,
            func.count().label("customers"),
            func.sum(facts.c.things).label("things"),
            worth.label("worth"),
        ).group_by(facts.c.cell)

    def _names(self, tallies: Mapping[str, "Tally"]) -> Sequence[str]:
        if self.order:
            return [name for name in self.order if name in tallies]
        return sorted(tallies, key=lambda name: (-tallies[name].customers, name))

    def _total(self, session: Session, facts: Any, scope: Scope, cells: Sequence[Cell]) -> Cell:
        if not self.overlaps:
            return _sum(cells, self.worth)
        customers = session.scalar(select(func.count(facts.c.customer_id.distinct()))) or 0
        talks = _with_talks(select(func.count(Conversation.id.distinct())), facts, scope)
        conversations = session.scalar(talks) or 0
        return Cell("total", customers, conversations, sum(cell.count or 0 for cell in cells))

    def behind(self, session: Session, scope: Scope, cell: str) -> Sequence[int]:
        """The conversations of a cell's customers in the period."""
        facts = of_whom(self.facts(scope), scope).subquery()
        query = _with_talks(select(Conversation.id, facts.c.cell).distinct(), facts, scope)
        rows = session.execute(query.order_by(Conversation.id.desc()))
        found = (row.id for row in rows if self.label(row.cell) == cell)
        return [one for one, _ in zip(found, range(MOST_BEHIND), strict=False)]


@dataclass
class Tally:
    """A cell while it is being counted."""

    customers: int = 0
    conversations: int = 0
    things: int = 0
    worth: float = 0.0

    def add_customers(self, row: Any) -> None:
        """Count those of one value of the database."""
        self.customers += row.customers
        self.things += int(row.things or 0)
        self.worth += float(row.worth or 0)

    def as_cell(self, name: str, worth: str) -> Cell:
        """What was counted."""
        extra = {worth: round(self.worth, 2)} if worth else {}
        return Cell(name, self.customers, self.conversations, self.things, extra)


def of_whom(facts: Select[Any], scope: Scope) -> Select[Any]:
    """Only the customers whom the scope looks at: its people, those who are on its channel."""
    found = facts.subquery()
    query = select(found)
    if scope.people is not None:
        query = query.where(found.c.customer_id.in_(scope.people.ids()))
    if scope.channel:
        there = select(ChannelIdentity.customer_id).where(
            ChannelIdentity.channel == scope.channel, ChannelIdentity.customer_id.is_not(None)
        )
        query = query.where(found.c.customer_id.in_(there))
    return query


def _conversations(facts: Any, scope: Scope) -> Select[Any]:
    query = select(facts.c.cell, func.count(Conversation.id.distinct()).label("many"))
    return _with_talks(query, facts, scope).group_by(facts.c.cell)


def _with_talks(query: Select[Any], facts: Any, scope: Scope) -> Select[Any]:
    """Join the customers' conversations of the period."""
    active = (
        select(Message.conversation_id)
        .where(Message.role == Role.CUSTOMER, scope.covers(Message.at))
        .distinct()
        .subquery()
    )
    query = (
        query.select_from(active)
        .join(Conversation, Conversation.id == active.c.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .join(facts, facts.c.customer_id == ChannelIdentity.customer_id)
    )
    return query.where(Conversation.channel == scope.channel) if scope.channel else query


def _sum(cells: Sequence[Cell], worth: str) -> Cell:
    extra = {worth: round(sum(cell.extra[worth] or 0 for cell in cells), 2)} if worth else {}
    return Cell(
        "total",
        sum(cell.customers or 0 for cell in cells),
        sum(cell.conversations or 0 for cell in cells),
        sum(cell.count or 0 for cell in cells),
        extra,
    )
