"""The demo company's last two months: plausible, the same for a seed, and over."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.demo.load import SEED, load_catalogue
from app.demo.past.load import TALKS, load_past
from app.demo.past.reading import mark_read
from app.demo.personas import read_personas
from crm.conversation.models import Conversation, Message, Mode, State
from crm.db import Database
from crm.db.tables import metadata
from crm.insights.catalogue import make_catalogue
from crm.insights.scope import last_days
from crm.offer.models import OfferEvent
from crm.profile.models import Customer
from crm.staff.models import Glance
from crm.staff.models import Role as StaffRole
from crm.staff.users import add_user
from crm.ticket.models import OPEN_STATUSES, Ticket, TicketCategory

KNOWN = sorted({one.person.email for one in read_personas()})
END = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
UNKNOWN = (
    "Questa non la so, e non voglio inventare. Posso passarti una persona o aprire una richiesta."
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = filled(tmp_path_factory.mktemp("past"))
    yield database
    database.close()


def filled(folder: Path) -> Database:
    database = Database(f"sqlite:///{folder / 'past.db'}", durable=False)
    metadata.create_all(database.engine)
    with database.writing() as session:
        load_catalogue(session, date(2026, 11, 20))
        session.add_all(Customer(given_name="Nota", email=email) for email in KNOWN)
        session.add_all(Customer(given_name=f"Nome{number}") for number in range(400))
        session.flush()
        load_past(session, SEED, END)
    return database


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.reading() as session:
        yield session


def test_nothing_is_left_to_do_with_it(session: Session) -> None:
    states = set(session.scalars(select(Message.state).distinct()))
    assert states == {State.HANDLED, State.READ}
    modes = Counter(session.scalars(select(Conversation.mode)))
    assert modes == {Mode.BOT: TALKS, Mode.WAITING: 2}


def test_it_is_past_and_in_order(session: Session) -> None:
    assert END - timedelta(days=61) < session.scalars(select(func.min(Message.at))).one()
    assert session.scalars(select(func.max(Message.at))).one() < END
    for talk in session.scalars(select(Conversation)).unique():
        query = select(Message.at).filter_by(conversation_id=talk.id).order_by(Message.seq)
        times = session.scalars(query).all()
        assert list(times) == sorted(times)


def test_channels_languages_and_both_kinds_of_people(session: Session) -> None:
    talks = session.scalars(select(Conversation)).unique().all()
    assert {talk.channel for talk in talks} == {"webchat", "telegram", "whatsapp"}
    assert {talk.language for talk in talks} == {"it", "en"}
    strangers = sum(talk.identity.customer_id is None for talk in talks)
    assert 0.25 < strangers / len(talks) < 0.5
    assert all("{" not in text for text in session.scalars(select(Message.text)))


def test_known_people_are_left_alone(session: Session) -> None:
    owners = {talk.identity.customer_id for talk in session.scalars(select(Conversation)).unique()}
    owners |= set(session.scalars(select(Ticket.customer_id)))
    owners |= set(session.scalars(select(OfferEvent.customer_id)))
    known = session.scalars(select(Customer.id).where(Customer.email.in_(KNOWN))).all()
    assert len(known) == len(KNOWN)
    assert not owners & set(known)


def test_every_figure_has_something_to_say(session: Session) -> None:
    scope = last_days(60, END.date())
    figures = make_catalogue([UNKNOWN]).figures
    for name, figure in figures.items():
        if name in ("stages", "tiers", "propensities"):
            continue  # of what was bought, which this company here never does
        counted = figure.count(session, scope)
        assert counted.total.count, name
    causes = {cell.name for cell in make_catalogue().figure("handoffs").count(session, scope).cells}
    assert causes == {"asked_for", "anger", "failed_tries"}


def test_old_tickets_are_settled(session: Session) -> None:
    tickets = session.scalars(select(Ticket)).all()
    assert {ticket.category for ticket in tickets} >= {TicketCategory.FAULT, TicketCategory.HANDOFF}
    unsettled = [one for one in tickets if one.status in OPEN_STATUSES]
    assert all("{" not in ticket.subject + ticket.description for ticket in tickets)
    assert 2 <= len(unsettled) < len(tickets) / 3
    assert all(END - one.created_at < timedelta(days=6) for one in unsettled)


def test_the_same_seed_says_the_same(database: Database, tmp_path: Path) -> None:
    again = filled(tmp_path)
    with again.reading() as one, database.reading() as other:
        query = select(Message.text, Message.role, Message.at).order_by(Message.id)
        assert one.execute(query).all() == other.execute(query).all()
    again.close()


def test_the_staff_has_read_what_is_over(tmp_path: Path) -> None:
    database = filled(tmp_path)
    with database.writing() as session:
        add_user(session, "Anna", StaffRole.AGENT, "a long password")
    mark_read(database)
    mark_read(database)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Glance)) == TALKS
    database.close()
