"""A shared contact proves who somebody is only if it is the sender's own, and on file."""

from typing import Any

import pytest

from app.demo.platforms.telegram import playing
from app.demo.platforms.telegram.world import Customer as Player
from crm.profile.assurance import forget, level_of
from crm.profile.models import ChannelIdentity, Customer, CustomerStatus, IdentityKey, Level
from tests.integrations.telegram.stand import Stand

PHONE = "+393331234567"


def on_file(stand: Stand, phone: str = PHONE, **fields: Any) -> int:
    """A customer of the company's with this number; the customer's id."""
    with stand.database.writing() as session:
        customer = Customer(given_name="Mario", family_name="Rossi", phone=phone, **fields)
        session.add(customer)
        session.flush()
        session.add(IdentityKey(customer_id=customer.id, kind="phone", value=phone))
        return customer.id


async def level(stand: Stand, player: Player) -> Level:
    await stand.settle()
    identity = stand.identity(player)
    assert identity is not None
    return level_of(identity)


def card(phone: str, user_id: int | None) -> dict[str, Any]:
    contact = {"phone_number": phone.lstrip("+"), "first_name": "Mario"}
    return contact | ({"user_id": user_id} if user_id is not None else {})


@pytest.mark.parametrize("written", ["393331234567", "+393331234567"])
async def test_the_own_contact_on_file_verifies(stand: Stand, written: str) -> None:
    customer_id = on_file(stand)
    mario = stand.customer(phone=PHONE)
    playing.send(stand.bot, mario, contact={**card(PHONE, mario.id), "phone_number": written})
    assert await level(stand, mario) == Level.VERIFIED
    assert stand.identity(mario).customer_id == customer_id
    assert stand.rasa.turns[0][1] == "/identify"


async def test_the_level_grows_old(stand: Stand) -> None:
    on_file(stand)
    mario = stand.customer(phone=PHONE)
    playing.share_contact(stand.bot, mario)
    assert await level(stand, mario) == Level.VERIFIED
    identity = stand.identity(mario)
    assert level_of(identity, identity.verified_until) == Level.CLAIMED


@pytest.mark.parametrize("whose", ["nobody", "somebody"])
async def test_somebody_elses_contact_proves_nothing(stand: Stand, whose: str) -> None:
    on_file(stand)
    mario, thief = stand.customer(phone=PHONE), stand.customer("Ladro")
    user_id = mario.id if whose == "somebody" else None
    playing.share_contact(stand.bot, thief, card(PHONE, user_id))
    assert await level(stand, thief) == Level.ANONYMOUS
    assert stand.rasa.turns[0][1] == "/send_attachment"
    assert stand.stored()[0].text == f"👤 Mario {PHONE}", "kept for the desk"


async def test_a_forwarded_contact_proves_nothing(stand: Stand) -> None:
    on_file(stand)
    thief = stand.customer("Ladro")
    origin = {"type": "hidden_user", "date": 1_760_000_000, "sender_user_name": "Mario"}
    playing.send(stand.bot, thief, contact=card(PHONE, thief.id), forward_origin=origin)
    assert await level(stand, thief) == Level.ANONYMOUS


async def test_a_typed_number_proves_nothing(stand: Stand) -> None:
    on_file(stand)
    thief = stand.customer("Ladro")
    stand.say(thief, f"👤 Mario {PHONE}")
    assert await level(stand, thief) == Level.ANONYMOUS


async def test_an_own_number_that_is_not_on_file_proves_nothing(stand: Stand) -> None:
    on_file(stand)
    other = stand.customer("Anna", phone="+393339999999")
    playing.share_contact(stand.bot, other)
    assert await level(stand, other) == Level.ANONYMOUS


async def test_a_number_of_two_people_proves_neither(stand: Stand) -> None:
    on_file(stand)
    on_file(stand)
    mario = stand.customer(phone=PHONE)
    playing.share_contact(stand.bot, mario)
    assert await level(stand, mario) == Level.ANONYMOUS


async def test_a_number_that_was_somebodys_before_proves_nothing(stand: Stand) -> None:
    """Numbers are given out again: the key is old, the number on file is another one now."""
    customer_id = on_file(stand)
    with stand.database.writing() as session:
        session.get_one(Customer, customer_id).phone = "+393338888888"
    mario = stand.customer(phone=PHONE)
    playing.share_contact(stand.bot, mario)
    assert await level(stand, mario) == Level.ANONYMOUS


async def test_an_erased_customer_is_not_found_again(stand: Stand) -> None:
    on_file(stand, status=CustomerStatus.ERASED)
    mario = stand.customer(phone=PHONE)
    playing.share_contact(stand.bot, mario)
    assert await level(stand, mario) == Level.ANONYMOUS


async def test_another_person_on_this_telephone_stays_who_they_are(stand: Stand) -> None:
    on_file(stand)
    mario = stand.customer(phone=PHONE)
    stand.say(mario, "ciao")
    await stand.settle()
    with stand.database.writing() as session:
        anna = Customer(given_name="Anna")
        session.add(anna)
        session.flush()
        identity = session.get_one(ChannelIdentity, stand.identity(mario).id)
        identity.customer_id, identity.level = anna.id, Level.CLAIMED
    playing.share_contact(stand.bot, mario)
    assert await level(stand, mario) == Level.CLAIMED
    assert stand.identity(mario).customer_id == anna.id


async def test_who_was_forgotten_proves_again_by_sharing_again(stand: Stand) -> None:
    """ "That's not me", and later the owner is back: sharing one's contact is meant so."""
    customer_id = on_file(stand)
    mario = stand.customer(phone=PHONE)
    playing.share_contact(stand.bot, mario)
    assert await level(stand, mario) == Level.VERIFIED
    with stand.database.writing() as session:
        forget(session, session.get_one(ChannelIdentity, stand.identity(mario).id))
    playing.share_contact(stand.bot, mario)
    assert await level(stand, mario) == Level.VERIFIED
    assert stand.identity(mario).customer_id == customer_id
