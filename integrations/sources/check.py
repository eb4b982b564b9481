"""Looks at the first rows of a source: whether it can be read, and what its rows would say."""

from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from crm.profile.elastic import OwnFields
from crm.source.records import Incoming
from integrations.sources.catalogue import open_reader
from integrations.sources.mapping import Mapping
from integrations.sources.rows import RowError
from integrations.sources.sync import require_columns
from integrations.sources.translation import Translator


@dataclass
class Look:
    """What the first rows are like.

    Attributes:
        filled: how many rows have a value, by field.
        undeclared: fields that are neither of every profile nor declared; they hold anything.
    """

    rows: int = 0
    records: list[Incoming] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    filled: dict[str, int] = field(default_factory=dict)
    undeclared: list[str] = field(default_factory=list)


def look_at(mapping: Mapping, folder: Path, own_fields: OwnFields, most: int = 100) -> Look:
    """Read some rows and translate them; nothing is written anywhere.

    Raises:
        SourceError
    """
    reader = open_reader(mapping, folder)
    require_columns(mapping, reader)
    translator, look = Translator(mapping, own_fields), Look()
    batch = next(iter(reader.batches({}, most)), None)
    look.errors += batch.errors if batch else []
    for row in islice(batch.rows if batch else [], most):
        look.rows += 1
        translated = translator.record(row)
        look.errors += translated.errors
        if translated.incoming is not None:
            look.records.append(translated.incoming)
    look.filled = {
        name: sum(name in record.values for record in look.records) for name in _fields(mapping)
    }
    look.undeclared = [name for name in mapping.fields if _is_undeclared(name, own_fields)]
    return look


def _fields(mapping: Mapping) -> list[str]:
    parts = {"name": ["given_name", "family_name"]}
    return [part for name in mapping.fields for part in parts.get(name, [name])]


def _is_undeclared(name: str, own_fields: OwnFields) -> bool:
    return name not in COMMON and own_fields.get(name) is None


COMMON = frozenset(
    ("name", "given_name", "family_name", "email", "phone", "cap", "codice_fiscale", "language")
)
