"""The WebSocket: who may connect, and what they can say."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from crm.conversation.models import State
from integrations.channels.webchat import socket
from tests.integrations.webchat.line import Dial, Line
from tests.integrations.webchat.shop import Customer, Shop


class TestWho:
    @pytest.mark.parametrize("how", ["header", "query", "protocol"])
    def test_may_be_said_in_the_handshake(self, customer: Customer, dial: Dial, how: str) -> None:
        customer.say("ciao")
        line = dial(customer, how)
        line.say(type="resume", after=0)
        assert [message["text"] for message in line.messages(2)] == ["ciao", "eco: ciao"]

    def test_may_be_said_in_the_first_frame(self, customer: Customer, dial: Dial) -> None:
        line = dial(customer, "frame")
        line.say(type="resume", after=0, token=customer.token)
        assert line.hear() == {"type": "typing", "typing": False, "mode": "bot"}

    def test_a_sub_protocol_is_agreed_on(self, customer: Customer, dial: Dial) -> None:
        line = dial(customer, "none", subprotocols=["bottega", f"bearer.{customer.token}"])
        assert line.connection.subprotocol == "bottega"
        line.say(type="ping")
        assert line.hear_kind("pong")

    @pytest.mark.parametrize("token", ["forged.forged.forged", "é"])
    def test_a_forged_token_is_refused(self, customer: Customer, dial: Dial, token: str) -> None:
        line = dial(customer, "frame")
        line.say(type="resume", after=0, token=token)
        error = line.hear()
        assert (error["type"], error["code"]) == ("error", "token_invalid")
        assert line.close_code() == 4401

    def test_so_is_none(self, customer: Customer, dial: Dial) -> None:
        line = dial(customer, "frame")
        line.say(type="resume", after=0)
        assert line.hear()["code"] == "token_missing"
        assert line.close_code() == 4401

    def test_and_saying_nothing(
        self, customer: Customer, dial: Dial, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(socket, "SECONDS_TO_SAY_WHO", 0.2)
        assert dial(customer, "frame").close_code() == 4401

    def test_nothing_is_told_before(self, shop: Shop, dial: Dial) -> None:
        customer = shop.customer()
        customer.say("segreto")
        line = dial(customer, "frame")
        with pytest.raises(TimeoutError):
            line.hear(timeout=1.5)

    def test_only_allowed_pages_may_connect(self, customer: Customer, dial: Dial) -> None:
        for origin in (customer.shop.url, "https://partner.example.it"):
            dial(customer, origin=origin).say(type="ping")
        for origin in ("https://evil.example", "null"):
            with pytest.raises(InvalidStatus) as refused:
                customer.connect(origin=origin)
            assert refused.value.response.status_code == 403

    def test_too_many_connections_of_a_session(
        self, customer: Customer, dial: Dial, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(socket, "SOCKETS_PER_SESSION", 2)
        lines = [dial(customer) for _ in range(2)]
        for line in lines:
            line.say(type="ping")
            line.hear_kind("pong")
        assert dial(customer).close_code() == 4429
        lines[0].connection.close()
        time.sleep(0.3)
        line = dial(customer)
        line.say(type="ping")
        assert line.hear_kind("pong")


class TestTalking:
    @pytest.fixture
    def line(self, customer: Customer, dial: Dial) -> Line:
        line = dial(customer)
        line.say(type="resume", after=0)
        line.hear_kind("typing")
        return line

    def test_a_message_is_accepted_and_answered(self, line: Line) -> None:
        line.say(type="message", client_message_id="a", text="ciao")
        assert line.hear_kind("accepted") == {
            "type": "accepted",
            "client_message_id": "a",
            "seq": 1,
        }
        texts = [(message["role"], message["text"]) for message in line.messages(2)]
        assert texts == [("customer", "ciao"), ("bot", "eco: ciao")]

    def test_the_type_may_be_left_out(self, line: Line) -> None:
        line.say(client_message_id="a", text="ciao")
        assert line.hear_kind("accepted")["seq"] == 1

    def test_messages_are_those_of_http(self, customer: Customer, line: Line) -> None:
        line.say(client_message_id="a", text="prodotti")
        assert line.messages(2) == customer.get()["messages"]

    def test_typing_is_told_when_it_changes(
        self, open_shop: Callable[..., Shop], dial: Dial
    ) -> None:
        shop = open_shop()
        shop.engine.delay = 0.4
        line = dial(shop.customer())
        line.say(type="resume", after=0)
        line.hear_kind("typing")
        line.say(client_message_id="a", text="zitto")
        states = [line.hear() for _ in range(3)]
        assert [(frame["type"], frame.get("typing")) for frame in states] == [
            ("accepted", None),
            ("messages", True),
            ("typing", False),
        ]

    def test_sending_again_is_accepted_again_and_stored_once(
        self, shop: Shop, customer: Customer, line: Line
    ) -> None:
        for _ in range(3):
            line.say(client_message_id="a", text="zitto")
        assert [line.hear_kind("accepted")["seq"] for _ in range(3)] == [1, 1, 1]
        assert customer.post(client_message_id="a", text="zitto").json()["seq"] == 1
        assert len(shop.stored(customer)) == 1

    def test_a_button_is_pressed(self, shop: Shop, customer: Customer, line: Line) -> None:
        line.say(client_message_id="a", text="domanda")
        payload = line.messages(2)[1]["buttons"][0]["payload"]
        line.say(client_message_id="b", payload=payload)
        assert [message["text"] for message in line.messages(2)] == ["Sì", "premuto /affirm"]

    def test_what_comes_over_http_is_heard_too(self, customer: Customer, line: Line) -> None:
        customer.say("ciao")
        assert [message["text"] for message in line.messages(2)] == ["ciao", "eco: ciao"]

    def test_a_typed_command_is_a_text(self, shop: Shop, customer: Customer, line: Line) -> None:
        line.say(client_message_id="a", text="/restart")
        assert line.messages(2)[1]["text"] == "eco: /restart"
        assert shop.stored(customer)[0].command is None

    def test_what_was_received_can_be_acknowledged(
        self, shop: Shop, customer: Customer, line: Line
    ) -> None:
        line.say(client_message_id="a", text="ciao")
        line.messages(2)
        line.say(type="ack", after=2)
        line.say(type="ping")
        line.hear_kind("pong")
        assert shop.stored(customer)[1].state == State.DELIVERED

    @pytest.mark.parametrize(
        ("frame", "code"),
        [
            ({"client_message_id": "a"}, "text_or_payload"),
            ({"client_message_id": "a", "text": "x", "payload": "y"}, "text_or_payload"),
            ({"client_message_id": "a", "payload": "/affirm"}, "unknown_button"),
            ({"client_message_id": "a", "text": "x" * 20_001}, "text_too_long"),
            ({"text": "x"}, "invalid_request"),
            ({"client_message_id": "a", "text": 7}, "invalid_request"),
            ({"type": "resume", "after": -1}, "invalid_request"),
            ({"type": "resume", "after": "x"}, "invalid_request"),
            ({"type": "dance"}, "unknown_frame"),
            ([], "invalid_request"),
            ("text", "invalid_request"),
        ],
    )
    def test_nonsense_is_answered_and_the_line_stays(
        self, line: Line, frame: Any, code: str
    ) -> None:
        line.connection.send(json.dumps(frame))
        error = line.hear_kind("error")
        assert error["code"] == code
        assert error["message"]
        if isinstance(frame, dict) and code in (
            "text_or_payload",
            "unknown_button",
            "text_too_long",
        ):
            assert error["client_message_id"] == "a"
        line.say(client_message_id="fine", text="ciao")
        assert line.hear_kind("accepted")["client_message_id"] == "fine"

    @pytest.mark.parametrize(
        "raw", ["{", "", "\ud83d".encode("utf-8", "surrogatepass"), b"\x00\xff"]
    )
    def test_so_is_what_is_no_json(self, line: Line, raw: str | bytes) -> None:
        line.connection.send(raw)
        assert line.hear_kind("error")["code"] == "invalid_request"

    def test_json_in_a_binary_frame_is_read(self, line: Line) -> None:
        line.connection.send(b'{"type": "ping"}')
        assert line.hear_kind("pong")

    def test_an_oversized_frame_ends_it(self, line: Line) -> None:
        line.say(client_message_id="a", text="x" * 600_000)
        assert line.hear_kind("error")["code"] == "body_too_large"
        assert line.close_code() == 4413

    def test_too_many_messages_are_refused_not_lost(
        self, open_shop: Callable[..., Shop], dial: Dial
    ) -> None:
        line = dial(open_shop(messages_per_minute=3).customer())
        for number in range(4):
            line.say(client_message_id=str(number), text="zitto")
        error = line.hear_kind("error")
        assert (error["code"], error["client_message_id"]) == ("too_many_requests", "3")
        assert error["retry_after"] > 0
        line.say(type="ping")
        assert line.hear_kind("pong")

    def test_a_flood_of_frames_ends_it(self, open_shop: Callable[..., Shop], dial: Dial) -> None:
        line = dial(open_shop(messages_per_minute=3).customer())
        with suppress(ConnectionClosed):  # it may end before all is said
            for _ in range(60):
                line.say(type="ping")
        assert line.close_code() == 4429
