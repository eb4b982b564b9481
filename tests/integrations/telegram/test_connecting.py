"""From a token to a bot that answers: the checks, the command, the settings."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.cli_telegram import write_settings
from app.demo.platforms.telegram import LOCAL_TOKEN, TelegramPlatform
from app.settings import ROOT
from integrations.channels.telegram import (
    BadTelegramSettings,
    Mode,
    TelegramSettings,
    TelegramUnreachable,
    connect,
    derived_secret,
    disconnect,
    inspect,
)
from tests.integrations.telegram.listening import Listening

SECRET = "a-secret-for-tests-of-telegram"
UNKNOWN_TOKEN = "7000000001:a-token-that-nobody-has-ever-given"


@pytest.fixture
async def platform() -> Any:
    platform = TelegramPlatform(strict_https=True)
    platform.listening = await Listening(platform.alone).start()  # type: ignore[attr-defined]
    yield platform
    await platform.close()
    await platform.listening.stop()  # type: ignore[attr-defined]


def settings(platform: Any, **changes: Any) -> TelegramSettings:
    given = {"token": LOCAL_TOKEN, "secret": SECRET, "api_url": platform.listening.url, **changes}
    return TelegramSettings(**given)


async def test_for_polling_the_webhook_is_removed_and_nothing_dropped(platform: Any) -> None:
    webhook = settings(platform, mode=Mode.WEBHOOK, public_url="https://bottega.example.com")
    said = await connect(webhook)
    assert "https://bottega.example.com/telegram/webhook" in said
    assert platform.bot.webhook.secret == SECRET
    assert set(platform.bot.allowed) == {
        "message", "edited_message", "callback_query", "my_chat_member"
    }  # fmt: skip
    assert "sends messages to https://" in await inspect(webhook)
    platform.bot.new_update(message={"chat": {"id": 1}})
    said = await connect(settings(platform))
    assert "@emporio_ginestra_bot is ready" in said
    assert platform.bot.webhook is None and len(platform.bot.updates) == 1
    assert "there to be polled; 1 updates" in await inspect(webhook)
    assert "no longer" in await disconnect(webhook)


async def test_a_token_that_telegram_does_not_know(platform: Any) -> None:
    with pytest.raises(TelegramUnreachable, match="does not know this token; copy it again"):
        await connect(settings(platform, token=UNKNOWN_TOKEN))


async def test_telegram_out_of_reach(platform: Any) -> None:
    with pytest.raises(TelegramUnreachable, match="cannot be reached") as problem:
        await connect(settings(platform, api_url="http://127.0.0.1:9"))
    assert LOCAL_TOKEN not in str(problem.value)


async def test_an_address_that_telegram_refuses(platform: Any) -> None:
    with pytest.raises(TelegramUnreachable, match=r"(?i)an https url must be provided"):
        await connect(settings(platform, mode=Mode.WEBHOOK, public_url="http://bottega.example"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"token": "123"}, "not of the form"),
        ({"token": f" {LOCAL_TOKEN}"}, "not of the form"),
        ({"secret": "short"}, "16 to 256"),
        ({"mode": Mode.WEBHOOK, "secret": ""}, "needs a secret"),
        ({"mode": Mode.WEBHOOK, "public_url": "http://a.it"}, "only https://"),
        ({"mode": Mode.WEBHOOK, "public_url": "https://localhost"}, "only https://"),
        ({"mode": Mode.WEBHOOK, "public_url": "https://a.it:8000"}, "443, 80, 88 and 8443"),
        ({"mode": Mode.WEBHOOK, "public_url": "https://a.it:port"}, "is no URL"),
    ],
)
def test_settings_that_cannot_work_are_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadTelegramSettings, match=said) as problem:
        TelegramSettings(**{"token": LOCAL_TOKEN, "secret": SECRET, **changes})
    assert LOCAL_TOKEN not in str(problem.value) and SECRET not in str(problem.value)


def test_the_secret_depends_on_key_and_token_and_tells_neither() -> None:
    secrets = {derived_secret(key, token) for key in (b"a", b"b") for token in ("x", "y")}
    assert len(secrets) == 4
    assert TelegramSettings(LOCAL_TOKEN, Mode.POLLING, secrets.pop()).secret


Run = Callable[..., Any]


@pytest.fixture
def run(platform: Any, tmp_path: Path) -> Run:
    """Runs the command in a folder of its own, against the local platform."""

    async def run_(*arguments: str) -> subprocess.CompletedProcess[str]:
        import asyncio

        code = "from app.cli import main; main()"
        return await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", code, "connect-telegram", *arguments],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
            env={**os.environ, "PYTHONPATH": str(ROOT), "BOTTEGA_HOME": str(tmp_path / "home"),
                 "BOTTEGA_TELEGRAM_API_URL": platform.listening.url},
        )  # fmt: skip

    return run_


async def test_the_command_prints_the_settings(run: Run) -> None:
    done = await run(LOCAL_TOKEN)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"BOTTEGA_TELEGRAM_TOKEN={LOCAL_TOKEN}", "BOTTEGA_TELEGRAM_MODE=polling"
    ]  # fmt: skip
    assert "@emporio_ginestra_bot is ready" in done.stderr


async def test_the_command_keeps_the_settings(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bottega.toml").write_text('port = 9000\ntelegram_token = "old"\n')
    done = await run(LOCAL_TOKEN, "--save")
    assert done.returncode == 0, done.stderr
    assert LOCAL_TOKEN not in done.stdout + done.stderr
    assert (tmp_path / "bottega.toml").read_text().splitlines() == [
        'telegram_mode = "polling"', "port = 9000", f'telegram_token = "{LOCAL_TOKEN}"'
    ]  # fmt: skip
    assert (tmp_path / "bottega.toml").stat().st_mode & 0o077 == 0
    assert (await run("--status")).stderr.startswith("The bot @emporio_ginestra_bot")


async def test_the_command_says_what_is_wrong_in_one_sentence(run: Run) -> None:
    done = await run(UNKNOWN_TOKEN)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.strip().count("\n") == 0
    assert done.stderr.startswith("bottega: Telegram does not know this token")


def test_settings_are_written_above_the_first_table(tmp_path: Path) -> None:
    path = tmp_path / "bottega.toml"
    path.write_text("[tool]\na = 1\n")
    write_settings(path, {"telegram_token": "x"})
    assert path.read_text() == 'telegram_token = "x"\n[tool]\na = 1\n'
