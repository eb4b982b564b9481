"""Everything said and done in a conversation, in order, behind the veil of whoever looks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.conversation import queue
from crm.conversation.inbox import find_conversation
from crm.conversation.models import Conversation, ConversationEvent, Message, Mode, State
from crm.conversation.queue import Urgency
from crm.staff.glances import who_is_looking
from desk.api.conversation_views import ConversationView, EventView, MessageView
from desk.api.conversations import view_of
from desk.api.masking import veil_for
from desk.door.signed_in import SignedIn
from desk.pages.lines import shown_name
from desk.sending import window_left

OTHERS_SHOWN = 100
WATCHED_STATES = 40


@dataclass(frozen=True)
class Entry:
    """Something said or done, on a channel."""

    at: datetime
    channel: str
    conversation_id: int
    message: MessageView | None = None
    event: EventView | None = None


@dataclass(frozen=True)
class Thread:
    """A conversation as its page shows it."""

    view: ConversationView
    entries: Sequence[Entry]
    urgency: Urgency
    name: str
    customer_id: int | None
    others: int

    @property
    def is_human(self) -> bool:
        """Whether a person has it."""
        return self.view.mode == Mode.HUMAN

    def is_held_by(self, name: str) -> bool:
        """Whether this person has it."""
        return self.is_human and self.view.assignee == name

    def days(self, zone: ZoneInfo) -> Iterator[tuple[date, list[Entry]]]:
        """The entries by day."""
        for day, entries in groupby(self.entries, lambda one: one.at.astimezone(zone).date()):
            yield day, list(entries)

    def window_left(self) -> timedelta | None:
        """How long WhatsApp still lets us write freely; None where there is no such window."""
        return window_left(self.view.channel, self.view.last_customer_at)


def gather(
    session: Session, who: SignedIn, conversation_id: int, *, limit: int, all_channels: bool
) -> Thread | None:
    """A conversation's thread; with those of the customer's other conversations when asked."""
    conversation = find_conversation(session, conversation_id)
    if conversation is None:
        return None
    view = view_of(session, conversation, who.staff, limit)
    others = queue.others_of(session, conversation)
    entries = list(_entries(view))
    for other in others if all_channels else ():
        entries += _entries(view_of(session, other, who.staff, OTHERS_SHOWN))
    veil = veil_for(who.staff, session, conversations=[conversation])
    return Thread(
        view=view,
        entries=sorted(entries, key=lambda entry: entry.at),
        urgency=queue.urgencies_of(session, [conversation])[conversation.id],
        name=shown_name(conversation, veil),
        customer_id=conversation.identity.customer_id,
        others=len(others),
    )


def _entries(view: ConversationView) -> Iterator[Entry]:
    for message in view.messages:
        yield Entry(message.at, view.channel, view.id, message=message)
    first = view.messages[0].at if view.has_earlier and view.messages else None
    for event in view.events:
        if first is None or event.at >= first:
            yield Entry(event.at, view.channel, view.id, event=event)


def signs_of_change(
    session: Session, conversation_id: int, user_id: int
) -> tuple[Sequence[State], Sequence[str], Any]:
    """What can change without anything being said: deliveries, onlookers, who has it."""
    states = session.scalars(
        select(Message.state)
        .where(Message.conversation_id == conversation_id)
        .order_by(Message.seq.desc())
        .limit(WATCHED_STATES)
    ).all()
    last_event = session.scalar(
        select(func.max(ConversationEvent.id)).where(
            ConversationEvent.conversation_id == conversation_id
        )
    )
    held = session.execute(
        select(Conversation.mode, Conversation.assignee, Conversation.last_seq).where(
            Conversation.id == conversation_id
        )
    ).one()
    return states, who_is_looking(session, conversation_id, besides=user_id), (last_event, *held)
