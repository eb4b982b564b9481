"""What must hold for whoever it is: properties tried on many made-up people."""

import string
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db import Base, Database, tables
from crm.profile.emails import email_key
from crm.profile.facts import Facts, read_facts, without_facts
from crm.profile.likeness import Likeness
from crm.profile.matching import Outcome, find
from crm.profile.models import ChannelIdentity, Customer
from crm.profile.names import compare_family, compare_given, name_key, split_name
from crm.profile.recognition import recognise
from tests.crm.profile.test_lookup import register, same

GIVEN = ["Mario", "Lucia", "Giuseppe", "Anna", "Francesco", "Elena", "Nicolò", "Maria Luisa"]
FAMILY = ["Rossi", "De Santis", "D'Angelo", "Fumagalli", "Lo Presti", "Zanella", "Esposito"]
CAPS = ["38068", "70121", "20131", "00184", "90133", "10121"]

givens, families, caps = map(st.sampled_from, (GIVEN, FAMILY, CAPS))


@st.composite
def people(draw: st.DrawFn) -> Facts:
    """Somebody with a mailbox made of their name or of nothing in particular."""
    given_name, family_name = draw(givens), draw(families)
    made_of_name = f"{name_key(given_name)}.{name_key(family_name)}"
    anything = st.text(string.ascii_lowercase, min_size=6, max_size=14)
    local = draw(st.one_of(st.just(made_of_name), anything))
    domain = draw(st.sampled_from(["example.it", "libero.it", "gmail.com"]))
    return Facts(f"{local}@{domain}", given_name, family_name, draw(caps))


