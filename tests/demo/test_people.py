"""The generated company: repeatable, consistent, and with the people that the documents name."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import phonenumbers
import pytest
from codicefiscale import codicefiscale

from app.demo.content import read_products, read_shops
from app.demo.delivery import shipping_cost
from app.demo.model import OPEN_STATUSES, SOURCES, DemoCompany, Order, Person
from app.demo.people import TooFewError, generate_company
from app.demo.places import place_weights
from app.demo.working_days import add_working_days, is_working_day

THURSDAY = date(2026, 11, 19)
EXAMPLE_DOMAINS = ("@example.it", "@example.com", "@example.org")


@cache
def company() -> DemoCompany:
    """The whole company, generated once."""
    return generate_company(today=THURSDAY)


def small(seed: int = 7, today: date = THURSDAY) -> DemoCompany:
    """A company for comparing."""
    return generate_company(seed, customers=120, orders=300, today=today)


def person_named(given_name: str, family_name: str) -> Person:
    """The first person with that name."""
    return next(
        p for p in company().people if (p.given_name, p.family_name) == (given_name, family_name)
    )


def orders_of(person: Person) -> dict[str, Order]:
    """A person's orders by number."""
    return {order.number: order for order in company().orders if order.person_id == person.id}


def test_same_seed_and_day_give_the_same_company() -> None:
    assert small() == small()


def test_another_seed_gives_other_people_but_the_same_personas() -> None:
    one, other = small(7), small(8)
    assert one.people[:8] == other.people[:8]
    assert one.people[8:] != other.people[8:]
    assert one.orders != other.orders


def test_another_day_moves_the_orders_not_the_people() -> None:
    one, other = small(), small(today=THURSDAY + timedelta(days=40))
    assert one.people == other.people
    assert max(order.placed_at for order in other.orders).date() > THURSDAY


def test_global_chance_is_left_alone() -> None:
    import random

    random.seed(5)
    before = random.getstate()
    small()
    assert random.getstate() == before


@pytest.mark.parametrize(("customers", "orders"), [(7, 300), (120, 3)])
def test_too_few_is_refused(customers: int, orders: int) -> None:
    with pytest.raises(TooFewError, match="too few: ask for at least"):
        generate_company(customers=customers, orders=orders, today=THURSDAY)


def test_counts() -> None:
    assert len(company().people) == len({p.id for p in company().people}) == 2000
    assert len(company().orders) == len({o.number for o in company().orders}) == 8000
    assert {taste.person_id for taste in company().tastes} == {p.id for p in company().people}


def test_every_person_is_known_to_a_source_and_a_third_to_several() -> None:
    known: dict[str, set[str]] = defaultdict(set)
    for record in company().records:
        known[record.person_id].add(record.source)
    assert len(known) == 2000
    assert {source for sources in known.values() for source in sources} == set(SOURCES)
    several = sum(len(sources) > 1 for sources in known.values())
    assert 0.30 < several / 2000 < 0.40


def test_families_share_an_email() -> None:
    sharing = defaultdict(list)
    for person in company().people:
        sharing[person.email].append(person)
    families = [people for people in sharing.values() if len(people) > 1]
    assert 50 <= len(families) <= 70
    for family in families:
        assert len({(p.household, p.address, p.cap) for p in family}) == 1
        assert family[0].household


def test_homonyms_are_different_people() -> None:
    by_name = defaultdict(list)
    for person in company().people:
        by_name[person.given_name, person.family_name].append(person)
    homonyms = [people for people in by_name.values() if len(people) > 1]
    assert 40 <= len(homonyms) <= 130
    assert any(len({p.cap for p in people}) < len(people) for people in homonyms)


def test_home_is_a_real_place() -> None:
    real = {(place.city, place.province, cap) for place in place_weights() for cap in place.caps}
    for person in company().people:
        assert len(person.cap) == 5
        assert person.cap.isdigit()
        assert (person.city, person.province, person.cap) in real


def test_contacts_are_valid_and_invented() -> None:
    emails = [record.fields["email"] for record in company().records if "email" in record.fields]
    assert all(email.endswith(EXAMPLE_DOMAINS) for email in emails)
    for person in company().people:
        assert person.email.endswith(EXAMPLE_DOMAINS)
        number = phonenumbers.parse(person.phone)
        assert phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    assert len({p.phone for p in company().people}) == 2000


def test_codice_fiscale_agrees_with_its_owner() -> None:
    coded = [person for person in company().people if person.codice_fiscale]
    assert 0.4 < len(coded) / 2000 < 0.6
    for person in coded[:150]:
        decoded = codicefiscale.decode(person.codice_fiscale)
        assert decoded["birthdate"].date() == person.birth_date
        assert decoded["gender"] == person.sex
        assert codicefiscale.encode_lastname(person.family_name) == person.codice_fiscale[:3], (
            person
        )


