"""Each promise about offers, by its name, on a real database."""

from datetime import timedelta

import pytest

from crm.consent.models import Purpose as ConsentPurpose
from crm.event.models import SignalKind
from crm.offer.facets import Facet
from crm.offer.models import Purpose
from crm.offer.policy import Cap, Caps
from crm.order.models import OrderStatus
from crm.profile.models import Level
from crm.ticket.desk import change_status
from crm.ticket.models import TicketStatus

from .market import DAY, NOON, POLICY, Everything, Market

HOUR = timedelta(hours=1)
CANDIDATES = {"dry_cream": 1.0, "oily_cream": 0.9}


class TestR5Consent:
    def test_r5_no_offer_without_consent_for_that_channel(self, market: Market) -> None:
        market.campaign("hair", "hair_mask")
        mario = market.customer("sms")
        assert market.decide(mario).trace.silenced_by == ("consented",)
        assert market.offered(mario, channel="sms") == {"hair"}
        market.consent(mario, "sms", granted=False)
        assert market.offered(mario, channel="sms") == set()

    def test_r5_an_answer_needs_none(self, market: Market) -> None:
        mario = market.customer()
        shown = market.offered(mario, purpose=Purpose.ANSWER, candidates=CANDIDATES)
        assert shown == {"dry_cream", "oily_cream"}

    def test_r5_where_profiling_is_refused_nothing_stored_chooses(self, market: Market) -> None:
        few = {"zone": {"provincia": "TN"}}
        market.campaign("few", "hair_mask", audience=few)
        mario = market.customer("email", skin="dry")
        assert market.offered(mario) == {"few"}
        market.consent(mario, "any", granted=False, purpose=ConsentPurpose.PROFILING)
        assert market.offered(mario) == set()

    def test_r5_nobody_in_particular_needs_no_consent(self, market: Market) -> None:
        market.campaign("hair", "hair_mask")
        assert market.offered() == {"hair"}


class TestR14OpenMatter:
    def test_r14_nothing_is_promoted_while_a_complaint_is_open(self, market: Market) -> None:
        market.campaign("hair", "hair_mask")
        mario = market.customer("email")
        ticket = market.complains(mario)
        decision = market.decide(mario)
        assert (list(decision.choices), decision.trace.silenced_by) == ([], ("nothing_open",))
        assert market.offered(mario, purpose=Purpose.ASKED) == set()
        assert market.offered(mario, level=Level.CLAIMED) == set()
        change_status(ticket, TicketStatus.SOLVED, "Anna")
        assert market.offered(mario) == {"hair"}

    def test_r14_a_question_is_answered(self, market: Market) -> None:
        mario = market.customer()
        market.complains(mario)
        assert market.offered(mario, purpose=Purpose.ANSWER, candidates={"soap": 1.0}) == {"soap"}


class TestR15AfterAPurchase:
    def test_r15_bought_already(self, market: Market) -> None:
        market.campaign("dryers", "hair_dryer")
        mario = market.customer("email")
        market.buys(mario, "dryer", ago=400 * DAY)
        decision = market.decide(mario)
        assert decision.trace.removed["dryers"] == "no_product_left"
        shown = market.decide(mario, purpose=Purpose.ANSWER, candidates={"other_dryer": 1.0})
        assert shown.trace.removed["other_dryer"] == "not_bought_already"

    def test_r15_what_is_used_up_comes_back_in_time(self, market: Market) -> None:
        mario = market.customer("email")
        market.buys(mario, "shampoo", ago=30 * DAY)
        asked = {"purpose": Purpose.ANSWER, "candidates": {"shampoo": 1.0}}
        assert market.offered(mario, **asked) == set()
        assert market.offered(mario, **asked, at=NOON + 40 * DAY) == {"shampoo"}

    def test_r15_nothing_unrelated_after_a_purchase(self, market: Market) -> None:
        market.campaign("tools", "hair_tools")
        market.campaign("masks", "hair_mask")
        mario = market.customer("email")
        market.buys(mario, "dryer")
        decision = market.decide(mario)
        assert {choice.key for choice in decision.choices} <= {"tools", "diffuser"}
        assert decision.choices and decision.choices[0].facts["goes_with"] == "dryer"
        assert decision.trace.removed["masks"] == "no_product_left"
        later = {"at": NOON + 20 * DAY}
        market.campaign("soon", "hair_mask").ends_on = (NOON + 90 * DAY).date()
        assert "soon" in market.offered(mario, **later)

    def test_r15_what_goes_with_a_purchase_is_found_for_who_says_nothing(
        self, market: Market
    ) -> None:
        market.search = Everything()
        mario = market.customer("email")
        market.buys(mario, "dryer", ago=100 * DAY)
        silent = {"states_need": False}
        offered = {choice.key: choice for choice in market.decide(mario, **silent).choices}
        assert offered["diffuser"].facts["goes_with"] == "dryer"
        assert offered["soap"].facts["likes"] is True
        assert "other_dryer" not in offered
        assert market.offered(mario, **silent, level=Level.CLAIMED) == set()
        market.consent(mario, "any", granted=False, purpose=ConsentPurpose.PROFILING)
        assert market.offered(mario, **silent) == set()

    def test_r15_what_was_given_back_does_not_count(self, market: Market) -> None:
        market.campaign("dryers", "hair_dryer")
        mario = market.customer("email")
        market.buys(mario, "dryer", status=OrderStatus.RETURNED)
        assert market.offered(mario) == {"dryers"}


