"""Stores what a delivery brings: once, however often and in whatever order it comes.

The whole delivery is one transaction; when it is committed, and not before, the platform is told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.conversation.buttons import UnknownButton, press
from crm.conversation.log import Incoming, receive
from crm.conversation.models import Conversation, ConversationEvent, Message
from crm.conversation.reports import progress
from crm.db import Database, now
from crm.profile.channel_proof import prove_by_phone
from integrations.channels.shared_choices import find_numbered
from integrations.channels.shared_media import Record, note_remote, pending
from integrations.channels.whatsapp import opting
from integrations.channels.whatsapp.choices import numbered_in
from integrations.channels.whatsapp.contents import DECLINED
from integrations.channels.whatsapp.events import (
    CHANNEL,
    Event,
    Gesture,
    Moved,
    Preference,
    Progress,
    Said,
)
from integrations.channels.whatsapp.identities import (
    find_identity,
    key_of,
    meet,
    move,
    recognise_sender,
)

# PostgreSQL lets two transactions store the same thing until one commits; the other tries again.
TRIES = 3


@dataclass
class Stored:
    """What has to be looked after once the delivery is stored."""

    conversations: set[int] = field(default_factory=set)
    with_files: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Intake:
    """The door through which deliveries come in.

    Args:
        proof_lasts: how long a number on file proves who somebody is.
        largest_file: in bytes.
    """

    database: Database
    proof_lasts: timedelta = timedelta(hours=1)
    largest_file: int = 8 * 1024 * 1024

    def store(self, events: Sequence[Event]) -> Stored:
        """Write everything that a delivery brings, in one transaction.

        A repetition that another process stores at this moment is stored by it alone.
        """
        stored = Stored()
        if events:
            with self.database.writing(urgent=True) as session:
                hold_senders(session, events)
                for event in in_order(events):
                    self._store_once(session, event, stored)
        return stored

    def _store_once(self, session: Session, event: Event, stored: Stored) -> None:
        for _ in range(TRIES - 1):
            try:
                with session.begin_nested():
                    return self._store(session, event, stored)
            except IntegrityError:
                continue
        with session.begin_nested():
            return self._store(session, event, stored)

    def _store(self, session: Session, event: Event, stored: Stored) -> None:
        match event:
            case Said():
                self._store_said(session, event, stored)
            case Progress():
                _note_progress(session, event)
            case Gesture():
                _store_gesture(session, event)
            case Moved():
                move(session, event)
            case Preference():
                opting.note_preference(session, recognise_sender(session, event.sender), event)

    def _store_said(self, session: Session, said: Said, stored: Stored) -> None:
        message = _known(session, said.wamid) or self._receive(session, said)
        stored.conversations.add(message.conversation_id)
        if any(pending(message.attachments)):
            stored.with_files.add(message.id)

    def _receive(self, session: Session, said: Said) -> Message:
        conversation = meet(session, said.sender)
        self._recognise(session, conversation, said)
        incoming = self._incoming(session, conversation, said)
        latest = conversation.last_customer_at
        message = receive(session, conversation, incoming)
        if latest is not None:  # an old message that comes late does not close the window again
            conversation.last_customer_at = max(latest, incoming.at)
        return message

    def _recognise(self, session: Session, conversation: Conversation, said: Said) -> None:
        """What the platform itself proves, and what follows from who it is."""
        identity = conversation.identity
        is_fresh = now() - said.at < self.proof_lasts
        if said.sender.phone and is_fresh:
            prove_by_phone(session, identity, f"+{said.sender.phone}", self.proof_lasts)
        if opting.says_stop(said.text) and said.token is None:
            opting.note_stop(session, identity, said)
        opting.settle(session, identity)

    def _incoming(self, session: Session, conversation: Conversation, said: Said) -> Incoming:
        text, command = _meaning(session, conversation, said)
        files = self._files(said)
        if files and not any(pending(files)) and not text.strip():
            command = DECLINED
        return Incoming(said.wamid, text, command, files, min(said.at, now()))

    def _files(self, said: Said) -> list[Record]:
        return [note_remote(said.media, self.largest_file)] if said.media else []


def hold_senders(session: Session, events: Iterable[Event]) -> None:
    """Deliveries about the same person wait for each other, until the transaction ends.

    Else somebody who comes by number here and by user id there at once would become two. SQLite
    lets one write at a time anyway.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    for key in sorted({key for event in events for key in _keys(event)}):
        number = func.hashtextextended(f"{CHANNEL} {key}", 0)
        session.execute(select(func.pg_advisory_xact_lock(number)))


def _keys(event: Event) -> set[str]:
    """The numbers and user ids that an event speaks of."""
    match event:
        case Progress():
            return set()
        case Moved():
            senders = [event.before, event.after]
        case _:
            senders = [event.sender]
    return {key for one in senders for key in (one.phone, one.user_id) if key}


def _note_progress(session: Session, event: Progress) -> None:
    progress(
        session,
        CHANNEL,
        event.wamid,
        event.state,
        event.at,
        error=event.error,
        message_id=event.message_id,
    )


def in_order(events: Iterable[Event]) -> list[Event]:
    """By who they are of and when they happened: two deliveries never wait for each other."""
    return sorted(events, key=lambda event: (_owner(event), event.at))


def _owner(event: Event) -> str:
    match event:
        case Progress():
            return event.wamid
        case Moved():
            return key_of(event.before)
        case _:
            return key_of(event.sender)


def _known(session: Session, wamid: str) -> Message | None:
    return session.scalar(select(Message).filter_by(channel=CHANNEL, external_id=wamid))


def _meaning(session: Session, conversation: Conversation, said: Said) -> tuple[str, str | None]:
    """A message's words and the command that they stand for."""
    if said.token is not None:
        return _pressed(session, conversation, said)
    if said.command is None and opting.says_stop(said.text):
        return said.text, opting.UNSUBSCRIBE
    if said.command is None and said.media is None:
        chosen = find_numbered(session, conversation, said.text, numbered_in)
        if chosen is not None:
            return chosen.title, chosen.command
    return said.text, said.command


def _pressed(session: Session, conversation: Conversation, said: Said) -> tuple[str, str | None]:
    try:
        button = press(session, conversation.id, said.token or "")
    except UnknownButton:
        return said.text, said.command
    return button.title, button.command


def _store_gesture(session: Session, gesture: Gesture) -> None:
    """Keep it for the desk; it wants no answer, and from a stranger it means nothing."""
    identity = find_identity(session, gesture.sender)
    if identity is None:
        return
    conversation = session.scalar(select(Conversation).filter_by(identity_id=identity.id))
    details = {**gesture.details, "at": gesture.at.isoformat()}
    if conversation is None or _was_noted(session, conversation, gesture.what, details):
        return
    session.add(
        ConversationEvent(
            conversation_id=conversation.id, what=gesture.what, actor="customer", details=details
        )
    )


def _was_noted(
    session: Session, conversation: Conversation, what: str, details: dict[str, str]
) -> bool:
    query = select(ConversationEvent.details).filter_by(conversation_id=conversation.id, what=what)
    return details in session.scalars(query).all()