def test_references_point_to_people_who_exist() -> None:
    ids = {person.id for person in company().people}
    things = [*company().records, *company().orders]
    assert {thing.person_id for thing in things} <= ids
    assert {p.referred_by for p in company().people if p.referred_by} <= ids
    assert all(p.referred_by != p.id for p in company().people)


def test_records_are_unique_reachable_and_dated() -> None:
    keys = [(record.source, record.key) for record in company().records]
    assert len(keys) == len(set(keys))
    for record in company().records:
        assert {"email", "phone"} & record.fields.keys()
        assert record.registered_on <= THURSDAY
        assert all(isinstance(value, str) and value for value in record.fields.values())


def test_records_have_slips_that_show() -> None:
    slips = Counter(slip for record in company().records for slip in record.slips)
    assert {"swapped_names", "mistyped_family_name", "former_cap", "other_email"} <= set(slips)
    people = {person.id: person for person in company().people}
    for record in company().records:
        if record.slips == ("other_email",):
            assert record.fields["email"] != people[record.person_id].email


def test_consents_belong_to_contacts_on_file() -> None:
    answers = [
        (record, purpose, channel)
        for record in company().records
        for purpose, channel in record.consents
    ]
    assert {purpose for _, purpose, _ in answers} == {"marketing", "profiling"}
    for record, _, channel in answers:
        assert channel != "email" or "email" in record.fields
        assert channel not in {"sms", "whatsapp", "phone"} or "phone" in record.fields


def test_traits_say_their_kind() -> None:
    kinds = Counter(kind for record in company().records for _, kind in record.traits.values())
    assert set(kinds) == {"explicit", "implicit", "derived", "third_party"}


def test_totals_add_up() -> None:
    for order in company().orders:
        goods = sum((line.unit_price * line.quantity for line in order.lines), Decimal(0))
        assert order.lines
        assert order.total == goods + order.shipping_cost
        assert order.shipping_cost == shipping_cost(order.shipping_method, goods)


def test_prices_are_the_catalogue_s_or_discounted() -> None:
    prices = {product.sku: product.price for product in read_products()}
    for order in company().orders:
        for line in order.lines:
            assert prices[line.sku] * Decimal("0.79") < line.unit_price <= prices[line.sku]


def test_orders_come_from_sources_that_know_the_buyer() -> None:
    since = {
        (record.person_id, record.source): record.registered_on
        for record in reversed(company().records)
    }
    for order in company().orders:
        assert order.placed_at.date() >= since[order.person_id, order.source], order


def test_status_agrees_with_the_dates() -> None:
    for order in company().orders:
        placed = order.placed_at.date()
        assert placed <= THURSDAY
        if order.status in {"delivered", "returned"}:
            assert order.delivered_on is not None
            assert placed <= order.delivered_on < THURSDAY
        else:
            assert order.delivered_on is None
        if order.status in OPEN_STATUSES:
            assert order.expected_on is not None
            assert order.expected_on > placed
            assert (THURSDAY - placed).days < 30
        if order.status == "out_for_delivery":
            assert is_working_day(THURSDAY)
        sent = order.status in {"shipped", "out_for_delivery"}
        assert not sent or order.tracking_code


def test_tracking_codes_follow_the_courier() -> None:
    for order in company().orders:
        if order.tracking_code:
            prefix = "SAE" if order.shipping_method == "express" else "RND"
            assert order.tracking_code.startswith(prefix)
            assert len(order.tracking_code) == 13


def test_every_status_is_there_to_be_shown() -> None:
    counts = Counter(order.status for order in company().orders)
    assert all(counts[status] >= 5 for status in OPEN_STATUSES)
    assert counts["cancelled"] > 50
    assert counts["returned"] > 50


@pytest.mark.parametrize("days", range(10))
def test_personas_have_their_open_orders_on_any_day(days: int) -> None:
    """Christmas, Sundays and Saturdays included: only the courier's round waits for work days."""
    today = date(2026, 12, 20) + timedelta(days=days)
    told = {order.number: order for order in small(today=today).orders}
    assert told["EG-20417"].status == "shipped"
    assert told["EG-20425"].status == "packed"
    assert told["EG-20440"].status == "placed"
    assert told["EG-20436"].status == "ready_for_pickup"
    assert told["EG-20431"].status in {"out_for_delivery", "shipped"}


