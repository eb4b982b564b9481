"""Each kind of data has its time; what is past it goes, what is not stays."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm.conversation.models import Conversation, ConversationEvent, Message, TurnEffect
from crm.db import Database, now
from crm.event.models import Signal
from crm.mail.models import Mail, MailState
from crm.moment.models import Moment
from crm.offer.models import OfferEvent
from crm.order.models import Order, OrderLine
from crm.privacy.erasing import erase
from crm.privacy.models import Erasure
from crm.privacy.outside import Outside
from crm.privacy.retention import Periods, retain
from crm.profile.models import Customer, CustomerStatus, Trait, TraitKind
from crm.ticket.models import Ticket, TicketStatus
from integrations.attachment_files import AttachmentFolder
from tests.crm.privacy.lives import EMAIL, Left, leave

NEVER = Periods(**dict.fromkeys((kind.name for kind in fields(Periods)), 0))


@pytest.fixture
def outside(tmp_path: Path) -> Outside:
    return Outside(files=AttachmentFolder(tmp_path / "attachments"))


@pytest.fixture
def left(database: Database, tmp_path: Path) -> Left:
    with database.writing() as session:
        return leave(session, tmp_path / "attachments")


def days_ago(days: int) -> datetime:
    return now() - timedelta(days=days)


def count(session: Session, kind: Any) -> int:
    return session.scalar(select(func.count()).select_from(kind)) or 0


def found(database: Database, outside: Outside, kind: str, **how: Any) -> int:
    """What a job finds that knows only this kind, with a time of ten days."""
    lines = retain(database, outside, replace(NEVER, **{kind: 10}), **how)
    assert [line.kind for line in lines] == [kind, "files"]
    return lines[0].found


def age(database: Database, kind: Any, days: int, *columns: str) -> None:
    with database.writing() as session:
        session.execute(update(kind).values({column: days_ago(days) for column in columns}))


AGED: list[tuple[str, Any, tuple[str, ...], Callable[[Session], int]]] = [
    ("messages", Message, ("at",), lambda s: count(s, Message)),
    ("effects", Message, ("at",), lambda s: count(s, TurnEffect)),
    ("mails", Mail, ("at",), lambda s: count(s, Mail)),
    ("signals", Signal, ("at",), lambda s: count(s, Signal)),
    ("moments", Moment, ("created_at",), lambda s: count(s, Moment)),
    ("orders", Order, ("placed_at",), lambda s: count(s, Order) + count(s, OrderLine)),
    ("offers", OfferEvent, ("at",),
     lambda s: s.scalar(select(func.count(OfferEvent.customer_id))) or 0),
    ("tickets", Ticket, ("updated_at",),
     lambda s: s.scalar(select(func.count()).where(Ticket.subject != "")) or 0),
]  # fmt: skip


@pytest.mark.usefixtures("left")
@pytest.mark.parametrize(("kind", "table", "columns", "left_of_it"), AGED)
def test_what_is_past_its_time_goes(
    database: Database,
    outside: Outside,
    kind: str,
    table: Any,
    columns: tuple[str, ...],
    left_of_it: Callable[[Session], int],
) -> None:
    with database.writing() as session:
        session.execute(update(Mail).values(state=MailState.SENT))
        session.execute(update(Ticket).values(status=TicketStatus.SOLVED))
        session.execute(update(Message).values(state="handled"))
    age(database, table, 9, *columns)
    with database.reading() as session:
        before = left_of_it(session)
    assert before > 0 and found(database, outside, kind) == 0
    age(database, table, 11, *columns)
    looked = found(database, outside, kind, dry_run=True)
    with database.reading() as session:
        assert looked > 0 and left_of_it(session) == before
    assert found(database, outside, kind) == looked
    with database.reading() as session:
        assert left_of_it(session) == 0
    assert found(database, outside, kind) == 0


def test_files_go_with_their_messages(
    database: Database, outside: Outside, left: Left, tmp_path: Path
) -> None:
    age(database, Message, 11, "at")
    age(database, ConversationEvent, 11, "at")
    with database.writing() as session:
        session.execute(update(Message).values(state="handled"))
    found(database, outside, "messages")
    assert not (tmp_path / "attachments" / left.file).exists()
    with database.reading() as session:
        assert count(session, ConversationEvent) == 0


def test_what_still_has_to_be_done_is_never_too_old(
    database: Database, outside: Outside, left: Left
) -> None:
    age(database, Message, 11, "at")
    age(database, Mail, 11, "at")
    age(database, Ticket, 11, "updated_at")
    with database.writing() as session:
        session.execute(update(Message).values(state="received"))
    for kind in ("messages", "mails", "tickets"):
        assert found(database, outside, kind) == 0, kind


def test_strangers_are_forgotten_sooner(database: Database, outside: Outside, left: Left) -> None:
    age(database, Conversation, 11, "updated_at")
    assert found(database, outside, "strangers") == 1
    with database.reading() as session:
        texts = session.scalars(select(Message.text)).all()
    assert not [text for text in texts if "via Quaglia" in text] and len(texts) > 3


def test_people_known_from_third_parties_alone_are_erased(
    database: Database, outside: Outside, left: Left
) -> None:
    with database.writing() as session:
        mine = Trait.customer_id == left.neighbour
        session.execute(update(Trait).where(mine).values(kind=TraitKind.THIRD_PARTY))
    for table, columns in ((Trait, ("at",)), (Customer, ("updated_at",)),
                           (Conversation, ("updated_at",))):  # fmt: skip
        age(database, table, 11, *columns)
    assert found(database, outside, "prospects", dry_run=True) == 1
    assert found(database, outside, "prospects") == 1
    with database.reading() as session:
        assert session.get_one(Customer, left.neighbour).status == CustomerStatus.ERASED
        assert session.get_one(Customer, left.customer).status == CustomerStatus.ACTIVE
        assert [entry.actor for entry in session.scalars(select(Erasure))] == ["retention"]


def test_a_customer_of_whom_something_was_heard_stays(
    database: Database, outside: Outside, left: Left
) -> None:
    every = ((Trait, ("at",)), (Customer, ("updated_at",)), (Conversation, ("updated_at",)),
             (Order, ("placed_at",)), (Ticket, ("updated_at",)), (Signal, ("at",)))  # fmt: skip
    for table, columns in every:
        age(database, table, 11, *columns)
    age(database, Order, 9, "placed_at")
    assert found(database, outside, "customers", dry_run=True) == 1
    age(database, Order, 11, "placed_at")
    assert found(database, outside, "customers", dry_run=True) == 2


def test_files_that_no_message_knows_are_cleared_away(
    database: Database, outside: Outside, left: Left, tmp_path: Path
) -> None:
    import os

    orphan = tmp_path / "attachments" / "orphan.png"
    orphan.write_bytes(b"?")
    old = days_ago(2).timestamp()
    for path in orphan.parent.iterdir():
        os.utime(path, (old, old))
    assert retain(database, outside, NEVER, dry_run=True)[-1].found == 1
    assert retain(database, outside, NEVER)[-1].found == 1
    assert [path.name for path in orphan.parent.iterdir()] == [left.file]


def test_a_large_file_is_rewritten_at_night(
    database: Database, outside: Outside, left: Left, tmp_path: Path
) -> None:
    report = erase(database, outside, left.customer, "Anna", wipe=False)
    assert report.wiped is False
    retain(database, outside, NEVER)
    with database.reading() as session:
        assert session.scalars(select(Erasure)).one().report["wiped"] is True
    content = b"".join(path.read_bytes() for path in tmp_path.glob("test.db*"))
    assert EMAIL.encode() not in content


def test_nothing_has_no_time_at_all(database: Database, outside: Outside, left: Left) -> None:
    with database.reading() as session:
        before = count(session, Message)
    assert [line.kind for line in retain(database, outside, NEVER)] == ["files"]
    with database.reading() as session:
        assert count(session, Message) == before