@st.composite
def slipped(draw: st.DrawFn, word: str) -> str:
    """A word with one letter wrong, lost or added, or two swapped; its first letter is right."""
    place = draw(st.integers(1, len(word) - 1))
    other = draw(st.sampled_from(string.ascii_lowercase))
    before, letter, after = word[:place], word[place], word[place + 1 :]
    forms = (
        before + after,
        before + other + after,
        before + letter + other + after,
        before + after[:1] + letter + after[1:],
    )
    found = draw(st.sampled_from(forms))
    assume(found != word)
    return found


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for all examples; each takes back what it wrote."""
    folder: Path = tmp_path_factory.mktemp("identity")
    database = Database(f"sqlite:///{folder / 'test.db'}", durable=False)
    assert tables.metadata is Base.metadata
    Base.metadata.create_all(database.engine)
    yield database
    database.close()


@given(st.data(), people())
@settings(max_examples=60, deadline=None)
def test_one_slip_in_the_email_still_leads_to_the_customer(
    empty: Database, data: st.DataObject, person: Facts
) -> None:
    local, _, domain = str(person.email).partition("@")
    wrong = data.draw(slipped(local))
    letters = [sign for sign in wrong if sign.isalpha()]
    assume(letters != [sign for sign in local if sign.isalpha()] and not wrong.endswith("."))
    assume(email_key(f"{wrong}@{domain}") != email_key(str(person.email)))
    with empty.reading() as session:
        customer = register(session, person)
        assert same(session, replace(person, email=f"{wrong}@{domain}")) == customer


@given(st.data(), people())
@settings(max_examples=60, deadline=None)
def test_one_slip_in_the_family_name_still_leads_to_the_customer(
    empty: Database, data: st.DataObject, person: Facts
) -> None:
    wrong = data.draw(slipped(str(person.family_name)))
    with empty.reading() as session:
        customer = register(session, person)
        assert same(session, replace(person, family_name=wrong)) == customer


@given(people(), st.integers(0, 4), st.sampled_from(string.digits))
@settings(max_examples=60, deadline=None)
def test_one_slip_in_the_cap_still_leads_to_the_customer(
    empty: Database, person: Facts, place: int, digit: str
) -> None:
    cap = str(person.cap)
    with empty.reading() as session:
        customer = register(session, person)
        wrong = cap[:place] + digit + cap[place + 1 :]
        assert same(session, replace(person, cap=wrong)) == customer


@given(people(), st.sampled_from(["x.y@example.it", "nuovo1984@libero.it", None]))
@settings(max_examples=60, deadline=None)
def test_r1_homonyms_of_one_place_are_not_one(
    empty: Database, person: Facts, email: str | None
) -> None:
    with empty.reading() as session:
        register(session, person)
        assert same(session, replace(person, email=email)) is None


@given(people(), st.lists(givens, min_size=2, max_size=5, unique=True))
@settings(max_examples=60, deadline=None)
def test_r1_a_shared_email_is_told_apart_by_name(
    empty: Database, person: Facts, names: list[str]
) -> None:
    with empty.reading() as session:
        family = [replace(person, given_name=name) for name in names]
        ids = [register(session, member) for member in family]
        assert [same(session, member) for member in family] == ids


@given(people(), people(), st.booleans(), st.booleans())
@settings(max_examples=80, deadline=None)
def test_a_claim_never_changes_a_contact_on_file(
    empty: Database, known: Facts, told: Facts, same_email: bool, same_name: bool
) -> None:
    if same_email:
        told = replace(told, email=known.email)
    if same_name:
        told = replace(told, given_name=known.given_name, family_name=known.family_name)
    told = replace(told, phone="+393339999999")
    with empty.reading() as session:
        customer = session.get_one(Customer, register(session, known))
        before = _contacts(customer)
        identity = ChannelIdentity(channel="webchat", external_id="any")
        session.add(identity)
        session.flush()
        recognised = recognise(session, identity, told, "it", "conversation:1")
        assert _contacts(customer) == before
        assert identity.customer_id == recognised.id
        assert recognised.email in (known.email, told.email)


def _contacts(customer: Customer) -> tuple[str | None, ...]:
    return customer.email, customer.phone, customer.given_name, customer.family_name, customer.cap


@given(people(), people())
@settings(max_examples=60, deadline=None)
def test_nobody_is_the_same_as_somebody_of_another_given_name(
    empty: Database, known: Facts, told: Facts
) -> None:
    keys = name_key(str(known.given_name)), name_key(str(told.given_name))
    assume(compare_given(*keys) == Likeness.ELSE)
    with empty.reading() as session:
        register(session, known)
        outcomes = [one.outcome for one in find(session, replace(told, email=known.email))]
        assert outcomes == [Outcome.DIFFERENT]


@given(st.data(), people())
@settings(max_examples=150, deadline=None)
def test_facts_are_read_in_any_order(data: st.DataObject, person: Facts) -> None:
    name = data.draw(
        st.sampled_from(
            [
                f"sono {person.name}",
                f"mi chiamo {person.name}",
                f"{person.name}",
                str(person.name).upper(),
                f"{person.family_name} {person.given_name}",
                f"my name is {person.name}",
            ]
        )
    )
    email = data.draw(st.sampled_from([f"la mia mail è {person.email}", f"{person.email}"]))
    cap = data.draw(st.sampled_from([f"CAP {person.cap}", f"{person.cap}"]))
    parts = data.draw(st.permutations([name, email, cap]))
    text = data.draw(st.sampled_from([", ", " - ", "\n", "; "])).join(parts)
    read = read_facts(text)
    assert (read.email, read.cap) == (person.email, person.cap)
    assert name_key(str(read.given_name)) == name_key(str(person.given_name))
    assert name_key(str(read.family_name)) == name_key(str(person.family_name))
    assert without_facts(text) == ""


@given(people(), st.sampled_from(["il phon non si accende", "la scatola è arrivata aperta"]))
def test_a_description_keeps_the_matter_and_drops_the_person(person: Facts, matter: str) -> None:
    text = f"{matter}, sono {person.name}, {person.email}, {person.cap}"
    assert without_facts(text) == matter


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_can_be_read(text: str) -> None:
    for expected in (None, "email", "person_name", "cap"):
        read_facts(text, expected=expected)
    assert len(without_facts(text)) <= len(text) + 2


words = st.text(string.ascii_lowercase + "àèìòù'", min_size=1, max_size=12)


@given(words, words)
def test_comparing_names_does_not_depend_on_the_order(one: str, other: str) -> None:
    keys = name_key(one), name_key(other)
    assert compare_given(*keys) == compare_given(*reversed(keys))
    assert compare_family(*keys) == compare_family(*reversed(keys))
    assert not all(keys) or compare_given(keys[0], keys[0]) == Likeness.EXACT


@given(givens, families)
def test_splitting_a_name_again_changes_nothing(given_name: str, family_name: str) -> None:
    once = split_name(f"{family_name} {given_name}")
    assert once == (given_name, family_name)
    assert split_name(" ".join(part for part in once if part)) == once


def test_examples_leave_nothing_behind(empty: Database) -> None:
    with empty.reading() as session:
        assert _count(session) == 0


def _count(session: Session) -> int:
    return len(session.scalars(select(Customer.id)).all())
