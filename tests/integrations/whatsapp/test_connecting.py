"""The check before going live, over the local platform; settings; the page; the whole app."""

import asyncio
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
import uvicorn
from sqlalchemy import select

from app import asgi, bootstrap
from app.asgi import create_app
from app.demo.platforms.whatsapp.platform import PAGE
from app.demo.platforms.whatsapp.world import ApprovedTemplate
from app.settings import Settings
from app.whatsapp import derived_word, whatsapp_settings
from crm.conversation.models import Message
from crm.db import Database
from integrations.channels.whatsapp import (
    BadWhatsAppSettings,
    Template,
    WhatsAppSettings,
    check_connection,
    read_templates,
)
from tests.integrations.whatsapp.office import Office, settings, wait_until

OWN = {"whatsapp_token": "t", "whatsapp_phone_number_id": "1", "whatsapp_app_secret": "s"}


def check(given: WhatsAppSettings) -> tuple[bool, str, str]:
    connection = asyncio.run(check_connection(given))
    return connection.works, connection.sentence, " ".join(connection.to_do)


def test_a_number_that_works_is_told_by_name(office: Office) -> None:
    works, sentence, to_do = check(office.settings)
    assert works
    assert "Emporio Ginestra" in sentence
    assert "https://bottega.example.it/whatsapp/webhook" in to_do
    assert office.settings.verify_token in to_do


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"token": "nobody's"}, "token is not accepted"),
        ({"app_secret": "another app's"}, "app secret does not belong"),
        ({"phone_number_id": "42"}, "no number with the id 42"),
        ({"api_url": "http://127.0.0.1:9"}, "cannot be reached"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(
    office: Office, wrong: dict[str, str], words: str
) -> None:
    works, sentence, _ = check(replace(office.settings, **wrong))
    assert not works
    assert words in sentence
    assert "nobody's" not in sentence


def test_templates_and_the_address_are_looked_at(office: Office) -> None:
    office.platform.world.templates = [ApprovedTemplate("waiting", "it", "{{1}}", "PENDING")]
    templates = {("reply", "it"): Template("waiting", "it"), ("reply", "en"): Template("no", "en")}
    given = replace(office.settings, templates=templates, public_url="http://x")
    connection = asyncio.run(check_connection(given))
    told = " ".join(connection.templates)
    assert "waiting (it) is still being reviewed by Meta" in told
    assert "no (en) is not in the account" in told
    assert "https:// addresses only" in " ".join(connection.to_do)


def test_an_account_whose_messages_nobody_gets_is_subscribed(office: Office) -> None:
    office.platform.world.is_subscribed = False
    _, _, to_do = check(office.settings)
    assert "--subscribe" in to_do
    connection = asyncio.run(check_connection(office.settings, subscribe=True))
    assert "--subscribe" not in " ".join(connection.to_do)
    assert office.platform.world.is_subscribed


def test_settings_that_cannot_work_are_named() -> None:
    with pytest.raises(BadWhatsAppSettings, match="app_secret"):
        settings(9, app_secret=" ")
    with pytest.raises(BadWhatsAppSettings, match="not a number"):
        settings(9, phone_number_id="+39 0464")
    with pytest.raises(BadWhatsAppSettings, match=r"reply\.it=answer_ready"):
        read_templates("reply=answer")
    assert read_templates("reply.en=a:en_GB") == {("reply", "en"): Template("a", "en_GB")}
    assert "local-platform" not in repr(settings(9))


def test_the_apps_settings_become_the_channels(tmp_path: Path) -> None:
    assert whatsapp_settings(Settings(home=tmp_path)) is None
    given = Settings(home=tmp_path, **OWN)
    made = whatsapp_settings(given)
    assert made is not None
    assert made.verify_token == derived_word(given)
    with pytest.raises(BadWhatsAppSettings, match="phone_number_id"):
        whatsapp_settings(Settings(home=tmp_path, whatsapp_token="t"))


def test_the_page_is_served_with_everything_that_it_asks_for(office: Office) -> None:
    page = office.http.get("/platform/page/")
    assert page.status_code == 200
    asked = set(re.findall(r'(?:src|href)="([\w./]+)"', page.text))
    for script in PAGE.glob("*.js"):
        asked |= set(re.findall(r'from "\./([\w./]+)"', script.read_text()))
    assert {one.name for one in PAGE.iterdir()} <= asked | {"index.html"}
    for name in asked:
        answer = office.http.get(f"/platform/page/{name}")
        assert answer.status_code == 200, name
        assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_every_word_of_the_page_is_there_in_both_languages() -> None:
    words = (PAGE / "words.js").read_text()
    italian, english = (
        set(re.findall(r"^    (\w+):", part, re.MULTILINE)) for part in words.split("  en: {")
    )
    used = set(re.findall(r'data-(?:word|label)="(\w+)"', (PAGE / "index.html").read_text()))
    assert italian == english >= used


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The app of the demo without Rasa and the knowledge: nobody answers, all is stored.

    The desk, of which a process takes only one, has tests of its own.
    """
    monkeypatch.setattr(asgi, "mount_desk", lambda *_: None)
    monkeypatch.setattr(
        bootstrap, "open_knowledge", lambda _: SimpleNamespace(index=None, encoder=None)
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = Settings(home=tmp_path, port=port, demo=True, rasa_url="http://127.0.0.1:9")
    app = create_app(given)
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, log_level="warning", timeout_graceful_shutdown=2)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started, 30)
    yield given
    for end in app.state.let_go:
        end()
    server.should_exit = True
    thread.join(timeout=20)
    assert not thread.is_alive()


def test_the_demo_serves_a_number_of_its_own(served: Settings) -> None:
    with httpx.Client(base_url=served.url, trust_env=False, timeout=20) as client:
        control = "/demo/whatsapp/control/customers"
        assert client.get("/demo/whatsapp/").status_code == 200
        [mario, *_] = client.get(control).json()["customers"]
        assert mario["name"] == "Mario Rossi"
        client.post(f"{control}/{mario['id']}/messages", json={"text": "buongiorno"})
        database = Database(served.database)

        def stored() -> list[Message]:
            with database.reading() as session:
                return list(session.scalars(select(Message)))

        wait_until(lambda: bool(stored()))
        assert stored()[0].text == "buongiorno"
        report = "/demo/whatsapp/control/report"
        wait_until(lambda: "list_templates" in client.get(report).json()["calls"])
        database.close()
