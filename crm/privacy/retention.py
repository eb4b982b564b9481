"""Nothing is kept longer than it serves: each kind of data has its time; a job minds it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from crm.conversation.models import Conversation, ConversationEvent, Message, State, TurnEffect
from crm.db import Base, Database, now
from crm.event.models import Signal
from crm.mail.models import Mail, MailState
from crm.moment.models import Moment, MomentState
from crm.offer.models import OfferEvent
from crm.order.models import Order
from crm.privacy import wiping
from crm.privacy.emptying import keep_nameless, remove_rows
from crm.privacy.erasing import erase
from crm.privacy.models import Erasure, PersonalLink
from crm.privacy.outside import Outside
from crm.privacy.person import Marks
from crm.privacy.reach import CHUNK, reach
from crm.privacy.traces import files_of
from crm.profile.models import (
    ChannelIdentity,
    Customer,
    CustomerStatus,
    OneTimeCode,
    Trait,
    TraitKind,
)
from crm.ticket.models import OPEN_STATUSES, Ticket

ACTOR = "retention"
MOST_PEOPLE = 500
MOST_ROWS = 10_000
ORPHANED = timedelta(days=1)


@dataclass(frozen=True)
class Periods:
    """How many days each kind of data is kept; 0 is for ever."""

    strangers: int = 90
    messages: int = 730
    dialogues: int = 30
    effects: int = 30
    mails: int = 90
    codes: int = 7
    tickets: int = 1825
    offers: int = 1095
    signals: int = 730
    moments: int = 365
    orders: int = 3653
    prospects: int = 365
    customers: int = 3653


@dataclass(frozen=True)
class Line:
    """What became of one kind of data: its time in days, and how much was past it."""

    kind: str
    days: int
    found: int


@dataclass(frozen=True)
class Pass:
    """One transaction's worth of work on one kind of data, or a look at all of it."""

    session: Session
    outside: Outside
    before: datetime
    dry_run: bool

    def ids(self, query: Select[int]) -> Sequence[int]:
        """The rows of a query, as many as one transaction should take."""
        limited = query if self.dry_run else query.limit(MOST_ROWS)
        return self.session.scalars(limited).all()


class _OnlyLooking(Exception):
    """Takes back what a dry run did."""


Rule = Callable[[Pass], int]


def retain(
    database: Database, outside: Outside, periods: Periods, *, dry_run: bool = False
) -> list[Line]:
    """Remove what is past its time, kind by kind, each in a transaction of its own.

    Args:
        dry_run: only count.
    """
    lines = []
    for kind in fields(periods):
        days: int = getattr(periods, kind.name)
        if days:
            before = now() - timedelta(days=days)
            found = _apply(database, outside, kind.name, before, dry_run)
            lines.append(Line(kind.name, days, found))
    lines.append(Line("files", ORPHANED.days, _orphans(database, outside, dry_run)))
    if not dry_run:
        _wipe(database, outside, is_needed=any(line.found for line in lines))
    return lines


def _wipe(database: Database, outside: Outside, *, is_needed: bool) -> None:
    """Overwrite free space, also after erasures that left it to the night."""
    with database.reading() as session:
        done = select(Erasure).where(Erasure.done_at.is_not(None))
        left = [one.id for one in session.scalars(done) if not one.report.get("wiped", True)]
    if (left or is_needed) and wiping.wipe(database, largest=None) and outside.dialogues.wipe():
        with database.writing() as session:
            for entry_id in left:
                entry = session.get_one(Erasure, entry_id)
                entry.report = {**entry.report, "wiped": True}


def _apply(database: Database, outside: Outside, kind: str, before: datetime, dry_run: bool) -> int:
    if kind in PEOPLE:
        return _people(database, outside, PEOPLE[kind](before), dry_run)
    total = 0
    while True:
        found = _one_pass(database, outside, kind, before, dry_run)
        total += found
        if dry_run or found < MOST_ROWS:
            return total


def _one_pass(
    database: Database, outside: Outside, kind: str, before: datetime, dry_run: bool
) -> int:
    found = 0
    with suppress(_OnlyLooking), database.writing() as session:
        wiping.overwrite_what_is_deleted(session)
        found = RULES[kind](Pass(session, outside, before, dry_run))
        if dry_run:
            raise _OnlyLooking
    return found


def _people(database: Database, outside: Outside, past: ColumnElement[bool], dry_run: bool) -> int:
    """Whole people are erased as if they had asked, some hundred at a time."""
    query = select(Customer.id).where(Customer.status == CustomerStatus.ACTIVE, past)
    with database.reading() as session:
        ids = session.scalars(query.order_by(Customer.id).limit(MOST_PEOPLE)).all()
    if not dry_run:
        for customer_id in ids:
            erase(database, outside, customer_id, ACTOR, wipe=False)
    return len(ids)


def _heard_of_since(before: datetime) -> ColumnElement[bool]:
    """Whether anything came from or went to a customer since."""
    of = Customer.id
    talked = (
        exists()
        .where(Conversation.identity_id == ChannelIdentity.id)
        .where(ChannelIdentity.customer_id == of, Conversation.updated_at >= before)
    )
    return or_(
        Customer.updated_at >= before,
        exists().where(Trait.customer_id == of, Trait.at >= before),
        exists().where(Order.customer_id == of, Order.placed_at >= before),
        exists().where(Ticket.customer_id == of, Ticket.updated_at >= before),
        exists().where(Signal.customer_id == of, Signal.at >= before),
        talked,
    )


def _inactive(before: datetime) -> ColumnElement[bool]:
    return ~_heard_of_since(before)


