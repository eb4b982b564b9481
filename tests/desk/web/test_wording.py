"""The desk says everything in both languages, and says nothing that nobody reads."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from crm.conversation.models import Mode, State
from crm.offer.models import OfferOutcome
from crm.order.models import OrderStatus
from crm.profile.models import Level, TraitKind
from crm.staff.audit import Action
from crm.staff.models import Role
from crm.ticket.models import Priority, TicketCategory, TicketStatus
from crm.value.models import Tier
from desk.pages.insights.question import GROUPS
from desk.wording import preferred_language, wording

DESK = Path(__file__).resolve().parents[3] / "desk"
FOLDER = DESK / "wording"
SOURCES = [*DESK.rglob("*.py"), *DESK.rglob("*.html")]
HOLES = re.compile(r"\{(\w+)\}")
NAMED = re.compile(r"""words\(\s*["']([a-z_]+(?:\.[a-z_0-9]+)?)["']""")


def texts(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in FOLDER.glob(f"*.{language}.yml"):
        found |= dict(flat(yaml.safe_load(path.read_text("utf-8"))))
    return found


def flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def test_both_languages_have_the_same_texts_and_holes() -> None:
    italian, english = texts("it"), texts("en")
    assert set(italian) == set(english)
    for name, text in italian.items():
        assert isinstance(text, str) and text == text.strip(), name
        assert set(HOLES.findall(text)) == set(HOLES.findall(english[name])), name


def test_every_text_that_is_asked_for_is_there() -> None:
    asked = {name for path in SOURCES for name in NAMED.findall(path.read_text("utf-8"))}
    assert len(asked) > 80
    assert asked - set(texts("it")) == set()


@pytest.mark.parametrize(
    ("group", "values"),
    [
        ("mode", Mode), ("delivery", State), ("role", Role), ("action", Action), ("level", Level),
        ("kind", TraitKind), ("tier", Tier), ("outcome", OfferOutcome), ("status", TicketStatus),
        ("priority", Priority), ("category", TicketCategory), ("order_status", OrderStatus),
        ("briefing", [f"tier_{tier}" for tier in Tier]), ("insights", list(GROUPS)),
    ],
)  # fmt: skip
def test_every_value_has_a_word(group: str, values: Any) -> None:
    for language in ("it", "en"):
        known = wording(language).group(group)
        assert {str(value) for value in values} <= set(known), language


class TestWriting:
    def test_numbers_and_ages(self) -> None:
        italian, english = wording("it"), wording("en")
        assert (italian.number(1234.5, 2), english.number(1234.5, 2)) == ("1.234,50", "1,234.50")
        at = datetime(2026, 3, 5, 12, tzinfo=UTC)
        ages = [timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=3), timedelta(days=2)]
        assert [italian.age(at - age, at) for age in ages] == ["adesso", "5 min", "3 h", "2 gg"]

    def test_a_value_without_a_word_is_readable(self) -> None:
        assert wording("it").of("trait", "favourite_shop") == "favourite shop"

    @pytest.mark.parametrize(
        ("accepted", "language"),
        [("en-GB,en;q=0.9", "en"), ("de,it;q=0.5", "it"), ("de", "it"), ("", "it")],
    )
    def test_the_language_that_a_browser_asks_for(self, accepted: str, language: str) -> None:
        assert preferred_language(accepted) == language
