"""Who somebody is: a number on file proves it; STOP is kept with its evidence."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.consent.models import Purpose
from crm.consent.register import consent_history, record_consent
from crm.profile.assurance import level_of
from crm.profile.facts import Facts
from crm.profile.matching import index_customer
from crm.profile.models import ChannelIdentity, Customer, Level, TraitKind
from crm.profile.traits import Origin, record
from tests.integrations.whatsapp.payloads import PHONE, Door, delivery, message, text

AT = datetime(2025, 3, 1, tzinfo=UTC)
OTHER = "393470099999"
USER_ID = "IT.13491208655302741918"


def register(door: Door, name: str = "Mario", phone: str | None = f"+{PHONE}") -> int:
    """A customer with a number on file."""
    with door.database.writing() as session:
        customer = Customer()
        session.add(customer)
        session.flush()
        facts = Facts(f"{name}@example.it".lower(), name, "Rossi", "38068", phone=phone)
        values = {one: getattr(facts, one) for one in facts.__dataclass_fields__}
        record(session, customer, values, Origin(TraitKind.EXPLICIT, "shop", AT))
        index_customer(session, customer.id)
        return customer.id


def identity_in(session: Session, key: str = PHONE) -> ChannelIdentity:
    return session.scalars(select(ChannelIdentity).filter_by(external_id=key)).one()


def standing(door: Door, key: str = PHONE) -> tuple[int | None, Level]:
    """Who somebody is taken for, and how surely."""
    with door.database.reading() as session:
        identity = identity_in(session, key)
        return identity.customer_id, level_of(identity)


async def test_a_number_on_file_verifies_without_a_code(door: Door) -> None:
    mario = register(door)
    await door.bring(delivery(text()))
    assert standing(door) == (mario, Level.VERIFIED)


async def test_a_number_of_nobody_or_of_two_proves_nothing(door: Door) -> None:
    register(door, phone=f"+{OTHER}")
    await door.bring(delivery(text()))
    assert standing(door) == (None, Level.ANONYMOUS)
    register(door, "Anna", f"+{OTHER}")
    await door.bring(delivery({**text(), "from": OTHER}))
    assert standing(door, OTHER) == (None, Level.ANONYMOUS)


async def test_a_card_with_a_number_proves_nothing(door: Door) -> None:
    register(door, phone=f"+{OTHER}")
    card = [{"name": {"formatted_name": "Mario"}, "phones": [{"phone": f"+{OTHER}"}]}]
    await door.bring(delivery(message("contacts", card)))
    assert standing(door) == (None, Level.ANONYMOUS)


async def test_a_number_that_was_typed_proves_nothing(door: Door) -> None:
    register(door, phone=f"+{OTHER}")
    await door.bring(delivery(text(f"sono Mario, il mio numero è +{OTHER}")))
    assert standing(door) == (None, Level.ANONYMOUS)


async def test_a_message_that_comes_hours_late_proves_nothing_any_more(door: Door) -> None:
    register(door)
    await door.bring(delivery(text(ago=2 * 3600)))
    assert standing(door) == (None, Level.ANONYMOUS)


async def test_who_has_no_number_proves_nothing(door: Door) -> None:
    register(door)
    hidden = text(from_user_id=USER_ID)
    del hidden["from"]
    await door.bring(delivery(hidden, contacts=[]))
    assert standing(door, USER_ID) == (None, Level.ANONYMOUS)


async def test_who_leaves_the_number_takes_no_proof_along(door: Door) -> None:
    mario = register(door)
    await door.bring(delivery(text(ago=9)))
    system = {"type": "user_changed_number", "wa_id": OTHER}
    await door.bring(delivery(message("system", system, ago=5)))
    assert standing(door, OTHER) == (mario, Level.CLAIMED)


async def test_the_number_given_to_somebody_else_takes_the_proof_from_who_had_it(
    door: Door,
) -> None:
    mario = register(door)
    await door.bring(delivery(text(ago=9, from_user_id=USER_ID)))
    assert standing(door, USER_ID) == (mario, Level.VERIFIED)
    newcomer = "IT.99999999999999999999"
    await door.bring(delivery(text("ciao", from_user_id=newcomer)))
    assert standing(door, USER_ID) == (mario, Level.CLAIMED)


@pytest.mark.parametrize("word", ["STOP", "stop", "Basta.", " basta! ", "Stop promozioni"])
async def test_a_word_that_stops_is_kept_as_a_no_with_its_evidence(door: Door, word: str) -> None:
    mario = register(door)
    await door.bring(delivery(text(word, wamid="wamid.stop")))
    [stored] = door.messages()
    assert stored.command == "/unsubscribe"
    with door.database.reading() as session:
        [consent] = consent_history(session, mario)
    assert (consent.purpose, consent.channel, consent.granted) == (
        Purpose.MARKETING,
        "whatsapp",
        False,
    )
    assert "wamid.stop" in consent.evidence
    assert word.strip() in consent.evidence


@pytest.mark.parametrize("words", ["basta così, grazie", "non stop", "stop alle telefonate?"])
async def test_a_sentence_is_left_to_the_bot(door: Door, words: str) -> None:
    await door.bring(delivery(text(words)))
    assert door.messages()[0].command is None


async def test_a_no_before_recognition_counts_after_it(door: Door) -> None:
    await door.bring(delivery(text("STOP", ago=5)))
    mario = register(door)
    await door.bring(delivery(text("ciao")))
    with door.database.reading() as session:
        assert [one.granted for one in consent_history(session, mario)] == [False]


@pytest.mark.parametrize(("granted_before", "granted"), [(True, True), (False, False)])
async def test_resume_gives_back_only_what_was_granted(
    door: Door, granted_before: bool, granted: bool
) -> None:
    mario = register(door)
    with door.database.writing() as session:
        if granted_before:
            record_consent(
                session, mario, Purpose.MARKETING, "whatsapp", True, source="shop", evidence="form"
            )
    await door.bring(delivery(text("STOP")))
    entry = {
        "wa_id": PHONE,
        "category": "marketing_messages",
        "value": "resume",
        "detail": "User requested to resume marketing messages",
        "timestamp": text(ago=-1)["timestamp"],
    }
    await door.bring(delivery(field="user_preferences", user_preferences=[entry]))
    with door.database.reading() as session:
        assert consent_history(session, mario)[-1].granted == granted
