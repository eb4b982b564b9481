"""Relations of a customer, and what to do for them next, over the API."""

from typing import Any

import httpx

from crm.db import Database
from crm.staff.models import AuditEntry


def test_a_household_is_seen_from_both_sides(
    agent: httpx.Client, marketer: httpx.Client, shop: Any, database: Database
) -> None:
    path = f"/customers/{shop.mario}/relations"
    body = {"kind": "household", "other_id": shop.giulia}
    [told] = agent.post(path, json=body).json()
    assert (told["kind"], told["name"], told["source"]) == (
        "household", "Giulia Bianchi", "staff:Anna",
    )  # fmt: skip
    assert len(agent.post(path, json=body).json()) == 1, "said before"
    [other] = agent.get(f"/customers/{shop.giulia}").json()["relations"]
    assert (other["customer_id"], other["id"]) == (shop.mario, told["id"])
    [masked] = marketer.get(f"/customers/{shop.giulia}").json()["relations"]
    assert masked["name"] == "M. R."
    assert agent.delete(f"/customers/{shop.giulia}/relations/{told['id']}").json() == []
    gone = agent.delete(f"{path}/{told['id']}")
    assert (gone.status_code, gone.json()["code"]) == (404, "relation_not_found")
    with database.reading() as session:
        changed = session.query(AuditEntry).filter_by(action="changed").count()
    assert changed == 3


def test_a_referral_has_a_direction(agent: httpx.Client, shop: Any) -> None:
    body = {"kind": "referred_by", "other_id": shop.mario}
    agent.post(f"/customers/{shop.giulia}/relations", json=body)
    kinds = [
        agent.get(f"/customers/{one}").json()["relations"][0]["kind"]
        for one in (shop.giulia, shop.mario)
    ]
    assert kinds == ["referred_by", "referred"]
    back = {"kind": "referred_by", "other_id": shop.giulia}
    circle = agent.post(f"/customers/{shop.mario}/relations", json=back)
    assert (circle.status_code, circle.json()["code"]) == (409, "referred_in_a_circle")


def test_what_cannot_be_said(agent: httpx.Client, shop: Any) -> None:
    path = f"/customers/{shop.mario}/relations"
    same = agent.post(path, json={"kind": "company", "other_id": shop.mario})
    assert (same.status_code, same.json()["code"]) == (409, "same_customer")
    nobody = agent.post(path, json={"kind": "company", "other_id": 999})
    assert (nobody.status_code, nobody.json()["code"]) == (404, "customer_not_found")
    assert agent.post(path, json={"kind": "friend", "other_id": shop.giulia}).status_code == 422


def test_the_next_steps_come_from_what_is_known(agent: httpx.Client, shop: Any) -> None:
    steps = agent.get(f"/customers/{shop.mario}").json()["next_steps"]
    found = {(step["step"], step["subject"]) for step in steps}
    assert found == {
        ("answer_waiting", f"conversation:{shop.waiting}"),
        ("ticket_open", f"ticket:{shop.fault_ticket}"),
        ("no_offers", ""),
        ("order_late", "order:EG-20417"),
    }
    assert steps[0]["step"] == "answer_waiting"
    giulia = agent.get(f"/customers/{shop.giulia}").json()["next_steps"]
    assert [step["step"] for step in giulia] == ["ask_consent"]