class TestR16Mood:
    @pytest.fixture
    def mario(self, market: Market) -> int:
        market.campaign("hair", "hair_mask")
        return market.customer("email")

    def test_r16_an_angry_message_silences(self, market: Market, mario: int) -> None:
        market.says(mario, "angry", ago=timedelta(minutes=1))
        assert market.decide(mario).trace.silenced_by == ("good_mood",)
        assert market.offered(mario, at=NOON + 2 * DAY) == {"hair"}

    def test_r16_a_bad_review_silences(self, market: Market, mario: int) -> None:
        market.signals(mario, SignalKind.REVIEW, HOUR, rating=1)
        assert market.decide(mario).trace.silenced_by == ("good_mood",)

    @pytest.mark.parametrize("opener", ["happy", "check_in", "review"])
    def test_r16_a_good_moment_opens(self, market: Market, mario: int, opener: str) -> None:
        market.says(mario, "angry", ago=3 * HOUR)
        if opener == "happy":
            market.says(mario, "happy", ago=HOUR)
        else:
            market.signals(mario, SignalKind(opener), HOUR, rating=5)
        assert market.offered(mario) == {"hair"}


class TestR17WhoTheyAre:
    def test_r17_not_interested_is_remembered(self, market: Market) -> None:
        market.campaign("hair", "hair_mask")
        mario = market.customer("email")
        market.refuses(mario, "dry_cream")
        market.refuses(mario, "mask", "hair")
        asked = market.decide(mario, purpose=Purpose.ANSWER, candidates=CANDIDATES)
        assert asked.trace.removed["dry_cream"] == "not_refused"
        assert market.decide(mario).trace.removed["hair"] == "campaign_not_refused"

    def test_r17_once_by_mistake_is_no_lipstick_for_ever(self, market: Market) -> None:
        market.campaign("lips", "lipstick")
        market.campaign("beard", "beard_care")
        mario = market.customer("email", sex="M")
        market.buys(mario, "lipstick", ago=100 * DAY)
        assert market.offered(mario) == {"beard"}

    def test_r17_facts_decide_over_what_was_registered(self, market: Market) -> None:
        market.campaign("lips", "lipstick")
        market.campaign("beard", "beard_care")
        mario = market.customer("email", sex="M")
        for months in (3, 5, 7):
            market.buys(mario, "lipstick", ago=30 * months * DAY)
        assert market.offered(mario) == {"lips"}

    def test_r17_who_asks_for_lipstick_gets_it(self, market: Market) -> None:
        mario = market.customer(sex="M")
        asked = {"purpose": Purpose.ANSWER, "candidates": {"lipstick": 1.0}}
        assert market.offered(mario, **asked) == {"lipstick"}


class TestR18TheNeed:
    def test_r18_the_offer_answers_the_need_just_said(self, market: Market) -> None:
        market.campaign("lips", "lipstick")
        market.campaign("skin", "face_cream")
        decision = market.decide(candidates={"dry_cream": 1.0, "oily_cream": 0.9},
                                 said=frozenset({Facet("skin", "dry")}))  # fmt: skip
        assert {choice.key for choice in decision.choices} == {"skin"}
        assert decision.choices[0].product.sku == "dry_cream"
        assert decision.trace.removed["lips"] == "no_product_left"
        assert decision.trace.removed["oily_cream"] == "no_contradiction"


class TestR19Zone:
    def test_r19_promotions_of_the_zone_for_who_lives_there_and_first(self, market: Market) -> None:
        market.campaign("everywhere", "hair_mask")
        market.campaign("trentino", "lipstick", zone=["TN"])
        market.campaign("puglia", "lipstick", zone=["BA"])
        decision = market.decide(zone="38068")
        assert [choice.key for choice in decision.choices] == ["trentino", "everywhere"]
        assert decision.trace.removed["puglia"] == "in_zone"
        assert market.offered(zone="BA") == {"puglia", "everywhere"}
        assert market.offered() == {"everywhere"}

    def test_r19_what_the_shop_of_the_zone_has_comes_first(self, market: Market) -> None:
        asked = {"purpose": Purpose.ANSWER, "candidates": {"mask": 1.0, "soap": 1.0}}
        here = market.decide(**asked, zone="TN").choices
        assert (here[0].key, here[0].near) == ("soap", "rovereto")
        assert market.decide(**asked, zone="BA").choices[0].key == "mask"

    def test_r19_sold_out_everywhere_is_no_offer(self, market: Market) -> None:
        asked = market.decide(purpose=Purpose.ANSWER, candidates={"gone": 1.0})
        assert asked.trace.removed["gone"] == "in_stock"


