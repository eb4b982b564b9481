"""Figures: cells with how many customers, conversations and things each counts.

A figure is defined by its facts, a query of one row a thing: the conversation and the cell that it
belongs to. Counting them and finding the conversations behind a cell are then the same for all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

from sqlalchemy import CTE, Select, func, literal, null, select, union_all
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from crm.conversation.models import Conversation
from crm.insights.scope import Scope
from crm.profile.models import ChannelIdentity

FEWEST = 5
MOST_BEHIND = 500


@dataclass(frozen=True)
class Cell:
    """One line of a figure. None: too few people to be told without telling who they are.

    Attributes:
        customers: people; recognised ones count once over all channels, others once a conversation.
        conversations: in how many conversations.
        count: of what the figure is about, such as messages.
        extra: further values, such as the count of the period before.
        examples: some of the texts counted; `sources` are the conversations they are from.
    """

    name: str
    customers: int | None
    conversations: int | None
    count: int | None
    extra: Mapping[str, float | None] = field(default_factory=dict)
    examples: Sequence[str] = ()
    sources: Sequence[int] = ()

    @property
    def is_hidden(self) -> bool:
        """Whether the cell is suppressed."""
        return self.customers is None


@dataclass(frozen=True)
class Counted:
    """A figure's cells and the sum of all, in which everybody counts once."""

    cells: Sequence[Cell]
    total: Cell


class Figure(Protocol):
    """Something that can be counted."""

    @property
    def name(self) -> str:
        """Its stable name; `definitions` says what it means."""
        ...

    def count(self, session: Session, scope: Scope) -> Counted:
        """Its cells, nothing suppressed."""
        ...

    def behind(self, session: Session, scope: Scope, cell: str) -> Sequence[int]:
        """The ids of the conversations in a cell, the last active first."""
        ...


Facts = Callable[[Scope], Select[Any]]
Extras = Callable[[Session, Scope], Mapping[str, Mapping[str, float | None]]]


@dataclass(frozen=True)
class CountedFacts:
    """A figure counted by the database.

    Attributes:
        facts: the columns conversation_id and cell; where a row stands for several things, things.
    """

    name: str
    facts: Facts
    label: Callable[[Any], str] = str
    is_ordered: bool = False
    extras: Extras | None = None

    def count(self, session: Session, scope: Scope) -> Counted:
        """Its cells: in their own order, or the fullest first."""
        rows = session.execute(_counts(owned(self.facts, scope))).all()
        extras = self.extras(session, scope) if self.extras else {}
        whole = next(row for row in rows if row.is_whole)
        cells = [
            _cell(row, name, extras.get(name, {}))
            for row in sorted((row for row in rows if not row.is_whole), key=self._place)
            for name in [self.label(row.cell)]
        ]
        return Counted(cells, _cell(whole, "total", {}))

    def _place(self, row: Any) -> tuple[Any, ...]:
        return (row.cell,) if self.is_ordered else (-row.things, row.cell)

    def behind(self, session: Session, scope: Scope, cell: str) -> Sequence[int]:
        """The conversations of a cell."""
        facts = owned(self.facts, scope)
        query = select(facts.c.conversation_id, facts.c.cell).order_by(
            facts.c.conversation_id.desc()
        )
        found = (row.conversation_id for row in session.execute(query)
                 if self.label(row.cell) == cell)  # fmt: skip
        return [one for one, _ in zip(found, range(MOST_BEHIND), strict=False)]


def owned(facts: Facts, scope: Scope) -> CTE:
    """One row a cell and conversation: whose it is, and how many things are in it.

    Things are added up before anything is joined to them: there are many more of them. Grouped
    by the conversation first, they are sorted by numbers that are nearly in order already.
    """
    found = facts(scope).subquery()
    things: Any = func.sum(found.c.things) if "things" in found.c else func.count()
    counted = (
        select(found.c.cell, found.c.conversation_id, things.label("things"))
        .group_by(found.c.conversation_id, found.c.cell)
        .subquery()
    )
    # Whose it is: the customer's, or, not recognised, somebody's of that one conversation.
    person = func.coalesce(ChannelIdentity.customer_id, -ChannelIdentity.id)
    query = (
        select(counted, person.label("person"))
        .join(Conversation, Conversation.id == counted.c.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
    )
    return cast(CTE, scope.narrow(query).cte("owned"))


def _counts(facts: CTE) -> Any:
    """A row a cell, and one of everything, in which everybody counts once."""
    talks: Any = func.count(facts.c.conversation_id.distinct())
    people, things = func.count(facts.c.person.distinct()), func.sum(facts.c.things)
    counted = (people.label("customers"), func.coalesce(things, 0).label("things"))
    by_cell = select(facts.c.cell, *counted, func.count().label("conversations"),
                     literal(0).label("is_whole")).group_by(facts.c.cell)  # fmt: skip
    nowhere = sql_cast(null(), facts.c.cell.type).label("cell")
    whole = select(nowhere, *counted, talks.label("conversations"), literal(1).label("is_whole"))
    return union_all(by_cell, whole)


def _cell(row: Any, name: str, extra: Mapping[str, float | None]) -> Cell:
    return Cell(name, row.customers, row.conversations, int(row.things), extra)


def suppressed(counted: Counted, fewest: int = FEWEST) -> Counted:
    """The same without the cells in which fewer people are; nor can one be reckoned from the rest.

    A single hidden cell would be the sum less the others, so the smallest of those goes too.
    """
    hidden = {cell.name for cell in counted.cells if 0 < (cell.customers or 0) < fewest}
    rest = [cell for cell in counted.cells if cell.customers and cell.name not in hidden]
    if len(hidden) == 1 and rest:
        hidden.add(min(rest, key=lambda cell: cell.customers or 0).name)
    total = counted.total
    return Counted(
        [_veiled(cell) if cell.name in hidden else cell for cell in counted.cells],
        _veiled(total) if 0 < (total.customers or 0) < fewest else total,
    )


def _veiled(cell: Cell) -> Cell:
    return replace(
        cell, customers=None, conversations=None, count=None, extra={}, examples=(), sources=()
    )
