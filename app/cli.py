"""The command `bottega`."""

import asyncio
import sys
from datetime import date
from typing import Annotated

import typer

from app.cli_campaign import campaign_cli
from app.cli_identity import identity_cli
from app.cli_knowledge import knowledge_cli
from app.cli_nlu import nlu_cli
from app.cli_privacy import privacy_cli
from app.cli_segment import segment_cli
from app.cli_source import source_cli
from app.cli_staff import staff_cli
from app.cli_telegram import connect_telegram
from app.cli_whatsapp import connect_whatsapp
from app.settings import BadSettings, Settings, load_settings

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Bottega, the conversational CRM front end.",
)
cli.add_typer(identity_cli, name="identity")
cli.add_typer(knowledge_cli, name="knowledge")
cli.add_typer(nlu_cli, name="nlu")
cli.add_typer(privacy_cli, name="privacy")
cli.add_typer(source_cli, name="source")
cli.add_typer(segment_cli, name="segment")
cli.add_typer(campaign_cli, name="campaign")
cli.command("connect-telegram")(connect_telegram)
cli.command("connect-whatsapp")(connect_whatsapp)
token_cli = typer.Typer(no_args_is_help=True, help="Tokens of the staff API.")
cli.add_typer(token_cli, name="token")
cli.add_typer(staff_cli, name="staff")


def main() -> None:
    """Run the command; a mistake of the caller ends in one sentence and status 2."""
    from app.errors import EXPECTED  # noqa: PLC0415 - quick start

    try:
        cli()
    except (BadSettings, *EXPECTED) as problem:
        print(f"bottega: {problem}", file=sys.stderr)
        sys.exit(2)


@cli.command()
def demo() -> None:
    """Serve the demo company: train what is missing, load the data, start everything."""
    settings = load_settings(demo=True)
    from app.demo.start import prepare_demo  # noqa: PLC0415

    prepare_demo(settings, date.today())  # noqa: DTZ011 - the day on this machine's wall
    _serve(settings)


@cli.command()
def up() -> None:
    """Serve a company from its settings."""
    settings = load_settings()
    from app.knowledge_base import index_documents  # noqa: PLC0415
    from app.training import train_assistant  # noqa: PLC0415

    train_assistant(settings)
    index_documents(settings)
    _serve(settings)


def _serve(settings: Settings) -> None:
    from app.serve import serve  # noqa: PLC0415

    asyncio.run(serve(settings))


@cli.command()
def train(
    force: Annotated[bool, typer.Option(help="Train even if nothing changed.")] = False,
) -> None:
    """Train the assistant and the search encoder, if their data changed."""
    settings = load_settings()
    from app.knowledge_base import train_encoder_if_needed  # noqa: PLC0415
    from app.training import train_assistant  # noqa: PLC0415

    train_assistant(settings, force=force)
    train_encoder_if_needed(settings, force=force)


@cli.command()
def parse(
    lang: Annotated[str, typer.Option(help="Language of the conversation: it or en.")] = "it",
) -> None:
    """Read sentences from standard input; print one JSON line each, as the bot understands it."""
    from app.training import parse_lines  # noqa: PLC0415

    sys.exit(parse_lines(load_settings(), lang))


@token_cli.command("create")
def create_token(
    role: Annotated[str, typer.Option(help="agent, marketer or admin.")],
    label: Annotated[str, typer.Option(help="Whose token it is, as shown to others.")] = "",
) -> None:
    """Make a token of the staff API and print it: it is shown only once."""
    from app.bootstrap import open_database  # noqa: PLC0415
    from app.errors import BadArgument  # noqa: PLC0415
    from crm.staff.models import Role  # noqa: PLC0415
    from crm.staff.tokens import create_token as create  # noqa: PLC0415

    if role not in set(Role):
        raise BadArgument(f"--role is {role!r}; use one of {', '.join(Role)}.")
    with open_database(load_settings()).writing() as session:
        print(create(session, Role(role), label))
