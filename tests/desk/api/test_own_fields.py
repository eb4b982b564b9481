"""Own fields in the staff API: checked on the way in, shown to the roles they name (R2)."""

from dataclasses import replace

import httpx
import pytest

from crm.profile.elastic import OwnField, OwnFields
from desk.api import Desk

from .conftest import Shop


@pytest.fixture
def desk(desk: Desk) -> Desk:
    fields = {
        "children": OwnField(type="integer", least=0, seen_by=["agent", "admin"]),
        "skin": OwnField(type="choice", choices=["dry", "oily", "normal"], searchable=True),
    }
    return replace(desk, own_fields=OwnFields(fields))


def shown(client: httpx.Client, customer_id: int) -> set[str]:
    return {one["name"] for one in client.get(f"/customers/{customer_id}").json()["traits"]}


def test_a_role_sees_its_own_fields(
    agent: httpx.Client, marketer: httpx.Client, shop: Shop
) -> None:
    path = f"/customers/{shop.mario}"
    answer = agent.patch(path, json={"traits": {"children": "2", "skin": "DRY"}})
    values = {one["name"]: one["value"] for one in answer.json()["traits"] if one["current"]}
    assert (values["children"], values["skin"]) == (2, "dry")
    assert "children" in shown(agent, shop.mario)
    assert "children" not in shown(marketer, shop.mario)
    assert "skin" in shown(marketer, shop.mario)


def test_what_does_not_fit_its_field_is_refused(agent: httpx.Client, shop: Shop) -> None:
    answer = agent.patch(f"/customers/{shop.mario}", json={"traits": {"skin": "wet"}})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["message"] == "traits: skin: use one of dry, oily, normal."
    assert "wet" not in str(agent.get(f"/customers/{shop.mario}").json())


def test_searchable_fields_are_searched(
    agent: httpx.Client, marketer: httpx.Client, shop: Shop
) -> None:
    found = agent.get("/customers", params={"query": "normal"}).json()["items"]
    assert [one["id"] for one in found] == [shop.mario]
    assert marketer.get("/customers", params={"query": "normal"}).json()["items"] == []
