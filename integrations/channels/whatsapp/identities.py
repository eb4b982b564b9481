"""Who somebody on WhatsApp is to us: one channel identity, whatever number they come from.

The key is the business-scoped user id where there is one, since it belongs to one person; else the
number. The number is kept beside it: messages are sent to it, and it can prove who somebody is.

- Somebody known by number alone gets their user id as the key as soon as it comes.
- The same number with another user id is another person: numbers are given to new people. The
  number leaves the identity that had it.
- A change of number that the platform announces changes key and number, the identity stays. What
  the old number proved is proved no more.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.conversation.log import open_conversation
from crm.conversation.models import Conversation
from crm.profile.assurance import claim
from crm.profile.models import ChannelIdentity, Level
from integrations.channels.whatsapp.events import CHANNEL, Moved, Sender

PHONE = "phone"
USER_ID = "user_id"
NAME = "name"
MOVED_TO = "moved_to"
SAID_OF_CONSENT = "said_of_consent"
LONGEST_KEY = 120
PHONE_KEY = re.compile(r"\d{5,20}", re.ASCII)


@dataclass(frozen=True)
class Recipient:
    """Where a message goes: to a number if it is known, else to a user id."""

    phone: str | None = None
    user_id: str | None = None


def key_of(sender: Sender) -> str:
    """The external id of a sender; a user id of unusual length is stood for by its hash."""
    key = sender.user_id or sender.phone or ""
    if len(key) <= LONGEST_KEY:
        return key
    return "sha256:" + hashlib.sha256(key.encode()).hexdigest()


def meet(session: Session, sender: Sender) -> Conversation:
    """The conversation of who writes, made when they come for the first time."""
    identity = recognise_sender(session, sender)
    return open_conversation(session, CHANNEL, identity.external_id)


def recognise_sender(session: Session, sender: Sender) -> ChannelIdentity:
    """The identity of a sender, made if need be, with their number and name as they are now."""
    identity = find_identity(session, sender)
    if identity is None:
        identity = ChannelIdentity(channel=CHANNEL, external_id=key_of(sender), details={})
        session.add(identity)
        session.flush()
    identity.external_id = key_of(_filled_up(sender, identity))
    _update(session, identity, sender)
    return identity


def find_identity(session: Session, sender: Sender) -> ChannelIdentity | None:
    """The identity of a sender, by user id or by number.

    A number finds nobody whose user id is another one.
    """
    if sender.user_id and (found := _by_key(session, key_of(sender))):
        return found
    if sender.phone is None:
        return None
    found = _by_key(session, sender.phone)
    if found is None and sender.user_id is None:
        found = _by_phone(session, sender.phone)
    if found and sender.user_id and found.details.get(USER_ID) not in (None, sender.user_id):
        return None
    return found


def _by_key(session: Session, key: str) -> ChannelIdentity | None:
    return session.scalar(select(ChannelIdentity).filter_by(channel=CHANNEL, external_id=key))


def _by_phone(session: Session, phone: str) -> ChannelIdentity | None:
    """Who has this number beside a user id; asked where a delivery names none, which is rare."""
    query = (
        select(ChannelIdentity)
        .where(
            ChannelIdentity.channel == CHANNEL,
            ChannelIdentity.details[PHONE].as_string() == phone,
        )
        .order_by(ChannelIdentity.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def _filled_up(sender: Sender, identity: ChannelIdentity) -> Sender:
    return Sender(sender.phone, sender.user_id or identity.details.get(USER_ID))


def _update(session: Session, identity: ChannelIdentity, sender: Sender) -> None:
    known = identity.details
    if sender.phone and sender.phone != known.get(PHONE):
        _take_number_from_others(session, identity, sender.phone)
        if known.get(PHONE):
            _lower(identity)
    given = {PHONE: sender.phone, USER_ID: sender.user_id, NAME: sender.name}
    note(identity, **{name: value for name, value in given.items() if value})


def _take_number_from_others(session: Session, identity: ChannelIdentity, phone: str) -> None:
    query = select(ChannelIdentity).where(
        ChannelIdentity.channel == CHANNEL,
        ChannelIdentity.details[PHONE].as_string() == phone,
        ChannelIdentity.id != identity.id,
    )
    for other in session.scalars(query):
        other.details = {name: value for name, value in other.details.items() if name != PHONE}
        _lower(other)


def _lower(identity: ChannelIdentity) -> None:
    """The number was the proof, and it is not theirs any more."""
    if identity.level == Level.VERIFIED:
        identity.level, identity.verified_until = Level.CLAIMED, None


def note(identity: ChannelIdentity, **details: Any) -> None:
    """Add to what is kept about an identity, if anything is new."""
    if any(identity.details.get(name) != value for name, value in details.items()):
        identity.details = {**identity.details, **details}


def move(session: Session, moved: Moved) -> None:
    """Follow somebody to another number or user id.

    Who has written from there already, before the news came, has a conversation there: it goes
    on, for the same customer as far as one was recognised.
    """
    identity = find_identity(session, moved.before)
    if identity is None:
        return
    there = _by_key(session, key_of(moved.after))
    if there is None:
        identity.external_id = key_of(moved.after)
        _forget_addresses(identity)
        _lower(identity)
        _update(session, identity, moved.after)
    elif there.id != identity.id:
        _hand_over(identity, there)


def _forget_addresses(identity: ChannelIdentity) -> None:
    identity.details = {
        name: value for name, value in identity.details.items() if name not in (PHONE, USER_ID)
    }


def _hand_over(identity: ChannelIdentity, there: ChannelIdentity) -> None:
    """Leave the old key to whoever gets the old number; what is to be sent goes to the new one."""
    if there.customer_id is None and identity.customer is not None:
        claim(there, identity.customer)
    said = [*identity.details.get(SAID_OF_CONSENT, ()), *there.details.get(SAID_OF_CONSENT, ())]
    if said:
        note(there, **{SAID_OF_CONSENT: said})
    _forget_addresses(identity)
    _lower(identity)
    reached = {name: there.details.get(name) for name in (PHONE, USER_ID)}
    note(identity, **{MOVED_TO: reached})
    identity.external_id = f"moved:{identity.id}"


def recipient_of(address: str, details: Mapping[str, Any]) -> Recipient:
    """Where to send what is for an identity, by its external id and its details."""
    reached = details.get(MOVED_TO) or details
    phone, user_id = reached.get(PHONE), reached.get(USER_ID)
    if phone or user_id:
        return Recipient(phone, user_id)
    return Recipient(phone=address) if PHONE_KEY.fullmatch(address) else Recipient(None, address)
