"""Stores what a Telegram update brings: once, however often and whichever way it comes.

The webhook and the poller both call `TelegramIntake.receive`; when it returns, the update is in
the message log, and only then Telegram is told so.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from crm.conversation.buttons import ONLY_NOW, STALE, UnknownButton, press
from crm.conversation.log import Incoming, open_conversation, receive
from crm.conversation.models import Conversation, Message, Role, State
from crm.db import Database
from crm.profile.channel_proof import PROVED, PROVED_COMMAND, UNPROVED_COMMAND, prove_by_phone
from crm.profile.models import ChannelIdentity
from integrations.channels.shared_choices import find_numbered
from integrations.channels.shared_collector import MediaCollector
from integrations.channels.shared_media import Record, note_remote, pending
from integrations.channels.shared_refusals import Words, no_words, tell_of_refused
from integrations.channels.telegram.commands import DECLINED
from integrations.channels.telegram.keyboards import numbered_in
from integrations.channels.telegram.settings import TelegramSettings
from integrations.channels.telegram.updates import (
    Arrival,
    Ignored,
    Membership,
    Misplaced,
    Pressed,
    Said,
    Sender,
    read_update,
)

logger = logging.getLogger(__name__)

CHANNEL = "telegram"
LANGUAGES = ("it", "en")
# PostgreSQL lets two transactions store the same thing until one commits; the other tries again.
TRIES = 3
RECENT = 10


class Aftercare(Protocol):
    """What is done for an update after it was stored and acknowledged."""

    def answer(self, query_id: str) -> None:
        """Tell the customer's client that its button was pressed."""

    def put_away(self, chat_id: int, message_id: int) -> None:
        """Take the buttons of an answered question away."""

    def leave(self, chat_id: int, language: str, *, may_speak: bool) -> None:
        """Leave a group or channel, if possible with a word of excuse."""


@dataclass(frozen=True)
class Stored:
    """What became of an update. `spent`: the pressed button answered its question, or is stale."""

    conversation_id: int
    message_id: int
    has_files: bool = False
    spent: bool = False


@dataclass(frozen=True)
class TelegramIntake:
    """The door through which updates come in, wired by the app.

    Args:
        announce: tells the engine and the desk, in the event loop, of a conversation's news.
        proof_lasts: how long a shared contact proves who somebody is.
        refusal: what to say of a file that is not kept, by reason and language.
    """

    settings: TelegramSettings
    database: Database
    announce: Callable[[int], None]
    collector: MediaCollector
    aftercare: Aftercare
    proof_lasts: timedelta = timedelta(hours=1)
    refusal: Words = no_words

    async def receive(self, raw: Any) -> None:
        """Store an update; when this returns, it is kept or it is nothing to keep.

        Raises:
            NotAnUpdate: it is no update at all.
        """
        arrival = read_update(raw)
        stored = None
        if not isinstance(arrival, Misplaced | Ignored):
            stored = await run_in_threadpool(self.store, arrival)
        self._follow_up(arrival, stored)

    def store(self, arrival: Arrival) -> Stored | None:
        """Write an arrival to the log, in one transaction."""
        for _ in range(TRIES - 1):
            try:
                return self._store(arrival)
            except IntegrityError:
                continue
        return self._store(arrival)

    def _store(self, arrival: Arrival) -> Stored | None:
        with self.database.writing(urgent=True) as session:
            if isinstance(arrival, Said):
                return _store_said(session, arrival, self)
            if isinstance(arrival, Pressed):
                return _store_pressed(session, arrival, self)
            if isinstance(arrival, Membership):
                _note_membership(session, arrival)
            return None

    def _follow_up(self, arrival: Arrival, stored: Stored | None) -> None:
        """Begin whatever may happen after the acknowledgement."""
        if isinstance(arrival, Pressed | Ignored) and arrival.query_id:
            self.aftercare.answer(arrival.query_id)
        if isinstance(arrival, Misplaced):
            language = first_language(arrival.language_code)
            self.aftercare.leave(arrival.chat_id, language, may_speak=arrival.may_speak)
        if stored is None:
            return
        self.announce(stored.conversation_id)
        if stored.has_files:
            self.collector.collect(stored.message_id)
        if isinstance(arrival, Pressed) and stored.spent and arrival.message_id:
            self.aftercare.put_away(arrival.sender.id, arrival.message_id)

    def external_id(self, arrival: Arrival) -> str:
        """Under which id an update is stored: numbers count for each bot apart."""
        return f"{self.settings.bot_id}:{arrival.update_id}"


def _store_said(session: Session, said: Said, intake: TelegramIntake) -> Stored | None:
    external_id = intake.external_id(said)
    known = _known(session, external_id)
    if known is not None:
        return _stored(known)
    conversation = _conversation(session, said.sender)
    if said.edited and _was_said(session, conversation, said.text):
        return None
    _note_start(conversation.identity, said)
    is_next_of_album = _follows_in_album(session, conversation, said)
    message = receive(session, conversation, _incoming(session, conversation, said, intake))
    if said.media is not None:
        tell_of_refused(session, conversation, intake.refusal)
    if is_next_of_album and not said.text.strip():
        message.state = State.HANDLED  # the album was acknowledged with its first file
    return _stored(message)


