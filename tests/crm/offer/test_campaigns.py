"""Campaigns: written in files, split into wordings, closed by purchases."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from crm.offer.campaign_files import BadCampaign, put, read_campaign, read_campaign_file
from crm.offer.campaigns import Variant, audience_of, in_language, split
from crm.offer.models import OfferEvent, OfferOutcome, Promotion
from crm.offer.outcomes import Offered, note
from crm.offer.sales import close_sales

from .market import DAY, NOON, Market

WRITTEN = """
id: curls
name: {it: Ricci, en: Curls}
variants:
  - {id: calm, text: {it: Con calma, en: Calmly}}
  - {id: loud, text: {it: Subito, en: At once}, weight: 3}
applies_to: {categories: [hair_mask]}
starts_on: 2026-03-01
ends_on: 2026-03-31
audience: {all: [{trait: {name: hair, equals: curly}}, {not: {zone: {provincia: BA}}}]}
zone: [TN]
channels: [email, site]
cap_per_customer: 2
cost: 120.50
discount: {percent: "15"}
"""
TWO = [Variant("calm", {}), Variant("loud", {}, 3.0)]


def test_a_campaign_in_one_language_is_told_in_that_one() -> None:
    assert in_language({"it": "Ricci"}, "en") == "Ricci"
    assert in_language({"it": "Ricci", "en": "Curls"}, "en") == "Curls"


def test_a_file_becomes_a_campaign_and_is_changed(market: Market, tmp_path: Path) -> None:
    path = tmp_path / "curls.yml"
    path.write_text(WRITTEN)
    assert put(market.session, read_campaign_file(path))
    stored = market.session.get_one(Promotion, "curls")
    assert (stored.text["it"], stored.cost, stored.zone) == ("Con calma", Decimal("120.50"), ["TN"])
    assert audience_of(stored) == read_campaign_file(path).audience
    path.write_text(WRITTEN.replace("[TN]", "[BA]"))
    assert not put(market.session, read_campaign_file(path))
    assert stored.zone == ["BA"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("ends_on: 2026-03-31", "ends_on: 2026-02-01"), "ends on 2026-02-01, before it starts"),
        (("channels: [email, site]", "channels: [pigeon]"), "'pigeon' is no channel"),
        (("id: loud", "id: calm"), "two variants have one id"),
        (("zone: [TN]", "zones: [TN]"), "zones is not a word of a campaign"),
        (("equals: curly", "is: curly"), "audience.all.0.trait.is is not a word"),
        (("{categories: [hair_mask]}", "{}"), "applies_to needs"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(
    tmp_path: Path, change: tuple[str, str], sentence: str
) -> None:
    path = tmp_path / "curls.yml"
    path.write_text(WRITTEN.replace(*change))
    with pytest.raises(BadCampaign, match=f"curls.yml: .*{sentence}"):
        read_campaign_file(path)


def test_a_campaign_needs_products_that_exist(market: Market) -> None:
    written = {"id": "x", "name": {"it": "x"}, "text": {"it": "x"}, "starts_on": "2026-03-01",
               "ends_on": "2026-03-02", "applies_to": {"categories": ["bicycles"]}}  # fmt: skip
    with pytest.raises(BadCampaign, match="no category 'bicycles'"):
        put(market.session, read_campaign(written))


def test_the_split_is_stable_follows_the_weights_and_is_salted() -> None:
    people = [f"customer {number}" for number in range(4000)]
    first = {who: split("curls", who, TWO).id for who in people}
    assert first == {who: split("curls", who, TWO).id for who in people}
    assert 0.22 < Counter(first.values())["calm"] / 4000 < 0.28
    other = {who: split("lips", who, TWO).id for who in people}
    both = sum(first[who] == other[who] == "calm" for who in people)
    assert 0.04 < both / 4000 < 0.09  # a sixteenth, as of two that know nothing of each other


def test_everybody_keeps_the_wording_they_saw(market: Market) -> None:
    texts = [{"id": one, "text": {"it": one}, "weight": 1.0} for one in ("calm", "loud")]
    campaign = market.campaign("soaps", "soap", variants=texts)
    people = [market.customer("email") for _ in range(12)]
    seen = {who: market.decide(who).choices[0].variant for who in people}
    assert {one.id for one in seen.values() if one} == {"calm", "loud"}
    campaign.variants = [texts[0] | {"weight": 1000.0}, texts[1]]
    for who in people:
        assert market.decide(who).choices[0].variant.id == seen[who].id  # type: ignore[union-attr]
    nobody = market.decide().choices[0].variant
    assert nobody is not None and (nobody.id, nobody.text["it"]) == ("", "calm")
    visitor = market.decide(visitor="v-1").choices[0].variant
    assert visitor is not None and visitor.id in ("calm", "loud")


class TestSales:
    def met(self, market: Market, customer: int, outcome: OfferOutcome, days: int,
            campaign: str | None = None, sku: str = "mask") -> None:  # fmt: skip
        offer = Offered(sku, "d1", campaign, "calm" if campaign else None, "email")
        note(market.session, outcome, offer, customer_id=customer, at=NOON - days * DAY)

    def sold(self, market: Market) -> list[tuple[str | None, str, Decimal | None]]:
        query = select(OfferEvent).filter_by(outcome=OfferOutcome.SOLD).order_by(OfferEvent.id)
        return [(one.promotion_id, one.sku, one.amount) for one in market.session.scalars(query)]

    def test_r22_a_purchase_closes_what_led_to_it(self, market: Market) -> None:
        market.campaign("hair", "hair_mask", "shampoo")
        mario = market.customer("email")
        self.met(market, mario, OfferOutcome.SHOWN, 9, "hair")
        self.met(market, mario, OfferOutcome.OPENED, 3, "hair")
        self.met(market, mario, OfferOutcome.SHOWN, 2)
        order = market.buys(mario, "mask", "soap", ago=timedelta())
        assert close_sales(market.session, order, 30) == 2
        assert self.sold(market) == [("hair", "mask", Decimal(10)), (None, "mask", Decimal(10))]
        assert close_sales(market.session, order, 30) == 0
        query = select(OfferEvent).filter_by(outcome=OfferOutcome.SOLD, promotion_id="hair")
        event = market.session.scalars(query).one()
        assert (event.facts["touches"], event.variant) == (2, "calm")

    @pytest.mark.parametrize(
        ("outcome", "days"),
        [(OfferOutcome.CHOSEN, 1), (OfferOutcome.SHOWN, 40), (OfferOutcome.REJECTED, 1)],
    )
    def test_r22_what_was_not_seen_long_ago_or_refused_did_not(
        self, market: Market, outcome: OfferOutcome, days: int
    ) -> None:
        mario = market.customer("email")
        self.met(market, mario, outcome, days)
        order = market.buys(mario, "mask", ago=timedelta())
        assert close_sales(market.session, order, 30) == 0
