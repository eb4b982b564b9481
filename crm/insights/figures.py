"""Figures: cells with how many customers, conversations and things each counts.

A figure is defined by its facts, a query of one row a thing: the conversation and the cell that it
belongs to. Counting them and finding the conversations behind a cell are then the same for all.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from sqlalchemy import Row, Select, func, select
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
    """A figure counted by the database. `facts` has the columns conversation_id and cell."""

    name: str
    facts: Facts
    label: Callable[[Any], str] = str
    is_ordered: bool = False
    extras: Extras | None = None

    def count(self, session: Session, scope: Scope) -> Counted:
        """Its cells: in their own order, or the fullest first."""
        tallies: defaultdict[Any, Tally] = defaultdict(Tally)
        whole = Tally()
        for row in session.execute(_by_cell_and_talk(_facts(self.facts, scope))):
            tallies[row.cell].add(row)
            whole.add(row)
        extras = self.extras(session, scope) if self.extras else {}
        cells = [
            tallies[cell].as_cell(name, extras.get(name, {}))
            for cell in sorted(tallies, key=lambda cell: self._place(cell, tallies[cell]))
            for name in [self.label(cell)]
        ]
        return Counted(cells, whole.as_cell("total", {}))

    def _place(self, cell: Any, tally: "Tally") -> tuple[Any, ...]:
        return (cell,) if self.is_ordered else (-tally.things, cell)

    def behind(self, session: Session, scope: Scope, cell: str) -> Sequence[int]:
        """The conversations of a cell."""
        facts = _facts(self.facts, scope)
        query = (
            select(facts.c.conversation_id, facts.c.cell)
            .distinct()
            .order_by(facts.c.conversation_id.desc())
        )
        found = (row.conversation_id for row in session.execute(query)
                 if self.label(row.cell) == cell)  # fmt: skip
        return [one for one, _ in zip(found, range(MOST_BEHIND), strict=False)]


def _facts(facts: Facts, scope: Scope) -> Any:
    return scope.narrow(facts(scope)).subquery()


@dataclass
class Tally:
    """Who and what is in a cell, while it is being counted."""

    people: set[int] = field(default_factory=set)
    conversations: set[int] = field(default_factory=set)
    things: int = 0

    def add(self, row: Row[Any]) -> None:
        """Count the things of one conversation."""
        self.people.add(row.person)
        self.conversations.add(row.conversation_id)
        self.things += row.things

    def as_cell(self, name: str, extra: Mapping[str, float | None]) -> Cell:
        """What was counted."""
        return Cell(name, len(self.people), len(self.conversations), self.things, extra)


def _by_cell_and_talk(facts: Any) -> Select[Any]:
    """One row a cell and conversation; one pass over the facts gives all that is counted."""
    # Whose it is: the customer's, or, not recognised, somebody's of that one conversation.
    person = func.coalesce(ChannelIdentity.customer_id, -ChannelIdentity.id)
    counted = (
        select(facts.c.cell, facts.c.conversation_id, func.count().label("things"))
        .group_by(facts.c.cell, facts.c.conversation_id)
        .subquery()
    )
    return (
        select(counted, person.label("person"))
        .join(Conversation, Conversation.id == counted.c.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
    )


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
