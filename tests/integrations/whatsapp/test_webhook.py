"""The webhook's door: who knows the word, who has the key, and what is refused."""

import json
from collections.abc import AsyncIterator

import pytest

from integrations.channels.whatsapp.router import LARGEST_BODY
from integrations.channels.whatsapp.signature import is_genuine, sign
from tests.integrations.whatsapp.payloads import PHONE, WEBHOOK, Door, delivery, status, text

SECRET = "local-platform-secret"
WORD = "local-platform-word"
DAY = 24 * 3600
BODY = b'{"object": "whatsapp_business_account"}'


async def ask(door: Door, **query: str) -> tuple[int, str]:
    given = {f"hub.{name}": value for name, value in query.items()}
    answer = await door.client.get(WEBHOOK, params=given)
    return answer.status_code, answer.text


async def test_the_word_is_answered_with_the_challenge(door: Door) -> None:
    asked = {"mode": "subscribe", "verify_token": WORD, "challenge": "1158201444"}
    assert await ask(door, **asked) == (200, "1158201444")


@pytest.mark.parametrize(
    "asked",
    [
        {"mode": "subscribe", "verify_token": "another word", "challenge": "1"},
        {"mode": "subscribe", "verify_token": "", "challenge": "1"},
        {"mode": "unsubscribe", "verify_token": WORD, "challenge": "1"},
        {"mode": "subscribe", "verify_token": WORD},
        {"mode": "subscribe", "verify_token": WORD, "challenge": "1" * 5000},
        {},
    ],
)
async def test_without_the_word_there_is_no_answer(door: Door, asked: dict[str, str]) -> None:
    assert await ask(door, **asked) == (403, "")


async def test_the_challenge_is_text_and_nothing_else(door: Door) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": WORD, "hub.challenge": "<script>"}
    answer = await door.client.get(WEBHOOK, params=query)
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256=",
        sign(SECRET, BODY).removeprefix("sha256="),
        sign(SECRET, BODY).upper(),
        sign(SECRET, BODY).replace("sha256", "sha1"),
        sign(SECRET, BODY + b" "),
        sign("another secret", BODY),
        sign(SECRET, BODY) + "0",
        sign(SECRET, BODY)[:-1] + "٣",
    ],
)
def test_a_forged_signature_is_none(signature: str) -> None:
    assert is_genuine(SECRET, BODY, sign(SECRET, BODY))
    assert not is_genuine(SECRET, BODY, signature)
    assert not is_genuine(SECRET, BODY, None)
    assert not is_genuine("", BODY, sign("", BODY))


async def test_forged_and_unsigned_deliveries_store_nothing(door: Door) -> None:
    good = door.client.build_request("POST", WEBHOOK, json=delivery(text()))
    unsigned = await door.client.send(good)
    forged = await door.bring(delivery(text()), **{"X-Hub-Signature-256": sign("guess", b"{}")})
    assert (unsigned.status_code, forged) == (401, 403)
    assert door.is_empty()
    assert await door.bring(delivery(text())) == 200
    assert not door.is_empty()


async def test_the_signature_is_of_the_bytes_not_of_their_meaning(door: Door) -> None:
    body = delivery(text("perché no?"))
    escaped, plain = (json.dumps(body, ensure_ascii=ascii_).encode() for ascii_ in (True, False))
    assert await door.bring(plain, **{"X-Hub-Signature-256": sign(SECRET, escaped)}) == 403
    assert await door.bring(plain) == 200
    assert door.texts() == ["perché no?"]


async def test_a_body_over_the_limit_is_refused_before_it_is_read(door: Door) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(1000):
            read += 1
            yield b" " * 65536

    headers = {"X-Hub-Signature-256": sign(SECRET, b"")}
    announced = headers | {"Content-Length": str(LARGEST_BODY + 1)}
    answer = await door.client.post(WEBHOOK, content=endless(), headers=announced)
    assert (answer.status_code, read) == (413, 0)
    answer = await door.client.post(WEBHOOK, content=endless(), headers=headers)
    assert answer.status_code == 413
    assert read <= LARGEST_BODY // 65536 + 2
    assert door.is_empty()


async def test_an_unsigned_body_is_not_even_read(door: Door) -> None:
    async def body() -> AsyncIterator[bytes]:
        raise AssertionError("was read")
        yield b""

    answer = await door.client.post(WEBHOOK, content=body())
    assert answer.status_code == 401


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'"x"', b"\xff\xfe", b"[" * 100_000])
async def test_what_is_no_delivery_is_refused(door: Door, body: bytes) -> None:
    assert await door.bring(body) == 400
    assert door.is_empty()


async def test_what_is_older_than_the_platform_retries_is_played_back(door: Door) -> None:
    stale = delivery(text(ago=9 * DAY), statuses=[status("wamid.x", "read", ago=9 * DAY)])
    assert await door.bring(stale) == 200
    assert door.is_empty()
    assert await door.bring(delivery(text("tardi", ago=6 * DAY))) == 200
    assert door.texts() == ["tardi"]


@pytest.mark.parametrize(
    "strange",
    [
        delivery(text(), number="999"),
        delivery(text(), field="account_update"),
        {**delivery(text()), "object": "page"},
        delivery({**text(), "group_id": "120363"}),
        delivery({**text(), "timestamp": "soon"}),
        delivery({**text(), "id": ""}),
        delivery({**text(), "from": "nobody"}, contacts=[]),
    ],
)
async def test_what_is_not_for_us_is_acknowledged_and_left_out(door: Door, strange: dict) -> None:
    assert await door.bring(strange) == 200
    assert door.is_empty()


async def test_a_database_that_is_away_has_the_delivery_come_again(
    door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: bool) -> None:
        raise OSError(f"the disk is full: {PHONE} said ciao")

    with monkeypatch.context() as patch:
        patch.setattr(door.database, "writing", fail)
        assert await door.bring(delivery(text(wamid="wamid.again"))) == 503
    assert PHONE not in caplog.text
    assert "OSError" in caplog.text
    assert await door.bring(delivery(text(wamid="wamid.again"))) == 200
    assert door.texts() == ["ciao"]
