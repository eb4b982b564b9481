"""What belongs to a customer follows a merge: the rows of every table that points to one.

The tables are found by their foreign keys, so that what a later table says of a customer follows
without being named here. A row that the other profile has already, by a unique key, stays where it
is: nothing is overwritten.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Index, Table, UniqueConstraint, and_, select, update
from sqlalchemy.orm import Session

from crm.db.base import Base

# The keys and what somebody is worth are made anew; a code or a link opens only the profile that it
# was sent for; the review, the ledger and an erasure speak of one profile or of both; and a pointer
# from profile to profile is the merge itself.
STAYS = frozenset(
    {
        "identity_key",
        "customer_value",
        "one_time_code",
        "personal_link",
        "identity_review",
        "customer_merge",
        "erasure",
        "customer",
    }
)

Key = list[Any]
Moved = dict[str, list[Key]]


def follow(session: Session, source: int, target: int) -> Moved:
    """Give what belongs to one profile to another; returns the keys of the rows that went."""
    session.flush()
    moved: Moved = {}
    for table, column in columns_of_customers():
        keys = _free_to_go(session, table, column, source, target)
        if keys:
            _point(session, table, column, keys, target)
            moved[f"{table.name}.{column.name}"] = [
                _renamed(table, column, key, target) for key in keys
            ]
    session.expire_all()
    return moved


def return_rows(session: Session, moved: Mapping[str, Sequence[Key]], holder: int, to: int) -> None:
    """Give rows back; what has gone to somebody else in the meantime stays there."""
    session.flush()
    for table, column in columns_of_customers():
        listed = {tuple(key) for key in moved.get(f"{table.name}.{column.name}", ())}
        free = _free_to_go(session, table, column, holder, to)
        _point(session, table, column, [key for key in free if tuple(key) in listed], to)
    session.expire_all()


def columns_of_customers() -> Iterator[tuple[Table, Column[Any]]]:
    """Every column that says whose a row is."""
    for table in Base.metadata.sorted_tables:
        if table.name in STAYS:
            continue
        for key in table.foreign_keys:
            if key.column.table.name == "customer":
                yield table, key.parent


def _free_to_go(
    session: Session, table: Table, column: Column[Any], source: int, target: int
) -> list[Key]:
    """The keys of the rows that the target has not got already under a unique key."""
    keys = list(table.primary_key.columns)
    rivals = [columns for columns in _unique_keys(table) if column in columns]
    others = {other for columns in rivals for other in columns if other is not column}
    wanted = [*keys, *(other for other in sorted(others, key=str) if other not in keys)]
    taken = [
        {values for row in _rows(session, wanted, column, target) if (values := _of(row, rival))}
        for rival in (_without(columns, column) for columns in rivals)
    ]
    free = []
    for row in _rows(session, wanted, column, source):
        clashes = (
            _of(row, _without(columns, column)) in held
            for columns, held in zip(rivals, taken, strict=True)
        )
        if not any(clashes):
            free.append([row[key.name] for key in keys])
    return free


def _unique_keys(table: Table) -> Iterator[list[Column[Any]]]:
    yield list(table.primary_key.columns)
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield list(constraint.columns)
    for index in table.indexes:
        if index.unique:
            yield _columns_of(index)


def _columns_of(index: Index) -> list[Column[Any]]:
    return list(index.columns)


def _without(columns: Iterable[Column[Any]], column: Column[Any]) -> list[str]:
    return [one.name for one in columns if one is not column]


def _of(row: Mapping[str, Any], names: Sequence[str]) -> tuple[Any, ...] | None:
    """The values of a unique key besides the customer; None where a null makes it free."""
    values = tuple(row[name] for name in names)
    return None if None in values else values or ("the only one",)


def _rows(
    session: Session, wanted: Sequence[Column[Any]], column: Column[Any], customer_id: int
) -> list[Mapping[str, Any]]:
    query = select(*wanted).where(column == customer_id).order_by(*wanted[:1])
    return [dict(row) for row in session.execute(query).mappings()]


def _point(
    session: Session, table: Table, column: Column[Any], keys: Iterable[Key], target: int
) -> None:
    # A row that follows has not changed: what is stamped at every change keeps its stamp.
    stamps = {one.name: one for one in table.columns if one.onupdate is not None}
    for key in keys:
        statement = update(table).where(_is(table, key)).values({column.name: target, **stamps})
        session.execute(statement)


def _is(table: Table, key: Key) -> ColumnElement[bool]:
    columns = table.primary_key.columns
    return and_(*(column == value for column, value in zip(columns, key, strict=True)))


def _renamed(table: Table, column: Column[Any], key: Key, target: int) -> Key:
    """The key that a row has after it went, where the customer is a part of it."""
    columns = table.primary_key.columns
    return [target if one is column else value for one, value in zip(columns, key, strict=True)]
