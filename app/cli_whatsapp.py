"""`bottega connect-whatsapp`: sees whether the number in the settings works, says what to do."""

import asyncio
import sys
from typing import Annotated

import typer

from app.settings import load_settings

HOW = """\
No WhatsApp number is set. Make an app of type Business on developers.facebook.com, add WhatsApp to
it, and set these, in the environment or in bottega.toml; docs/whatsapp.md walks through it:
  BOTTEGA_WHATSAPP_TOKEN            token of a system user, from the business settings
  BOTTEGA_WHATSAPP_PHONE_NUMBER_ID  the number's id, from the app's WhatsApp settings
  BOTTEGA_WHATSAPP_APP_SECRET       from the app's basic settings
  BOTTEGA_PUBLIC_URL                the https:// address of this Bottega"""


def connect_whatsapp(
    subscribe: Annotated[
        bool, typer.Option(help="Have the account's messages delivered to the token's app.")
    ] = False,
) -> None:
    """Check the WhatsApp number in the settings, and print what is still to be done."""
    from app.whatsapp import is_configured, whatsapp_settings  # noqa: PLC0415 - quick start
    from integrations.channels.whatsapp import check_connection  # noqa: PLC0415

    settings = load_settings()
    whatsapp = whatsapp_settings(settings) if is_configured(settings) else None
    if whatsapp is None:
        typer.echo(HOW, err=True)
        sys.exit(1)
    connection = asyncio.run(check_connection(whatsapp, subscribe=subscribe))
    typer.echo(connection.sentence)
    for step in connection.to_do:
        typer.echo(f"- {step}")
    if connection.templates:
        typer.echo("Templates in the settings, as Meta has them:")
    for sentence in connection.templates:
        typer.echo(f"- {sentence}")
    if not connection.works:
        sys.exit(1)
