"""Thousands of messages over the three channels while `app` and `rasa` are killed -9 at random.

python -m tests.chaos --messages 10000

Both local platforms deliver some messages twice, late and out of order, and lose some answers to
the bot's calls. At the end every message must have been answered exactly once, but for sends whose
outcome the platform left unknown: those are listed. Prints figures; the status is 1 if a promise
was broken.
"""

import argparse
import asyncio
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
from rich.console import Console

from app.demo.platforms.telegram import LOCAL_TOKEN
from app.demo.platforms.whatsapp.platform import LOCAL_NUMBER, LOCAL_VERIFY_TOKEN
from app.serve import free_port
from app.settings import ROOT
from crm.db import Database
from tests.chaos.customers import QUESTIONS, Customer, PlatformCustomer, WebVisitor, patiently
from tests.chaos.verdict import judge, newest, progress
from tests.live.instance import Instance

FAULTS = {"duplicate": 0.1, "reorder": 0.1, "delay_seconds": 0.5, "lost_answers": 0.005}
CHANNELS = ("webchat", "telegram", "whatsapp")
PATIENCE_SECONDS = 240.0
console = Console(highlight=False, soft_wrap=True)


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description="Kill processes while customers write.")
    parser.add_argument("--messages", type=int, default=10_000, help="how many are written in all")
    parser.add_argument("--chats", type=int, default=60, help="conversations on each channel")
    parser.add_argument("--every", type=float, default=30.0, help="seconds between two kills")
    parser.add_argument("--seed", type=int, default=1, help="of the dice")
    given = parser.parse_args()
    random.seed(given.seed)
    folder = Path(tempfile.mkdtemp(prefix="bottega-chaos-"))
    with ExitStack() as running:
        ports = {name: free_port() for name in ("app", "telegram", "whatsapp")}
        running.enter_context(platform("telegram", ports["telegram"]))
        hook = f"http://127.0.0.1:{ports['app']}/whatsapp/webhook"
        running.enter_context(platform("whatsapp", ports["whatsapp"], "--webhook", hook))
        instance = Instance(folder, ports["app"], settings=settings_for(ports))
        running.callback(shutil.rmtree, folder, ignore_errors=True)
        running.callback(instance.stop)
        instance.start()
        return asyncio.run(Chaos(instance, ports, given).run())


def settings_for(ports: dict[str, int]) -> dict[str, str]:
    """Have the app use the platforms that run apart, and not hold the run up by its limits."""
    return {
        "BOTTEGA_LOG_LEVEL": "warning",
        "BOTTEGA_TELEGRAM_TOKEN": LOCAL_TOKEN,
        "BOTTEGA_TELEGRAM_API_URL": f"http://127.0.0.1:{ports['telegram']}",
        "BOTTEGA_WHATSAPP_TOKEN": LOCAL_NUMBER.token,
        "BOTTEGA_WHATSAPP_PHONE_NUMBER_ID": LOCAL_NUMBER.phone_number_id,
        "BOTTEGA_WHATSAPP_APP_SECRET": LOCAL_NUMBER.app_secret,
        "BOTTEGA_WHATSAPP_VERIFY_TOKEN": LOCAL_VERIFY_TOKEN,
        "BOTTEGA_WHATSAPP_API_URL": f"http://127.0.0.1:{ports['whatsapp']}",
        "BOTTEGA_WHATSAPP_CHAT_PER_MINUTE": "600",
    }


@contextmanager
def platform(name: str, port: int, *options: str) -> Iterator[None]:
    """A local platform in a process of its own, which nobody kills."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"app.demo.platforms.{name}", "--port", str(port), *options],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


class Chaos:
    """One run."""

    def __init__(
        self, instance: Instance, ports: dict[str, int], given: argparse.Namespace
    ) -> None:
        self._instance = instance
        self._given = given
        self._killed = dict.fromkeys(("app", "rasa"), 0)
        self._database = Database(f"sqlite:///{instance.home / 'bottega.db'}")
        self._clients = {
            channel: httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{ports['app' if channel == 'webchat' else channel]}",
                timeout=30,
                trust_env=False,
            )
            for channel in CHANNELS
        }

    async def run(self) -> int:
        """Write, kill, wait for calm, judge; the exit status."""
        began, past = time.monotonic(), newest(self._database)
        customers = await self._come()
        killing = asyncio.create_task(self._kill())
        await asyncio.gather(*(self._talk(one, number) for number, one in enumerate(customers)))
        killing.cancel()
        with suppress(asyncio.CancelledError):
            await killing
        await self._calm_down()
        heard = [await one.heard() for one in customers]
        for client in self._clients.values():
            await client.aclose()
        verdict = judge(self._database, past, self._given.messages, heard)
        self._database.close()
        self._show(verdict.figures, time.monotonic() - began)
        for problem in verdict.problems:
            console.print(f"[red]{problem}[/red]")
        return 1 if verdict.problems else 0

    async def _come(self) -> list[Customer]:
        customers: list[Customer] = [
            WebVisitor(self._clients["webchat"]) for _ in range(self._given.chats)
        ]
        for channel in ("telegram", "whatsapp"):
            client = self._clients[channel]
            method = "PUT" if channel == "telegram" else "PATCH"
            await patiently(client, method, "/page/control/faults", json=FAULTS)
            for number in range(self._given.chats):
                who = {"first_name": f"Cliente {number}", "name": f"Cliente {number}",
                       "phone": f"+3933355{number:05}"}  # fmt: skip
                made = await patiently(client, "POST", "/page/control/customers", json=who)
                customers.append(PlatformCustomer(client, made["id"], channel))
        return customers

    async def _talk(self, customer: Customer, number: int) -> None:
        """This customer's share of the messages, with pauses that do not depend on answers."""
        many = len(CHANNELS) * self._given.chats
        share = range(number, self._given.messages, many)
        for text in in_turn(QUESTIONS, len(share)):
            await customer.write(text)
            await asyncio.sleep(random.uniform(0.5, 8.0))

    async def _kill(self) -> None:
        while True:
            await asyncio.sleep(random.uniform(0.5, 1.5) * self._given.every)
            victim = random.choice(list(self._killed))
            with suppress(ProcessLookupError, FileNotFoundError):
                self._instance.kill(victim)
                self._killed[victim] += 1

    async def _calm_down(self) -> None:
        """Wait until nothing is under way, as long as something still happens."""
        seen, since = progress(self._database), time.monotonic()
        while seen.under_way or seen.stored < self._given.messages:
            await asyncio.sleep(2)
            new = progress(self._database)
            if new != seen:
                seen, since = new, time.monotonic()
            elif time.monotonic() - since > PATIENCE_SECONDS:
                console.print(f"[red]Nothing happens any more: {seen}[/red]")
                return

    def _show(self, figures: dict[str, int], seconds: float) -> None:
        killed = ", ".join(f"{name} {count} times" for name, count in self._killed.items())
        console.print(f"{seconds:.0f} s; killed -9: {killed}")
        for name, value in figures.items():
            console.print(f"  {value:>7}  {name}")


def in_turn(texts: tuple[str, ...], many: int) -> Iterator[str]:
    """So many texts, the same ones over again."""
    for number in range(many):
        yield texts[number % len(texts)]


if __name__ == "__main__":
    sys.exit(main())
