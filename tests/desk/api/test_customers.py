"""Finding customers, the whole profile, corrections by the staff."""

from typing import Any

import httpx
import pytest

from crm.db import Database
from crm.profile.models import Customer, CustomerStatus, IdentityKey

from .conftest import CARD, Login, add_customer


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["giulia", "mario"]),
        ("rossi", ["mario"]),
        ("Mario ROSSI", ["mario"]),
        ("rossi giulia", []),
        ("FAMIGLIA.bianchi@example.it", ["giulia"]),
        ("394 195 0001", ["mario"]),
        ("+39 394-195.0001", ["mario"]),
        ("0039 394 1950002", ["giulia"]),
        ("38068", ["mario"]),
        ("38068 rossi", ["mario"]),
        ("2012", ["giulia"]),
        ("%", []),
        ("_ossi", []),
        ("   ", ["giulia", "mario"]),
    ],
)
def test_customers_are_found(
    agent: httpx.Client, shop: Any, query: str, expected: list[str]
) -> None:
    answer = agent.get("/customers", params={"query": query})
    assert [one["id"] for one in answer.json()["items"]] == [
        getattr(shop, name) for name in expected
    ]


@pytest.mark.parametrize("query", ["niccolò", "NICCOLÒ", "Niccolò d'àvila", "D'ÀVILA"])
def test_accents_have_two_cases_too(agent: httpx.Client, database: Database, query: str) -> None:
    with database.writing() as session:
        add_customer(session, given_name="Niccolò", family_name="D'Àvila")
    assert len(agent.get("/customers", params={"query": query}).json()["items"]) == 1


def test_only_profiles_in_use_are_listed(
    agent: httpx.Client, shop: Any, database: Database
) -> None:
    with database.writing() as session:
        session.get_one(Customer, shop.giulia).status = CustomerStatus.MERGED
    assert [one["id"] for one in agent.get("/customers").json()["items"]] == [shop.mario]


def test_pages_join_without_gap_or_repetition(agent: httpx.Client, database: Database) -> None:
    with database.writing() as session:
        everything = {add_customer(session, given_name=f"Nome {n}").id for n in range(7)}
    seen: list[int] = []
    cursor: str | None = None
    while cursor is not None or not seen:
        params = {"limit": 2, "cursor": cursor or ""}
        page = agent.get("/customers", params=params).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert sorted(seen) == sorted(everything) and len(seen) == 7


@pytest.mark.parametrize(
    "params",
    [{"limit": 0}, {"limit": 201}, {"limit": "many"}, {"cursor": "x"}, {"query": "x" * 201}],
)
def test_pages_have_limits(agent: httpx.Client, params: dict[str, str]) -> None:
    for path in ("/customers", "/conversations", "/tickets"):
        answer = agent.get(path, params=params)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
        assert next(iter(params)) in answer.json()["message"]


def test_a_profile_says_where_each_value_comes_from_r4(agent: httpx.Client, shop: Any) -> None:
    profile = agent.get(f"/customers/{shop.mario}").json()
    skin = [one for one in profile["traits"] if one["name"] == "skin"]
    assert [(one["value"], one["kind"], one["source"], one["current"]) for one in skin] == [
        ("normal", "explicit", "ecommerce", True),
        ("oily", "derived", CARD, False),
    ]
    assert skin[0]["at"] == "2026-03-02T09:30:00Z"


def test_a_profile_holds_every_touch_together_r2_r9(agent: httpx.Client, shop: Any) -> None:
    profile = agent.get(f"/customers/{shop.mario}").json()
    rovereto = {"comune": "Rovereto", "provincia": "TN", "regione": "Trentino-Alto Adige"}
    assert profile["places"][0] == rovereto
    assert profile["has_open_matter"] is True
    assert profile["consents"][0]["purpose"] == "marketing" and profile["consents"][0]["granted"]
    assert profile["identities"][0]["channel"] == "webchat"
    assert profile["identities"][0]["level"] == "claimed"
    assert profile["orders"][0]["number"] == "EG-20417"
    assert profile["orders"][0]["total"] == "34.90"
    assert profile["orders"][0]["lines"] == [{"sku": "EG-3028", "quantity": 2, "price": "17.45"}]
    assert {one["number"] for one in profile["tickets"]} == {shop.handoff_ticket, shop.fault_ticket}


