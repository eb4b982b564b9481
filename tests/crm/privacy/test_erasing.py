"""R5: after an erasure nothing of the person is left, anywhere; everybody else is untouched."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from crm.conversation.log import Incoming, open_conversation, receive
from crm.conversation.models import Message, Mode
from crm.db import Base, Database
from crm.order.models import Order
from crm.privacy.erasing import NoSuchPerson, NotErasable, erase
from crm.privacy.models import Erasure
from crm.privacy.outside import Outside
from crm.profile.facts import Facts
from crm.profile.matching import find
from crm.profile.models import ChannelIdentity, Customer, CustomerStatus
from crm.source.models import SourceRecord
from crm.ticket.models import Ticket
from integrations.attachment_files import AttachmentFolder
from integrations.rasa_trackers import RasaTrackers
from tests.crm.privacy.lives import EMAIL, MARKS, PHONE, Left, leave, profile

EVENTS = """CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id VARCHAR(255) NOT NULL,
type_name VARCHAR(255), timestamp FLOAT, intent_name VARCHAR(255), action_name VARCHAR(255),
data TEXT)"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where everything lies."""
    return tmp_path


@pytest.fixture
def outside(home: Path) -> Iterator[Outside]:
    """A folder of files, and a tracker store as Rasa makes it."""
    trackers = sqlite3.connect(home / "trackers.db")
    trackers.execute("PRAGMA journal_mode=WAL")
    trackers.execute(EVENTS)
    trackers.commit()
    yield Outside(
        dialogues=RasaTrackers(
            f"sqlite:///{home / 'trackers.db'}", lambda one: f"conversation-{one}"
        ),
        files=AttachmentFolder(home / "attachments"),
    )
    trackers.close()


def remember(home: Path, conversation: int, *texts: str) -> None:
    """Have Rasa remember what was said; other dialogues stay open while it is erased."""
    trackers = sqlite3.connect(home / "trackers.db")
    for text in texts:
        trackers.execute(
            "INSERT INTO events (sender_id, data) VALUES (?, ?)",
            (f"conversation-{conversation}", f'{{"event": "user", "text": "{text}"}}'),
        )
    trackers.commit()
    trackers.close()


@pytest.fixture
def left(database: Database, home: Path, outside: Outside) -> Left:
    with database.writing() as session:
        left = leave(session, home / "attachments")
    remember(home, left.conversation, f"sono Ermenegildo Quaglia, {EMAIL}")
    remember(home, left.neighbours_conversation, f"il vicino {EMAIL}", "altro")
    remember(home, 999, "nessuno")
    return left


def bytes_with(home: Path, *marks: str) -> list[str]:
    """The marks that occur in any file, in any case."""
    content = b"\n".join(path.read_bytes().lower() for path in home.rglob("*") if path.is_file())
    return [mark for mark in marks if mark.lower().encode() in content]


@pytest.mark.usefixtures("left")
def test_the_marks_are_there_before(home: Path) -> None:
    assert bytes_with(home, *MARKS) == list(MARKS)


def test_r5_no_byte_of_the_person_is_left(
    database: Database, outside: Outside, home: Path, left: Left
) -> None:
    report = erase(database, outside, left.customer, "Anna")
    assert bytes_with(home, *MARKS) == []
    assert report.wiped and report.files == 1 and report.dialogues == 2
    assert report.removed["message"] >= 4 and report.removed["mail"] == 1
    assert report.sources == ["ecommerce", "newsletter"]
    assert report.mentions >= 1 and report.shared == 0


def test_the_law_keeps_the_accounts_and_nothing_of_the_person(
    database: Database, outside: Outside, left: Left
) -> None:
    report = erase(database, outside, left.customer, "Anna")
    kept = {one.what: one for one in report.kept}
    assert kept["order"].rows == 1 and "art. 2220" in kept["order"].why
    with database.reading() as session:
        order = session.scalars(select(Order).filter_by(number=left.order)).one()
        assert (str(order.total), order.tracking, order.carrier) == ("19.90", None, None)
        assert len(order.lines) == 1
        ticket = session.scalars(select(Ticket).filter_by(number=left.ticket)).one()
        assert (ticket.subject, ticket.description, ticket.contact) == ("", "", {})
        assert ticket.customer_id is None and ticket.events == []
        customers = [session.get_one(Customer, one) for one in (left.customer, left.absorbed)]
        assert {one.status for one in customers} == {CustomerStatus.ERASED}
        assert find(session, Facts(EMAIL, "Ermenegildo", "Quaglia", "38068")) == []
        records = session.scalars(select(SourceRecord).filter_by(customer_id=left.customer)).all()
        assert [(one.key, one.facts) for one in records] == [
            ("ecommerce-1", {}),
            ("newsletter-2", {}),
        ]


