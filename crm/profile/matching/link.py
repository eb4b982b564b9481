"""Finds the records that are one person's, within one file or between two, without being taught.

The fields may be called anything; a mapping says what each holds. Blocking, comparing and the
thresholds are those of the conversation; the weights are estimated from the files themselves.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.profile.likeness import Likeness
from crm.profile.matching.blocking import Limits, candidate_pairs
from crm.profile.matching.customers import compare_names
from crm.profile.matching.estimation import Estimation, Pattern, count_levels, estimate
from crm.profile.matching.kinds import KINDS, Kind, kind_of
from crm.profile.matching.model import FieldWeights, Levels, Model, Outcome, shares
from crm.profile.names import split_name

SEED = 1
RANDOM_PAIRS = 50_000
NAME = ("given_name", "family_name")
GIVEN_NAME = KINDS["given_name"]
PROVING = (KINDS["identifier"], KINDS["codice_fiscale"])


@dataclass(frozen=True)
class Pair:
    """Two records that may be one person's, with the evidence; ids as the files give them."""

    a: str
    b: str
    weight: float
    levels: Levels
    outcome: Outcome


@dataclass(frozen=True)
class Settings:
    """How to link.

    Attributes:
        same_from: the weight, in bits, from which two records are one person.
        different_below: pairs below this weight are not given.
        limits: how much to compare.
        model: weights to use as they are, instead of estimating them.
    """

    same_from: float = 6.6
    different_below: float = 0.0
    limits: Limits = field(default_factory=Limits)
    model: Model | None = None


class NoFields(ValueError):
    """A mapping names no field to compare."""

    def __init__(self, mapping: Mapping[str, str]) -> None:
        super().__init__(
            f"the mapping {dict(mapping)!r} names no field to compare; map columns to: "
            f"name, {', '.join(KINDS)}"
        )


def link(
    records_a: Sequence[Mapping[str, Any]],
    records_b: Sequence[Mapping[str, Any]] | None,
    mapping: Mapping[str, str],
    settings: Settings | None = None,
) -> list[Pair]:
    """The pairs of records that are or may be one person's, the surest first.

    Args:
        records_a: rows of a file, by column.
        records_b: rows of another file with the same columns; None looks for duplicates in one.
        mapping: for each column what it holds: "id", "name", "email", "cap" … (see `KINDS`);
            columns that are not named are not looked at. Without an id, rows count from 0.
        settings: see `Settings`.

    Raises:
        UnknownKind, NoFields
    """
    settings = settings or Settings()
    table = _Table([*records_a, *(records_b or ())], mapping)
    split_at = None if records_b is None else len(records_a)
    places = sorted(candidate_pairs(table.blocks(), split_at, settings.limits))
    patterns = {pair: table.compare(*pair) for pair in places}
    model = settings.model or _estimate(table, Counter(patterns.values()), settings)
    found = (_pair(table, pair, pattern, model) for pair, pattern in patterns.items())
    likely = [pair for pair in found if pair.outcome != Outcome.DIFFERENT]
    return sorted(likely, key=lambda pair: (-pair.weight, pair.a, pair.b))


class _Table:
    """Records with their values evened out, ready to be compared."""

    def __init__(self, records: Sequence[Mapping[str, Any]], mapping: Mapping[str, str]) -> None:
        self._columns = dict(_columns(mapping))
        self.names = tuple(self._columns)
        if not self.names:
            raise NoFields(mapping)
        self._kinds = tuple(kind for kind, _ in self._columns.values())
        self._swappable = _places_of_name(mapping, self.names)
        id_column = next((column for column, kind in mapping.items() if kind == "id"), None)
        self.ids = [
            str(record[id_column]) if id_column else str(row) for row, record in enumerate(records)
        ]
        self._rows = [self._row(_with_split_name(record, mapping)) for record in records]

    def _row(self, record: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(
            kind.even_out(str(record.get(column) if record.get(column) is not None else "").strip())
            for kind, column in self._columns.values()
        )

    def blocks(self) -> list[tuple[str, ...]]:
        """The values to block by."""
        return [
            tuple(
                kind.block(value) if value else ""
                for kind, value in zip(self._kinds, row, strict=True)
            )
            for row in self._rows
        ]

    def compare(self, one: int, other: int) -> Pattern:
        """The levels of two records, in the order of the names."""
        row, second = self._rows[one], self._rows[other]
        levels = [
            kind.compare(a, b) if a and b else Likeness.MISSING
            for kind, a, b in zip(self._kinds, row, second, strict=True)
        ]
        if self._swappable:
            given, family = self._swappable
            levels[given], levels[family] = compare_names(
                (row[given], row[family]), (second[given], second[family])
            )
        return tuple(levels)

    def may_be_relatives(self, pattern: Pattern) -> bool:
        """Whether the given names differ and no number proves that it is one person (R1).

        A family shares address, family name, mailbox and telephone, and twins their birthday.
        """
        levels = list(zip(self._kinds, pattern, strict=True))
        differ = (GIVEN_NAME, Likeness.ELSE) in levels
        return differ and not any((kind, Likeness.EXACT) in levels for kind in PROVING)

    def random_patterns(self, count: int) -> Iterator[Pattern]:
        """What two records taken at random look like."""
        draw = random.Random(SEED)  # noqa: S311  sampling, not secrets
        places = range(len(self._rows))
        for _ in range(count if len(places) > 1 else 0):
            yield self.compare(*draw.sample(places, 2))


def _columns(mapping: Mapping[str, str]) -> Iterator[tuple[str, tuple[Kind, str]]]:
    """Each field with its kind and the column it comes from."""
    for column, kind in mapping.items():
        if kind == "name":
            yield from ((part, (KINDS[part], part)) for part in NAME)
        elif kind != "id":
            yield column, (kind_of(kind), column)


def _with_split_name(record: Mapping[str, Any], mapping: Mapping[str, str]) -> Mapping[str, Any]:
    for column, kind in mapping.items():
        if kind == "name":
            parts = split_name(str(record.get(column) or ""))
            return {**record, **dict(zip(NAME, parts, strict=True))}
    return record


def _places_of_name(mapping: Mapping[str, str], names: Sequence[str]) -> tuple[int, int] | None:
    """Where given and family name stand, if there is one of each."""
    columns = [next((c for c, kind in mapping.items() if kind == part), part) for part in NAME]
    given, family = (names.index(column) if column in names else -1 for column in columns)
    return (given, family) if given >= 0 and family >= 0 else None


def _estimate(table: _Table, patterns: Mapping[Pattern, int], settings: Settings) -> Model:
    at_random = count_levels(table.random_patterns(RANDOM_PAIRS), table.names)
    start = Model(
        fields={name: FieldWeights(m=shares(0.8, 0.12), u=at_random[name]) for name in table.names},
        prior=0.0,
        same_from=settings.same_from,
        different_below=settings.different_below,
    )
    return estimate(patterns, start, Estimation())


def _pair(table: _Table, places: tuple[int, int], pattern: Pattern, model: Model) -> Pair:
    levels = dict(zip(table.names, pattern, strict=True))
    weight = model.weigh(levels)
    outcome = model.outcome(weight)
    if outcome == Outcome.SAME and table.may_be_relatives(pattern):
        outcome = Outcome.UNSURE
    one, other = (table.ids[place] for place in places)
    return Pair(one, other, weight, levels, outcome)