def test_a_correction_is_explicit_and_signed_r4(agent: httpx.Client, shop: Any) -> None:
    change = {
        "given_name": " mario  luca ",
        "email": "Mario.Rossi@EXAMPLE.com",
        "phone": "0464 123456",
        "cap": "00184",
        "language": "en",
        "traits": {"skin": "dry", "children": 2, "newsletter": True, "brands": ["Ginestra"]},
    }
    changed = agent.patch(f"/customers/{shop.mario}", json=change).json()
    assert changed["given_name"] == "mario luca"
    assert changed["family_name"] == "Rossi"
    assert changed["email"] == "mario.rossi@example.com"
    assert changed["phone"] == "+390464123456"
    assert (changed["cap"], changed["language"]) == ("00184", "en")
    current = {one["name"]: one for one in changed["traits"] if one["current"]}
    assert current["skin"]["value"] == "dry" and current["children"]["value"] == 2
    assert current["newsletter"]["value"] is True and current["brands"]["value"] == ["Ginestra"]
    for name in ("given_name", "email", "phone", "cap", "language", *change["traits"]):
        assert (current[name]["kind"], current[name]["source"]) == ("explicit", "staff:Anna")
    caps = [one["value"] for one in changed["traits"] if one["name"] == "cap"]
    assert caps == ["00184", "38068"]
    assert agent.get(f"/customers/{shop.mario}").json() == changed


def test_a_corrected_customer_is_found_by_the_new_values(agent: httpx.Client, shop: Any) -> None:
    agent.patch(f"/customers/{shop.mario}", json={"email": "m.rossi@example.org"})
    found = agent.get("/customers", params={"query": "m.rossi@example.org"}).json()["items"]
    assert [one["id"] for one in found] == [shop.mario]


def test_no_change_writes_nothing(agent: httpx.Client, shop: Any) -> None:
    before = agent.get(f"/customers/{shop.mario}").json()
    assert agent.patch(f"/customers/{shop.mario}", json={}).json() == before


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"cap": "3806"}, "cap"),
        ({"cap": "380680"}, "cap"),
        ({"cap": "38O68"}, "cap"),
        ({"cap": "٣٨٠٦٨"}, "cap"),
        ({"cap": 38068}, "cap"),
        ({"email": "mario.rossi"}, "email"),
        ({"email": "mario@rossi"}, "email"),
        ({"email": None}, "email"),
        ({"phone": "12"}, "phone"),
        ({"phone": "telefono"}, "phone"),
        ({"language": "italiano"}, "language"),
        ({"given_name": "  "}, "given_name"),
        ({"family_name": "x" * 81}, "family_name"),
        ({"name": "Mario"}, "name"),
        ({"id": 4}, "id"),
        ({"traits": {"email": "x@example.it"}}, "email"),
        ({"traits": {"Skin Type": "dry"}}, "Skin Type"),
        ({"traits": {"skin": None}}, "skin"),
        ({"traits": {"skin": {"left": "dry"}}}, "skin"),
        ({"traits": {"skin": "x" * 501}}, "skin"),
    ],
)
def test_a_wrong_value_is_named(
    agent: httpx.Client, shop: Any, change: dict[str, Any], named: str
) -> None:
    answer = agent.patch(f"/customers/{shop.mario}", json=change)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text
    assert named in answer.json()["message"]
    assert set(answer.json()) == {"code", "message"}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "9" * 400])
def test_a_number_without_end_is_none(agent: httpx.Client, shop: Any, number: str) -> None:
    answer = agent.patch(
        f"/customers/{shop.mario}",
        content=f'{{"traits": {{"points": {number}}}}}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("status", "code", "hint"),
    [
        (CustomerStatus.MERGED, "customer_merged", "2"),
        (CustomerStatus.ERASED, "customer_erased", ""),
    ],
)
def test_profiles_out_of_use_are_not_changed(
    agent: httpx.Client, shop: Any, database: Database, status: CustomerStatus, code: str, hint: str
) -> None:
    with database.writing() as session:
        mario = session.get_one(Customer, shop.mario)
        mario.status, mario.merged_into_id = status, shop.giulia
    answer = agent.patch(f"/customers/{shop.mario}", json={"cap": "00184"})
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert hint in answer.json()["message"]


@pytest.mark.parametrize("path", ["/customers/999", "/customers/abc", "/customers/999/timeline"])
def test_an_unknown_customer_is_named(agent: httpx.Client, path: str) -> None:
    answer = agent.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "customer_not_found")


def test_an_unnamed_agent_signs_with_its_number(login: Login, shop: Any) -> None:
    changed = login("agent").patch(f"/customers/{shop.mario}", json={"cap": "00184"}).json()
    assert (
        next(one for one in changed["traits"] if one["name"] == "cap")["source"] == "staff:agent-1"
    )


def test_a_correction_is_what_recognition_looks_for(
    agent: httpx.Client, shop: Any, database: Database
) -> None:
    agent.patch(f"/customers/{shop.giulia}", json={"email": "giulia.bianchi@example.org"})
    with database.reading() as session:
        keys = session.query(IdentityKey).filter_by(customer_id=shop.giulia).all()
        assert "giulia.bianchi@example.org" in {key.value for key in keys}
