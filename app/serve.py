"""Runs Rasa and the app until stopped."""

import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

import httpx

from app.errors import BadArgument
from app.processes import Process, Supervisor, console
from app.rasa_process import rasa_command, rasa_environment
from app.settings import ROOT, Settings
from app.training import train_assistant
from app.whatsapp import here, is_configured
from crm.db import Database


async def serve(settings: Settings) -> None:
    """Start the processes that the settings ask for and keep them running.

    Raises:
        BadArgument: the port is taken.
        DatabaseTaken: another app process serves the SQLite file.
        NotReady: a process does not start.
    """
    _require_free(settings.host, settings.port)
    _require_alone(settings)
    processes = []
    rasa_url = settings.rasa_url
    if not rasa_url:
        port = free_port()
        rasa_url = f"http://127.0.0.1:{port}"
        processes.append(_rasa(settings, port))
    processes.append(_app(settings, rasa_url))
    await Supervisor(processes).run(lambda: announce(settings))


def _rasa(settings: Settings, port: int) -> Process:
    model = train_assistant(settings)
    return Process(
        name="rasa",
        command=rasa_command(model, port),
        environment=rasa_environment(settings),
        ready=answers(f"http://127.0.0.1:{port}/webhooks/bottega/ready"),
        log=settings.folder / "logs" / "rasa.log",
        pid_file=settings.folder / "run" / "rasa.pid",
    )


def _app(settings: Settings, rasa_url: str) -> Process:
    return Process(
        name="app",
        command=[sys.executable, "-m", "app.server"],
        environment={
            "BOTTEGA_RASA_URL": rasa_url,
            "BOTTEGA_DEMO": str(settings.demo),
            "PYTHONPATH": str(ROOT),
        },
        ready=answers(f"{here(settings)}/readyz"),
        log=settings.folder / "logs" / "app.log",
        pid_file=settings.folder / "run" / "app.pid",
    )


def announce(settings: Settings) -> None:
    """Print where everything is."""
    console.print("\n[bold]Bottega is ready.[/bold]")
    if settings.demo:
        console.print(f"  Shop with the chat     {settings.url}/")
        if not settings.telegram_token:
            console.print(f"  Telegram, played here  {settings.url}/demo/telegram/")
        if not is_configured(settings):
            console.print(f"  WhatsApp, played here  {settings.url}/demo/whatsapp/")
        console.print(f"  Mail sent by the demo  {settings.url}/demo/mailbox")
    console.print(f"  Desk for the staff     {settings.url}/desk/")
    for person in _demo_staff(settings):
        console.print("     {name} ({role}), password {password}".format(**person))
    console.print(f"  Staff API              {settings.url}/api/v1/openapi.json")
    console.print(f"  Logs                   {settings.folder / 'logs'}")
    console.print("  Stop with Ctrl-C.\n")


def _demo_staff(settings: Settings) -> list[dict[str, str]]:
    if not settings.demo:
        return []
    from app.demo.staff import demo_staff  # noqa: PLC0415 - only where there is a demo

    return demo_staff(settings.folder)


def answers(url: str) -> Callable[[], Awaitable[bool]]:
    """A check whether an address answers with success."""

    async def check() -> bool:
        with suppress(httpx.HTTPError):
            async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
                return (await client.get(url)).is_success
        return False

    return check


def free_port() -> int:
    """A port of the loopback address that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _require_alone(settings: Settings) -> None:
    database = Database(settings.database)
    try:
        database.occupy()
    finally:
        database.close()


def _require_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise BadArgument(
                f"Port {port} of {host} is in use; choose another with BOTTEGA_PORT."
            ) from None
