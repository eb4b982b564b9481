"""`bottega campaign`: campaigns are checked, stored, listed and read."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.errors import BadArgument
from app.settings import load_settings

if TYPE_CHECKING:
    from crm.offer.reading import Comparison

campaign_cli = typer.Typer(no_args_is_help=True)
VERDICTS = {
    "too_early": "too early to tell: each wording needs {needed} people",
    "no_difference": "no difference that could be told from chance",
    "better": "'{best}' is better",
}


@campaign_cli.callback()
def campaign() -> None:
    """Campaigns: load, list, results (docs/offers.md)."""


@campaign_cli.command()
def load(
    files: Annotated[
        list[Path] | None, typer.Argument(help="YAML files; without, the folder campaigns.")
    ] = None,
) -> None:
    """Check campaigns and store them; one that is known already is changed."""
    from app.bootstrap import open_database  # noqa: PLC0415 - quick start
    from crm.offer.campaign_files import put, read_campaign_file  # noqa: PLC0415

    settings = load_settings()
    paths = files or sorted(settings.campaigns.glob("*.y*ml"))
    if not paths:
        raise BadArgument(f"There are no campaigns yet; write one into {settings.campaigns}.")
    campaigns = [read_campaign_file(path) for path in paths]
    database = open_database(settings)
    with database.writing() as session:
        for one in campaigns:
            print(f"{'new' if put(session, one) else 'changed':<8} {one.id}")
    database.close()


@campaign_cli.command(name="list")
def list_all() -> None:
    """List the campaigns: from when to when, for how many customers."""
    from sqlalchemy import select  # noqa: PLC0415 - quick start

    from app.bootstrap import open_database  # noqa: PLC0415
    from crm.offer.campaigns import audience_of  # noqa: PLC0415
    from crm.offer.models import Promotion  # noqa: PLC0415
    from crm.segment.census import count  # noqa: PLC0415

    database = open_database(load_settings())
    with database.reading() as session:
        query = select(Promotion).order_by(Promotion.starts_on, Promotion.id)
        for one in session.scalars(query):
            audience = audience_of(one)
            people = f"{count(session, audience):,} customers" if audience else "everybody"
            zone = f" in {' '.join(one.zone)}" if one.zone else ""
            print(f"{one.starts_on}  {one.ends_on}  {one.id:<24} {people}{zone}")
    database.close()


@campaign_cli.command()
def results(
    days: Annotated[int, typer.Option(help="The last so many days.")] = 30,
) -> None:
    """Print what the campaigns brought, and what may be said of their wordings."""
    from datetime import datetime  # noqa: PLC0415 - quick start

    from app.bootstrap import open_database  # noqa: PLC0415
    from app.offers import offer_policy  # noqa: PLC0415
    from crm.insights.campaigns import Campaigns, Variants  # noqa: PLC0415
    from crm.insights.scope import BadPeriod, last_days  # noqa: PLC0415
    from crm.offer.reading import compare, counts_of  # noqa: PLC0415

    settings = load_settings()
    policy = offer_policy(settings)
    try:
        scope = last_days(days, datetime.now(policy.zone).date(), zone=policy.zone)
    except (BadPeriod, OverflowError):
        raise BadArgument(f"--days is {days}; use 1 to 731.") from None
    database = open_database(settings)
    with database.reading() as session:
        print(f"{'campaign':<28}{'people':>8}{'shown':>8}{'accepted':>10}{'sold':>8}"
              f"{'revenue':>12}{'cost':>10}{'return':>9}")  # fmt: skip
        for cell in Campaigns(policy).count(session, scope).cells:
            of = cell.extra
            back = "–" if of["return"] is None else f"{of['return']:.0%}"
            figures = f"{of['accepted']:>10g}{of['sold']:>8g}{of['revenue']:>12.2f}"
            met = f"{cell.name:<28}{cell.customers:>8}{cell.count:>8}"
            print(f"{met}{figures}{of['cost']:>10.2f}{back:>9}")
        for key in Variants(policy).tried(session, scope):
            counts = counts_of(session, key, scope.start, scope.end)
            _print_comparison(key, compare(counts, policy.experiment))
    database.close()


def _print_comparison(campaign: str, found: "Comparison") -> None:
    best = found.rates[0].id if found.rates else ""
    verdict = VERDICTS[found.verdict].format(needed=found.needed, best=best)
    print(f"\n{campaign}: {verdict}")
    for one in found.rates:
        interval = f"{one.low:.1%} to {one.high:.1%}"
        print(f"  {one.id:<24} {one.converted} of {one.shown} people, {one.rate:.1%} ({interval})")
