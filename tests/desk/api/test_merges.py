"""Duplicates, merges and their undo, through the API."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from crm.db import Database
from crm.profile.merging.ledger import MergeRefused
from crm.profile.models import Customer

from .conftest import Shop, add_customer
from .test_documented import GUIDE

CALLS = [
    ("GET", "/duplicates", None),
    ("GET", "/merges", None),
    ("GET", "/customers/1/duplicates", None),
    ("POST", "/customers/1/merge", {"other_id": 2}),
    ("POST", "/customers/1/apart", {"other_id": 2}),
    ("POST", "/merges/1/undo", None),
]
UNKNOWN = [
    ("GET", "/customers/999/duplicates", None, "customer_not_found"),
    ("POST", "/customers/999/merge", {"other_id": 1}, "customer_not_found"),
    ("POST", "/customers/1/merge", {"other_id": 999}, "customer_not_found"),
    ("POST", "/customers/1/apart", {"other_id": 999}, "customer_not_found"),
    ("POST", "/customers/1/merge", {"other_id": 1}, "same_customer"),
    ("POST", "/merges/999/undo", None, "merge_not_found"),
    ("POST", "/merges/nine/undo", None, "merge_not_found"),
]


@pytest.fixture
def again(database: Database, shop: Shop) -> int:
    """Mario once more, as the repair desk knows him."""
    with database.writing() as session:
        return add_customer(
            session,
            given_name="Mario",
            family_name="Rossi",
            phone="+393941950001",
            cap="38068",
        ).id


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_every_call_needs_a_token(address: str, method: str, path: str, body: object) -> None:
    answer = httpx.request(
        method, f"{address}/api/v1{path}", json=body, trust_env=False, timeout=30
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "missing_token")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_marketers_decide_on_nobody(
    marketer: httpx.Client, method: str, path: str, body: object
) -> None:
    answer = marketer.request(method, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(("method", "path", "body", "code"), UNKNOWN)
def test_what_there_is_not_is_told(
    agent: httpx.Client, method: str, path: str, body: object, code: str
) -> None:
    answer = agent.request(method, path, json=body)
    assert answer.json()["code"] == code
    assert answer.status_code == (409 if code == "same_customer" else 404)


def test_a_preview_changes_nothing_and_a_merge_can_be_undone(
    agent: httpx.Client, shop: Shop, again: int
) -> None:
    before = [agent.get(f"/customers/{one}").json() for one in (shop.mario, again)]
    seen = agent.post(
        f"/customers/{shop.mario}/merge", json={"other_id": again, "preview": True}
    ).json()
    assert (seen["merge_id"], seen["preview"]) == (None, True)
    assert [agent.get(f"/customers/{one}").json() for one in (shop.mario, again)] == before
    email = next(field for field in seen["fields"] if field["name"] == "email")
    assert [(one["value"], one["source"], one["holds"]) for one in email["values"]] == [
        ("mario.rossi@example.it", "ecommerce", True)
    ]
    assert seen["consents"] == [
        {"purpose": "marketing", "channel": "email",
         "survivor": True, "absorbed": None, "after": False}
    ]  # fmt: skip
    done = agent.post(f"/customers/{shop.mario}/merge", json={"other_id": again}).json()
    assert done == seen | {"merge_id": done["merge_id"], "preview": False}
    merged = agent.get(f"/customers/{again}").json()
    assert (merged["status"], merged["merged_into_id"]) == ("merged", shop.mario)
    undone = agent.post(f"/merges/{done['merge_id']}/undo").json()
    assert undone["undone_by"] == "Anna" and undone["reasons"] == seen["reasons"]
    after = [agent.get(f"/customers/{one}").json() for one in (shop.mario, again)]
    for profile in (*before, *after):  # told apart by the undo, they are no duplicates any more
        steps = profile["next_steps"]
        profile["next_steps"] = [one for one in steps if one["step"] != "look_at_duplicate"]
    assert after == before
    twice = agent.post(f"/merges/{done['merge_id']}/undo")
    assert (twice.status_code, twice.json()["code"]) == (409, "merge_already_undone")


def test_the_other_one_may_survive(agent: httpx.Client, shop: Shop, again: int) -> None:
    body = {"other_id": again, "survivor": "other"}
    done = agent.post(f"/customers/{shop.mario}/merge", json=body).json()
    assert (done["survivor_id"], done["absorbed_id"]) == (again, shop.mario)
    orders = agent.get(f"/customers/{again}").json()["orders"]
    assert [order["number"] for order in orders] == ["EG-20417"]
    line = agent.get(f"/merges?customer_id={shop.mario}").json()["items"][0]
    assert (line["survivor_id"], line["actor"]) == (again, "Anna")


def test_duplicates_are_suggested_until_they_are_told_apart(
    agent: httpx.Client, shop: Shop, again: int
) -> None:
    found = agent.get(f"/customers/{again}/duplicates").json()
    assert [(one["one"]["id"], one["other"]["id"]) for one in found] == [(shop.mario, again)]
    assert "The phone number is the same" in " ".join(r["words"] for r in found[0]["reasons"])
    assert agent.get("/duplicates").json()["items"] == found
    assert agent.post(f"/customers/{again}/apart", json={"other_id": shop.mario}).json() == []
    assert agent.get("/duplicates").json()["items"] == []
    assert agent.get(f"/customers/{again}/duplicates").json()[0]["told_apart"] is True


def test_wrong_values_are_named(agent: httpx.Client, again: int) -> None:
    for body in ({}, {"other_id": "two"}, {"other_id": 2, "survivor": "both"}, {"with": 2}):
        answer = agent.post(f"/customers/{again}/merge", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_every_refusal_is_documented() -> None:
    for refusal in MergeRefused.__subclasses__():
        assert f"`{refusal.code}`" in GUIDE
    assert "`merge_not_found`" in GUIDE


def test_merged_profiles_are_in_no_list(
    agent: httpx.Client, database: Database, shop: Shop, again: int
) -> None:
    agent.post(f"/customers/{shop.mario}/merge", json={"other_id": again})
    found = agent.get("/customers?query=Mario").json()["items"]
    assert [one["id"] for one in found] == [shop.mario]
    with database.reading() as session:
        assert session.scalar(select(Customer.id).filter_by(id=again)) == again


def test_the_guide_to_merging_is_there() -> None:
    assert (Path(__file__).resolve().parents[3] / "docs" / "merging.md").is_file()


Login = Callable[..., httpx.Client]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("role", ["agent", "admin"])
def test_agents_and_admins_see_duplicates(login: Login, role: str) -> None:
    assert login(role).get("/duplicates").status_code == 200
