"""Sessions: cheap, unguessable, from allowed pages, at a limited pace."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from sqlalchemy import func, select

from crm.conversation.models import Conversation
from crm.profile.models import ChannelIdentity
from integrations.channels.webchat import BadWebChat, WebChat
from tests.integrations.webchat.shop import VISITOR_SECRET, Customer, Shop

FAR = {"exp": datetime.now(UTC) + timedelta(hours=12)}


def visitor(secret: str = VISITOR_SECRET, **claims: Any) -> str:
    return jwt.encode(claims, secret, algorithm="HS256")


def test_a_session_has_an_id_a_token_and_an_end(shop: Shop) -> None:
    answer = Customer(shop).begin(locale="it", page="https://shop.example.it/creme")
    body = answer.json()
    assert set(body) == {"session_id", "token", "expires_at"}
    left = datetime.fromisoformat(body["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=71) < left <= timedelta(hours=72)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_ids_are_long_and_never_the_same(shop: Shop) -> None:
    ids = {shop.customer().session_id for _ in range(20)}
    assert len(ids) == 20
    assert min(map(len, ids)) >= 32


def test_the_client_cannot_choose_its_id(shop: Shop) -> None:
    customer = Customer(shop)
    customer.begin(session_id="mine", locale="it")
    assert customer.session_id != "mine"


@pytest.mark.parametrize("content", [None, b"", b"{}", b"null"])
def test_a_body_is_not_needed(shop: Shop, content: bytes | None) -> None:
    headers = {"Content-Type": "application/json"} if content else {}
    answer = Customer(shop).http.post("/webchat/sessions", content=content, headers=headers)
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("it", "it"),
        ("en", "en"),
        ("en-US", "en"),
        ("EN_gb", "en"),
        ("de", "it"),
        (7, "it"),
        (None, "it"),
    ],
)
def test_an_unknown_locale_is_italian(shop: Shop, asked: object, spoken: str) -> None:
    customer = shop.customer(locale=asked)
    customer.say("zitto")
    conversation = shop.conversation_of(customer)
    assert conversation is not None
    assert conversation.language == spoken


def test_a_session_stores_nothing_until_the_first_message(open_shop: Callable[..., Shop]) -> None:
    shop = open_shop()
    customers = [shop.customer() for _ in range(3)]
    with shop.database.reading() as session:
        assert session.scalar(select(func.count(ChannelIdentity.id))) == 0
    customers[0].say("zitto")
    with shop.database.reading() as session:
        assert session.scalar(select(func.count(Conversation.id))) == 1


def test_the_page_is_kept_without_its_query(shop: Shop) -> None:
    customer = shop.customer(page="https://shop.example.it/p/1?email=ada@example.it#x")
    customer.say("zitto")
    conversation = shop.conversation_of(customer)
    assert conversation is not None
    assert conversation.identity.details["page"] == "https://shop.example.it/p/1"


def test_sessions_from_one_address_are_limited(open_shop: Callable[..., Shop]) -> None:
    shop = open_shop(sessions_per_minute=3)
    for _ in range(3):
        shop.customer()
    answer = Customer(shop).http.post("/webchat/sessions")
    assert answer.status_code == 429
    assert answer.json()["code"] == "too_many_requests"
    assert 1 <= int(answer.headers["retry-after"]) <= 20


class TestOrigin:
    def post(self, shop: Shop, origin: str) -> Any:
        return Customer(shop).http.post("/webchat/sessions", headers={"Origin": origin})

    def test_our_own_pages_may(self, shop: Shop) -> None:
        assert self.post(shop, shop.url).status_code == 201

    def test_an_allowed_site_may_and_can_read_the_answer(self, shop: Shop) -> None:
        answer = self.post(shop, "https://partner.example.it")
        assert answer.status_code == 201
        assert answer.headers["access-control-allow-origin"] == "https://partner.example.it"
        assert answer.headers["vary"] == "Origin"

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "null", "http://partner.example.it", "http://[", ""]
    )
    def test_no_other_site_may(self, shop: Shop, origin: str) -> None:
        answer = self.post(shop, origin)
        assert answer.status_code == 403
        assert answer.json()["code"] == "origin_not_allowed"
        assert "access-control-allow-origin" not in answer.headers

    def test_preflight(self, shop: Shop) -> None:
        http = Customer(shop).http
        headers = {"Origin": "https://partner.example.it", "Access-Control-Request-Method": "POST"}
        answer = http.options("/webchat/messages", headers=headers)
        assert answer.status_code == 204
        assert "Authorization" in answer.headers["access-control-allow-headers"]
        assert (
            http.options(
                "/webchat/messages", headers={**headers, "Origin": "https://evil.example"}
            ).status_code
            == 403
        )

    def test_errors_can_be_read_by_an_allowed_site(self, shop: Shop) -> None:
        headers = {"Origin": "https://partner.example.it"}
        answer = Customer(shop).http.get("/webchat/messages", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["access-control-allow-origin"] == "https://partner.example.it"

    def test_a_star_allows_every_site(self, open_shop: Callable[..., Shop]) -> None:
        shop = open_shop(origins=["*"])
        assert self.post(shop, "https://anywhere.example").status_code == 201

    def test_the_public_address_is_our_own(self, open_shop: Callable[..., Shop]) -> None:
        shop = open_shop(public_url="https://chat.example.it")
        assert self.post(shop, "https://chat.example.it").status_code == 201


class TestVisitor:
    def test_is_kept_with_the_identity(self, shop: Shop) -> None:
        token = visitor(sub="u-7", email="ada@example.it", name="Ada", role="admin", **FAR)
        customer = shop.customer(visitor=token)
        conversation = shop.conversation_of(customer)
        assert conversation is not None
        kept = conversation.identity.details["visitor"]
        assert {**kept, "at": ""} == {
            "sub": "u-7",
            "email": "ada@example.it",
            "name": "Ada",
            "at": "",
        }
        customer.say("zitto")

    @pytest.mark.parametrize(
        ("token", "code"),
        [
            (visitor(sub="u", exp=datetime.now(UTC) - timedelta(minutes=5)), "visitor_expired"),
            (visitor(sub="u"), "visitor_invalid"),
            (
                visitor(secret="not the secret that was agreed upon", sub="u", **FAR),
                "visitor_invalid",
            ),
            (visitor(name="Ada", **FAR), "visitor_invalid"),
            (visitor(email=["ada@example.it"], **FAR), "visitor_invalid"),
            (jwt.encode({"sub": "u", **FAR}, key="", algorithm="none"), "visitor_invalid"),
            ("nonsense", "visitor_invalid"),
        ],
    )
    def test_a_bad_one_is_refused(self, shop: Shop, token: str, code: str) -> None:
        answer = Customer(shop).http.post("/webchat/sessions", json={"visitor": token})
        assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert answer.json()["message"]

    def test_without_a_secret_none_is_taken(self, open_shop: Callable[..., Shop]) -> None:
        shop = open_shop(visitor_secret="")
        answer = Customer(shop).http.post(
            "/webchat/sessions", json={"visitor": visitor(sub="u", **FAR)}
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "visitors_not_configured")

    def test_a_short_secret_is_no_secret(self, shop: Shop) -> None:
        chat = shop.chat
        with pytest.raises(BadWebChat, match="at least 32"):
            WebChat(
                chat.database,
                chat.wakeups,
                b"k",
                chat.phrase,
                chat.attachments,
                visitor_secret="short",
            )
