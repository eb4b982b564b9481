"""The demo company's content: complete in both languages, and of one mind with its policy."""

import re
from decimal import Decimal
from typing import Any

import phonenumbers
import pytest

from app.demo.content import (
    COMPANY,
    WEEKDAYS,
    read_company,
    read_products,
    read_promotions,
    read_questions,
    read_shops,
    read_yaml,
)
from app.demo.places import place_weights
from app.demo.tastes import read_appeals
from crm.segment.folder import read_segments

LANGUAGES = ("it", "en")
PER_TOPIC = {
    "shipping": 14,
    "payment": 10,
    "returns": 12,
    "warranty": 8,
    "care": 14,
    "loyalty": 10,
    "privacy": 8,
    "stores": 4,
}
QUESTIONS = {entry["id"]: entry for entry in read_questions()}
PROMOTIONS = read_promotions()
SHOPS = read_yaml(COMPANY / "shops.yml")


def texts_of(node: Any) -> list[str]:
    """Every text of a nested entry."""
    if isinstance(node, dict):
        return [text for value in node.values() for text in texts_of(value)]
    if isinstance(node, list):
        return [text for value in node for text in texts_of(value)]
    return [node] if isinstance(node, str) else []


def spoken(amount: str, language: str) -> str:
    """An amount as an answer writes it: "4.90" is "4,90" in Italian, "39.00" is "39"."""
    number = Decimal(amount)
    short = f"{number:.0f}" if number == number.to_integral() else f"{number:.2f}"
    return short.replace(".", ",") if language == "it" else short


def figures_of_policy() -> list[tuple[str, str, str]]:
    """(question id, figure as stored, what it is) for the figures that answers must quote."""
    policy = read_company()["policy"]
    shipping, returns, warranty = policy["shipping"], policy["returns"], policy["warranty"]
    loyalty, payment = policy["loyalty"], policy["payment"]
    return [
        ("shipping-cost", shipping["standard"]["cost"], "standard"),
        ("shipping-cost", shipping["standard"]["free_from"], "free from"),
        ("shipping-cost", shipping["express"]["cost"], "express"),
        ("shipping-cost", shipping["pickup_point"]["cost"], "pick-up point"),
        ("shipping-express", shipping["express"]["cost"], "express"),
        ("shipping-islands", shipping["standard"]["cost"], "standard"),
        ("shipping-pickup-point", shipping["pickup_point"]["cost"], "pick-up point"),
        ("shipping-abroad", shipping["abroad"]["cost"], "abroad"),
        ("shipping-gift", shipping["gift_wrap"], "gift wrap"),
        ("payment-cash-on-delivery", payment["cash_on_delivery"]["cost"], "cash on delivery"),
        ("payment-cash-on-delivery", payment["cash_on_delivery"]["max_order"], "its limit"),
        ("payment-bank-transfer", str(payment["bank_transfer_days"]), "days"),
        ("payment-instalments", payment["instalments"]["from"], "from"),
        ("payment-gift-card", payment["gift_card"]["to"], "to"),
        ("return-window", str(returns["days"]), "days"),
        ("return-cost", returns["home_collection_cost"], "collection"),
        ("refund-time", str(returns["refund_working_days"]), "working days"),
        ("refund-method", str(returns["full_order_shipping_refund_days"]), "days"),
        ("exchange-product", str(returns["exchange_hold_days"]), "days"),
        ("warranty-duration", str(warranty["months"]), "months"),
        ("warranty-duration", str(warranty["registered_months"]), "registered months"),
        ("warranty-registration", str(warranty["register_within_days"]), "days"),
        ("warranty-repair-time", str(warranty["repair_working_days"]), "working days"),
        ("warranty-out-of-warranty", warranty["quote_cost"], "estimate"),
        ("loyalty-redeem", str(loyalty["reward_points"]), "points"),
        ("loyalty-redeem", loyalty["reward_amount"], "reward"),
        ("loyalty-expiry", str(loyalty["points_months"]), "months"),
        ("loyalty-missing-points", str(loyalty["claim_days"]), "days"),
        ("loyalty-refer-friend", loyalty["referral"]["friend_amount"], "friend"),
        ("loyalty-refer-friend", str(loyalty["referral"]["points"]), "points"),
        ("privacy-assistant-data", str(policy["privacy"]["conversation_months"]), "months"),
        ("privacy-verification-code", str(policy["privacy"]["code_minutes"]), "minutes"),
    ]


def test_eighty_questions_by_topic() -> None:
    counts = {
        topic: sum(entry["topic"] == topic for entry in QUESTIONS.values()) for topic in PER_TOPIC
    }
    assert counts == PER_TOPIC
    assert len(read_questions()) == len(QUESTIONS) == 80


