"""Whatever comes to the webhook: never a 5xx, and nothing stored that the platform has not said."""

import copy
import json
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.db import now
from integrations.channels.whatsapp.deliveries import read_delivery
from integrations.channels.whatsapp.signature import sign
from tests.integrations.whatsapp.payloads import (
    NUMBER,
    WEBHOOK,
    Door,
    delivery,
    message,
    status,
    text,
)

# More with BOTTEGA_FUZZ_BODIES=100000.
BODIES = int(os.environ.get("BOTTEGA_FUZZ_BODIES", "1500"))
RELAXED = settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ODD = [
    None, True, False, 0, -1, 2**70, 1e308, float("nan"), "", " ", "\x00", "\ud800", "à" * 5000,
    [], {}, [[]], [{}], {"id": {}}, "wamid.x", "9" * 400, "1e400", "-1", "Infinity", "²", "text",
]  # fmt: skip
SAMPLES: list[dict[str, Any]] = [
    delivery(text("ciao", context={"id": "wamid.0", "from": "39"})),
    delivery(message("image", {"id": "1", "mime_type": "image/jpeg", "caption": "x"})),
    delivery(message("audio", {"id": "2", "voice": True})),
    delivery(message("location", {"latitude": 1.5, "longitude": 2, "name": "x"})),
    delivery(message("contacts", [{"name": {"formatted_name": "A"}, "phones": [{"phone": "1"}]}])),
    delivery(message("interactive", {"type": "list_reply", "list_reply": {"id": "t"}})),
    delivery(message("interactive", {"type": "button_reply", "button_reply": {"id": "t"}})),
    delivery(message("order", {"product_items": [{"product_retailer_id": "x", "quantity": 1}]})),
    delivery(message("reaction", {"message_id": "wamid.0", "emoji": "👍"})),
    delivery(message("system", {"type": "user_changed_number", "wa_id": "393331112223"})),
    delivery(message("edit", {"message": {"type": "text", "text": {"body": "b"}}})),
    delivery(
        statuses=[status("wamid.1", "failed", errors=[{"code": 131026, "title": "x"}],
                         biz_opaque_callback_data="bottega:1")]
    ),
    delivery(
        field="user_preferences",
        user_preferences=[{"wa_id": "39347001234", "category": "marketing_messages",
                           "value": "stop", "timestamp": 1_760_000_000}],
    ),
    delivery(
        field="user_id_update",
        user_id_update=[{"wa_id": "39347001234", "timestamp": "1760000000",
                         "user_id": {"previous": "IT.1", "current": "IT.2"}}],
    ),
]  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document that holds something."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, held in list(pairs):
        yield value, key
        if isinstance(held, dict | list):
            yield from places(held)


def spoiled(dice: random.Random) -> dict[str, Any]:
    """A delivery with some things in it changed, gone, or twice."""
    document = copy.deepcopy(dice.choice(SAMPLES))
    for _ in range(dice.randint(1, 4)):
        holder, key = dice.choice(list(places(document)))
        change = dice.random()
        if change < 0.7:
            holder[key] = copy.deepcopy(dice.choice(ODD))
        elif isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        else:
            del holder[key]
        if not document:
            break
    return document


async def test_spoiled_deliveries_never_fail(door: Door) -> None:
    await door.whatsapp.close()
    dice = random.Random(20261122)
    for number in range(BODIES):
        document = spoiled(dice)
        answered = await door.bring(json.dumps(document).encode())
        assert answered == 200, (number, document)
    for stored in door.messages():
        assert stored.external_id


async def test_what_cannot_be_signed_is_never_stored(door: Door) -> None:
    dice = random.Random(20261123)
    for _ in range(BODIES):
        body = json.dumps(spoiled(dice)).encode()
        signature = dice.choice([
            None, "", "sha256=" + "0" * 64, sign("guess", body), sign("", body),
            sign(door.whatsapp.settings.app_secret, body + b"\n"), "sha1=abc", "\xff" * 71,
        ])  # fmt: skip
        headers = {} if signature is None else {"X-Hub-Signature-256": signature.encode("latin-1")}
        answer = await door.client.post(WEBHOOK, content=body, headers=headers)
        assert answer.status_code in (401, 403)
    assert door.is_empty()


async def test_torn_and_random_bytes_are_refused_or_harmless(door: Door) -> None:
    dice = random.Random(20261124)
    for _ in range(BODIES):
        body = bytearray(json.dumps(dice.choice(SAMPLES)).encode())
        if dice.random() < 0.5:
            del body[dice.randrange(len(body)) :]
        else:
            body = bytearray(dice.randbytes(dice.randrange(200)))
        assert await door.bring(bytes(body)) == 400
    assert door.is_empty()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["id", "from", "type", "timestamp", "text", "body", "messages", "statuses", "contacts",
     "image", "interactive", "button_reply", "list_reply", "location", "errors", "system"]
)  # fmt: skip
shaped = st.recursive(
    json_values,
    lambda inner: st.dictionaries(NAMES, inner | st.lists(inner, max_size=2), max_size=5),
    max_leaves=12,
)


@RELAXED
@given(value=shaped)
def test_reading_never_fails(value: Any) -> None:
    number = {"metadata": {"phone_number_id": NUMBER}}
    held = {**number, **value} if isinstance(value, dict) else value
    for field in ("messages", "user_preferences", "user_id_update", value):
        change = {"field": field, "value": held}
        document = {"object": "whatsapp_business_account", "entry": [{"changes": [change, value]}]}
        read_delivery(document, NUMBER, now())


@pytest.fixture(scope="module")
def closed_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    door = Door(tmp_path_factory.mktemp("fuzz"))
    yield door
    door.database.close()


@RELAXED
@given(body=st.binary(max_size=300), header=st.none() | st.text(max_size=90))
async def test_bytes_with_any_header_are_refused(
    closed_door: Door, body: bytes, header: str | None
) -> None:
    headers = {} if header is None else {"X-Hub-Signature-256": header.encode()}
    async with closed_door.caller() as client:
        answer = await client.post(WEBHOOK, content=body, headers=headers)
    assert answer.status_code in (401, 403)
    assert closed_door.is_empty()
