"""A reply with files, buttons, or a template: checked, stored, kept from where it cannot go."""

from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.sending import make_sending
from app.settings import Settings
from crm.conversation.buttons import press
from crm.conversation.log import Incoming, open_conversation, receive
from crm.conversation.models import Conversation, Message, PressableButton
from crm.conversation.turns import begin
from crm.db import Database, now
from desk.api import Desk

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 200_000
GIF = b"GIF89a" + b"x" * 50


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def desk(desk: Desk, home: Path) -> Desk:
    settings = Settings(
        home=home, attachment_megabytes=1, whatsapp_token="t", whatsapp_phone_number_id="1",
        whatsapp_app_secret="s", whatsapp_templates="reply.it=answer_ready, visit.it=visit_day",
    )  # fmt: skip
    return replace(desk, sending=make_sending(settings))


def file(content: bytes, name: str = "foto.png") -> dict[str, str]:
    return {"name": name, "content": b64encode(content).decode()}


def kept(home: Path) -> list[Path]:
    return [path for path in home.glob("attachments/*") if path.is_file()]


@pytest.fixture
def talk(agent: httpx.Client, shop: Any) -> int:
    """Mario's conversation, which Anna has."""
    agent.post(f"/conversations/{shop.waiting}/takeover")
    number: int = shop.waiting
    return number


