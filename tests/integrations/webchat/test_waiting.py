"""Long polling: the answer comes when there is one, not before and not much later."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from integrations.channels.webchat import router
from tests.integrations.webchat.shop import Customer, Shop

AT_ONCE_SECONDS = 15  # well before a wait of 20 seconds is over


@pytest.fixture(autouse=True)
def _nobody_looks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who wakes was woken."""
    monkeypatch.setattr("integrations.channels.webchat.door.LOOK_AGAIN_SECONDS", 60)


def test_it_wakes_for_the_answer(shop: Shop, customer: Customer) -> None:
    last = customer.say("zitto")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(customer.get, last, 20)
        time.sleep(0.5)
        assert not waiting.done()
        began = time.monotonic()
        shop.customer().say("somebody else's message does not wake it")
        customer.say("ciao")
        messages = waiting.result(timeout=30)["messages"]
    assert messages[0]["text"] == "ciao"
    assert time.monotonic() - began < AT_ONCE_SECONDS


def test_it_wakes_for_the_very_first_message(customer: Customer) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(customer.get, 0, 20)
        time.sleep(0.4)
        began = time.monotonic()
        customer.say("ciao")
        assert waiting.result(timeout=30)["messages"][0]["text"] == "ciao"
    assert time.monotonic() - began < AT_ONCE_SECONDS


def test_everybody_who_waits_is_woken(customer: Customer) -> None:
    last = customer.say("zitto")
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(customer.get, last, 20) for _ in range(4)]
        time.sleep(0.5)
        customer.say("zitto")
        assert [len(one.result(timeout=AT_ONCE_SECONDS)["messages"]) for one in waiting] == [
            1,
            1,
            1,
            1,
        ]


def test_nothing_is_missed_between_two_polls(shop: Shop) -> None:
    """Answers that come while the client is not asking are there when it asks."""
    customer = shop.customer()
    seen: list[int] = []
    writer = threading.Thread(target=lambda: [customer.say("due", f"w{n}") for n in range(8)])
    writer.start()
    end = time.monotonic() + 60
    while len(seen) < 24 and time.monotonic() < end:
        messages = customer.get(seen[-1] if seen else 0, wait=3)["messages"]
        seen += [message["seq"] for message in messages]
    writer.join()
    assert seen == list(range(1, 25))


def test_what_is_there_is_not_waited_for(customer: Customer) -> None:
    customer.say("zitto")
    began = time.monotonic()
    assert customer.get(0, wait=20)["messages"]
    assert time.monotonic() - began < AT_ONCE_SECONDS


def test_with_nothing_to_say_it_ends_empty(customer: Customer) -> None:
    last = customer.say("zitto")
    began = time.monotonic()
    assert customer.get(last, wait=1)["messages"] == []
    assert 0.9 < time.monotonic() - began < AT_ONCE_SECONDS


def test_nobody_waits_longer_than_allowed(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert router.LONGEST_WAIT_SECONDS == 25
    monkeypatch.setattr(router, "LONGEST_WAIT_SECONDS", 0.5)
    began = time.monotonic()
    assert customer.get(0, wait=9_999)["messages"] == []
    assert time.monotonic() - began < AT_ONCE_SECONDS


def test_typing_while_the_bot_owes_an_answer(open_shop: Callable[..., Shop]) -> None:
    shop = open_shop()
    shop.engine.delay = 3.0
    customer = shop.customer()
    last = customer.say("ciao")
    assert customer.get(last)["typing"] is True
    assert customer.get(last, wait=20)["typing"] is False
    assert customer.get(last)["messages"]


def test_a_message_stored_by_another_process_is_found_anyway(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.channels.webchat.door.LOOK_AGAIN_SECONDS", 0.3)
    customer = shop.customer()
    last = customer.say("zitto")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(customer.get, last, 20)
        time.sleep(0.2)
        elsewhere = Shop(shop.home).start()
        silent, customer.shop = customer.shop, elsewhere
        other = Customer(elsewhere)
        other.session_id, other.token = customer.session_id, customer.token
        other.say("zitto due", "elsewhere")
        assert waiting.result(timeout=30)["messages"][0]["text"] == "zitto due"
        customer.shop = silent
        elsewhere.close()


def test_waiting_does_not_hold_up_a_stop(open_shop: Callable[..., Shop]) -> None:
    shop = open_shop()
    customer = shop.customer()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(customer.get, 0, 20)
        time.sleep(0.4)
        began = time.monotonic()
        shop.stop()
        assert waiting.result(timeout=AT_ONCE_SECONDS) == {
            "messages": [],
            "typing": False,
            "mode": "bot",
        }
    assert time.monotonic() - began < AT_ONCE_SECONDS
    shop.start()
