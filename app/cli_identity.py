"""`bottega identity`: who is who in files, and the weights by which a company judges."""

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml

from app.errors import BadArgument
from app.settings import load_settings

if TYPE_CHECKING:
    from crm.db import Database
    from crm.profile.matching import Model

identity_cli = typer.Typer(no_args_is_help=True)


@identity_cli.callback()
def identity() -> None:
    """Identity resolution: over files, and its weights."""


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


@identity_cli.command()
def learn(
    forget: Annotated[bool, typer.Option(help="Go back to the built-in weights.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Print the weights only; keep nothing.")] = False,
) -> None:
    """Estimate the weights from the company's own customers, print and keep them; no labels."""
    from app.bootstrap import open_database  # noqa: PLC0415 - quick start

    if forget and dry_run:
        raise BadArgument("--forget cannot be tried with --dry-run; give one of the two.")
    database = open_database(load_settings())
    print(_forget(database) if forget else _learn(database, dry_run))
    database.close()


def _forget(database: "Database") -> str:
    from crm.profile.matching.kept import forget_model  # noqa: PLC0415 - quick start

    with database.writing() as session:
        forget_model(session)
    return "The built-in weights count again."


def _learn(database: "Database", dry_run: bool) -> str:
    """Nobody waits to write while it is computed."""
    from crm.profile.matching import learn as estimate  # noqa: PLC0415 - quick start
    from crm.profile.matching.kept import keep_model  # noqa: PLC0415

    with database.reading() as session:
        model = estimate(session)
    if not dry_run:
        with database.writing() as session:
            keep_model(session, model)
    return _told(model)


def _told(model: "Model") -> str:
    """The bits that each level of each field speaks for or against one person."""
    lines = [f"{'':16}{'exact':>8}{'close':>8}{'else':>8}"]
    for name, weights in model.fields.items():
        bits = "".join(f"{weights.bits(level):>+8.1f}" for level in weights.m)
        lines.append(f"{name:16}{bits}")
    return "\n".join(
        [*lines, f"before looking {model.prior:+.1f}; same from {model.same_from:+.1f}"]
    )


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
