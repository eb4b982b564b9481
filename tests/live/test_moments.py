"""The assistant speaks first, cares, and asks around: web chat, signals and staff API together."""

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from crm.event.signature import sign
from crm.moment.declared import SHIPPED
from tests.dialogue.transcript import is_response
from tests.live.instance import Instance
from tests.live.visitor import Visitor

pytestmark = pytest.mark.rasa

SECRET = "signals"
NUMBERS = count(1)
MARIO, EMILY = "mario.rossi@example.it", "emily.carter@example.com"


def at_once(folder: Path) -> Path:
    """The shipped moments, without waiting and in the middle of a talk."""
    declared = yaml.safe_load(SHIPPED.read_text())
    for moment in declared["moments"]:
        moment.pop("after", None)
        moment["in_talk"] = True
        moment["within"] = {"days": 2}
    path = folder / "moments.yml"
    path.write_text(yaml.safe_dump(declared))
    return path


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """The demo company, in which moments come at once."""
    folder = tmp_path_factory.mktemp("moments")
    settings = {
        "BOTTEGA_SIGNAL_SECRET": SECRET,
        "BOTTEGA_MOMENTS_FILE": str(at_once(folder)),
        "BOTTEGA_MOMENTS_PER_DAY": "50",
        "BOTTEGA_MOMENTS_PER_WEEK": "50",
    }
    instance = Instance(folder / "home", settings=settings)
    try:
        yield instance.start()
    finally:
        instance.stop()


@pytest.fixture(scope="module")
def agent(shop: Instance) -> Iterator[httpx.Client]:
    with shop.staff() as client:
        yield client


def signal(shop: Instance, kind: str, email: str, **details: Any) -> None:
    event = {
        "id": f"live-{next(NUMBERS)}", "kind": kind, "at": datetime.now(UTC).isoformat(),
        "source": "shop", "customer": {"id": customer_id(shop, email)}, "details": details,
    }  # fmt: skip
    body = json.dumps(event).encode()
    headers = {"X-Bottega-Signature": sign(SECRET, int(time.time()), body)}
    headers["Content-Type"] = "application/json"
    answer = httpx.post(f"{shop.url}/api/v1/signals", content=body, headers=headers, timeout=30)
    assert answer.status_code == 201, answer.text


def customer_id(shop: Instance, email: str) -> int:
    with shop.staff() as staff:
        return int(staff.get("/customers", params={"query": email}).json()["items"][0]["id"])


def verified(shop: Instance, sentence: str, email: str, language: str = "it") -> Visitor:
    """Somebody who has proved who they are."""
    visitor = Visitor(shop.url, language)
    visitor.say("dov'è il mio ordine?" if language == "it" else "where is my order?")
    visitor.say(sentence)
    visitor.press("Sì" if language == "it" else "Yes")
    mails = [mail for mail in shop.mailbox() if mail["to"] == email]
    found = re.search(r"\b\d{6}\b", mails[0]["text"])
    assert found
    assert "EG-" in visitor.say(found.group())
    return visitor


def comes(visitor: Visitor, after: int) -> dict[str, Any]:
    return visitor.wait_for("bot", after)[0]


def test_r10_r16_a_check_in_is_answered_within_seconds(shop: Instance, agent: httpx.Client) -> None:
    emily = verified(shop, f"I'm Emily Carter, {EMILY}, 70121", EMILY, "en")
    path = f"/customers/{customer_id(shop, EMILY)}/consents"
    yes = {"purpose": "marketing", "channel": "webchat", "granted": True, "evidence": "yes please"}
    assert agent.post(path, json=yes).is_success
    last = emily.messages[-1]["seq"]
    began = time.monotonic()
    signal(shop, "check_in", EMILY)
    said = comes(emily, last)
    assert time.monotonic() - began < 30
    assert is_response("utter_moment_shop_welcome", said["text"], "en") and said["cards"]
    assert is_response("utter_why", emily.press("Why this one?"), "en")
    assert is_response("utter_offer_rejected", emily.press("Not interested"), "en")
    no = {**yes, "granted": False, "evidence": "stop"}
    assert agent.post(path, json=no).is_success
    signal(shop, "check_in", EMILY)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        held = agent.get("/moments", params={"reason": "said_no"}).json()["items"]
        if held:
            break
        time.sleep(0.3)
    assert held, "R5: a no holds it back, and the list says so"


