"""`bottega connect-telegram`: from a token to a bot that answers."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from app.settings import CONFIG_FILE, load_settings

Token = Annotated[str, typer.Argument(help="What BotFather gave; asked for where it is missing.")]


def connect_telegram(
    token: Token = "",
    webhook: Annotated[
        bool, typer.Option(help="Telegram calls BOTTEGA_PUBLIC_URL; else it is polled.")
    ] = False,
    save: Annotated[bool, typer.Option(help=f"Write the settings into {CONFIG_FILE}.")] = False,
    status: Annotated[bool, typer.Option(help="Only tell how things stand.")] = False,
    disconnect: Annotated[bool, typer.Option(help="Only remove the webhook.")] = False,
) -> None:
    """Check a bot's token, set the bot up, and print the settings to keep."""
    from app.telegram import telegram_settings  # noqa: PLC0415 - quick start
    from integrations.channels import telegram  # noqa: PLC0415

    settings = load_settings()
    token = token or settings.telegram_token or typer.prompt("Token", hide_input=True)
    mode = telegram.Mode.WEBHOOK if webhook else telegram.Mode.POLLING
    account = telegram_settings(settings, token=token, mode=mode)
    work: Callable[[Any], Coroutine[Any, Any, str]] = telegram.connect
    if status or disconnect:
        work = telegram.inspect if status else telegram.disconnect
    typer.echo(asyncio.run(work(account)), err=True)
    if status or disconnect:
        return
    kept = {"telegram_token": token, "telegram_mode": mode.value}
    if save:
        write_settings(Path(CONFIG_FILE), kept)
        typer.echo(f"The settings are in {CONFIG_FILE}; start Bottega anew.", err=True)
        return
    for name, value in kept.items():
        typer.echo(f"BOTTEGA_{name.upper()}={value}")


def write_settings(path: Path, values: dict[str, str]) -> None:
    """Put text settings into a TOML file, readable for its owner alone; the rest stays as it is."""
    lines = path.read_text().splitlines() if path.exists() else []
    for name, value in values.items():
        line = f'{name} = "{value}"'
        place = next((i for i, old in enumerate(lines) if re.match(rf"\s*{name}\s*=", old)), None)
        if place is None:
            lines.insert(0, line)  # before any [table]
        else:
            lines[place] = line
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text("\n".join(lines) + "\n")
