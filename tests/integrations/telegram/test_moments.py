"""What the bot says without being asked arrives on Telegram like everything else."""

from datetime import timedelta

from sqlalchemy import select

from app.demo.platforms.telegram.world import Customer as Player
from app.workers.moments import MomentWorker
from crm.conversation.models import Conversation
from crm.db import now
from crm.event.models import SignalKind
from crm.moment.models import MomentState
from crm.profile.assurance import verify
from crm.profile.models import ChannelIdentity, Customer
from integrations.channels.telegram.window import blocked_window
from tests.crm.moment.company import (
    DRYER,
    Person,
    add_order,
    add_products,
    add_signal,
    allow,
    moment_of,
    voice,
)
from tests.integrations.telegram.stand import Stand


def comes_in(stand: Stand, person: Person) -> None:
    with stand.database.writing() as session:
        add_signal(session, person, SignalKind.CHECK_IN)


async def test_it_arrives_on_telegram(stand: Stand) -> None:
    mario = stand.customer()
    stand.say(mario, "ciao")
    await stand.answers(mario)
    person = becomes_an_owner(stand, mario)
    comes_in(stand, person)
    for conversation_id in MomentWorker(stand.database, voice()).look():
        stand.wakeups.notify(conversation_id)
    heard = str((await stand.answers(mario, 4))[1:])
    assert "Spazzola Tonda" in heard and "Non mi interessa" in heard


def becomes_an_owner(stand: Stand, player: Player) -> Person:
    """Somebody who has written turns out to be a customer who allows offers."""
    with stand.database.writing() as session:
        add_products(session)
        query = select(Conversation).join(ChannelIdentity)
        conversation = session.scalars(
            query.where(ChannelIdentity.external_id == str(player.id))
        ).one()
        customer = Customer(given_name="Mario")
        session.add(customer)
        session.flush()
        conversation.identity.customer_id = customer.id
        verify(conversation.identity, timedelta(hours=1))
        conversation.last_customer_at = now() - timedelta(hours=1)
        allow(session, customer.id, "telegram", True)
        person = Person(customer.id, conversation.id)
        add_order(session, person, DRYER)
        return person


async def test_who_has_blocked_the_bot_is_left_alone(stand: Stand) -> None:
    mario = stand.customer()
    stand.say(mario, "ciao")
    await stand.answers(mario)
    person = becomes_an_owner(stand, mario)
    with stand.database.writing() as session:
        identity = session.get_one(Conversation, person.conversation_id).identity
        identity.details = {**identity.details, "blocked_at": now().isoformat()}
    comes_in(stand, person)
    assert MomentWorker(stand.database, voice(windows={"telegram": blocked_window})).look() == []
    moment = moment_of(stand.database, "shop_welcome")
    assert (moment.state, moment.reason) == (MomentState.HELD, "blocked")
