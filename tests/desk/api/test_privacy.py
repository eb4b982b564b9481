"""Consents, copies and erasures through the API."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from actions.phrases import Phrases
from app.settings import ROOT
from crm.db import Database
from crm.mail.models import Mail
from crm.staff.models import AuditEntry
from desk.api import Desk

from .conftest import CARD, FAREWELLS, Shop

Login = Callable[..., httpx.Client]
YES = {"purpose": "marketing", "channel": "sms", "granted": True, "evidence": "al telefono"}
CALLS = [
    ("GET", "/customers/1/consents", None),
    ("POST", "/customers/1/consents", YES),
    ("GET", "/customers/1/export", None),
    ("DELETE", "/customers/1", None),
    ("GET", "/erasures", None),
]


@pytest.fixture
def desk(database: Database, told: list[int]) -> Desk:
    """A desk that can write mails with the bot's texts."""
    return Desk(
        database=database,
        notify=told.append,
        phrase=lambda name, language: FAREWELLS[language],
        compose=Phrases.load(ROOT / "bot" / "domain").text,
        consent_url="https://shop.example.it/privacy/consent/{token}",
    )


@pytest.fixture
def admin(login: Login) -> httpx.Client:
    """Whoever answers for personal data."""
    return login("admin", "Ada")


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_every_call_needs_a_token(address: str, method: str, path: str, body: object) -> None:
    answer = httpx.request(
        method, f"{address}/api/v1{path}", json=body, trust_env=False, timeout=30
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "missing_token")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(("method", "path", "body"), CALLS[1:])
def test_marketers_may_not(marketer: httpx.Client, method: str, path: str, body: object) -> None:
    answer = marketer.request(method, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")


@pytest.mark.usefixtures("shop")
def test_an_agent_erases_nobody(agent: httpx.Client) -> None:
    answer = agent.delete("/customers/1")
    assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")
    assert "role admin" in answer.json()["message"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [(method, path.replace("/1", "/999"), body) for method, path, body in CALLS[:4]],
)
def test_an_unknown_customer_is_told(
    admin: httpx.Client, method: str, path: str, body: object
) -> None:
    answer = admin.request(method, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "customer_not_found")


def test_r5_consents_show_what_holds_with_evidence_and_history(
    agent: httpx.Client, marketer: httpx.Client, shop: Shop
) -> None:
    path = f"/customers/{shop.mario}/consents"
    no = YES | {"channel": "email", "granted": False, "evidence": "non scrivetemi più"}
    after = agent.post(path, json=no).json()
    assert [(one["channel"], one["granted"]) for one in after["current"]] == [("email", False)]
    assert [(one["granted"], one["source"]) for one in after["history"]] == [
        (True, CARD), (False, "staff:Anna"),
    ]  # fmt: skip
    masked = marketer.get(path).json()["history"][0]["evidence"]
    assert "mario.rossi" not in masked


def test_r5_with_double_opt_in_a_yes_waits_for_the_mail(
    agent: httpx.Client, shop: Shop, database: Database
) -> None:
    body = YES | {"double_opt_in": True}
    after = agent.post(f"/customers/{shop.giulia}/consents", json=body).json()
    assert after["current"] == [] and after["waiting"][0]["channels"] == ["sms"]
    with database.reading() as session:
        mail = session.scalars(select(Mail)).one()
    assert mail.to == "famiglia.bianchi@example.it"
    assert "https://shop.example.it/privacy/consent/" in mail.text


def test_values_that_are_no_consent_are_named(agent: httpx.Client, shop: Shop) -> None:
    for wrong in ({"channel": "pigeon"}, {"granted": "yes"}, {"evidence": " "}, {"purpose": "fun"}):
        answer = agent.post(f"/customers/{shop.mario}/consents", json=YES | wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
        assert next(iter(wrong)) in answer.json()["message"]


def test_a_copy_holds_everything_and_is_noted(
    agent: httpx.Client, shop: Shop, database: Database
) -> None:
    copy = agent.get(f"/customers/{shop.mario}/export").json()
    data = copy["data"]
    assert data["profiles"][0]["email"] == "mario.rossi@example.it"
    assert {one["number"] for one in data["tickets"]} == {shop.fault_ticket, shop.handoff_ticket}
    assert data["orders"][0]["lines"][0]["sku"] == "EG-3028"
    said = [one["text"] for one in data["conversations"][0]["messages"]]
    assert "sono Mario Rossi, il phon non va, chiamatemi al 394 195 0001" in said
    assert "Giulia" not in str(copy) and "Pasquale" not in str(copy)
    with database.reading() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.action, entry.subject) == ("Anna", "downloaded", "customer:1")


@pytest.mark.parametrize(("lang", "title"), [("it", "I tuoi dati"), ("en", "Your data")])
def test_the_copy_can_be_read_as_a_page(
    agent: httpx.Client, shop: Shop, lang: str, title: str
) -> None:
    answer = agent.get(f"/customers/{shop.mario}/export?format=html&lang={lang}")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f"<h1>{title}</h1>" in answer.text and "mario.rossi@example.it" in answer.text
    assert "http://" not in answer.text and "https://" not in answer.text


def test_r5_an_erased_customer_is_gone_for_everybody(
    admin: httpx.Client, agent: httpx.Client, shop: Shop, tmp_path: Path
) -> None:
    report = admin.delete(f"/customers/{shop.mario}").json()
    assert report["wiped"] and report["removed"]["message"] >= 2
    assert {one["what"] for one in report["kept"]} >= {"order", "ticket"}
    seen = agent.get(f"/customers/{shop.mario}").json()
    assert (seen["status"], seen["full_name"], seen["traits"]) == ("erased", "", [])
    assert agent.get("/customers?query=rossi").json()["items"] == []
    content = b"".join(path.read_bytes() for path in tmp_path.glob("test.db*")).lower()
    for mark in (b"mario.rossi", b"394 195 0001", b"3941950001", b"mario rossi", b"dante"):
        assert mark not in content, mark
    assert b"pasquale" in content
    twice = admin.delete(f"/customers/{shop.mario}")
    assert (twice.status_code, twice.json()["code"]) == (409, "customer_erased")
    line = agent.get("/erasures").json()["items"][0]
    assert (line["customer_id"], line["actor"], line["report"]) == (shop.mario, "Ada", report)


def test_behind_a_merge_the_survivor_is_named(admin: httpx.Client, shop: Shop) -> None:
    admin.post(f"/customers/{shop.mario}/merge", json={"other_id": shop.giulia})
    for call in (admin.get(f"/customers/{shop.giulia}/export"),
                 admin.delete(f"/customers/{shop.giulia}")):  # fmt: skip
        assert (call.status_code, call.json()["code"]) == (409, "customer_merged")
        assert f"customer {shop.mario}" in call.json()["message"]


def test_a_desk_without_texts_says_so(desk: Desk) -> None:
    bare = replace(desk, compose=Desk.compose)
    with pytest.raises(LookupError, match="utter_x"):
        bare.compose("utter_x", "it")
