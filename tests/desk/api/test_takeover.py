"""Taking over, answering, giving back, closing; each is committed before anybody is told."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from crm.conversation.log import messages_after
from crm.conversation.models import Conversation, Mode
from crm.db import Database
from desk.api import Desk

from .conftest import FAREWELLS, Login


def test_a_person_answers_and_gives_back(
    agent: httpx.Client, shop: Any, database: Database, told: list[int]
) -> None:
    path = f"/conversations/{shop.waiting}"
    taken = agent.post(f"{path}/takeover").json()
    assert (taken["mode"], taken["assignee"]) == ("human", "Anna")
    said = agent.post(f"{path}/reply", json={"text": " Ciao Mario, sono Anna. "}).json()
    assert (said["role"], said["text"], said["author"]) == (
        "agent",
        "Ciao Mario, sono Anna.",
        "Anna",
    )
    released = agent.post(f"{path}/release", json={"settled": "Phon sostituito"}).json()
    assert (released["mode"], released["assignee"]) == ("bot", None)
    assert released["messages"][-1]["role"] == "system"
    assert released["messages"][-1]["text"] == FAREWELLS["it"]
    assert released["events"][-1]["details"] == {"settled": "Phon sostituito"}
    assert released["events"][-1]["actor"] == "Anna"
    assert told == [shop.waiting] * 3
    with database.reading() as session:
        states = [one.state for one in messages_after(session, shop.waiting, 2)]
        assert states == ["queued", "queued"]


def test_the_farewell_is_in_the_conversations_language(
    agent: httpx.Client, shop: Any, database: Database
) -> None:
    with database.writing() as session:
        session.get_one(Conversation, shop.waiting).language = "en"
    agent.post(f"/conversations/{shop.waiting}/takeover")
    released = agent.post(f"/conversations/{shop.waiting}/release").json()
    assert released["messages"][-1]["text"] == FAREWELLS["en"]


def test_closing_keeps_the_reason(agent: httpx.Client, shop: Any, told: list[int]) -> None:
    closed = agent.post(f"/conversations/{shop.chatting}/close", json={"reason": "spam"}).json()
    assert closed["mode"] == "closed"
    assert closed["events"][-1]["details"] == {"reason": "spam"}
    assert told == [shop.chatting]


@pytest.mark.parametrize("call", ["reply", "release"])
def test_nothing_is_said_before_taking_over(agent: httpx.Client, shop: Any, call: str) -> None:
    body = {"text": "Buongiorno"} if call == "reply" else {}
    answer = agent.post(f"/conversations/{shop.waiting}/{call}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_taken_over")
    assert "Anna" in answer.json()["message"]


@pytest.mark.parametrize("call", ["takeover", "reply", "release", "close"])
def test_what_another_has_taken_is_theirs(
    login: Login, shop: Any, call: str, told: list[int]
) -> None:
    login("agent", "Bruno").post(f"/conversations/{shop.waiting}/takeover")
    told.clear()
    body = {"text": "Buongiorno"} if call == "reply" else None
    answer = login("agent", "Anna").post(f"/conversations/{shop.waiting}/{call}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_taken")
    assert "Bruno" in answer.json()["message"]
    assert told == []


def test_taking_over_twice_is_taking_over_once(agent: httpx.Client, shop: Any) -> None:
    first = agent.post(f"/conversations/{shop.waiting}/takeover").json()
    again = agent.post(f"/conversations/{shop.waiting}/takeover").json()
    assert len(again["events"]) == len(first["events"]) == 2


def test_of_many_who_take_over_at_once_one_wins(login: Login, shop: Any, told: list[int]) -> None:
    rivals = [login("agent", f"agent {number}") for number in range(8)]
    with ThreadPoolExecutor(len(rivals)) as pool:
        path = f"/conversations/{shop.waiting}/takeover"
        answers = list(pool.map(lambda rival: rival.post(path), rivals))
    winners = [answer.json()["assignee"] for answer in answers if answer.status_code == 200]
    losers = [answer.json() for answer in answers if answer.status_code == 409]
    assert len(winners) == 1 and len(losers) == 7
    assert all(loser["code"] == "already_taken" for loser in losers)
    assert all(winners[0] in loser["message"] for loser in losers)
    assert told == [shop.waiting]
    view = rivals[0].get(f"/conversations/{shop.waiting}").json()
    assert view["assignee"] == winners[0]
    assert [event["what"] for event in view["events"]] == ["bot → waiting", "waiting → human"]


class TestAfterCommit:
    """Whoever is told and looks sees the change."""

    @pytest.fixture
    def seen(self) -> list[Mode]:
        return []

    @pytest.fixture
    def desk(self, database: Database, seen: list[Mode]) -> Desk:
        def look(conversation_id: int) -> None:
            asyncio.get_running_loop()  # listeners may only be woken from there
            with database.reading() as session:
                seen.append(session.get_one(Conversation, conversation_id).mode)

        return Desk(database=database, notify=look, phrase=lambda *_: "Eccomi.")

    def test_the_change_is_there_when_others_are_told(
        self, agent: httpx.Client, shop: Any, seen: list[Mode]
    ) -> None:
        for call in ("takeover", "release", "close"):
            agent.post(f"/conversations/{shop.waiting}/{call}")
        assert seen == ["human", "bot", "closed"]


@pytest.mark.parametrize(
    "body",
    [{"text": ""}, {"text": " \n\t"}, {}, {"text": None}, {"text": "x" * 4001}, {"text": "a\x00b"},
     {"text": "ciao", "agent": "Bruno"}, [], "ciao"],
)  # fmt: skip
def test_a_reply_says_something(
    agent: httpx.Client, shop: Any, body: object, told: list[int]
) -> None:
    agent.post(f"/conversations/{shop.waiting}/takeover")
    told.clear()
    answer = agent.post(f"/conversations/{shop.waiting}/reply", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert told == []


def test_half_a_character_is_no_text(agent: httpx.Client, shop: Any) -> None:
    agent.post(f"/conversations/{shop.waiting}/takeover")
    answer = agent.post(
        f"/conversations/{shop.waiting}/reply",
        content=b'{"text": "\\ud800"}',
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