def _incoming(
    session: Session, conversation: Conversation, said: Said, intake: TelegramIntake
) -> Incoming:
    files = _files(said, intake.collector.limit)
    command = said.command
    if said.phone:
        is_proved = _proved(session, conversation.identity, said.phone, intake.proof_lasts)
        command = PROVED_COMMAND if is_proved else UNPROVED_COMMAND
    if files and not any(pending(files)) and not said.text.strip():
        command = DECLINED
    text = said.text
    chosen = None if command or files else _chosen(session, conversation, said)
    if chosen is not None:
        text, command = chosen
    return Incoming(intake.external_id(said), text, command, files, said.at)


def _chosen(session: Session, conversation: Conversation, said: Said) -> tuple[str, str] | None:
    """The title and command of the numbered choice that a customer typed the number of."""
    button = find_numbered(session, conversation, said.text, numbered_in)
    return (button.title, button.command) if button else None


def _files(said: Said, limit: int) -> list[Record]:
    if said.media is None:
        return []
    record = note_remote(said.media, limit)
    return [{**record, "album": said.album} if said.album else record]


def _store_pressed(session: Session, pressed: Pressed, intake: TelegramIntake) -> Stored:
    external_id = intake.external_id(pressed)
    known = _known(session, external_id)
    if known is not None:
        return _stored(known)
    conversation = _conversation(session, pressed.sender)
    try:
        button = press(session, conversation.id, pressed.token)
        text, command = button.title, button.command
    except UnknownButton:
        text, command = "", STALE
    message = receive(session, conversation, Incoming(external_id, text, command, at=pressed.at))
    return _stored(message)


def _stored(message: Message) -> Stored:
    command = message.command or ""
    return Stored(
        message.conversation_id,
        message.id,
        has_files=any(pending(message.attachments)),
        spent=command.startswith(ONLY_NOW) or command == STALE,
    )


def _known(session: Session, external_id: str) -> Message | None:
    return session.scalar(select(Message).filter_by(channel=CHANNEL, external_id=external_id))


def _conversation(session: Session, sender: Sender) -> Conversation:
    """The sender's conversation, with who they are on Telegram as it is today."""
    language = first_language(sender.language_code)
    conversation = open_conversation(session, CHANNEL, str(sender.id), language)
    _note(conversation.identity, name=sender.name, username=sender.username, blocked_at=None)
    return conversation


def first_language(language_code: str) -> str:
    """The language to begin in: the one of the customer's Telegram, Italian where we lack it."""
    language = language_code.lower().partition("-")[0]
    return language if language in LANGUAGES else LANGUAGES[0]


def _note(identity: ChannelIdentity, **details: str | None) -> None:
    """Bring what is kept about an identity up to date; nothing is written where nothing changed."""
    kept = {**identity.details, **details}
    kept = {name: value for name, value in kept.items() if value not in (None, "")}
    if kept != identity.details:
        identity.details = kept


def _note_start(identity: ChannelIdentity, said: Said) -> None:
    """Remember the link that brought somebody here (`t.me/bot?start=…`)."""
    if said.start:
        _note(identity, start=said.start)


def _proved(session: Session, identity: ChannelIdentity, phone: str, lasting: timedelta) -> bool:
    """Whether the sender's own number is the one on file; sharing it again is meant so."""
    _note(identity, **{PROVED: None})
    return bool(prove_by_phone(session, identity, phone, lasting))


def _was_said(session: Session, conversation: Conversation, text: str) -> bool:
    """Whether an edit left the words as they were: a preview was added, a place moved on."""
    return any(message.text == text for message in _recent(session, conversation))


def _follows_in_album(session: Session, conversation: Conversation, said: Said) -> bool:
    if not said.album:
        return False
    last = next(iter(_recent(session, conversation)), None)
    return last is not None and any(
        record.get("album") == said.album for record in last.attachments
    )


def _recent(session: Session, conversation: Conversation) -> list[Message]:
    """What the customer said last, the newest first."""
    query = (
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.role == Role.CUSTOMER)
        .order_by(Message.seq.desc())
        .limit(RECENT)
    )
    return list(session.scalars(query))


def _note_membership(session: Session, membership: Membership) -> None:
    """Mark that a customer has blocked the bot, or let it in again; the newest word counts."""
    identity = session.scalar(
        select(ChannelIdentity).filter_by(channel=CHANNEL, external_id=str(membership.sender.id))
    )
    if identity is None:
        return
    at = membership.at.isoformat()
    if at < str(identity.details.get("membership_at", "")):
        return
    _note(identity, blocked_at=at if membership.blocked else None, membership_at=at)
