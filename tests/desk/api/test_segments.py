"""/segments: who may see and keep them, and what marketers do not see."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from app.clustering import group_rows
from crm.db import Database
from crm.profile.elastic import OwnField, OwnFields
from desk.api import Desk
from tests.crm.segment.test_discovery import CURLY, DRY, SHAVED, settle

from .conftest import Login

CURLS = {"name": "curls", "filter": {"trait": {"name": "hair", "equals": "curly"}}}


@pytest.fixture
def desk(desk: Desk, tmp_path: Path) -> Desk:
    own_fields = OwnFields({"children": OwnField(type="integer", seen_by=["agent", "admin"])})
    folder = tmp_path / "segments"
    return replace(desk, segments=folder, group=group_rows, own_fields=own_fields)


@pytest.mark.parametrize("path", ["/segments", "/segments/discovered"])
def test_without_a_token_nothing_is_shown(address: str, path: str) -> None:
    answer = httpx.get(f"{address}/api/v1{path}", trust_env=False, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (401, "missing_token")


def test_a_discovered_group_is_kept_and_counted(database: Database, marketer: httpx.Client) -> None:
    for values, number in ((CURLY, 14), (DRY, 12), (SHAVED, 10)):
        settle(database, values, number)
    [first, *_] = marketer.get("/segments/discovered", params={"lang": "en"}).json()
    assert first["customers"] == 14
    assert {"words": "hair: curly", "share": 1.0, "share_of_all": 0.3889} in first["distinctions"]
    kept = marketer.post("/segments", json={"name": "curls", "filter": first["filter"]})
    assert (kept.status_code, kept.json()["customers"]) == (201, 14)
    [listed] = marketer.get("/segments").json()
    assert (listed["name"], listed["customers"]) == ("curls", 14)
    again = marketer.post("/segments", json=CURLS)
    assert (again.status_code, again.json()["code"]) == (409, "segment_there")


def test_marketers_do_not_see_how_few(
    database: Database, marketer: httpx.Client, agent: httpx.Client
) -> None:
    settle(database, CURLY, 4)
    assert marketer.post("/segments", json=CURLS).json()["customers"] is None
    assert agent.get("/segments").json()[0]["customers"] == 4


def test_agents_keep_none(agent: httpx.Client) -> None:
    answer = agent.post("/segments", json=CURLS)
    assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")


def test_a_filter_that_makes_no_sense_is_refused(marketer: httpx.Client) -> None:
    answer = marketer.post("/segments", json={"name": "odd", "filter": {"shoe": 42}})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert "shoe" in answer.json()["message"]


@pytest.mark.parametrize("call", ["get", "post"])
def test_a_broken_file_beside_it_is_told(desk: Desk, marketer: httpx.Client, call: str) -> None:
    assert desk.segments is not None
    desk.segments.mkdir()
    (desk.segments / "torn.yml").write_text("name: torn\nfilter: {shoe: 42}\n")
    given = {"json": CURLS} if call == "post" else {}
    answer = marketer.request(call, "/segments", **given)
    assert (answer.status_code, answer.json()["code"]) == (409, "bad_segment")
    assert "torn.yml" in answer.json()["message"]
    assert [one.name for one in desk.segments.iterdir()] == ["torn.yml"]


@pytest.mark.parametrize(
    ("name", "condition"),
    [
        ("email", {"trait": {"name": "email", "equals": "mario.rossi@example.it"}}),
        ("children", {"any": [{"tier": "below_zero"}, {"not": {"trait": {"name": "children"}}}]}),
        ("phone", {"all": [{"event": {"kind": "call", "details": {"phone": "+393401234501"}}}]}),
    ],
)
def test_marketers_ask_about_nobody_alone(
    marketer: httpx.Client, login: Login, name: str, condition: dict[str, object]
) -> None:
    given = {"name": "one", "filter": condition}
    refused = marketer.post("/segments", json=given)
    assert (refused.status_code, refused.json()["code"]) == (403, "field_not_allowed")
    assert f"may not ask about {name};" in refused.json()["message"]
    kept = login("admin").post("/segments", json=given)
    assert (kept.status_code, kept.json()["filter"] is not None) == (201, True)
    [seen] = marketer.get("/segments").json()
    assert (seen["name"], seen["filter"]) == ("one", None)
