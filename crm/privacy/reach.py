"""Everything in the database that belongs to a person, found by following the foreign keys.

From the profiles to the rows that point to them, from those to the rows that point to these, and so
on: what a later table keeps of a customer is found without being named here.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, and_, or_, select
from sqlalchemy.orm import Session

from crm.db.base import Base

Key = tuple[Any, ...]
Reached = dict[str, set[Key]]

# These speak of two profiles, or of the erasure itself; whoever needs them asks for them.
NOT_FOLLOWED = frozenset(
    {"customer", "customer_merge", "customer_relation", "identity_review", "erasure"}
)
# A conversation is somebody's by its channel, not by the ticket that was opened in it.
NOT_A_PATH = frozenset({("conversation", "handoff_ticket_id")})
CHUNK = 500


def reach(session: Session, profiles: Collection[int], **more: Iterable[int]) -> Reached:
    """The keys of all rows that belong to the person with these profiles, by table.

    Args:
        profiles: the ids of one person's profiles.
        more: ids of further rows to start from, by table.
    """
    reached: Reached = {"customer": {(one,) for one in profiles}}
    for table, ids in more.items():
        reached[table] = {(one,) for one in ids}
    waiting = deque((name, set(keys)) for name, keys in reached.items())
    while waiting:
        parent, keys = waiting.popleft()
        for child, column in _pointing_to(parent):
            found = _rows(session, child, column, [key[0] for key in keys], profiles)
            new = found - reached.setdefault(child.name, set())
            if new:
                reached[child.name] |= new
                waiting.append((child.name, new))
    return {name: keys for name, keys in reached.items() if keys}


def _pointing_to(parent: str) -> Iterator[tuple[Table, Column[Any]]]:
    for table in Base.metadata.sorted_tables:
        if table.name in NOT_FOLLOWED:
            continue
        for key in table.foreign_keys:
            is_path = (table.name, key.parent.name) not in NOT_A_PATH
            if is_path and key.column.table.name == parent:
                yield table, key.parent


def _rows(
    session: Session,
    table: Table,
    column: Column[Any],
    ids: list[Any],
    profiles: Collection[int],
) -> set[Key]:
    """The rows that point to some others, unless they are expressly another customer's."""
    found: set[Key] = set()
    own = [or_(owner.is_(None), owner.in_(profiles)) for owner in owners(table)]
    for start in range(0, len(ids), CHUNK):
        query = select(*table.primary_key.columns).where(
            column.in_(ids[start : start + CHUNK]), *own
        )
        found |= {tuple(row) for row in session.execute(query)}
    return found


def owners(table: Table) -> list[Column[Any]]:
    """The columns that say which customer a row belongs to."""
    return [key.parent for key in table.foreign_keys if key.column.table.name == "customer"]


def rows_of(session: Session, table: Table, keys: Collection[Key]) -> list[Mapping[str, Any]]:
    """The rows with these keys, in the order of their keys."""
    rows: list[Mapping[str, Any]] = []
    for chunk in chunks(sorted(keys, key=repr)):
        query = select(table).where(has_key(table, chunk))
        rows += [dict(row) for row in session.execute(query).mappings()]
    names = [column.name for column in table.primary_key.columns]
    return sorted(rows, key=lambda row: [row[name] for name in names])


def chunks(keys: list[Key]) -> Iterator[list[Key]]:
    """Keys in portions that one statement can take."""
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]


def has_key(table: Table, keys: Collection[Key]) -> ColumnElement[bool]:
    """The condition that a row has one of these keys."""
    columns = list(table.primary_key.columns)
    if len(columns) == 1:
        return columns[0].in_([key[0] for key in keys])
    return or_(
        *(
            and_(*(column == value for column, value in zip(columns, key, strict=True)))
            for key in keys
        )
    )


def key_of(table: Table, row: Mapping[Any, Any]) -> Key:
    """The key of a row."""
    return tuple(row[column.name] for column in table.primary_key.columns)
