"""Tokens: whoever has not made them cannot use them, and neither can time."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from itsdangerous import TimestampSigner

from integrations.channels.webchat.errors import TokenExpired, TokenInvalid, TokenMissing
from integrations.channels.webchat.tokens import Pass, TokenSigner
from tests.integrations.webchat.shop import KEY, Customer, Shop


@pytest.fixture
def signer() -> TokenSigner:
    return TokenSigner(KEY, timedelta(hours=1))


def test_a_token_says_what_was_signed(signer: TokenSigner) -> None:
    pass_ = Pass("session", "en", "https://example.it/", generation=2, level=1, holder="x")
    read = signer.read(signer.sign(pass_).token)
    assert (read.session_id, read.locale, read.generation, read.level) == ("session", "en", 2, 1)
    assert abs(read.issued_at - datetime.now(UTC)) < timedelta(seconds=5)


def test_no_other_key_opens_it(signer: TokenSigner) -> None:
    token = TokenSigner(b"another key", timedelta(hours=1)).sign(Pass("session")).token
    with pytest.raises(TokenInvalid):
        signer.read(token)


def test_it_cannot_be_changed(signer: TokenSigner) -> None:
    content, stamp, signature = signer.sign(Pass("session")).token.split(".")
    other = signer.sign(Pass("other")).token.split(".")[0]
    for forged in (
        f"{other}.{stamp}.{signature}",
        f"{content}.ZZZZZZ.{signature}",
        content,
        "..",
        "é",
    ):
        with pytest.raises(TokenInvalid):
            signer.read(forged)


def test_none_is_missing(signer: TokenSigner) -> None:
    with pytest.raises(TokenMissing):
        signer.read("")


def test_it_expires(signer: TokenSigner) -> None:
    token = signer.sign(Pass("session")).token
    pass_ = signer.read(token)
    assert not signer.is_over(pass_, pass_.issued_at + timedelta(minutes=59))
    assert signer.is_over(pass_, pass_.issued_at + timedelta(minutes=61))
    with pytest.raises(TokenExpired):
        TokenSigner(KEY, timedelta(hours=-1)).read(token)


def test_customers_cannot_be_told_from_their_mark(signer: TokenSigner) -> None:
    assert signer.holder("session", None) == ""
    assert signer.holder("session", 1) != signer.holder("session", 2)
    assert signer.holder("session", 1) != signer.holder("other session", 1)


class TestOverHttp:
    @pytest.mark.parametrize(
        ("authorization", "code"),
        [
            (None, "token_missing"),
            ("", "token_missing"),
            ("Bearer", "token_missing"),
            ("Basic abc", "token_missing"),
            ("Bearer abc.def.ghi", "token_invalid"),
            ("Bearer ../../etc", "token_invalid"),
        ],
    )
    def test_without_a_good_token_nothing_is_served(
        self, shop: Shop, authorization: str | None, code: str
    ) -> None:
        http = Customer(shop).http
        headers = {} if authorization is None else {"Authorization": authorization}
        answers = [
            http.get("/webchat/messages", headers=headers),
            http.post(
                "/webchat/messages", headers=headers, json={"client_message_id": "a", "text": "b"}
            ),
            http.post("/webchat/attachments", headers=headers, files={"file": b"x"}),
            http.get("/webchat/attachments/abc", headers=headers),
        ]
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
            (401, code)
        ] * 4
        assert answers[0].headers["www-authenticate"] == "Bearer"

    def test_the_scheme_may_be_written_in_any_case(self, shop: Shop) -> None:
        customer = shop.customer()
        headers = {"Authorization": f"bearer {customer.token}"}
        assert customer.http.get("/webchat/messages", headers=headers).status_code == 200

    def test_an_expired_one_says_so(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        customer = session_made(shop, timedelta(hours=73), monkeypatch)
        answer = customer.post(client_message_id="a", text="ciao")
        assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")

    def test_a_young_one_is_left_alone(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        assert "token" not in session_made(shop, timedelta(hours=35), monkeypatch).get()

    def test_an_ageing_one_is_renewed(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        customer = session_made(shop, timedelta(hours=37), monkeypatch)
        customer.say("zitto")
        body = customer.get()
        end = datetime.fromisoformat(body["expires_at"])
        assert end - datetime.now(UTC) > timedelta(hours=71)
        old, customer.token = customer.token, body["token"]
        assert customer.get()["messages"][0]["text"] == "zitto"
        customer.token = old
        assert customer.get()["messages"][0]["text"] == "zitto"


def session_made(shop: Shop, ago: timedelta, monkeypatch: pytest.MonkeyPatch) -> Customer:
    """Somebody whose session was made a while ago."""
    then = int(time.time() - ago.total_seconds())
    with monkeypatch.context() as past:
        past.setattr(TimestampSigner, "get_timestamp", lambda self: then)
        past.setattr(TokenSigner, "read", lambda self, token: Pass("", issued_at=datetime.now(UTC)))
        return shop.customer()
