"""The WebSocket: everything once, in order, whatever happens to the connection."""

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update
from websockets.exceptions import ConnectionClosed

from crm.conversation import handoff
from crm.conversation.log import Outgoing
from crm.conversation.models import Conversation, Message
from integrations.channels.webchat import frames, socket
from integrations.channels.webchat.errors import TooSlow
from tests.integrations.webchat.line import Dial
from tests.integrations.webchat.shop import Customer, Shop


class TestResuming:
    def test_only_what_came_since(self, customer: Customer, dial: Dial) -> None:
        for text in ("uno", "due"):
            customer.say(text)
        customer.read_until(5)
        line = dial(customer)
        line.say(type="resume", after=3)
        assert [message["seq"] for message in line.messages(2)] == [4, 5]

    def test_without_a_number_everything(self, customer: Customer, dial: Dial) -> None:
        customer.say("zitto")
        line = dial(customer)
        line.say(type="resume")
        assert [message["seq"] for message in line.messages(1)] == [1]

    def test_again_on_the_same_line(self, customer: Customer, dial: Dial) -> None:
        customer.say("ciao")
        line = dial(customer)
        for _ in range(3):
            line.say(type="resume", after=0)
            assert [message["seq"] for message in line.messages(2)] == [1, 2]

    def test_who_does_not_resume_hears_what_is_new(self, customer: Customer, dial: Dial) -> None:
        customer.say("vecchio")
        customer.read_until(2)
        line = dial(customer)
        time.sleep(socket.SECONDS_TO_RESUME + 0.3)
        customer.say("nuovo")
        assert [message["text"] for message in line.messages(2)] == ["nuovo", "eco: nuovo"]

    def test_nobody_waits_for_the_note_of_what_arrived(
        self, shop: Shop, customer: Customer, dial: Dial
    ) -> None:
        customer.say("ciao")
        customer.read_until(2)
        customer.say("zitto")
        line = dial(customer)
        with shop.database.writing() as session:
            session.execute(update(Message).values(state=Message.state))
            line.say(type="resume", after=2)
            assert [message["seq"] for message in line.messages(1)] == [3]

    def test_a_long_history_comes_in_portions(
        self, open_shop: Callable[..., Shop], dial: Dial
    ) -> None:
        shop = open_shop(messages_per_minute=1000)
        customer = shop.customer()
        for number in range(120):
            customer.say(f"zitto {number} " + "x" * 12_000 * (number < 30))
        line = dial(customer, max_size=1_000_000)
        line.say(type="resume", after=0)
        assert [message["seq"] for message in line.messages(120)] == list(range(1, 121))

    def test_nothing_is_lost_and_nothing_comes_twice(
        self, open_shop: Callable[..., Shop], dial: Dial
    ) -> None:
        """Connections are cut at random moments while both sides talk."""
        shop = open_shop(messages_per_minute=10_000)
        customer = shop.customer()
        chance = random.Random(7)
        total = 60
        others = threading.Thread(
            target=lambda: [customer.say("due", f"http{n}") for n in range(total // 3)]
        )
        heard: list[dict[str, Any]] = []
        unconfirmed = [f"ws{number}" for number in range(total)]
        others.start()
        end = time.monotonic() + 60
        while time.monotonic() < end and (unconfirmed or len(heard) < total + total // 3 * 3):
            line = dial(customer, chance.choice(["header", "query", "protocol"]))
            line.say(type="resume", after=heard[-1]["seq"] if heard else 0)
            for client_id in unconfirmed[:7]:
                line.say(client_message_id=client_id, text="zitto")
            cut = time.monotonic() + chance.uniform(0.02, 0.5)
            while (left := cut - time.monotonic()) > 0:
                try:
                    frame = line.hear(timeout=left)
                except TimeoutError:
                    break
                heard += frame.get("messages", [])
                if frame["type"] == "accepted":
                    unconfirmed.remove(frame["client_message_id"])
            line.connection.socket.close() if chance.random() < 0.5 else line.connection.close()
        others.join()
        assert unconfirmed == []
        assert [message["seq"] for message in heard] == list(range(1, total + total // 3 * 3 + 1))
        assert len(shop.stored(customer)) == len(heard)

    def test_a_restart_of_the_server_loses_nothing(
        self, open_shop: Callable[..., Shop], dial: Dial
    ) -> None:
        shop = open_shop()
        customer = shop.customer()
        line = dial(customer)
        line.say(client_message_id="a", text="prima")
        line.messages(2)
        shop.stop()
        assert line.close_code() in (1001, 1012)
        shop.start()
        line = dial(customer)
        line.say(type="resume", after=2)
        line.say(client_message_id="a", text="prima")
        line.say(client_message_id="b", text="dopo")
        assert [message["text"] for message in line.messages(2)] == ["dopo", "eco: dopo"]


class TestRotation:
    def test_a_new_token_is_offered_once(self, shop: Shop, customer: Customer, dial: Dial) -> None:
        from tests.integrations.webchat.test_rotation import recognise

        customer.say("zitto")
        line, old_line = dial(customer), dial(customer)
        for one in (line, old_line):
            one.say(type="resume", after=0)
            one.messages(1)
        recognise(shop, customer)
        conversation = shop.conversation_of(customer)
        assert conversation is not None
        shop.notify(conversation.id)
        offer = line.hear_kind("token")
        assert set(offer) == {"type", "token", "expires_at"}
        line.say(type="resume", after=1, token=offer["token"])
        line.say(type="ping")
        line.hear_kind("pong")
        shop.notify(conversation.id)
        assert old_line.close_code() == 4401
        customer.token = offer["token"]
        customer.say("zitto due")
        assert [message["text"] for message in line.messages(1)] == ["zitto due"]

    def test_the_token_of_another_session_is_refused(
        self, shop: Shop, customer: Customer, dial: Dial
    ) -> None:
        line = dial(customer)
        line.say(type="resume", after=0, token=shop.customer().token)
        assert line.close_code() == 4401


def test_a_client_that_does_not_read_is_let_go(
    shop: Shop, customer: Customer, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up = threading.Event()

    class Noted(TooSlow):
        def __init__(self) -> None:
            super().__init__()
            given_up.set()

    total = 1000  # some 20 MB: more than the system's buffers between the two can hold
    customer.say("zitto")
    conversation = shop.conversation_of(customer)
    assert conversation is not None
    with shop.database.writing() as session:
        known = session.get_one(Conversation, conversation.id)
        for _ in range(total - 1):
            handoff.announce(session, known, Outgoing("x" * 20_000))
    line = dial(customer, compression=None, max_queue=1)
    with monkeypatch.context() as patched:
        patched.setattr(frames, "SECONDS_TO_TAKE", 0.5)
        patched.setattr(frames, "TooSlow", Noted)
        line.say(type="resume", after=0)
        assert given_up.wait(30)
    heard: list[int] = []
    with pytest.raises(ConnectionClosed):
        while True:
            heard += [message["seq"] for message in line.hear().get("messages", [])]
    assert heard == list(range(1, len(heard) + 1))
    assert 0 < len(heard) < total
    again = dial(customer)
    again.say(type="resume", after=len(heard))
    assert again.messages(total - len(heard))[-1]["seq"] == total
