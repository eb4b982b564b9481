"""R21: every offer can say why it was chosen, and tells nothing above the customer's level."""

from pathlib import Path
from re import search

import pytest

from actions.phrases import Phrases
from app.settings import ROOT
from crm.offer.facets import Facet
from crm.offer.models import Purpose
from crm.offer.reasons import Reasons
from crm.profile.models import Level

from .market import DAY, POLICY, Everything, Market

PHRASES = Phrases.load(ROOT / "bot" / "domain")
DRY = Facet("skin", "dry")
TESTS = Path(__file__).parents[2]


def reasons(market: Market, customer: int | None, level: Level, **asked: object) -> dict[str, str]:
    """What is offered, each with its reason in Italian, as it is told at a level."""
    tell = Reasons(market.session, PHRASES.text, "it", POLICY)
    choices = market.decide(customer, **asked).choices
    return {choice.key: tell.reason(choice.facts, level) for choice in choices}


class TestR21Reasons:
    def test_r21_the_need_just_said_is_the_first_reason(self, market: Market) -> None:
        asked = {"said": frozenset({DRY}), "candidates": {"dry_cream": 1.0, "soap": 0.9}}
        told = reasons(market, None, Level.ANONYMOUS, purpose=Purpose.ANSWER, **asked)
        assert DRY.say("it") in told["dry_cream"]
        assert DRY.say("it") not in told["soap"]

    def test_r21_what_it_goes_with_is_named_to_who_is_verified_only(self, market: Market) -> None:
        mario = market.customer("email")
        market.buys(mario, "dryer", ago=30 * DAY)
        assert "dryer it" in reasons(market, mario, Level.VERIFIED)["diffuser"]
        for level in (Level.CLAIMED, Level.ANONYMOUS):
            assert "dryer" not in reasons(market, mario, level)["diffuser"]

    def test_r21_a_trait_told_is_named_to_who_is_verified_only(self, market: Market) -> None:
        mario = market.customer(skin="dry")
        asked = {"purpose": Purpose.ANSWER, "candidates": {"dry_cream": 1.0}}
        assert DRY.say("it") in reasons(market, mario, Level.VERIFIED, **asked)["dry_cream"]
        assert DRY.say("it") not in reasons(market, mario, Level.CLAIMED, **asked)["dry_cream"]

    def test_r21_what_is_alike_says_so(self, market: Market) -> None:
        market.search = Everything()
        mario = market.customer("email")
        told = reasons(market, mario, Level.VERIFIED, states_need=False)
        assert told["soap"] == PHRASES.text("utter_reason_likes", "it")

    @pytest.mark.parametrize("level", Level)
    def test_r21_a_campaign_has_a_reason_at_every_level(self, market: Market, level: Level) -> None:
        market.campaign("masks", "hair_mask")
        assert reasons(market, None, level) == {
            "masks": PHRASES.text("utter_reason_campaign", "it")
        }

    def test_r21_the_reason_is_in_the_customer_s_language(self, market: Market) -> None:
        facts = market.decide(said=frozenset({DRY}), candidates={"dry_cream": 1.0}).choices[0].facts
        for language in ("it", "en"):
            tell = Reasons(market.session, PHRASES.text, language, POLICY)
            assert DRY.say(language) in tell.reason(facts, Level.ANONYMOUS)


@pytest.mark.parametrize("rule", ["R5", "R12", *(f"R{number}" for number in range(14, 23))])
def test_every_promise_about_offers_has_tests_that_name_it(rule: str) -> None:
    named = rf"\b{rule}\b|class Test{rule}[A-Z]|def test_{rule.lower()}_"
    others = (path for path in TESTS.rglob("test_*.py") if path != Path(__file__))
    tests = [Path(__file__)] if rule == "R21" else others
    assert any(search(named, path.read_text("utf-8")) for path in tests)