def _bought_addresses(before: datetime) -> ColumnElement[bool]:
    """Known from third parties alone, and never heard of."""
    own = exists().where(Trait.customer_id == Customer.id, Trait.kind != TraitKind.THIRD_PARTY)
    bought = exists().where(Trait.customer_id == Customer.id)
    return and_(bought, ~own, ~_heard_of_since(before))


def _strangers(work: Pass) -> int:
    said = exists().where(Message.conversation_id == Conversation.id)
    query = (
        select(ChannelIdentity.id)
        .join(Conversation, Conversation.identity_id == ChannelIdentity.id)
        .where(ChannelIdentity.customer_id.is_(None), Conversation.updated_at < work.before, said)
    )
    return _empty(work, "channel_identity", work.ids(query))


def _messages(work: Pass) -> int:
    open_states = (State.RECEIVED, State.QUEUED)
    query = select(Message.id).where(Message.at < work.before, Message.state.not_in(open_states))
    events = select(ConversationEvent.id).where(ConversationEvent.at < work.before)
    _remove(work, ConversationEvent, events)
    return _empty(work, "message", work.ids(query))


def _tickets(work: Pass) -> int:
    is_closed = Ticket.status.not_in(OPEN_STATUSES) & (Ticket.subject != "")
    query = select(Ticket.id).where(Ticket.updated_at < work.before, is_closed)
    return _empty(work, "ticket", work.ids(query))


def _empty(work: Pass, table: str, ids: Sequence[int]) -> int:
    """Remove rows with all that hangs on them, their files and dialogues too."""
    reached = reach(work.session, (), **{table: ids})
    files = files_of(work.session, reached)
    talks = {key[0] for key in reached.get("conversation", ())}
    keep_nameless(work.session, reached, Marks())
    remove_rows(work.session, reached)
    if not work.dry_run:
        work.outside.dialogues.erase(talks, Marks())
        for name in files:
            work.outside.files.remove(name)
    return len(ids)


def _dialogues(work: Pass) -> int:
    """All at once: they are not in this database, and there is nothing to hold up."""
    idle = select(Conversation.id).where(Conversation.updated_at < work.before)
    ids = work.session.scalars(idle).all()
    dialogues = work.outside.dialogues
    return dialogues.count(ids) if work.dry_run else dialogues.erase(ids, Marks())


def _effects(work: Pass) -> int:
    """What actions did in a turn: needed only while the turn may be run again."""
    query = (
        select(TurnEffect.message_id)
        .join(Message, Message.id == TurnEffect.message_id)
        .where(Message.at < work.before)
        .distinct()
    )
    ids = work.ids(query)
    for start in range(0, len(ids), CHUNK):
        chunk = TurnEffect.message_id.in_(ids[start : start + CHUNK])
        work.session.execute(delete(TurnEffect).where(chunk))
    return len(ids)


def _mails(work: Pass) -> int:
    is_past = (Mail.at < work.before) & (Mail.state != MailState.QUEUED)
    return _remove(work, Mail, select(Mail.id).where(is_past))


def _codes(work: Pass) -> int:
    codes = select(OneTimeCode.id).where(OneTimeCode.expires_at < work.before)
    links = select(PersonalLink.id).where(PersonalLink.expires_at < work.before)
    return _remove(work, OneTimeCode, codes) + _remove(work, PersonalLink, links)


def _signals(work: Pass) -> int:
    return _remove(work, Signal, select(Signal.id).where(Signal.at < work.before))


def _moments(work: Pass) -> int:
    is_past = (Moment.created_at < work.before) & (Moment.state != MomentState.PLANNED)
    return _remove(work, Moment, select(Moment.id).where(is_past))


def _offers(work: Pass) -> int:
    """The figures of offers count on, without a person."""
    named = OfferEvent.customer_id.is_not(None) | OfferEvent.conversation_id.is_not(None)
    ids = work.ids(select(OfferEvent.id).where(OfferEvent.at < work.before, named))
    keep_nameless(work.session, {"offer_event": {(one,) for one in ids}}, Marks())
    return len(ids)


def _orders(work: Pass) -> int:
    """Accounts past their time go altogether; tickets about them stay."""
    ids = work.ids(select(Order.id).where(Order.placed_at < work.before))
    for start in range(0, len(ids), CHUNK):
        about = Ticket.order_id.in_(ids[start : start + CHUNK])
        work.session.execute(
            update(Ticket).where(about).values(order_id=None, updated_at=Ticket.updated_at)
        )
    reached = reach(work.session, (), order=ids)
    reached.pop("customer", None)
    remove_rows(work.session, reached)
    return len(ids)


def _remove(work: Pass, kind: type[Base], past: Select[int]) -> int:
    ids = work.ids(past)
    remove_rows(work.session, {kind.__tablename__: {(one,) for one in ids}})
    return len(ids)


def _orphans(database: Database, outside: Outside, dry_run: bool) -> int:
    """Files that no message knows any more: an upload or a removal that was interrupted."""
    names = set(outside.files.names(ORPHANED))
    if names:
        with database.reading() as session:
            for stored in session.scalars(select(Message.attachments)):
                names -= {one["file"] for one in stored if "file" in one}
    return len(names) if dry_run else sum(outside.files.remove(name) for name in names)


RULES: Mapping[str, Rule] = {
    "strangers": _strangers,
    "messages": _messages,
    "dialogues": _dialogues,
    "effects": _effects,
    "mails": _mails,
    "codes": _codes,
    "tickets": _tickets,
    "offers": _offers,
    "signals": _signals,
    "moments": _moments,
    "orders": _orders,
}
PEOPLE: Mapping[str, Callable[[datetime], ColumnElement[bool]]] = {
    "prospects": _bought_addresses,
    "customers": _inactive,
}
