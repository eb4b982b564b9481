"""Messages over HTTP: stored once, shown to their own session alone, never taken for commands."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.conversation import handoff
from crm.conversation.log import Outgoing
from crm.conversation.models import Conversation, Message, Role, State
from tests.integrations.webchat.shop import Customer, Shop

MESSAGE = {"seq", "id", "role", "text", "buttons", "cards", "attachments", "at"}
COMMANDS = [
    "/restart",
    "/affirm",
    '/inform{"email": "a@b.it"}',
    "  /restart",
    "/session_start",
    "//x",
]


def test_a_message_is_stored_and_answered(customer: Customer) -> None:
    answer = customer.post(client_message_id="a", text="ciao")
    assert (answer.status_code, answer.json()) == (202, {"seq": 1})
    mine, reply = customer.read_until(2)
    assert (mine["seq"], mine["role"], mine["text"]) == (1, "customer", "ciao")
    assert (reply["seq"], reply["role"], reply["text"]) == (2, "bot", "eco: ciao")


def test_a_message_has_the_form_of_the_contract(customer: Customer) -> None:
    customer.say("domanda")
    messages = customer.read_until(2)
    assert [set(message) for message in messages] == [MESSAGE, MESSAGE]
    assert [type(message["id"]) for message in messages] == [str, str]
    at = datetime.fromisoformat(messages[0]["at"])
    assert at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    assert [set(button) for button in messages[1]["buttons"]] == [{"title", "payload"}] * 2
    assert (messages[0]["buttons"], messages[0]["cards"], messages[0]["attachments"]) == (
        [],
        [],
        [],
    )


def test_a_card_has_the_form_of_the_contract(customer: Customer) -> None:
    customer.say("prodotti")
    _, reply = customer.read_until(2)
    card = reply["cards"][0]
    assert set(card) == {"title", "subtitle", "image", "url", "buttons"}
    assert card["buttons"][0]["title"] == "Dimmi di più"
    assert "/" not in card["buttons"][0]["payload"]


def test_how_things_stand_comes_with_the_messages(customer: Customer) -> None:
    assert customer.get() == {"messages": [], "typing": False, "mode": "bot"}


def test_only_what_came_since(customer: Customer) -> None:
    customer.say("uno")
    customer.read_until(2)
    customer.say("due")
    assert [message["seq"] for message in customer.read_until(3, after=2)] == [3, 4, 5]
    assert customer.get(after=5)["messages"] == []
    assert customer.get(after=500)["messages"] == []


def test_sending_again_stores_nothing_twice(shop: Shop, customer: Customer) -> None:
    first = customer.post(client_message_id="a", text="zitto")
    again = customer.post(client_message_id="a", text="zitto")
    later = customer.post(client_message_id="b", text="zitto")
    assert [answer.status_code for answer in (first, again, later)] == [202, 202, 202]
    assert [answer.json()["seq"] for answer in (first, again, later)] == [1, 1, 2]
    assert len(shop.stored(customer)) == 2


def test_the_same_id_in_two_sessions_is_two_messages(shop: Shop) -> None:
    one, other = shop.customer(), shop.customer()
    one.say("zitto uno", "same")
    other.say("zitto due", "same")
    assert [message.text for message in shop.stored(one)] == ["zitto uno"]
    assert [message.text for message in shop.stored(other)] == ["zitto due"]


def test_the_same_message_many_times_at_once_is_one(shop: Shop, customer: Customer) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: customer.post(client_message_id="a", text="ciao"), range(16))
        )
    assert {(answer.status_code, answer.json()["seq"]) for answer in answers} == {(202, 1)}
    customer.read_until(2)
    assert [message.role for message in shop.stored(customer)] == [Role.CUSTOMER, Role.BOT]


def test_many_messages_at_once_are_all_kept_in_one_order(shop: Shop, customer: Customer) -> None:
    with ThreadPoolExecutor(8) as pool:
        seqs = list(pool.map(lambda n: customer.say("zitto", f"n{n}"), range(24)))
    assert sorted(seqs) == list(range(1, 25))


class TestContent:
    def test_emoji_alone(self, customer: Customer) -> None:
        customer.say("👩🏽‍🔬💛")
        assert customer.read_until(2)[0]["text"] == "👩🏽‍🔬💛"

    def test_ten_thousand_characters(self, shop: Shop, customer: Customer) -> None:
        customer.say("zitto " + "à" * 10_000)
        assert len(shop.stored(customer)[0].text) == 10_006

    @pytest.mark.parametrize(("length", "status"), [(20_000, 202), (20_001, 413)])
    def test_no_more_than_twenty_thousand(
        self, shop: Shop, customer: Customer, length: int, status: int
    ) -> None:
        answer = customer.post(client_message_id="a", text="zitto".ljust(length, "😀"))
        assert answer.status_code == status
        assert len(shop.stored(customer)) == (status == 202)
        if status == 413:
            assert answer.json()["code"] == "text_too_long"

    def test_a_huge_body_is_not_even_read(self, customer: Customer) -> None:
        answer = customer.post(client_message_id="a", text="x" * 600_000)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

    def test_a_huge_body_of_unknown_length_is_not_read_to_its_end(self, customer: Customer) -> None:
        parts = (b" " * 50_000 for _ in range(20))
        answer = customer.http.post("/webchat/messages", headers=customer.auth, content=parts)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

    @pytest.mark.parametrize("text", ["", "   ", "\n"])
    def test_an_empty_text_is_for_the_bot_to_answer(self, customer: Customer, text: str) -> None:
        customer.say(text)
        assert customer.read_until(2)[1]["role"] == "bot"

    def test_what_no_database_can_store_is_replaced(self, shop: Shop, customer: Customer) -> None:
        body = b'{"client_message_id": "a\\u0000", "text": "zitto \\ud83d \\u0000!"}'
        answer = customer.http.post("/webchat/messages", headers=customer.auth, content=body)
        assert answer.status_code == 202
        assert shop.stored(customer)[0].text == "zitto \ufffd \ufffd!"

    @pytest.mark.parametrize("text", COMMANDS)
    def test_a_typed_text_is_never_a_command(
        self, shop: Shop, customer: Customer, text: str
    ) -> None:
        customer.say(text)
        stored = shop.stored(customer)[0]
        assert (stored.text, stored.command) == (text, None)
        assert customer.read_until(2)[1]["text"] == f"eco: {text}"


class TestButtons:
    def ask(self, customer: Customer) -> list[dict[str, Any]]:
        last = customer.say("domanda")
        return list(customer.read_until(1, after=last)[0]["buttons"])

    def test_a_pressed_one_says_its_title_and_means_its_command(
        self, shop: Shop, customer: Customer
    ) -> None:
        yes, _ = self.ask(customer)
        answer = customer.press(yes["payload"])
        assert (answer.status_code, answer.json()["seq"]) == (202, 3)
        assert customer.read_until(2, after=2)[1]["text"] == "premuto /affirm"
        stored = shop.stored(customer)[2]
        assert (stored.text, stored.command) == ("Sì", "/affirm")

    def test_its_payload_typed_is_just_a_text(self, shop: Shop, customer: Customer) -> None:
        yes, _ = self.ask(customer)
        customer.say(yes["payload"])
        assert shop.stored(customer)[2].command is None

    def test_one_of_another_conversation_is_unknown(self, shop: Shop, customer: Customer) -> None:
        yes, _ = self.ask(customer)
        for other in (shop.customer(), shop.customer()):
            answer = other.press(yes["payload"])
            assert (answer.status_code, answer.json()["code"]) == (422, "unknown_button")
            assert shop.stored(other) == []

    @pytest.mark.parametrize("payload", ["/affirm", "/restart", "x", "", "☃", "x" * 5000])
    def test_made_up_ones_are_unknown(self, customer: Customer, payload: str) -> None:
        answer = customer.press(payload)
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_button")

    def test_pressing_again_is_one_message(self, shop: Shop, customer: Customer) -> None:
        yes, _ = self.ask(customer)
        body = {"client_message_id": "press", "payload": yes["payload"]}
        assert [customer.post(**body).json()["seq"] for _ in range(2)] == [3, 3]


class TestRefusals:
    @pytest.mark.parametrize(
        "body",
        [
            {"client_message_id": "a"},
            {"client_message_id": "a", "text": "x", "payload": "y"},
            {"client_message_id": "a", "text": None, "payload": None},
        ],
    )
    def test_text_or_payload(self, customer: Customer, body: dict[str, Any]) -> None:
        answer = customer.post(**body)
        assert (answer.status_code, answer.json()["code"]) == (422, "text_or_payload")

    @pytest.mark.parametrize(
        ("body", "named"),
        [
            ({"text": "x"}, "client_message_id"),
            ({"client_message_id": "", "text": "x"}, "client_message_id"),
            ({"client_message_id": "x" * 129, "text": "x"}, "client_message_id"),
            ({"client_message_id": 7, "text": "x"}, "client_message_id"),
            ({"client_message_id": "a", "text": 7}, "text"),
            ({"client_message_id": "a", "text": ["x"]}, "text"),
            ({"client_message_id": "a", "payload": {"x": 1}}, "payload"),
        ],
    )
    def test_the_sentence_names_what_is_wrong(
        self, customer: Customer, body: dict[str, Any], named: str
    ) -> None:
        answer = customer.post(**body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
        assert named in answer.json()["message"]

    @pytest.mark.parametrize("content", [b"{", b"[]", b'"x"', b"\xff", b"null", b""])
    def test_what_is_no_object(self, customer: Customer, content: bytes) -> None:
        answer = customer.http.post("/webchat/messages", headers=customer.auth, content=content)
        assert answer.status_code == 422
        assert set(answer.json()) == {"code", "message"}

    @pytest.mark.parametrize(
        "query", ["after=x", "after=-1", "after=99999999999", "wait=x", "wait=nan"]
    )
    def test_bad_numbers(self, customer: Customer, query: str) -> None:
        answer = customer.http.get(f"/webchat/messages?{query}", headers=customer.auth)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")

    def test_a_negative_wait_is_no_wait(self, customer: Customer) -> None:
        assert customer.get(wait=-3)["messages"] == []

    @pytest.mark.parametrize(
        ("method", "path", "status", "code"),
        [
            ("GET", "/webchat/nothing", 404, "not_found"),
            ("POST", "/webchat/", 404, "not_found"),
            ("GET", "/webchat/attachments/../messages/x", 404, "not_found"),
            ("DELETE", "/webchat/messages", 405, "method_not_allowed"),
            ("GET", "/webchat/sessions", 405, "method_not_allowed"),
            ("POST", "/webchat/config", 405, "method_not_allowed"),
        ],
    )
    def test_elsewhere(
        self, customer: Customer, method: str, path: str, status: int, code: str
    ) -> None:
        answer = customer.http.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert status != 405 or answer.headers["allow"]

    def test_too_many_messages(self, open_shop: Callable[..., Shop]) -> None:
        shop = open_shop(messages_per_minute=2)
        customer = shop.customer()
        for _ in range(2):
            customer.say("zitto")
        answer = customer.post(client_message_id="z", text="zitto")
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
        assert int(answer.headers["retry-after"]) == answer.json()["retry_after"] <= 30
        shop.customer().say("another session is not affected")

    def test_a_fault_of_ours_is_json_and_tells_nothing(
        self, open_shop: Callable[..., Shop], caplog: pytest.LogCaptureFixture
    ) -> None:
        secret = "@".join(["ada", "example.it"])

        def broken(name: str, language: str) -> str:
            raise RuntimeError(secret)

        answer = Customer(open_shop(phrase=broken)).http.get("/webchat/config")
        assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
        assert "RuntimeError" in caplog.text
        assert secret not in caplog.text + answer.text


class TestIsolation:
    def test_nobody_sees_what_another_says(self, shop: Shop) -> None:
        one, other = shop.customer(), shop.customer()
        one.say("segreto")
        one.read_until(2)
        assert other.get()["messages"] == []
        other.say("zitto")
        assert [message["text"] for message in other.get()["messages"]] == ["zitto"]

    def test_what_was_suppressed_is_never_shown(self, shop: Shop, customer: Customer) -> None:
        customer.say("due")
        customer.read_until(3)
        with shop.database.writing() as session:
            session.query(Message).filter_by(text="uno").update({"state": State.SUPPRESSED})
        texts = [message["text"] for message in customer.get()["messages"]]
        assert "uno" not in texts
        assert "due" in texts


class TestPeople:
    def test_a_person_takes_over(self, shop: Shop, customer: Customer) -> None:
        customer.say("zitto")
        conversation = shop.conversation_of(customer)
        assert conversation is not None
        with shop.database.writing() as session:
            known = session.get_one(Conversation, conversation.id)
            handoff.take_over(session, known, "ada")
            handoff.reply(session, known, "ada", Outgoing("Eccomi, sono Ada"))
        body = customer.get(after=1)
        assert body["mode"] == "human"
        assert (body["messages"][0]["role"], body["messages"][0]["text"]) == (
            "agent",
            "Eccomi, sono Ada",
        )
        customer.say("grazie")
        assert not customer.get(after=3, wait=0.5)["messages"]  # the bot is silent
        assert not customer.get()["typing"]

    def test_a_closed_conversation_opens_again(self, shop: Shop, customer: Customer) -> None:
        customer.say("zitto")
        conversation = shop.conversation_of(customer)
        assert conversation is not None
        with shop.database.writing() as session:
            handoff.close(session, session.get_one(Conversation, conversation.id), "ada")
        assert customer.get()["mode"] == "closed"
        customer.say("ciao")
        assert customer.read_until(1, after=2)[0]["text"] == "eco: ciao"
        assert customer.get()["mode"] == "bot"

    def test_what_the_client_has_is_delivered(self, shop: Shop, customer: Customer) -> None:
        customer.say("due")
        customer.read_until(3)
        customer.get(after=2)
        assert [message.state for message in shop.stored(customer)] == [
            State.HANDLED,
            State.DELIVERED,
            State.QUEUED,
        ]