def test_r15_care_and_r12_the_community(shop: Instance, agent: httpx.Client) -> None:
    mario = verified(shop, f"sono Mario Rossi, {MARIO}, 38068", MARIO)
    last = mario.messages[-1]["seq"]
    signal(shop, "purchase", MARIO, order="EG-T9001", total="89.00",
           lines=[{"sku": "EG-3036", "price": "89.00"}])  # fmt: skip
    signal(shop, "delivery", MARIO, order="EG-T9001")
    asked = comes_within_a_look(mario, last)
    assert is_response("utter_moment_care", asked["text"], "it")
    assert "Maestrale" in asked["text"] and "colpo freddo" in asked["text"].lower()
    how = mario.say("come si usa il mio phon?")
    assert "Maestrale" in how or is_response("utter_care_which", how, "it")
    assert is_response("utter_community_joined", join(mario), "it")

    anna = Visitor(shop.url)
    question = "il phon Maestrale copre il rumore della televisione accesa in salotto?"
    wish = anna.say(f"puoi chiedere agli altri clienti se {question}")
    assert question[3:40] in wish
    assert is_response("utter_community_asked", anna.say("sì"), "it")
    waiting = agent.get("/community/questions").json()["items"]
    [one] = [entry for entry in waiting if "televisione" in entry["text"]]
    last = mario.messages[-1]["seq"]
    path = f"/community/questions/{one['id']}"
    forwarded = agent.post(f"{path}/forward", json={}).json()
    assert forwarded["asked"] >= 1 and forwarded["sku"] == "EG-3036", forwarded
    told = comes(mario, last)
    assert "televisione" in told["text"]
    mario.press("Rispondo")
    taken = mario.say("sì, a velocità alta si sente poco, a quella bassa invece sì")
    assert is_response("utter_community_answer_taken", taken, "it")

    [entry] = [
        entry
        for entry in agent.get("/community/questions").json()["items"]
        if entry["id"] == one["id"]
    ]
    last = anna.messages[-1]["seq"]
    [answer] = entry["answers"]
    approved = agent.post(f"/community/answers/{answer['id']}/approve", json={})
    assert approved.json()["state"] == "answered"
    reached = comes(anna, last)
    assert "a quella bassa" in reached["text"] and "Mario" not in reached["text"]
    assert "a quella bassa" in Visitor(shop.url).say(question), "R12: what the bot says next time"


def comes_within_a_look(visitor: Visitor, after: int) -> dict[str, Any]:
    """Deliveries are looked for once a minute."""
    end = time.monotonic() + 100
    while time.monotonic() < end:
        visitor.fetch(wait=10)
        found = [m for m in visitor.messages if m["seq"] > after and m["role"] == "bot"]
        if found:
            return found[0]
    raise AssertionError(visitor.messages[-3:])


def join(visitor: Visitor) -> str:
    visitor.press("Bene")
    return visitor.press("Sì, chiedetemi")


def test_r15_a_bad_answer_becomes_a_ticket(shop: Instance, agent: httpx.Client) -> None:
    visitor = verified(shop, f"sono Mario Rossi, {MARIO}, 38068", MARIO)
    last = visitor.messages[-1]["seq"]
    signal(shop, "purchase", MARIO, order="EG-T9002", total="219.00",
           lines=[{"sku": "EG-3037", "price": "219.00"}])  # fmt: skip
    signal(shop, "delivery", MARIO, order="EG-T9002")
    comes_within_a_look(visitor, last)
    said = visitor.say("male, si è rotto dopo due giorni")
    number = re.search(r"T-\d+", said)
    assert number, said
    ticket = agent.get(f"/tickets/{number.group()}").json()
    assert (ticket["category"], ticket["status"]) == ("fault", "open")
    assert "Brezza" in ticket["product"] and "rotto" in ticket["description"]
    signal(shop, "check_in", MARIO)
    end = time.monotonic() + 60
    held: list[Any] = []
    while not held and time.monotonic() < end:
        params = {"customer_id": customer_id(shop, MARIO), "name": "shop_welcome",
                  "state": "withdrawn"}  # fmt: skip
        held = agent.get("/moments", params=params).json()["items"]
        time.sleep(0.3)
    assert held[0]["reason"] == "open_matter", "R14"
