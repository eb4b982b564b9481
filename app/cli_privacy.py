"""`bottega privacy`: a copy of somebody's data, its erasure, what is past its time."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.errors import BadArgument
from app.settings import load_settings

privacy_cli = typer.Typer(no_args_is_help=True)
CustomerId = Annotated[int, typer.Argument(help="The customer's number.")]


@privacy_cli.callback()
def privacy() -> None:
    """What people may ask about their data."""


@privacy_cli.command("export")
def export_data(
    customer_id: CustomerId,
    html: Annotated[bool, typer.Option("--html", help="A page to read instead of JSON.")] = False,
    lang: Annotated[str, typer.Option(help="Language of the page: it or en.")] = "it",
    out: Annotated[Path | None, typer.Option(help="A file to write to.")] = None,
) -> None:
    """Print everything that is held about a customer."""
    from app.bootstrap import open_database  # noqa: PLC0415 - quick start
    from app.personal_data import outside_of  # noqa: PLC0415
    from crm.privacy.export import NothingHeld, export  # noqa: PLC0415
    from crm.privacy.page import page  # noqa: PLC0415

    settings = load_settings()
    try:
        with open_database(settings).reading() as session:
            copy = export(session, outside_of(settings), customer_id)
    except NothingHeld:
        raise BadArgument(f"There is no customer {customer_id}.") from None
    text = page(copy, lang) if html else json.dumps(copy, ensure_ascii=False, indent=2)
    if out is None:
        print(text)
        return
    out.touch(mode=0o600)
    out.write_text(text, encoding="utf-8")


@privacy_cli.command("erase")
def erase_data(
    customer_id: CustomerId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; it cannot be undone.")] = False,
) -> None:
    """Erase a customer and print a report of what was removed and what the law keeps."""
    from app.bootstrap import open_database  # noqa: PLC0415
    from app.personal_data import outside_of  # noqa: PLC0415
    from crm.privacy.erasing import NoSuchPerson, NotErasable, erase  # noqa: PLC0415

    if not yes:
        question = f"Erase customer {customer_id}? This cannot be undone."
        if not sys.stdin.isatty() or not typer.confirm(question, err=True):
            raise BadArgument("Nothing was erased; say --yes to erase without being asked.")
    settings = load_settings()
    try:
        report = erase(open_database(settings), outside_of(settings), customer_id, "command line")
    except NoSuchPerson:
        raise BadArgument(f"There is no customer {customer_id}.") from None
    except NotErasable as problem:
        raise BadArgument(str(problem)) from None
    print(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))


@privacy_cli.command()
def retain(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
) -> None:
    """Remove what is past its time, and print how much of each kind that was."""
    from app.bootstrap import open_database  # noqa: PLC0415
    from app.personal_data import outside_of, periods_of  # noqa: PLC0415
    from crm.privacy.retention import retain as remove_old  # noqa: PLC0415

    settings = load_settings()
    lines = remove_old(
        open_database(settings), outside_of(settings), periods_of(settings), dry_run=dry_run
    )
    done = "would go" if dry_run else "removed"
    for line in lines:
        print(f"{line.kind:<10} older than {line.days:>5} days  {line.found:>8} {done}")
