"""Processes are killed in the middle of turns: nothing is lost, nothing is said twice."""

import time
from collections.abc import Iterator

import pytest

from tests.live.instance import Instance
from tests.live.visitor import Visitor

pytestmark = pytest.mark.rasa

QUESTIONS = ("quanto costa la spedizione?", "chi sei?", "cosa sai fare?", "grazie", "ciao")


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A company of its own, whose processes may be killed."""
    instance = Instance(tmp_path_factory.mktemp("fragile"))
    try:
        yield instance.start()
    finally:
        instance.stop()


@pytest.mark.parametrize("victim", ["rasa", "app"])
def test_killed_in_the_middle_of_turns(fragile: Instance, victim: str) -> None:
    visitors = [Visitor(fragile.url) for _ in range(4)]
    for visitor in visitors:
        assert visitor.say("ciao")
        for question in QUESTIONS:
            visitor.post({"text": question})
    time.sleep(0.05)
    fragile.kill(victim)
    time.sleep(1)
    fragile.wait_ready()
    for visitor in visitors:
        assert_each_answered_once(visitor)


def assert_each_answered_once(visitor: Visitor) -> None:
    """Each of these questions has exactly one message as its answer."""
    expected = 1 + len(QUESTIONS)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        visitor.fetch(wait=2)
        said = [m["text"] for m in visitor.messages if m["role"] == "bot"]
        if len(said) >= expected and not visitor.is_typing:
            break
    time.sleep(1.5)
    visitor.fetch()
    said = [m["text"] for m in visitor.messages if m["role"] == "bot"]
    asked = [m["text"] for m in visitor.messages if m["role"] == "customer"]
    assert asked == ["ciao", *QUESTIONS]
    assert len(said) == expected, said
    assert "4,90" in said[1], "the answers are out of order"


def test_a_ticket_is_opened_once_though_rasa_dies(fragile: Instance) -> None:
    visitor = Visitor(fragile.url)
    visitor.say("il phon non funziona, si spegne da solo")
    visitor.say("Giulia Bianchi, famiglia.bianchi@example.it, 20121")
    visitor.post({"text": "sì"})
    time.sleep(0.02)
    fragile.kill("rasa")
    time.sleep(1)
    fragile.wait_ready()
    opened = visitor.wait_for("bot", after=4)
    end = time.monotonic() + 60
    while time.monotonic() < end and not any("T-" in one["text"] for one in visitor.messages):
        visitor.fetch(wait=5)
    assert opened
    time.sleep(1.5)
    visitor.fetch()
    assert sum("T-1" in message["text"] for message in visitor.messages) == 1
    with fragile.staff() as staff:
        tickets = staff.get("/tickets", params={"query": "si spegne da solo"}).json()["items"]
    assert len(tickets) == 1


def test_everything_stops_on_ctrl_c(fragile: Instance) -> None:
    import os

    pids = [fragile.pid("rasa"), fragile.pid("app")]
    fragile.stop()
    assert fragile.process is not None and fragile.process.returncode == 0
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
