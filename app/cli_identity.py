"""`bottega identity`: who is who in files."""

import csv
import json
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from app.errors import BadArgument

identity_cli = typer.Typer(no_args_is_help=True)


@identity_cli.callback()
def identity() -> None:
    """Identity resolution over files."""


@identity_cli.command()
def link(
    first: Annotated[Path, typer.Option("--csv", help="A file with a header row.")],
    mapping: Annotated[Path, typer.Option("--map", help="YAML: for each column what it holds.")],
    second: Annotated[Path | None, typer.Argument(help="Another file to link with.")] = None,
) -> None:
    """Print the pairs that are, or may be, one person: one JSON line each, with its weights.

    One file: duplicates within it. Two files with the same columns: pairs across them. The map is
    `column: kind`, with the kinds id, name, given_name, family_name, email, phone, cap, postcode,
    codice_fiscale, identifier, date, text, number, category.
    """
    from crm.profile.matching import link as find_pairs  # noqa: PLC0415 - quick start

    rows = read_rows(first)
    others = read_rows(second) if second else None
    for pair in find_pairs(rows, others, read_mapping(mapping)):
        line = {
            "a": pair.a,
            "b": pair.b,
            "weight": round(pair.weight, 3),
            "outcome": pair.outcome,
            "levels": dict(pair.levels),
        }
        print(json.dumps(line, ensure_ascii=False))


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a CSV file.

    Raises:
        BadArgument: there is no such file, or it is not UTF-8.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            sample = file.read(8192)
            file.seek(0)
            return list(csv.DictReader(file, dialect=_dialect(sample)))
    except FileNotFoundError:
        raise BadArgument(f"There is no file {path}.") from None
    except UnicodeDecodeError:
        raise BadArgument(f"{path} is not UTF-8; save it as UTF-8 and try again.") from None


def _dialect(sample: str) -> type[csv.Dialect]:
    try:
        return csv.Sniffer().sniff(sample, delimiters=",;\t|")
    except csv.Error:
        return csv.excel


def read_mapping(path: Path) -> dict[str, str]:
    """The kinds of the columns.

    Raises:
        BadArgument: the file is missing or is not a mapping.
    """
    try:
        mapping = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadArgument(f"There is no file {path}.") from None
    except yaml.YAMLError as problem:
        raise BadArgument(f"{path} is not YAML: {problem}") from None
    if not isinstance(mapping, dict):
        raise BadArgument(f"{path} must hold lines of the form 'column: kind'.")
    return {str(column): str(kind) for column, kind in mapping.items()}
