"""`bottega segment`: groups of customers: who, how many where, and for whom they may be used."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.errors import BadArgument
from app.settings import Settings, load_settings

if TYPE_CHECKING:
    from crm.consent.models import Purpose
    from crm.segment.discovery import Discovered
    from crm.segment.filters import Segment

segment_cli = typer.Typer(no_args_is_help=True)


@segment_cli.callback()
def segment() -> None:
    """Segments: list, discover, count by zone, export with consent (docs/segments.md)."""


@segment_cli.command(name="list")
def list_all() -> None:
    """List the segments with the number of their customers."""
    from app.bootstrap import open_database  # noqa: PLC0415 - quick start
    from crm.segment.census import count  # noqa: PLC0415
    from crm.segment.folder import read_segments  # noqa: PLC0415

    settings = load_settings()
    segments = read_segments(settings.segments)
    if not segments:
        raise BadArgument(f"There are no segments yet; write one into {settings.segments}.")
    database = open_database(settings)
    with database.reading() as session:
        for name, one in segments.items():
            title = one.title.get("it") or one.title.get("en") or ""
            print(f"{count(session, one.filter):>9,}  {name}  {title}".rstrip())
    database.close()


@segment_cli.command(name="count")
def count_members(
    name: Annotated[str, typer.Argument(help="A segment by name, or the path of its file.")],
    by: Annotated[str, typer.Option(help="cap, comune, provincia or regione.")] = "",
) -> None:
    """Count the customers of a segment, in all or by zone."""
    from app.bootstrap import open_database  # noqa: PLC0415 - quick start
    from crm.segment.census import count, count_by_zone  # noqa: PLC0415
    from crm.segment.zones import LEVELS  # noqa: PLC0415

    level = next((one for one in LEVELS if one == by), None)
    if by and level is None:
        raise BadArgument(f"--by is {by!r}; use one of {', '.join(LEVELS)}.")
    settings = load_settings()
    found = _find(settings, name)
    database = open_database(settings)
    with database.reading() as session:
        if level is None:
            print(count(session, found.filter))
        else:
            for zone, number in count_by_zone(session, found.filter, level).items():
                print(f"{number:>9,}  {zone}")
    database.close()


@segment_cli.command()
def export(
    name: Annotated[str, typer.Argument(help="A segment by name, or the path of its file.")],
    to: Annotated[Path, typer.Option("--to", help="The CSV file to write.")],
    purpose: Annotated[str, typer.Option(help="marketing, profiling or sharing.")] = "",
    channel: Annotated[str, typer.Option(help="email, sms, phone, whatsapp, …")] = "email",
    hashed: Annotated[
        str, typer.Option(help="google or meta: SHA-256 hashes for that platform.")
    ] = "",
) -> None:
    """Write those who consented to the purpose on the channel; hashed, the purpose is sharing."""
    from app.bootstrap import open_database  # noqa: PLC0415 - quick start
    from crm.segment.export import Platform, export_audience, export_list  # noqa: PLC0415

    if hashed and hashed not in set(Platform):
        raise BadArgument(f"--hashed is {hashed!r}; use one of {', '.join(Platform)}.")
    meant = _purpose(purpose or ("sharing" if hashed else "marketing"))
    _require_channel(channel)
    settings = load_settings()
    found = _find(settings, name)
    database = open_database(settings)
    try:
        with database.reading() as session, to.open("w", newline="", encoding="utf-8") as file:
            given = (session, found.filter, meant, channel, file)
            written = export_audience(*given, Platform(hashed)) if hashed else export_list(*given)
    except OSError as problem:
        raise BadArgument(f"--to {to} cannot be written: {problem.strerror}.") from None
    finally:
        database.close()
    print(f"{written} customers who consented to {meant} by {channel}, in {to}")


@segment_cli.command()
def discover(
    keep: Annotated[int, typer.Option(help="The number of a group to keep as a segment.")] = 0,
    name: Annotated[str, typer.Option("--as", help="The name to keep it under.")] = "",
    language: Annotated[str, typer.Option("--lang", help="it or en.")] = "it",
) -> None:
    """Find groups nobody defined, among those who agreed to profiling, and say what they share."""
    if language not in ("it", "en"):
        raise BadArgument(f"--lang is {language!r}; use it or en.")
    if bool(keep) != bool(name):
        raise BadArgument("To keep a group give both --keep NUMBER and --as NAME.")
    settings = load_settings()
    found = _discover(settings)
    if keep:
        _keep(settings, found, keep, name)
        return
    for number, one in enumerate(found, 1):
        print(f"{number}. {one.customers:,} customers")
        for words in one.words(language):
            print(f"     {words}")
    if not found:
        print("No group of five or more stands out among those who agreed to profiling.")


def _discover(settings: Settings) -> "list[Discovered]":
    from app.bootstrap import open_database  # noqa: PLC0415 - quick start
    from app.clustering import group_rows  # noqa: PLC0415
    from crm.profile.elastic import read_fields  # noqa: PLC0415
    from crm.segment.discovery import discover as find_groups  # noqa: PLC0415

    database = open_database(settings)
    with database.reading() as session:
        found = find_groups(session, read_fields(settings.fields), group_rows)
    database.close()
    return found


def _keep(settings: Settings, found: "list[Discovered]", number: int, name: str) -> None:
    from crm.segment.filters import read_segment  # noqa: PLC0415 - quick start
    from crm.segment.folder import save_segment  # noqa: PLC0415

    if not 1 <= number <= len(found):
        raise BadArgument(f"--keep is {number}; groups were found from 1 to {len(found)}.")
    one = found[number - 1]
    title = {language: "; ".join(one.words(language)) for language in ("it", "en")}
    segment = read_segment({"name": name, "title": title, "filter": dict(one.filter)})
    print(f"{one.customers:,} customers, kept as {save_segment(settings.segments, segment)}")


def _find(settings: Settings, name: str) -> "Segment":
    from crm.segment.folder import find_segment  # noqa: PLC0415 - quick start

    return find_segment(settings.segments, name)


def _purpose(written: str) -> "Purpose":
    from crm.consent.models import Purpose  # noqa: PLC0415 - quick start

    if written not in set(Purpose):
        raise BadArgument(f"--purpose is {written!r}; use one of {', '.join(Purpose)}.")
    return Purpose(written)


def _require_channel(written: str) -> None:
    from crm.consent.register import CHANNELS  # noqa: PLC0415 - quick start

    if written not in (*CHANNELS, "any"):
        raise BadArgument(f"--channel is {written!r}; use one of {', '.join(CHANNELS)}, any.")