class TestR20NotTooOften:
    @pytest.fixture
    def mario(self, market: Market) -> int:
        market.campaign("hair", "hair_mask")
        return market.customer("email", "whatsapp")

    def test_r20_caps_hold(self, market: Market, mario: int) -> None:
        message = {"purpose": Purpose.PROACTIVE}
        assert market.offered(mario, **message) == {"hair"}
        again = market.decide(mario, **message, at=NOON + HOUR)
        assert again.trace.silenced_by == ("not_too_often",)
        assert market.offered(mario, **message, at=NOON + 2 * DAY) == {"hair"}

    def test_r20_caps_of_a_channel(self, market: Market, mario: int) -> None:
        rare = Caps(promote=Cap(per_day=9, per_week=9),
                    channels={"whatsapp": Cap(per_day=0, per_week=0)})  # fmt: skip
        market.policy = POLICY.model_copy(update={"caps": rare})
        assert market.offered(mario, channel="whatsapp") == set()
        assert market.offered(mario) == {"hair"}

    def test_r20_quiet_hours_are_for_messages(self, market: Market, mario: int) -> None:
        night = {"at": NOON.replace(hour=22)}
        quiet = market.decide(mario, purpose=Purpose.PROACTIVE, **night)
        assert quiet.trace.silenced_by == ("not_at_night",)
        assert market.offered(mario, **night) == {"hair"}

    def test_r20_a_customer_says_how_often_and_when(self, market: Market) -> None:
        market.campaign("hair", "hair_mask")
        never = market.customer("email", offers_per_week=0)
        siesta = market.customer("email", offers_quiet_from="12:00", offers_quiet_to="15:00")
        message = {"purpose": Purpose.PROACTIVE}
        assert market.decide(never, **message).trace.silenced_by == ("not_too_often",)
        assert market.decide(siesta, **message).trace.silenced_by == ("not_at_night",)
        assert market.offered(siesta, **message, at=NOON.replace(hour=22)) == {"hair"}

    def test_r20_caps_of_a_campaign(self, market: Market, mario: int) -> None:
        market.campaign("once", "soap", cap_per_customer=1)
        market.campaign("twice", "shampoo", cap_total=2)
        assert {"once", "twice"} <= market.offered(mario)
        assert "once" not in market.offered(mario)
        assert market.decide(mario).trace.removed["twice"] == "under_its_cap"

    def test_r20_the_right_channel(self, market: Market, mario: int) -> None:
        market.campaign("by_post", "soap", channels=["post"])
        assert market.decide(mario).trace.removed["by_post"] == "on_channel"


def test_below_the_level_no_purchase_shows_that_there_is_a_baby(market: Market) -> None:
    parent = market.customer("email")
    for number in range(2):
        market.buys(parent, "baby_oil", ago=(100 + number) * DAY)
    assert market.offered(parent, level=Level.CLAIMED, page="baby_care") == market.offered(
        page="baby_care"
    )


def test_every_rule_can_be_switched_off(market: Market) -> None:
    market.campaign("hair", "hair_mask")
    mario = market.customer()
    market.complains(mario)
    market.says(mario, "angry", HOUR)
    off = {"nothing_open": False, "consented": False, "good_mood": False}
    market.policy = market.policy.model_copy(update={"rules": off})
    decision = market.decide(mario)
    assert {choice.key for choice in decision.choices} == {"hair"}
    assert decision.trace.switched_off == ("consented", "good_mood", "nothing_open")


def test_only_what_was_written_down_counts_towards_a_cap(market: Market) -> None:
    market.campaign("once", "soap", cap_per_customer=1)
    mario = market.customer("email")
    for _ in range(2):
        assert market.offered(mario, is_remembered=False) == {"once"}
    assert market.offered(mario) == {"once"}
    assert market.offered(mario) == set()


def test_an_audience_is_for_its_members_and_only_once_it_is_sure_who_it_is(market: Market) -> None:
    market.campaign("curls", "hair_mask", audience={"trait": {"name": "hair", "equals": "curly"}})
    curly, straight = (market.customer("email", hair=hair) for hair in ("curly", "straight"))
    assert market.offered(curly) == {"curls"}
    assert market.decide(straight).trace.removed["curls"] == "in_audience"
    assert market.offered(curly, level=Level.CLAIMED) == set()
    assert market.offered() == set()
    assert market.decide(curly).choices[0].facts["for_few"]
