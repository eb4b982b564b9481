"""Whatever the bot says, the platform takes: the renderer against the platform's own checks."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.demo.platforms.whatsapp.checks import check_message
from app.demo.platforms.whatsapp.files import File
from crm.db import now
from integrations.channels.port import Outbound, Refused
from integrations.channels.whatsapp.channel import WhatsAppChannel
from integrations.channels.whatsapp.choices import numbered, row_titles
from integrations.channels.whatsapp.client import CloudApi
from integrations.channels.whatsapp.render import Piece, render
from integrations.channels.whatsapp.settings import Template
from integrations.channels.whatsapp.templates import DoesNotFit, in_template
from tests.integrations.whatsapp import office

URL = "https://bottega.example.it"
EXHAUSTIVE = settings(deadline=None, max_examples=400)

words = st.text(max_size=90) | st.sampled_from(
    ["", " ", "\u3164", "👩‍👩‍👧‍👦" * 20, "è" * 21, "*", "a\nb", "\x00", "\ud800", "Sì", "SÌ", "sì "]
)
long_words = words | st.builds(
    lambda text, times: text * times, st.text(min_size=1, max_size=40), st.integers(1, 400)
)
urls = st.sampled_from(
    ["", "/demo/products/EG-1", "https://shop.example.it/a.jpg", "http://localhost/x",
     "https://x y", "javascript:alert(1)", "https://[", "https://example.it/" + "a" * 3000]
) | st.text(max_size=30)  # fmt: skip
pressed = st.fixed_dictionaries(
    {"title": words, "payload": st.text(min_size=1, max_size=30) | st.just("x" * 300)}
)
linked = st.fixed_dictionaries({"title": words, "url": urls})
buttons = st.lists(pressed | linked, max_size=14)
cards = st.lists(
    st.fixed_dictionaries(
        {"title": words, "subtitle": words},
        optional={"image": urls, "url": urls, "buttons": st.lists(pressed | linked, max_size=5)},
    ),
    max_size=4,
)
types = st.sampled_from(["image/jpeg", "application/pdf", "audio/ogg", "text/html", "image/webp"])
attachments = st.lists(
    st.fixed_dictionaries(
        {"id": st.just("f"), "name": words, "type": types, "size": st.integers(0, 2**28)},
        optional={"file": st.just("f.bin"), "url": urls},
    ),
    max_size=2,
)
replies = st.builds(
    lambda **given: Outbound(1, 1, "393470012345", "bot", "it", **given),
    text=long_words,
    buttons=buttons,
    cards=cards,
    attachments=attachments,
)


def reply(text: str = "", **given: Any) -> Outbound:
    return Outbound(1, 1, "393470012345", "bot", "it", text=text, **given)


def choices(*titles: str) -> list[dict[str, str]]:
    return [{"title": title, "payload": f"token{number}"} for number, title in enumerate(titles, 1)]


def sent(piece: Piece) -> dict[str, Any]:
    """The message that a piece becomes, as the platform gets it."""
    content = piece.content if piece.file is None else {**piece.content, "id": "1"}
    return {"messaging_product": "whatsapp", "type": piece.type, piece.type: content}


def check(piece: Piece) -> None:
    media_type = str((piece.file or {}).get("type", ""))
    check_message(sent(piece), lambda _: File("1", b"x", media_type))


@EXHAUSTIVE
@given(outbound=replies, opener=words)
def test_nothing_is_sent_that_the_platform_refuses(outbound: Outbound, opener: str) -> None:
    for piece in render(outbound, URL, opener):
        check(piece)


@EXHAUSTIVE
@given(outbound=replies)
def test_every_choice_can_be_made(outbound: Outbound) -> None:
    pieces = render(outbound, URL, "Scegli")
    shown = str([piece.content for piece in pieces])
    count = len(numbered(outbound.buttons, outbound.cards))
    for group in (outbound.buttons, *(card.get("buttons", ()) for card in outbound.cards)):
        for one in group:
            is_number = one in numbered(outbound.buttons, outbound.cards)
            assert "payload" not in one or is_number or repr(one["payload"]) in shown
    for number in range(1, count + 1):
        assert f"{number}. " in shown


@EXHAUSTIVE
@given(text=st.text(max_size=30).map(lambda one: one * 300))
def test_no_word_of_a_long_text_is_lost(text: str) -> None:
    whole = "".join(piece.content["body"] for piece in render(reply(text)))
    storable = text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    assert "".join(whole.split()) in ("".join(storable.split()), "")


@EXHAUSTIVE
@given(outbound=replies)
def test_a_template_is_sendable_or_says_why_not(outbound: Outbound) -> None:
    try:
        piece = in_template(outbound, Template("answer_ready", "it"), URL)
    except DoesNotFit as problem:
        assert str(problem)
        return
    check(piece)
    [component] = piece.content["components"]
    value = component["parameters"][0]["text"]
    assert "\n" not in value
    assert "  " not in value
    assert len(value.encode("utf-16-le")) // 2 <= 768


@pytest.mark.parametrize(
    ("titles", "kind", "shape"),
    [
        (["Sì", "No"], "interactive", "button"),
        (["uno", "due", "tre"], "interactive", "button"),
        (["x" * 20], "interactive", "button"),
        (["x" * 21, "no"], "interactive", "list"),
        (["Sì", "SÌ"], "interactive", "list"),
        ([str(number) for number in range(4)], "interactive", "list"),
        ([str(number) for number in range(10)], "interactive", "list"),
        ([str(number) for number in range(11)], "text", None),
        (["y" * 73], "text", None),
    ],
)
def test_choices_fall_back_from_buttons_to_list_to_numbers(
    titles: list[str], kind: str, shape: str | None
) -> None:
    [piece] = render(reply("Quale?", buttons=choices(*titles)), URL, "Scegli")
    assert (piece.type, piece.content.get("type")) == (kind, shape)


@pytest.mark.parametrize("size", [1023, 1024, 1025, 1100, 2049, 4095, 4096, 4097, 9000])
@pytest.mark.parametrize("letter", ["a", "è", "👍"])
@pytest.mark.parametrize(
    "below",
    [choices("Sì", "No"), choices(*"12345"), [{"title": "Apri", "url": "/x"}]],
    ids=["buttons", "list", "link"],
)
def test_texts_around_the_limits_are_taken(
    size: int, letter: str, below: list[dict[str, str]]
) -> None:
    pieces = render(reply(letter * size, buttons=below), URL, "Scegli")
    for piece in pieces:
        check(piece)
    assert [piece.type for piece in pieces][-1] == "interactive"
    said = "".join(one.content.get("body", "") if one.type == "text" else
                   one.content["body"]["text"] for one in pieces)  # fmt: skip
    assert said.replace("\n", "") == letter * size


def test_a_long_row_has_its_whole_title_below() -> None:
    title = "Voglio cambiare l'indirizzo di consegna"
    [piece] = render(reply("?", buttons=choices(title, "No")), URL, "Scegli")
    row = piece.content["action"]["sections"][0]["rows"][0]
    assert len(row["title"]) <= 24
    assert row["description"] == title


def test_rows_that_would_look_alike_are_told_apart() -> None:
    rows = row_titles(["Crema viso idratante alla malva 50", "Crema viso idratante alla malva 100"])
    assert len(set(rows)) == 2
    assert all(len(row) <= 24 for row in rows)


def test_a_card_is_a_photo_with_words_and_buttons() -> None:
    card = {
        "title": "Crema viso",
        "subtitle": "18,90 €",
        "image": "/images/EG-1001.jpg",
        "url": "/p/EG-1001",
        "buttons": choices("Dimmi di più"),
    }
    pieces = render(reply("Ecco:", cards=[card]), URL)
    assert [piece.type for piece in pieces] == ["text", "interactive"]
    content = pieces[1].content
    assert content["header"]["image"]["link"] == f"{URL}/images/EG-1001.jpg"
    assert content["body"]["text"] == f"*Crema viso*\n18,90 €\n{URL}/p/EG-1001"


def test_a_link_that_nobody_can_reach_is_written_out() -> None:
    [piece] = render(reply("Ecco", buttons=[{"title": "Apri", "url": "/x"}]), "http://localhost")
    assert piece.type == "text"
    [piece] = render(reply("Ecco", buttons=[{"title": "Apri", "url": "/x"}]), URL)
    assert piece.content["type"] == "cta_url"


async def test_marketing_is_refused_to_who_wants_none(tmp_path: Path) -> None:
    settings_ = office.settings(9, templates={("marketing", "it"): Template("news", "it")})
    api = CloudApi(settings_)
    channel = WhatsAppChannel(api, settings_, tmp_path)
    said = {"purpose": "marketing", "granted": False}
    details = {"purpose": "marketing", "said_of_consent": [said]}
    outcome = await channel.send(
        reply("Saldi!", details=details, last_customer_at=now() - timedelta(days=3))
    )
    assert isinstance(outcome, Refused)
    assert outcome.code == "opted_out"
    await api.close()