@pytest.mark.parametrize("entry", QUESTIONS.values(), ids=QUESTIONS)
def test_question_is_whole(entry: dict[str, Any]) -> None:
    assert all(text.strip() for text in texts_of(entry))
    assert entry["tags"]
    for language in LANGUAGES:
        assert entry["question"][language].endswith(("?", "."))
        assert 3 <= len(entry["also"][language]) <= 5
        sentences = re.findall(r"[.!?](?=\s|$)", entry["answer"][language])
        assert 1 <= len(sentences) <= 4


def test_no_wording_belongs_to_two_questions() -> None:
    asked = [
        wording.lower()
        for entry in QUESTIONS.values()
        for language in LANGUAGES
        for wording in (entry["question"][language], *entry["also"][language])
    ]
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize(("question", "figure", "what"), figures_of_policy())
def test_answers_quote_the_policy(question: str, figure: str, what: str) -> None:
    for language in LANGUAGES:
        answer = QUESTIONS[question]["answer"][language]
        wanted = spoken(figure, language)
        assert re.search(rf"(?<![\d.,]){re.escape(wanted)}(?![\d]|[.,]\d)", answer), (what, answer)


def test_answers_name_every_shop_with_its_hours() -> None:
    for shop in SHOPS:
        for language in LANGUAGES:
            assert shop["address"] in QUESTIONS["stores-where"]["answer"][language]
            hours = QUESTIONS["stores-hours"]["answer"][language]
            for spans in shop["hours"].values():
                for opens, closes in spans:
                    assert f"{opens.lstrip('0')}-{closes.lstrip('0')}" in hours


def test_four_shops_in_real_places() -> None:
    places = {(place.city, cap) for place in place_weights() for cap in place.caps}
    assert [shop["city"] for shop in SHOPS] == ["Rovereto", "Milano", "Roma", "Bari"]
    for shop in SHOPS:
        assert (shop["city"], shop["cap"]) in places
        assert set(shop["hours"]) == set(WEEKDAYS)
        assert phonenumbers.is_valid_number(phonenumbers.parse(shop["phone"], "IT"))


def test_shops_open_and_close_in_order() -> None:
    for shop in read_shops():
        for spans in shop.hours.values():
            times = [moment for span in spans for moment in span]
            assert times == sorted(set(times))


def test_every_service_of_a_shop_has_a_name() -> None:
    named = read_company()["services"]
    for shop in SHOPS:
        assert set(shop["services"]) <= set(named)
        assert set(shop["bookable"]) <= set(shop["services"])
        assert all("minutes" in named[service] for service in shop["bookable"])


def test_company_writes_from_example_domains_only() -> None:
    emails = [*read_company()["emails"].values(), *(shop["email"] for shop in SHOPS)]
    assert all(re.fullmatch(r"[a-z]+@ginestra\.example\.it", email) for email in emails)


def test_fifteen_promotions_past_present_and_future() -> None:
    assert len({entry["id"] for entry in PROMOTIONS}) == len(PROMOTIONS) == 15
    running = [entry for entry in PROMOTIONS if entry["starts_days"] <= 0 <= entry["ends_days"]]
    assert len(running) >= 5
    assert any(entry["ends_days"] < 0 for entry in PROMOTIONS)
    assert any(entry["starts_days"] > 0 for entry in PROMOTIONS)


@pytest.mark.parametrize("entry", PROMOTIONS, ids=[entry["id"] for entry in PROMOTIONS])
def test_promotion_is_whole(entry: dict[str, Any]) -> None:
    assert all(text.strip() for text in texts_of(entry))
    assert entry["starts_days"] < entry["ends_days"]
    assert len(entry["discount"]) == 1
    assert entry["audience"]["tier"] in {"any", "most_valuable", "growable", "below_zero"}
    provinces = {place.province for place in place_weights()}
    assert set(entry["zone"]) <= provinces
    for text in (entry["name"], entry["text"], *(c["text"] for c in entry.get("creatives", []))):
        assert set(text) == set(LANGUAGES)


@pytest.mark.parametrize("entry", PROMOTIONS, ids=[entry["id"] for entry in PROMOTIONS])
def test_promotion_applies_to_products_that_exist(entry: dict[str, Any]) -> None:
    products = read_products()
    applies = entry["applies_to"]
    assert set(applies["categories"]) <= {product.category for product in products}
    assert set(applies["needs"]) <= {need for product in products for need in product.needs}
    gift = [entry["discount"]["gift"]] if "gift" in entry["discount"] else []
    assert {*applies["skus"], *gift} <= {product.sku for product in products}
    assert applies["categories"] or applies["skus"] or applies["needs"]


def test_tastes_know_every_category_on_the_shelves() -> None:
    assert {product.category for product in read_products()} <= set(read_appeals())


def test_every_segment_can_be_read() -> None:
    segments = read_segments(COMPANY / "segments")
    assert len(segments) == len(list((COMPANY / "segments").glob("*.yml")))
    assert all(set(one.title) == {"it", "en"} for one in segments.values())