def test_a_file_goes_with_or_without_words(agent: httpx.Client, talk: int, home: Path) -> None:
    said = agent.post(
        f"/conversations/{talk}/reply",
        json={"text": "Ecco il manuale.", "attachments": [file(PNG, "../../etc/Il phon.exe")]},
    ).json()
    [attachment] = said["attachments"]
    assert attachment["name"] == "Il phon.png" and attachment["type"] == "image/png"
    [path] = kept(home)
    assert path.read_bytes() == PNG and path.stat().st_mode & 0o077 == 0
    answer = agent.post(f"/conversations/{talk}/reply", json={"attachments": [file(b"ciao")]})
    assert answer.status_code == 200 and answer.json()["text"] == ""


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"MZ\x90\x00" + b"\x00" * 50, "file_type_not_allowed"),
     (b"%PDF-1.7" + b"x" * 1024 * 1024, "file_too_large"), (b"", "file_empty")],
)  # fmt: skip
def test_what_customers_may_not_send_is_not_sent_to_them(
    agent: httpx.Client, talk: int, home: Path, content: bytes, code: str
) -> None:
    body = {"text": "Ecco", "attachments": [file(PNG), file(content, "dono.pdf")]}
    answer = agent.post(f"/conversations/{talk}/reply", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert "dono.pdf" in answer.json()["message"]
    assert kept(home) == [], "the first file was kept for a message that was never stored"


def test_nothing_is_kept_where_nobody_may_answer(
    agent: httpx.Client, marketer: httpx.Client, shop: Any, home: Path
) -> None:
    path, body = f"/conversations/{shop.waiting}/reply", {"attachments": [file(PNG)]}
    assert agent.post(path, json=body).json()["code"] == "not_taken_over"
    assert marketer.post(path, json=body).status_code == 403
    assert kept(home) == []


@pytest.mark.parametrize(
    "body",
    [{"buttons": ["Sì"]}, {"text": "Quale?", "buttons": ["Sì", "sì"]},
     {"text": "x", "buttons": ["a" * 41]}, {"text": "x", "buttons": [str(n) for n in range(11)]},
     {"text": "x", "attachments": [{"name": "a.png", "content": "è"}]},
     {"template": "reply"}, {"attachments": []}],
)  # fmt: skip
def test_what_cannot_be_read_is_told(agent: httpx.Client, talk: int, body: object) -> None:
    answer = agent.post(f"/conversations/{talk}/reply", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_a_pressed_button_says_what_is_written_on_it(
    agent: httpx.Client, talk: int, database: Database
) -> None:
    body = {"text": "Quando passi?", "buttons": ["Sabato", "Lunedì"]}
    said = agent.post(f"/conversations/{talk}/reply", json=body).json()
    assert said["buttons"] == [{"title": "Sabato"}, {"title": "Lunedì"}]
    with database.writing() as session:
        conversation = session.get_one(Conversation, talk)
        token = session.query(PressableButton).filter_by(title="Lunedì").one().token
        button = press(session, talk, token)
        message = receive(session, conversation, Incoming("p1", button.title, button.command))
        assert begin(session, talk) is None, "a person has the conversation"
        assert (message.text, message.command) == ("Lunedì", None)


def test_pressed_with_the_bot_it_is_read_like_words(
    agent: httpx.Client, talk: int, database: Database
) -> None:
    body = {"text": "Che ti serve?", "buttons": ["Dov'è il mio ordine?"]}
    agent.post(f"/conversations/{talk}/reply", json=body)
    agent.post(f"/conversations/{talk}/release")
    with database.writing() as session:
        conversation = session.get_one(Conversation, talk)
        token = session.query(PressableButton).filter_by(title="Dov'è il mio ordine?").one().token
        button = press(session, talk, token)
        receive(session, conversation, Incoming("p1", button.title, button.command))
        job = begin(session, talk)
        assert job is not None and (job.text, job.command) == ("Dov'è il mio ordine?", None)


@pytest.fixture
def whatsapp(agent: httpx.Client, database: Database) -> int:
    """A conversation on WhatsApp whose customer wrote two days ago, taken over by Anna."""
    with database.writing() as session:
        conversation = open_conversation(session, "whatsapp", "393941950009")
        at = now() - timedelta(hours=48)
        receive(session, conversation, Incoming("w1", "Buongiorno", at=at))
        number = conversation.id
    agent.post(f"/conversations/{number}/takeover")
    return number


def test_after_24_hours_a_template_is_chosen(
    agent: httpx.Client, whatsapp: int, database: Database
) -> None:
    path = f"/conversations/{whatsapp}/reply"
    said = agent.post(path, json={"text": "Ti aspettiamo sabato.", "template": "visit"}).json()
    assert said["template"] == "visit"
    plain = agent.post(path, json={"text": "È pronto."})
    assert plain.status_code == 200, "the template of replies is taken by itself"
    assert plain.json()["template"] is None
    with database.reading() as session:
        stored = session.query(Message).filter_by(conversation_id=whatsapp, template="visit").one()
        assert stored.text == "Ti aspettiamo sabato."


@pytest.mark.parametrize(
    ("body", "code"),
    [({"text": "x", "template": "party"}, "template_needed"),
     ({"text": "x", "attachments": [file(PNG)]}, "template_takes_no_files"),
     ({"text": "lungo " * 150}, "template_takes_less")],
)  # fmt: skip
def test_what_no_template_can_say_is_not_sent(
    agent: httpx.Client, whatsapp: int, home: Path, body: object, code: str
) -> None:
    answer = agent.post(f"/conversations/{whatsapp}/reply", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert kept(home) == []


def test_a_channel_is_not_given_what_it_does_not_take(
    agent: httpx.Client, whatsapp: int, talk: int, database: Database
) -> None:
    with database.writing() as session:
        conversation = session.get_one(Conversation, whatsapp)
        receive(session, conversation, Incoming("w2", "ci siete?"))
    body = {"attachments": [file(GIF, "gatto.gif")]}
    assert agent.post(f"/conversations/{talk}/reply", json=body).status_code == 200
    answer = agent.post(f"/conversations/{whatsapp}/reply", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "file_not_taken")


def test_a_template_is_only_for_whatsapp(agent: httpx.Client, talk: int) -> None:
    body = {"text": "x", "template": "reply"}
    answer = agent.post(f"/conversations/{talk}/reply", json=body)
    assert answer.json()["code"] == "template_needed"


def test_more_than_five_large_files_are_not_even_read(agent: httpx.Client, talk: int) -> None:
    body = {"attachments": [file(b"x" * 6_000_000)]}
    answer = agent.post(f"/conversations/{talk}/reply", json=body)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
