"""`bottega source`: the company's databases, connected by a mapping and no code."""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.errors import BadArgument
from app.settings import Settings, load_settings

if TYPE_CHECKING:
    from integrations.sources.mapping import Mapping
    from integrations.sources.rows import RowError
    from integrations.sources.sync import Report

source_cli = typer.Typer(no_args_is_help=True)

SHOWN_ERRORS = 20
WORDS = {
    "rows": "rows read",
    "new": "new people",
    "joined": "of people who were known",
    "changed": "changed",
    "unchanged": "unchanged",
    "moved": "moved to another profile",
    "review": "pairs for people to review",
    "erased": "left out: their person asked to be forgotten",
    "orders": "order lines",
    "sales": "sales that offers led to",
    "signals": "signals",
    "errors": "errors",
}


@source_cli.callback()
def source() -> None:
    """The company's databases: add, check, sync and list them (docs/sources.md)."""


@source_cli.command()
def add(
    mappings: Annotated[list[Path], typer.Argument(help="YAML files, each describing a source.")],
) -> None:
    """Add sources by their mappings; one that is there takes the new mapping over."""
    from app.bootstrap import open_database  # noqa: PLC0415 - quick start
    from integrations.sources.catalogue import add_source  # noqa: PLC0415

    database = open_database(load_settings())
    for path in mappings:
        with database.writing() as session:
            found, is_new = add_source(session, path)
            print(f"{found.name}: {'added' if is_new else 'brought up to date'}")
    database.close()


@source_cli.command()
def check(
    name: Annotated[str, typer.Argument(help="A source by name, or the path of a mapping.")],
    rows: Annotated[int, typer.Option(min=1, max=10_000, help="How many rows to read.")] = 100,
) -> None:
    """Read the first rows and tell what they would say; nothing is written."""
    from integrations.sources.check import look_at  # noqa: PLC0415 - quick start

    settings = load_settings()
    mapping, folder = _find_mapping(settings, name)
    look = look_at(mapping, folder, own_fields(settings), rows)
    print(f"{mapping.source}: {look.rows} rows read, {len(look.errors)} errors")
    for field, filled in look.filled.items():
        note = "  (not declared: it may hold anything)" if field in look.undeclared else ""
        print(f"  {field}: in {filled} of {look.rows}{note}")
    _print_errors(look.errors)


@source_cli.command()
def sync(
    names: Annotated[list[str] | None, typer.Argument(help="Sources; none: all.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Report only; change nothing.")] = False,
    anew: Annotated[bool, typer.Option(help="Read everything, not only what is new.")] = False,
    errors: Annotated[Path | None, typer.Option(help="Write all errors to this file.")] = None,
) -> None:
    """Bring the profiles up to date with the sources; a broken off sync goes on where it was."""
    from app.bootstrap import open_database  # noqa: PLC0415 - quick start
    from integrations.sources.catalogue import get_source, list_sources  # noqa: PLC0415
    from integrations.sources.rehearsal import rehearsal  # noqa: PLC0415

    settings = load_settings()
    with ExitStack() as stack:
        database = open_database(settings)
        stack.callback(database.close)
        with database.reading() as session:
            # Customers first: orders and signals belong to them.
            there = sorted(list_sources(session), key=lambda one: "customer" in one.mapping)
            chosen = names or [one.name for one in there]
            for name in chosen:
                get_source(session, name)
        if not chosen:
            raise BadArgument("There are no sources yet; add one with `bottega source add FILE`.")
        if dry_run:
            database = stack.enter_context(rehearsal(database))
        reports = [_sync(settings, database, name, anew) for name in chosen]
    _print_reports(reports, dry_run)
    _write_errors(errors, reports)


@source_cli.command(name="list")
def list_all() -> None:
    """List the sources, what they are, and when they were read."""
    from app.bootstrap import open_database  # noqa: PLC0415 - quick start
    from integrations.sources.catalogue import count_records, list_sources  # noqa: PLC0415

    database = open_database(load_settings())
    with database.reading() as session:
        counts = count_records(session)
        for one in list_sources(session):
            when = f"{one.synced_at:%Y-%m-%d %H:%M} UTC" if one.synced_at else "never synced"
            state = ", broken off in the middle" if "resume" in one.progress else ""
            kind = one.mapping["read"]["kind"]
            print(f"{one.name}  {kind}  {counts.get(one.name, 0)} records  {when}{state}")
    database.close()


def own_fields(settings: Settings):  # type: ignore[no-untyped-def]
    """The company's own fields, as it declares them."""
    from crm.profile.elastic import read_fields  # noqa: PLC0415 - quick start

    return read_fields(settings.fields)


def _find_mapping(settings: Settings, name: str) -> tuple["Mapping", Path]:
    from app.bootstrap import open_database  # noqa: PLC0415 - quick start
    from integrations.sources.catalogue import get_source  # noqa: PLC0415
    from integrations.sources.mapping import parse_mapping, read_mapping  # noqa: PLC0415

    path = Path(name)
    if path.suffix in (".yml", ".yaml") or path.exists():
        return parse_mapping(read_mapping(path)), path.absolute().parent
    database = open_database(settings)
    with database.reading() as session:
        found = get_source(session, name)
    database.close()
    return parse_mapping(found.mapping), Path(found.folder)


def _sync(settings: Settings, database, name: str, anew: bool) -> "Report":  # type: ignore[no-untyped-def]
    from rich.console import Console  # noqa: PLC0415 - quick start
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    from app.offers import offer_policy  # noqa: PLC0415
    from app.values import value_rules  # noqa: PLC0415
    from crm.value.worth import revalue  # noqa: PLC0415
    from integrations.sources.sync import Syncing  # noqa: PLC0415
    from integrations.sources.sync import sync as run  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TimeElapsedColumn())  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(name, total=None)

        def show(report: "Report", total: int | None) -> None:
            progress.update(task, completed=report.counts["rows"], total=total)

        rules = value_rules(settings)
        how = Syncing(
            own_fields=own_fields(settings),
            progress=show,
            changed=lambda session, customers: revalue(session, customers, rules),
            anew=anew,
            window_days=offer_policy(settings).attribution.window_days,
        )
        return run(database, name, how)


def _print_reports(reports: Iterable["Report"], dry_run: bool) -> None:
    for report in reports:
        print(f"{report.source}{' (dry run: nothing was changed)' if dry_run else ''}")
        for word, said in WORDS.items():
            if report.counts[word] or word == "rows":
                print(f"  {report.counts[word]:>9,} {said}")
        _print_errors(report.errors)


def _print_errors(errors: list["RowError"]) -> None:
    for error in errors[:SHOWN_ERRORS]:
        print(f"  {error}")
    if len(errors) > SHOWN_ERRORS:
        print(f"  … and {len(errors) - SHOWN_ERRORS} more; see them with --errors FILE")


def _write_errors(path: Path | None, reports: Iterable["Report"]) -> None:
    if path is None:
        return
    lines = [f"{report.source}: {error}\n" for report in reports for error in report.errors]
    try:
        path.write_text("".join(lines), encoding="utf-8")
    except OSError as problem:
        raise BadArgument(f"--errors {path} cannot be written: {problem.strerror}.") from None
