"""Finds a person by their marks in what belongs to others, and strikes them out there.

Somebody may be named in another customer's ticket, or have written their address in a conversation
that somebody else goes on with.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    cast,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from crm.db.base import Base
from crm.privacy.person import Marks
from crm.privacy.reach import Key, has_key, key_of
from crm.profile.directory import spellings
from crm.profile.keys import Name
from crm.profile.ordinary_words import is_ordinary

STRUCK_OUT = "[…]"
SHORT = 5
BETWEEN_WORDS = r"[\s,;]{1,3}"  # no dot: that would be in an address
SEPARATORS = r"[\s./()-]{0,3}"

# Keys are made from values; hashes, settings and the catalogue name nobody.
NOT_SEARCHED = frozenset(
    {"identity_key", "api_token", "one_time_code", "personal_link", "product", "promotion"}
)
Mention = tuple[str, Key]


def find_mentions(session: Session, marks: Marks) -> list[Mention]:
    """The rows in which a mark occurs, as table and key."""
    if not marks:
        return []
    pattern = pattern_of(marks)
    found: list[Mention] = []
    for table in Base.metadata.sorted_tables:
        columns = [column.name for column in _texts(table)]
        if table.name in NOT_SEARCHED or not columns:
            continue
        for row in _likely(session, table, marks):
            if any(_occurs(pattern, row[name]) for name in columns):
                found.append((table.name, key_of(table, row)))
    return found


def strike_out(session: Session, mentions: Iterable[Mention], marks: Marks) -> int:
    """Put a mark in place of the person wherever they are mentioned; how many rows changed."""
    pattern, changed = pattern_of(marks), 0
    for name, key in mentions:
        table = Base.metadata.tables[name]
        row = session.execute(select(table).where(has_key(table, [key]))).mappings().first()
        values = _struck(table, row, pattern) if row else {}
        if values:
            session.execute(update(table).where(has_key(table, [key])).values(values))
            changed += 1
    return changed


def _struck(table: Table, row: Mapping[Any, Any], pattern: re.Pattern[str]) -> dict[str, Any]:
    keys = {column.name for column in table.primary_key.columns}
    names = [column.name for column in _texts(table) if column.name not in keys]
    values = {name: without(pattern, row[name]) for name in names}
    changed = {name: value for name, value in values.items() if value != row[name]}
    for name in changed.keys() & _unique(table):
        changed[name] += "-".join(map(str, key_of(table, row)))
    return changed


def _unique(table: Table) -> set[str]:
    """The columns of unique keys: struck out, they must still be told from each other."""
    constraints = (one for one in table.constraints if isinstance(one, UniqueConstraint))
    return {column.name for one in constraints for column in one.columns}


def without(pattern: re.Pattern[str], value: Any) -> Any:
    """Texts, lists and dictionaries without what the pattern finds."""
    if isinstance(value, str):
        return pattern.sub(STRUCK_OUT, value)
    if isinstance(value, list):
        return [without(pattern, part) for part in value]
    if isinstance(value, Mapping):
        return {key: without(pattern, part) for key, part in value.items()}
    return value


def _occurs(pattern: re.Pattern[str], value: Any) -> bool:
    return bool(without(pattern, value) != value)


def _texts(table: Table) -> Iterator[Any]:
    """The columns in which something may be written; the words of enumerations are not."""
    for column in table.columns:
        is_string = type(column.type) is String and (column.type.length or 0) > SHORT
        if is_string or isinstance(column.type, JSON | Text):
            yield column


def _likely(session: Session, table: Table, marks: Marks) -> Iterator[Mapping[Any, Any]]:
    """The rows that the database takes for mentions; the pattern decides."""
    conditions = [
        condition
        for column in _texts(table)
        for condition in _conditions(cast(column, Text), marks)
    ]
    yield from session.execute(select(table).where(or_(*conditions))).mappings().all()


def _conditions(text: ColumnElement[str], marks: Marks) -> Iterator[ColumnElement[bool]]:
    for mark in (*marks.emails, *marks.codes):
        yield _contains(text, mark)
    for phone in marks.phones:
        yield text.like("%" + "%".join(_national(phone)) + "%")
    for given, family in marks.names:
        yield and_(_contains(text, given), _contains(text, family))


def _contains(text: ColumnElement[str], mark: str) -> ColumnElement[bool]:
    return or_(*(text.icontains(spelt, autoescape=True) for spelt in spellings(mark)))


def pattern_of(marks: Marks) -> re.Pattern[str]:
    """Matches every mark however it is written: numbers in groups, names in either order."""
    parts = [rf"(?i:(?<![\w.+-]){re.escape(email)}(?![\w-]))" for email in marks.emails]
    parts += [rf"(?i:(?<!\w){re.escape(code)}(?!\w))" for code in marks.codes]
    parts += [_phone_pattern(phone) for phone in marks.phones]
    parts += [part for name in marks.names for part in _name_patterns(name)]
    longest_first = sorted(parts, key=lambda part: (-len(part), part))
    return re.compile("|".join(longest_first) or r"(?!)")


def _phone_pattern(phone: str) -> str:
    digits = SEPARATORS.join(_national(phone))
    return rf"(?<!\d)(?:(?:\+|00)?39{SEPARATORS})?{digits}(?!\d)"


def _national(phone: str) -> str:
    digits = re.sub(r"\D", "", phone)
    return digits.removeprefix("39") if phone.startswith("+39") else digits


def _name_patterns(name: Name) -> Iterator[str]:
    """Both orders. "Costa Rosa" may stand in any sentence: there, capitals make it a name."""
    case = "" if all(is_ordinary(word) for part in name for word in part.split()) else "i"
    for parts in (name, name[::-1]):
        words = [re.escape(word) for part in parts for word in part.split()]
        yield rf"(?{case}:(?<!\w){BETWEEN_WORDS.join(words)}(?!\w))"