def test_the_record_holds_numbers_and_reasons_only(
    database: Database, outside: Outside, left: Left
) -> None:
    report = erase(database, outside, left.customer, "Anna")
    with database.reading() as session:
        entry = session.scalars(select(Erasure)).one()
        assert entry.report == report.as_dict() and entry.done_at is not None
        assert left.conversation in entry.conversations
        assert not [mark for mark in MARKS if mark.lower() in str(vars(entry)).lower()]


def test_others_keep_what_is_theirs(database: Database, outside: Outside, left: Left) -> None:
    erase(database, outside, left.customer, "Anna")
    with database.reading() as session:
        neighbour = session.get_one(Customer, left.neighbour)
        assert (neighbour.full_name, neighbour.email) == (
            "Clotilde Bevilacqua", "clotilde@example.it",
        )  # fmt: skip
        said = session.scalars(
            select(Message).filter_by(conversation_id=left.neighbours_conversation, role="customer")
        ).one()
        assert said.text == "il mio vicino […] ([…], tel […]) ha lo stesso phon"
        assert said.understanding == {"entities": [{"value": "[…]"}]}


def test_a_web_chat_goes_on_as_a_strangers(
    database: Database, outside: Outside, left: Left
) -> None:
    with database.reading() as session:
        seen = open_conversation(session, "webchat", "session-1").last_seq
    erase(database, outside, left.customer, "Anna")
    with database.writing() as session:
        conversation = open_conversation(session, "webchat", "session-1")
        assert (conversation.id, conversation.mode) == (left.conversation, Mode.CLOSED)
        assert conversation.identity.customer_id is None
        assert conversation.identity.details == {"token_generation": 2}
        again = receive(session, conversation, Incoming("m-9", text="buongiorno"))
        assert again.seq == seen + 1 and conversation.mode == Mode.BOT


def test_a_number_on_another_channel_is_forgotten(
    database: Database, outside: Outside, left: Left
) -> None:
    erase(database, outside, left.customer, "Anna")
    with database.reading() as session:
        names = session.scalars(select(ChannelIdentity.external_id).order_by(ChannelIdentity.id))
        assert "393490000000" not in list(names)


def test_a_mailbox_that_a_family_shares_stays_with_the_family(
    database: Database, outside: Outside, left: Left
) -> None:
    with database.writing() as session:
        wife = profile(session, "shop", "Clementina", "Quaglia", email=EMAIL, phone=PHONE).id
    report = erase(database, outside, left.customer, "Anna")
    assert report.shared == 2
    with database.reading() as session:
        hers = session.get_one(Customer, wife)
        assert (hers.full_name, hers.email, hers.phone) == ("Clementina Quaglia", EMAIL, PHONE)


def test_a_namesake_is_still_called_so(
    database: Database, outside: Outside, home: Path, left: Left
) -> None:
    with database.writing() as session:
        namesake = profile(session, "shop", email="another.one@example.net").id
    report = erase(database, outside, left.customer, "Anna")
    assert report.shared == 1
    with database.reading() as session:
        assert session.get_one(Customer, namesake).full_name == "Ermenegildo Quaglia"
    assert bytes_with(home, EMAIL, "3471122334") == []


def test_profiles_that_may_be_theirs_too_are_named_for_a_person_to_look(
    database: Database, outside: Outside, left: Left
) -> None:
    with database.writing() as session:
        twin = profile(session, "shop", email="another.one@example.net", cap="38068").id
    assert erase(database, outside, left.customer, "Anna").may_be_also == [twin]


def test_dialogues_of_others_are_remembered(
    database: Database, outside: Outside, home: Path, left: Left
) -> None:
    erase(database, outside, left.customer, "Anna")
    trackers = sqlite3.connect(home / "trackers.db")
    assert trackers.execute("SELECT sender_id FROM events").fetchall() == [("conversation-999",)]
    trackers.close()


def test_nobody_is_erased_twice_nor_behind_a_merge(
    database: Database, outside: Outside, left: Left
) -> None:
    with pytest.raises(NotErasable) as merged:
        erase(database, outside, left.absorbed, "Anna")
    assert merged.value.merged_into_id == left.customer
    erase(database, outside, left.customer, "Anna")
    for refusal, customer in ((NotErasable, left.customer), (NoSuchPerson, 999)):
        with pytest.raises(refusal):
            erase(database, outside, customer, "Anna")


def test_a_table_that_nobody_thought_of_is_erased_too() -> None:
    """Whatever points to a customer is followed; what is to stay has to be said."""
    from crm.privacy.policy import KEPT
    from crm.privacy.reach import owners

    assert set(KEPT) <= set(Base.metadata.tables)
    assert len([table for table in Base.metadata.sorted_tables if owners(table)]) > 10
