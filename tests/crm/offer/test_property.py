"""Whatever the profile and the context: nothing ineligible is offered, no reason tells too much.

What is ineligible is written down here once more, from the raw facts, without the rules.
"""

from dataclasses import dataclass
from datetime import timedelta
from itertools import product as every
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.phrases import Phrases
from app.settings import ROOT
from crm.db import Database
from crm.offer.decision import Decision
from crm.offer.facets import Facet, facets_of
from crm.offer.models import Purpose
from crm.offer.reasons import Reasons
from crm.offer.rules import DURABLE
from crm.profile.models import Level

from .market import CATALOGUE, DAY, NOON, POLICY, Everything, Market

PHRASES = Phrases.load(ROOT / "bot" / "domain")
SKINS = ("dry", "oily")
FEW = {"trait": {"name": "skin", "equals": "dry"}}
CAMPAIGNS: dict[str, dict[str, Any]] = {
    "hair": {"categories": ["hair_mask", "shampoo"], "channels": ["email", "site"]},
    "trentino": {"categories": ["lipstick", "beard_care"], "zone": ["TN"]},
    "puglia": {"categories": ["lipstick", "soap"], "zone": ["BA"]},
    "dry_few": {"categories": ["face_cream"], "audience": FEW},
    "dryers": {"categories": ["hair_dryer"]},
}  # fmt: skip


@dataclass(frozen=True)
class Life:
    """A customer, and where they are now."""

    skin: str | None
    sex: str | None
    bought: tuple[tuple[str, int], ...]
    refused: frozenset[str]
    refused_campaigns: frozenset[str]
    complains: bool
    consents: frozenset[str]
    mood: str | None
    level: Level
    purpose: Purpose
    channel: str
    said: frozenset[Facet]
    candidates: dict[str, float]
    states_need: bool
    zone: str | None
    hour: int
    taste_finds_everything: bool


skus = st.sampled_from(sorted(CATALOGUE))
lives = st.builds(
    Life,
    skin=st.sampled_from([None, *SKINS]),
    sex=st.sampled_from([None, "F", "M"]),
    bought=st.lists(st.tuples(skus, st.sampled_from([2, 30, 300])), max_size=4).map(tuple),
    refused=st.frozensets(skus, max_size=3),
    refused_campaigns=st.frozensets(st.sampled_from(sorted(CAMPAIGNS)), max_size=2),
    complains=st.booleans(),
    consents=st.frozensets(st.sampled_from(["email", "sms"])),
    mood=st.sampled_from([None, "angry", "happy"]),
    level=st.sampled_from(Level),
    purpose=st.sampled_from(Purpose),
    channel=st.sampled_from(["email", "sms", "site"]),
    said=st.frozensets(st.builds(Facet, st.just("skin"), st.sampled_from(SKINS)), max_size=1),
    candidates=st.dictionaries(skus, st.sampled_from([0.6, 1.0]), max_size=6),
    states_need=st.booleans(),
    zone=st.sampled_from([None, "38068", "BA"]),
    hour=st.sampled_from([3, 11]),
    taste_finds_everything=st.booleans(),
)


@settings(max_examples=150, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(life=lives)
def test_nothing_ineligible_and_nothing_above_the_level(life: Life, database: Database) -> None:
    with database.writing() as session:
        market = Market(session, search=Everything() if life.taste_finds_everything else None)
        for key, more in CAMPAIGNS.items():
            rest = {name: value for name, value in more.items() if name != "categories"}
            market.campaign(key, *more["categories"], **rest)
        decision = live(market, life)
        for choice in decision.choices:
            if choice.campaign is not None:
                check_campaign(choice.campaign.id, life)
            check_product(choice.product.sku, life)
        check_moment(decision, life)
        check_reasons(market, decision, life)
        session.rollback()


def live(market: Market, life: Life) -> Decision:
    """Write the customer down and decide."""
    traits = {"skin": life.skin, "sex": life.sex}
    customer = market.customer(*life.consents, **traits)
    for sku, days in life.bought:
        market.buys(customer, sku, ago=days * DAY)
    for sku in life.refused:
        market.refuses(customer, sku)
    for campaign in life.refused_campaigns:
        market.refuses(customer, "mask", campaign)
    if life.complains:
        market.complains(customer)
    if life.mood:
        market.says(customer, life.mood, timedelta(hours=1))
    return market.decide(
        customer, level=life.level, purpose=life.purpose, channel=life.channel, said=life.said,
        candidates=life.candidates, states_need=life.states_need, zone=life.zone,
        at=NOON.replace(hour=life.hour),
    )  # fmt: skip


def is_unasked(life: Life) -> bool:
    return life.purpose in (Purpose.PROMOTE, Purpose.PROACTIVE)


def check_moment(decision: Decision, life: Life) -> None:
    allowed = bool(life.consents) if life.channel == "site" else life.channel in life.consents
    forbidden = (
        (life.complains and life.purpose != Purpose.ANSWER)
        or (is_unasked(life) and not allowed)
        or (is_unasked(life) and life.mood == "angry" and life.hour == NOON.hour)
        or (life.purpose == Purpose.PROACTIVE and life.hour == 3)
    )
    assert not (forbidden and decision.choices)


def check_campaign(key: str, life: Life) -> None:
    campaign = CAMPAIGNS[key]
    home = "TN" if life.level == Level.VERIFIED else None
    province = {"38068": "TN", "BA": "BA", None: home}[life.zone]
    assert key not in life.refused_campaigns
    assert province in campaign.get("zone", [province])
    assert life.channel in campaign.get("channels", [life.channel])
    if "audience" in campaign:
        assert life.skin == "dry" and life.level == Level.VERIFIED


def check_product(sku: str, life: Life) -> None:
    entry = CATALOGUE[sku]
    counts = life.level == Level.VERIFIED or life.purpose != Purpose.ANSWER
    bought: dict[str, int] = {}
    for name, days in life.bought:
        bought[name] = min(days, bought.get(name, days))
    assert sku not in life.refused
    assert not entry.get("stock") or any(entry["stock"].values())
    if counts:
        assert bought.get(sku, 999) > 60
        owned = {CATALOGUE[one]["category"] for one in bought}
        assert entry["category"] not in DURABLE or entry["category"] not in owned
    for facet in life.said:
        assert facet.value in entry.get("skin", [facet.value])
    if is_unasked(life) and life.said and not (life.states_need and life.candidates):
        assert life.said & set(facets_of(entry))
    recent = {one for one, days in life.bought if days <= 14}
    has_need = life.said or (life.states_need and life.candidates)
    if is_unasked(life) and recent and not has_need:
        goes_with = {other for one in recent for other in CATALOGUE[one].get("goes_with", ())}
        assert sku in goes_with or recent & set(entry.get("goes_with", ()))


def check_reasons(market: Market, decision: Decision, life: Life) -> None:
    """At each level below the one decided on too: a verification may have grown old meanwhile."""
    for choice, level, language in every(decision.choices, Level, ("it", "en")):
        said = Reasons(market.session, PHRASES.text, language, POLICY).reason(choice.facts, level)
        if level != Level.VERIFIED:
            for sku, _ in life.bought:
                assert f"{sku} {language}" not in said
            if life.skin and Facet("skin", life.skin) not in life.said:
                assert Facet("skin", life.skin).say(language) not in said
            for secret in ("utter_reason_for_few", "utter_reason_likes"):
                assert PHRASES.text(secret, language) not in said
            if life.zone is None:
                assert "Rovereto" not in said
