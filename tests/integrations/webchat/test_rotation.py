"""A recognised customer gets a new token; the old one ends when the new one is used."""

import time
from datetime import timedelta

import pytest

from crm.conversation.models import Conversation
from crm.profile import assurance
from crm.profile.models import Customer as Profile
from tests.integrations.webchat.line import Dial
from tests.integrations.webchat.shop import Customer, Shop


@pytest.fixture
def talking(shop: Shop) -> Customer:
    customer = shop.customer()
    customer.say("zitto")
    return customer


def recognise(shop: Shop, customer: Customer, *, verified: bool = False, name: str = "Ada") -> None:
    conversation = shop.conversation_of(customer)
    assert conversation is not None
    with shop.database.writing() as session:
        identity = session.get_one(Conversation, conversation.id).identity
        profile = session.query(Profile).filter_by(given_name=name).first() or Profile(
            given_name=name
        )
        session.add(profile)
        session.flush()
        assurance.claim(identity, profile)
        if verified:
            assurance.verify(identity, timedelta(hours=1))


def status_with(customer: Customer, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return customer.http.get("/webchat/messages", headers=headers).status_code


def test_an_anonymous_session_keeps_its_token(talking: Customer) -> None:
    assert "token" not in talking.get()


def test_a_recognised_customer_is_offered_a_new_one(shop: Shop, talking: Customer) -> None:
    recognise(shop, talking)
    body = talking.get()
    assert body["token"] != talking.token
    assert body["expires_at"]


def test_who_ignores_the_offer_goes_on(shop: Shop, talking: Customer) -> None:
    recognise(shop, talking)
    for _ in range(3):
        assert "token" in talking.get()
        talking.say("zitto")


def test_the_old_one_ends_when_the_new_one_is_used(shop: Shop, talking: Customer) -> None:
    recognise(shop, talking)
    old, new = talking.token, talking.get()["token"]
    assert status_with(talking, old) == 200
    assert status_with(talking, new) == 200
    answer = talking.http.get("/webchat/messages", headers=talking.auth)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_replaced")
    assert talking.post(client_message_id="late", text="x").status_code == 401
    talking.token = new
    assert [message["text"] for message in talking.get()["messages"]] == ["zitto"]
    assert "token" not in talking.get()


def test_offers_made_twice_are_both_good(shop: Shop, talking: Customer) -> None:
    recognise(shop, talking)
    one, other = talking.get()["token"], talking.get()["token"]
    assert [status_with(talking, one), status_with(talking, other)] == [200, 200]


def test_being_verified_is_another_reason(shop: Shop, talking: Customer) -> None:
    recognise(shop, talking)
    talking.token = claimed = talking.get()["token"]
    assert "token" not in talking.get()
    recognise(shop, talking, verified=True)
    talking.token = talking.get()["token"]
    talking.get()
    assert status_with(talking, claimed) == 401


def test_so_is_being_somebody_else(shop: Shop, talking: Customer) -> None:
    recognise(shop, talking)
    talking.token = talking.get()["token"]
    assert "token" not in talking.get()
    recognise(shop, talking, name="Berta")
    assert "token" in talking.get()


def test_the_first_use_may_be_a_message(shop: Shop, talking: Customer) -> None:
    recognise(shop, talking)
    old, talking.token = talking.token, talking.get()["token"]
    talking.say("zitto")
    assert status_with(talking, old) == 401


def test_what_the_app_noted_of_the_identity_stays(shop: Shop, talking: Customer) -> None:
    recognise(shop, talking)
    conversation = shop.conversation_of(talking)
    assert conversation is not None
    with shop.database.writing() as session:
        identity = session.get_one(Conversation, conversation.id).identity
        identity.details = {**identity.details, "noted": "yes"}
    talking.token = talking.get()["token"]
    talking.get()
    after = shop.conversation_of(talking)
    assert after is not None
    assert after.identity.details["noted"] == "yes"
    assert after.identity.details["token_generation"] == 1


def test_news_during_the_change_of_tokens_does_not_end_the_line(shop: Shop, dial: Dial) -> None:
    for _ in range(20):
        customer = shop.customer()
        customer.say("zitto")
        recognise(shop, customer)
        line = dial(customer)
        new = line.hear_kind("token")["token"]
        conversation = shop.conversation_of(customer)
        assert conversation is not None
        line.say(type="resume", after=0, token=new)
        for _ in range(50):
            shop.notify(conversation.id)
            time.sleep(0.0005)
        line.say(type="ping")
        line.hear_kind("pong")
