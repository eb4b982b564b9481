"""Removes rows, or takes the person out of those that are to stay."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, delete, update
from sqlalchemy.orm import Session

from crm.db import Base
from crm.privacy.person import Marks
from crm.privacy.policy import KEPT
from crm.privacy.reach import Key, Reached, chunks, has_key, key_of, rows_of
from crm.privacy.redaction import pattern_of


@dataclass(frozen=True)
class KeptRows:
    """Rows that stay without the person, and why."""

    what: str
    rows: int
    why: str


def keep_nameless(session: Session, reached: Reached, marks: Marks) -> list[KeptRows]:
    """Take the person out of the rows that stay; from here on `reached` is what goes."""
    pattern, kept = pattern_of(marks), []
    for name, rule in KEPT.items():
        table = Base.metadata.tables[name]
        rows = rows_of(session, table, reached.pop(name, set()))
        named = [row for row in rows if any(pattern.search(row[one]) for one in rule.unless_in)]
        stay = [row for row in rows if row not in named]
        for row in stay:
            _set(session, table, row, rule.values(row))
        if named:
            reached[name] = {key_of(table, row) for row in named}
        if stay and rule.why:
            kept.append(KeptRows(name, len(stay), rule.why))
    return kept


def _set(session: Session, table: Table, row: Mapping[str, Any], values: dict[str, Any]) -> None:
    if values:
        key = key_of(table, row)
        session.execute(update(table).where(has_key(table, [key])).values(values))


def remove_rows(session: Session, reached: Reached) -> dict[str, int]:
    """Remove rows, from the leaves to the root; how many, by table."""
    removed = {}
    for table in reversed(Base.metadata.sorted_tables):
        if reached.get(table.name):
            _let_go(session, table, reached[table.name])
            removed[table.name] = remove(session, table, reached[table.name])
    return removed


def _let_go(session: Session, table: Table, keys: Iterable[Key]) -> None:
    """Rows that point to each other can only be removed once they no longer do."""
    for key in table.foreign_keys:
        if key.column.table is table and key.parent.nullable:
            for chunk in chunks(list(keys)):
                statement = update(table).where(has_key(table, chunk))
                session.execute(statement.values({key.parent.name: None}))


def remove(session: Session, table: Table, keys: Collection[Key]) -> int:
    """Remove rows by their keys; how many."""
    for chunk in chunks(list(keys)):
        session.execute(delete(table).where(has_key(table, chunk)))
    session.expire_all()
    return len(keys)