def test_shop_purchases_happen_when_the_shop_is_open() -> None:
    shops = {shop.id: shop for shop in read_shops()}
    for order in company().orders:
        if order.shipping_method == "in_shop":
            spans = shops[order.shop_id].opening_on(order.placed_at.date())
            at = order.placed_at.time()
            assert any(opens <= at < closes for opens, closes in spans), order


def test_few_customers_buy_most() -> None:
    counts = sorted(Counter(o.person_id for o in company().orders).values(), reverse=True)
    top_fifth = counts[: len(counts) // 5]
    assert sum(top_fifth) > 0.45 * 8000


def test_december_is_busier_than_august() -> None:
    months = Counter(order.placed_at.strftime("%Y-%m") for order in company().orders)
    assert months["2025-12"] > 2 * months["2025-08"]


def test_people_buy_what_they_love() -> None:
    category_of = {product.sku: product.category for product in read_products()}
    loves = {taste.person_id: set(taste.loves) for taste in company().tastes}
    bought = [(o.person_id, category_of[line.sku]) for o in company().orders for line in o.lines]
    loved = sum(category in loves[person_id] for person_id, category in bought)
    strangers = sum(
        category in loves[bought[(at + 997) % len(bought)][0]]
        for at, (_, category) in enumerate(bought)
    )
    assert loved > 1.8 * strangers


def test_returns_belong_to_delivered_orders() -> None:
    orders = {order.number: order for order in company().orders}
    for sent in company().returns:
        order = orders[sent.order_number]
        assert order.delivered_on is not None
        assert order.delivered_on <= sent.opened_on <= THURSDAY
        assert (sent.opened_on - order.delivered_on).days <= 30
        assert sent.sku in {line.sku for line in order.lines}
        assert (sent.status == "refunded") == (sent.closed_on is not None)
    assert any(sent.closed_on is None for sent in company().returns)


def test_mario_rossi() -> None:
    mario = person_named("Mario", "Rossi")
    assert (mario.id, mario.email, mario.cap) == ("P00001", "mario.rossi@example.it", "38068")
    orders = orders_of(mario)
    assert orders["EG-20417"].status == "shipped"
    dryers = {p.sku for p in read_products() if p.category == "hair_dryer"}
    assert orders["EG-20266"].status == "delivered"
    assert orders["EG-20266"].lines[0].sku in dryers
    card = next(
        r for r in company().records if r.person_id == mario.id and r.source == "shop_loyalty"
    )
    assert int(card.fields["points"]) >= 100


def test_bianchi_family_shares_an_email() -> None:
    giulia, luca = person_named("Giulia", "Bianchi"), person_named("Luca", "Bianchi")
    assert giulia.email == luca.email == "famiglia.bianchi@example.it"
    assert giulia.household == luca.household
    assert (giulia.cap, luca.cap) == ("20121", "20121")


def test_maria_luisa_is_written_in_three_ways() -> None:
    maria = person_named("Maria Luisa", "De Santis")
    assert (maria.email, maria.cap) == ("marialuisa.desantis@example.it", "00184")
    written = {
        (r.fields["given_name"], r.fields["family_name"])
        for r in company().records
        if r.person_id == maria.id
    }
    assert len(written) == 3


def test_emily_writes_in_english() -> None:
    emily = person_named("Emily", "Carter")
    assert (emily.language, emily.cap) == ("en", "70121")
    assert emily.email == "emily.carter@example.com"


def test_two_people_are_called_anna_ferrari() -> None:
    annas = [p for p in company().people if (p.given_name, p.family_name) == ("Anna", "Ferrari")]
    assert len(annas) == 2
    assert {anna.cap for anna in annas} == {"38122"}
    assert len({anna.email for anna in annas}) == 2


def test_franco_has_an_open_return_and_once_bought_a_lipstick() -> None:
    franco = person_named("Franco", "Greco")
    orders = orders_of(franco)
    categories = {p.sku: p.category for p in read_products()}
    lipsticks = [
        o for o in orders.values() if any(categories[x.sku] == "lipstick" for x in o.lines)
    ]
    assert len(lipsticks) == 1
    open_returns = [
        r for r in company().returns if r.order_number in orders and r.closed_on is None
    ]
    assert [r.order_number for r in open_returns] == ["EG-20399"]


def test_working_days_skip_holidays() -> None:
    assert not is_working_day(date(2026, 4, 6))  # Easter Monday
    assert not is_working_day(date(2027, 10, 4))  # Saint Francis, from 2026 on
    assert is_working_day(date(2024, 10, 4))
    assert add_working_days(date(2026, 12, 24), 1) == date(2026, 12, 28)
    assert add_working_days(date(2026, 12, 28), -1) == date(2026, 12, 24)
