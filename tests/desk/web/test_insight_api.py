"""Figures over the staff API: the same numbers, hidden from marketers where a few would show."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from crm.conversation.models import Conversation, Message, Mode, Role, State
from crm.conversation.tags import add_tag
from crm.db import Database
from crm.db.tables import metadata
from crm.insights.catalogue import Definition, make_catalogue
from crm.insights.figures import Cell, Counted
from crm.profile.models import ChannelIdentity, Customer, Trait, TraitKind
from crm.segment.filters import BadFilter, Segment, read_filter
from crm.staff.models import Role as StaffRole
from crm.staff.tokens import create_token
from desk.api import Desk
from desk.api.application import staff_api
from desk.api.insight_views import as_csv

MARCH = {"from": "2026-03-01", "to": "2026-03-31"}
LOMBARDS = Segment(name="lombards", title={"it": "Lombardi", "en": "Lombards"},
                   filter=read_filter({"zone": {"provincia": "MI"}}))  # fmt: skip
Ask = Callable[..., Any]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}", durable=False)
    metadata.create_all(database.engine)
    with database.writing() as session:
        for number in range(8):
            intent = "order_status" if number < 6 else "complain"
            _talk(session, number, intent)
    yield database
    database.close()


def _talk(session: Any, number: int, intent: str) -> None:
    customer = Customer(given_name="Ermenegilda", family_name="Quattrocchi")
    session.add(customer)
    session.flush()
    session.add(
        Trait(customer_id=customer.id, name="given_name", value="Ermenegilda",
              kind=TraitKind.EXPLICIT, source="web", at=datetime(2026, 1, 1, tzinfo=UTC))
    )  # fmt: skip
    identity = ChannelIdentity(
        channel="webchat", external_id=f"guest {number}", customer_id=customer.id
    )
    talk = Conversation(channel="webchat", identity=identity, last_seq=1)
    session.add(talk)
    session.add(
        Message(conversation=talk, seq=1, channel="webchat", role=Role.CUSTOMER,
                state=State.HANDLED, text="sono Ermenegilda",
                understanding={"intent": {"name": intent}, "mood": "angry"},
                at=datetime(2026, 3, 5, 9, tzinfo=UTC))
    )  # fmt: skip


@pytest.fixture
def ask(database: Database) -> Iterator[Ask]:
    """Asks as somebody of a role."""
    segments = {"lombards": LOMBARDS}
    catalogue = make_catalogue(segments=lambda: segments)
    api = staff_api(Desk(database, lambda _: None, lambda name, _: name, catalogue=catalogue))
    with TestClient(api) as client:

        def get(path: str, role: str = "admin", **params: str) -> Any:
            with database.writing() as session:
                token = create_token(session, StaffRole(role))
            headers = {"Authorization": f"Bearer {token}"}
            return client.get(f"/insights{path}", params=params, headers=headers)

        yield get


def cells(answer: Any) -> dict[str, tuple[Any, ...]]:
    return {
        cell["name"]: (cell["customers"], cell["conversations"], cell["count"])
        for cell in answer.json()["cells"]
    }


@pytest.mark.parametrize("role", ["agent", "admin"])
def test_who_may_see_all_sees_all(ask: Ask, role: str) -> None:
    answer = ask("/intents", role, **MARCH)
    assert cells(answer) == {"order_status": (6, 6, 6), "complain": (2, 2, 2)}
    assert answer.json()["total"]["customers"] == 8
    assert "per intento riconosciuto" in answer.json()["definition"]


def test_marketers_learn_nothing_of_a_few(ask: Ask) -> None:
    """Nor from the rest: one hidden cell takes the next one with it."""
    answer = ask("/intents", "marketer", **MARCH)
    nothing = (None, None, None)
    assert cells(answer) == {"order_status": nothing, "complain": nothing}
    assert ask("/intents/conversations", "marketer", cell="complain", **MARCH).json() == []
    assert cells(ask("/moods", "marketer", **MARCH)) == {"angry": (8, 8, 8)}


def test_behind_a_figure_names_are_masked(ask: Ask) -> None:
    lines = ask("/moods/conversations", "marketer", cell="angry", **MARCH)
    assert len(lines.json()) == 8
    assert "Ermenegilda" not in lines.text
    assert lines.json()[0]["customer"]["full_name"] == "E. Q."
    assert "Ermenegilda" in ask("/moods/conversations", cell="angry", **MARCH).text


def test_every_figure_can_be_asked_for_in_both_languages(ask: Ask) -> None:
    figures = ask("", lang="en").json()
    assert {figure["unit"] for figure in figures} > {"messages", "handoffs"}
    for figure in figures:
        for role in ("admin", "marketer"):
            answer = ask(f"/{figure['name']}", role, lang="en", **MARCH)
            assert answer.status_code == 200, answer.text
            assert answer.json()["definition"] == figure["definition"]


@pytest.mark.parametrize("role", ["agent", "marketer", "admin"])
def test_figures_are_narrowed_to_a_segment(ask: Ask, database: Database, role: str) -> None:
    with database.writing() as session:
        for number in range(1, 6):
            session.get_one(Customer, number).cap = "20121"
    answer = ask("/moods", role, segment="lombards", **MARCH)
    assert cells(answer) == {"angry": (5, 5, 5)}
    assert answer.json()["segment"] == "lombards"
    assert cells(ask("/provinces", role, segment="lombards", **MARCH)) == {"MI": (5, 5, 5)}
    assert ask("/segments", role, lang="en").json() == [{"name": "lombards", "title": "Lombards"}]


def test_a_segment_that_cannot_be_read_is_told(database: Database) -> None:
    def broken() -> dict[str, Segment]:
        raise BadFilter("lombards.yml: there is no word 'zona'.")

    catalogue = make_catalogue(segments=broken)
    desk = Desk(database, lambda _: None, lambda name, _: name, catalogue=catalogue)
    with database.writing() as session:
        headers = {"Authorization": f"Bearer {create_token(session, StaffRole.MARKETER)}"}
    with TestClient(staff_api(desk)) as client:
        for path in ("/insights/segments", "/insights/moods?segment=lombards"):
            answer = client.get(path, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
            assert "lombards.yml" in answer.text


def test_a_period_without_anything_is_empty(ask: Ask) -> None:
    answer = ask("/intents", **{"from": "2025-01-01", "to": "2025-01-31"})
    assert (cells(answer), answer.json()["total"]["count"]) == ({}, 0)


@pytest.mark.parametrize("cell", ["?", "L'Aquila", "Bolzano/Bozen", f"{'c' * 60}: {'v' * 40}"])
def test_every_cell_can_be_looked_behind(ask: Ask, cell: str) -> None:
    assert ask("/moods/conversations", cell=cell, **MARCH).json() == []


def test_behind_a_figure_lines_are_as_in_the_inbox(ask: Ask, database: Database) -> None:
    with database.writing() as session:
        talk = session.scalars(select(Conversation)).first()
        assert talk is not None
        add_tag(session, talk, "reso", "Anna")
        talk.mode, talk.mode_since = Mode.WAITING, datetime(2026, 3, 5, 9, tzinfo=UTC)
        known = talk.id
    found = ask("/moods/conversations", cell="angry", **MARCH).json()
    [line] = [one for one in found if one["id"] == known]
    assert (line["tags"], line["is_late"]) == (["reso"], True)


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("/happiness", {}, 404, "figure_not_found"),
        ("/intents", {"from": "2026-03-02", "to": "2026-03-01"}, 422, "invalid"),
        ("/intents", {"from": "2000-01-01"}, 422, "invalid"),
        ("/intents", {"from": "yesterday"}, 422, "invalid"),
        ("/intents", {"segment": "nobody"}, 422, "invalid"),
        ("/intents/conversations", {}, 422, "invalid"),
    ],
)
def test_what_cannot_be_asked(
    ask: Ask, path: str, params: dict[str, str], status: int, code: str
) -> None:
    answer = ask(path, **params)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_nobody_asks_without_a_token(database: Database) -> None:
    with TestClient(staff_api(Desk(database, lambda _: None, lambda name, _: name))) as client:
        for path in ("", "/segments", "/stages", "/intents", "/intents/conversations?cell=greet"):
            assert client.get(f"/insights{path}").json()["code"] == "missing_token"


class TestTables:
    def test_nothing_becomes_a_formula(self) -> None:
        evil = Cell("1", 9, 9, 9, examples=["=HYPERLINK(1)", "@x"])
        meaning = Definition("T", "u", "d")
        text = as_csv(Counted([evil], evil), meaning, {"1": "+39 340"})
        rows = list(csv.reader(io.StringIO(text)))
        assert rows[2][0] == "'+39 340" and rows[2][4] == "'=HYPERLINK(1) | @x"
