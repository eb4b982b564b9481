"""Reading conversations: lists, search, pages, one conversation whole."""

from typing import Any

import httpx
import pytest

from crm.conversation.log import open_conversation
from crm.db import Database


def ids(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["chatting", "waiting"]),
        ({"mode": "", "channel": "", "query": "", "cursor": ""}, ["chatting", "waiting"]),
        ({"mode": "waiting"}, ["waiting"]),
        ({"mode": "human"}, []),
        ({"channel": "telegram"}, ["chatting"]),
        ({"query": "SHAMPOO per"}, ["chatting"]),
        ({"query": "mario.rossi@example.it"}, ["waiting"]),
        ({"query": "rossi mario"}, ["waiting"]),
        ({"query": "38068"}, ["waiting"]),
        ({"query": "phon", "mode": "bot"}, []),
        ({"query": "100%"}, []),
        ({"query": "_"}, []),
    ],
)
def test_conversations_are_found(
    agent: httpx.Client, shop: Any, filters: dict[str, str], expected: list[str]
) -> None:
    found = ids(agent.get("/conversations", params=filters))
    assert found == [getattr(shop, name) for name in expected]


def test_a_line_says_who_waits_and_why(agent: httpx.Client, shop: Any) -> None:
    line = agent.get("/conversations", params={"mode": "waiting"}).json()["items"][0]
    assert line["handoff_cause"] == "asked_for"
    assert line["level"] == "claimed"
    assert line["customer"]["full_name"] == "Mario Rossi"
    assert line["customer"]["id"] == shop.mario
    assert line["last_message"]["text"] == "Ho avvisato una persona, Mario."
    assert line["assignee"] is None


def test_pages_join_without_gap_or_repetition(database: Database, agent: httpx.Client) -> None:
    with database.writing() as session:
        everything = [open_conversation(session, "webchat", f"s{n}").id for n in range(7)]
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = agent.get("/conversations", params={"limit": 3, "cursor": cursor}).json()
        assert len(page["items"]) <= 3
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == everything[::-1]


def test_a_conversation_shows_how_it_was_understood(agent: httpx.Client, shop: Any) -> None:
    conversation = agent.get(f"/conversations/{shop.waiting}").json()
    said, answer = conversation["messages"]
    assert said["role"] == "customer" and said["intent"] == "request_human"
    assert said["understanding"]["confidence"] == pytest.approx(0.93)
    assert said["understanding"]["mood"] == "unhappy"
    assert said["understanding"]["entities"][0]["value"] == "Mario Rossi"
    assert answer["role"] == "bot" and answer["understanding"] is None
    assert conversation["handoff_cause"] == "asked_for"
    assert conversation["ticket"]["number"] == shop.handoff_ticket
    assert conversation["events"][0]["what"] == "bot → waiting"
    assert conversation["events"][0]["details"]["ticket"] == shop.handoff_ticket
    assert conversation["customer"]["email"] == "mario.rossi@example.it"


def test_a_button_is_shown_without_what_presses_it(agent: httpx.Client, shop: Any) -> None:
    message = agent.get(f"/conversations/{shop.waiting}").json()["messages"][1]
    assert message["buttons"] == [{"title": "Torna all'assistente"}]


def test_long_conversations_come_from_the_end(agent: httpx.Client, shop: Any) -> None:
    path = f"/conversations/{shop.chatting}"
    newest = agent.get(path, params={"limit": 1}).json()
    assert [one["seq"] for one in newest["messages"]] == [2] and newest["has_earlier"]
    older = agent.get(path, params={"limit": 1, "before": 2}).json()
    assert [one["seq"] for one in older["messages"]] == [1] and not older["has_earlier"]


@pytest.mark.parametrize("key", ["999", "0", "-1", "abc", "9" * 30])
def test_an_unknown_conversation_is_named(agent: httpx.Client, key: str) -> None:
    answer = agent.get(f"/conversations/{key}")
    assert (answer.status_code, answer.json()["code"]) == (404, "conversation_not_found")
    assert key in answer.json()["message"]
