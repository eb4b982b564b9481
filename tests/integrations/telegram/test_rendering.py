"""Whatever is to be said: no call that Telegram refuses for its form, and nothing left out.

The local platform's rules are one judge, the limits in Telegram's documentation another.
"""

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.demo.platforms.telegram import rules
from integrations.channels.port import Outbound
from integrations.channels.telegram.keyboards import numbered
from integrations.channels.telegram.render import Call, Method, render

BASE = "https://shop.example.com"

characters = st.characters() | st.sampled_from("\n  👩‍👩‍👧‍👦é😀\u200b\u2800\r\x00\ud83d*_[<&")
texts = st.text(characters, max_size=60) | st.builds(
    lambda word, count: word * count, st.text(characters, min_size=1, max_size=9),
    st.sampled_from([1, 60, 500, 1300]),
)  # fmt: skip
short = st.text(characters, max_size=50)
urls = st.sampled_from(
    ["", "/demo/images/EG-1001.svg", "https://shop.example.com/a.jpg", "http://localhost:8000/a.png",
     "javascript:alert(1)", "http://192.168.1.4/a.jpg", "https://a b/c", "http://[", "ftp://x.it/y",
     "https://user:pass@shop.example.com/a.jpg", "https://shop.example.com:99999/", "tg://resolve"]
) | st.text(max_size=20)  # fmt: skip
tokens = st.text("abcXYZ-_09", min_size=1, max_size=24) | st.sampled_from(
    ["x" * 64, "x" * 65, "é" * 40]
)
buttons = st.lists(
    st.fixed_dictionaries({"title": short, "payload": tokens})
    | st.fixed_dictionaries({"title": short, "url": urls}),
    max_size=7,
) | st.lists(st.fixed_dictionaries({"title": short, "payload": tokens}), min_size=12, max_size=130)
cards = st.lists(
    st.fixed_dictionaries(
        {"title": texts},
        optional={"subtitle": texts | st.none(), "image": urls | st.none(), "url": urls | st.none(),
                  "buttons": buttons},
    ),
    max_size=3,
)  # fmt: skip
files = st.lists(
    st.fixed_dictionaries(
        {"id": short, "name": short, "type": st.sampled_from(["image/png", "application/pdf", ""]),
         "size": st.sampled_from([None, 0, 10, 11 * 2**20, 60 * 2**20])},
        optional={"file": st.just("a.png")},
    ),
    max_size=3,
)  # fmt: skip
replies = st.builds(
    lambda text, keys, shown, sent: Outbound(1, 1, "5001", "bot", "it", text, keys, shown, sent),
    texts, buttons, cards, files,
)  # fmt: skip


def all_of(calls: list[Call]) -> list[Call]:
    """The calls and those that would be made instead of them."""
    return [one for call in calls for one in (call, *all_of(list(call.instead)))]


def markup(call: Call) -> dict[str, Any] | None:
    rows = [
        [{"text": key.title, **({"url": key.url} if key.url else {"callback_data": key.token})}
         for key in row]
        for row in call.rows
    ]  # fmt: skip
    return {"inline_keyboard": rows} if rows else None


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@settings(deadline=None, max_examples=250)
@given(replies)
def test_nothing_that_telegram_refuses(outbound: Outbound) -> None:
    for call in all_of(render(outbound, BASE)):
        if call.method == Method.MESSAGE:
            rules.check_text(call.text)
            assert 0 < units(call.text) <= 4096
        else:
            rules.check_caption(call.text)
            assert units(call.text) <= 1024
        rules.check_markup(markup(call))
        keys = [key for row in call.rows for key in row]
        assert len(keys) <= 100 and all(0 < len(row) <= 8 for row in call.rows)
        for key in keys:
            assert key.title.strip()
            assert bool(key.token) != bool(key.url)
            assert len(key.token.encode()) <= 64
        if call.photo:
            assert rules.is_reachable(call.photo)


@settings(deadline=None, max_examples=150)
@given(replies)
def test_every_choice_is_within_reach(outbound: Outbound) -> None:
    """As a key, or as a line with a number that can be typed; the numbers count through."""
    calls = render(outbound, BASE)
    tokens = {key.token for call in calls for row in call.rows for key in row}
    said = "\n".join(call.text for call in calls)
    lines = numbered(outbound.buttons, outbound.cards)
    groups = [*(card.get("buttons") or () for card in outbound.cards), outbound.buttons]
    for button in (one for group in groups for one in group if one.get("payload")):
        assert button["payload"] in tokens or button in lines
    assert all(f"{number}. " in said for number in range(1, len(lines) + 1))


@settings(deadline=None, max_examples=150)
@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=12)
       .map(lambda word: (word + " ") * 700))  # fmt: skip
def test_a_long_text_loses_nothing_but_white_space(text: str) -> None:
    calls = render(Outbound(1, 1, "5001", "bot", "it", text))
    shown = "".join(call.text for call in calls)
    kept = re.sub(r"\s", "", text)
    assert re.sub(r"\s", "", shown) == kept or not rules.cleaned(kept).strip("\u2800")


def test_a_question_becomes_one_message_with_keys() -> None:
    keys = [{"title": "Sì", "payload": "a"}, {"title": "No", "payload": "b"},
            {"title": "Parla con una persona", "payload": "c"}]  # fmt: skip
    (call,) = render(Outbound(1, 1, "5001", "bot", "it", "Confermi?", keys))
    assert call.text == "Confermi?"
    assert [[key.title for key in row] for row in call.rows] == [
        ["Sì", "No"], ["Parla con una persona"]
    ]  # fmt: skip


def test_the_key_for_the_own_contact_stands_alone() -> None:
    keys = [{"title": "Condividi il mio numero", "contact": True}]
    (call,) = render(Outbound(1, 1, "5001", "bot", "it", "Oppure:", keys))
    ((key,),) = call.rows
    assert key.contact and key.title == "Condividi il mio numero"


def test_marks_are_characters_not_formats() -> None:
    (call,) = render(Outbound(1, 1, "5001", "bot", "it", "*2 x 3* <b>5_000</b> [sì](no)"))
    assert call.text == "*2 x 3* <b>5_000</b> [sì](no)"


def test_a_link_that_only_this_machine_knows_is_written_out() -> None:
    keys = [{"title": "Apri", "url": "/demo/products/EG-1001"}]
    (call,) = render(Outbound(1, 1, "5001", "bot", "it", "Ecco", keys), "http://127.0.0.1:8000")
    assert call.text == "Ecco\n\nApri: http://127.0.0.1:8000/demo/products/EG-1001"
    assert call.rows == ()
    (call,) = render(Outbound(1, 1, "5001", "bot", "it", "Ecco", keys), BASE)
    assert call.rows[0][0].url == f"{BASE}/demo/products/EG-1001"
