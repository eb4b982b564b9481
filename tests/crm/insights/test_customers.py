"""Figures about customers, counted by hand: stages (R23), propensities (R8), words (R24)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.conversation.models import Conversation, Message, Role, State
from crm.db import Database, now
from crm.event.models import Signal, SignalKind
from crm.insights.catalogue import Catalogue, NoSuchSegment, make_catalogue
from crm.insights.figures import suppressed
from crm.insights.scope import Scope
from crm.offer.models import OfferEvent, OfferOutcome, Product, Promotion
from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.models import ChannelIdentity, Customer
from crm.segment.filters import Segment, read_filter

MARCH = Scope(date(2026, 3, 1), date(2026, 3, 31))
TRENTO = Segment(
    name="trento", title={"it": "Trentini"}, filter=read_filter({"zone": {"provincia": "TN"}})
)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.writing() as session:
        for sku, category in (("C1", "cream"), ("S1", "shaver")):
            session.add(Product(sku=sku, category=category, name={}, description={}, price=10))
        yield session


@pytest.fixture
def catalogue() -> Catalogue:
    known = {"avete", "una", "crema", "con", "vendete"}
    return make_catalogue(is_known=known.__contains__, segments=lambda: {"trento": TRENTO})


def customer(session: Session, cap: str | None = None) -> Customer:
    found = Customer(cap=cap)
    session.add(found)
    session.flush()
    return found


def order(
    session: Session, who: Customer, at: datetime, total: int = 20, sku: str = "C1",
    status: OrderStatus = OrderStatus.DELIVERED,
) -> None:  # fmt: skip
    number = f"O-{session.query(Order).count()}"
    line = OrderLine(sku=sku, quantity=1, price=Decimal(total))
    session.add(
        Order(number=number, customer_id=who.id, source="web", status=status, placed_at=at,
              total=Decimal(total), lines=[line])
    )  # fmt: skip
    session.flush()


def talk(session: Session, who: Customer | None, at: datetime, text: str = "ciao",
         intent: str = "greet", channel: str = "webchat") -> int:  # fmt: skip
    identity = ChannelIdentity(
        channel=channel, external_id=f"guest {session.query(ChannelIdentity).count()}",
        customer_id=who.id if who else None,
    )  # fmt: skip
    conversation = Conversation(channel=channel, identity=identity, last_seq=1)
    session.add(
        Message(conversation=conversation, seq=1, channel=channel, role=Role.CUSTOMER,
                state=State.HANDLED, text=text, at=at, understanding={"intent": {"name": intent}})
    )  # fmt: skip
    session.flush()
    return conversation.id


def on(day: int, month: int = 3, year: int = 2026) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


def cells(
    catalogue: Catalogue, session: Session, name: str, scope: Scope
) -> dict[str, tuple[int, ...]]:
    counted = catalogue.figure(name).count(session, scope)
    return {
        cell.name: (cell.customers or 0, cell.conversations or 0, cell.count or 0)
        for cell in counted.cells
    }


class TestStages:
    """R23: acquisition, growth and loss, each customer in one place."""

    def test_r23_each_where_the_definition_says(
        self, session: Session, catalogue: Catalogue
    ) -> None:
        new, growing, staying, leaving, gone, nobody = (customer(session) for _ in range(6))
        order(session, new, on(5))
        for at, total in ((on(1, 3, 2025), 10), (on(10), 50)):
            order(session, growing, at, total)
        order(session, staying, on(20, 2))  # one order: its interval is the usual 120 days
        order(session, leaving, datetime(2025, 7, 16, 12, tzinfo=UTC))  # 240 days later: 13 March
        order(session, gone, on(1, 1, 2025))
        order(session, nobody, on(5), status=OrderStatus.CANCELLED)
        assert cells(catalogue, session, "stages", MARCH) == {
            "new": (1, 0, 1), "growing": (1, 0, 1), "staying": (1, 0, 0), "leaving": (1, 0, 0),
            "gone": (1, 0, 0),
        }  # fmt: skip
        counted = catalogue.figure("stages").count(session, MARCH)
        assert counted.total.extra == {"spent": 70.0}
        assert counted.cells[0].name == "new"

    def test_r23_what_happens_later_changes_nothing(
        self, session: Session, catalogue: Catalogue
    ) -> None:
        who = customer(session)
        order(session, who, on(5))
        before = cells(catalogue, session, "stages", MARCH)
        order(session, who, on(5, 4))
        assert cells(catalogue, session, "stages", MARCH) == before

    def test_conversations_of_the_period_stand_behind(
        self, session: Session, catalogue: Catalogue
    ) -> None:
        who, other = customer(session), customer(session)
        order(session, who, on(5))
        order(session, other, on(5))
        inside = talk(session, who, on(6), channel="telegram")
        talk(session, who, on(6, 5))
        assert cells(catalogue, session, "stages", MARCH) == {"new": (2, 1, 2)}
        assert list(catalogue.figure("stages").behind(session, MARCH, "new")) == [inside]
        assert catalogue.figure("stages").behind(session, MARCH, "gone") == []
        there = Scope(MARCH.first, MARCH.last, "telegram")
        assert cells(catalogue, session, "stages", there) == {"new": (1, 1, 1)}


class TestPropensities:
    """R8: how many customers with a given propensity are in a zone."""

    def test_r8_counts_by_zone(self, session: Session, catalogue: Catalogue) -> None:
        rovereto, trento, milano = (customer(session, cap) for cap in ("38068", "38122", "20121"))
        for who in (rovereto, trento, milano):
            order(session, who, now() - timedelta(days=20))
        order(session, milano, now() - timedelta(days=20), sku="S1")
        order(session, trento, now() - timedelta(days=300), sku="S1")  # counts half only
        today = Scope(now().date(), now().date())
        assert cells(catalogue, session, "propensities", today) == {
            "cream": (3, 0, 3), "shaver": (1, 0, 1),
        }  # fmt: skip
        assert catalogue.figure("propensities").count(session, today).total.customers == 3
        prone = Scope(today.first, today.last, people=catalogue.people("", "cream"))
        assert cells(catalogue, session, "provinces", prone) == {"TN": (2, 0, 2), "MI": (1, 0, 1)}
        assert cells(catalogue, session, "towns", prone)["Rovereto"] == (1, 0, 1)
        both = Scope(today.first, today.last, people=catalogue.people("trento", "shaver"))
        assert cells(catalogue, session, "provinces", both) == {}

    def test_r8_signals_count_too(self, session: Session, catalogue: Catalogue) -> None:
        who = customer(session)
        for number, (kind, days) in enumerate(
            ((SignalKind.CART, 3), (SignalKind.CART, 10), (SignalKind.CART, 100))
        ):
            session.add(
                Signal(source="site", event_id=str(number), kind=kind, customer_id=who.id,
                       details={"sku": "S1"}, at=now() - timedelta(days=days))
            )  # fmt: skip
        session.flush()
        today = Scope(now().date(), now().date())
        assert cells(catalogue, session, "propensities", today) == {"shaver": (1, 0, 1)}

    def test_what_came_back_says_nothing(self, session: Session, catalogue: Catalogue) -> None:
        order(session, customer(session), now() - timedelta(days=2), status=OrderStatus.RETURNED)
        today = Scope(now().date(), now().date())
        assert cells(catalogue, session, "propensities", today) == {}


class TestNarrowing:
    def test_every_figure_can_be_narrowed_to_a_segment(
        self, session: Session, catalogue: Catalogue
    ) -> None:
        here, there = customer(session, "38068"), customer(session, "20121")
        for who in (here, there, None):
            talk(session, who, on(5), "boh", "nlu_fallback")
        trento = Scope(MARCH.first, MARCH.last, people=catalogue.people("trento", ""))
        assert cells(catalogue, session, "channels", trento) == {"webchat": (1, 1, 1)}
        assert cells(catalogue, session, "outcomes", trento) == {"bot_alone": (1, 1, 1)}
        assert list(cells(catalogue, session, "unmet", trento).values()) == [(1, 1, 1)]
        for name, figure in catalogue.figures.items():
            total = figure.count(session, trento).total
            assert (total.customers or 0) <= 1, name
            assert (total.conversations or 0) <= 1, name

    def test_people_looked_up_once_are_the_same_people(
        self, session: Session, catalogue: Catalogue
    ) -> None:
        here, there = customer(session, "38068"), customer(session, "20121")
        for who in (here, there, None):
            talk(session, who, on(5), "boh", "nlu_fallback")
        trento = Scope(MARCH.first, MARCH.last, people=catalogue.people("trento", ""))
        settled = trento.settled(session)
        for name, figure in catalogue.figures.items():
            assert figure.count(session, settled) == figure.count(session, trento), name
        here.cap = "20121"
        session.flush()
        assert cells(catalogue, session, "channels", trento) == {}
        assert cells(catalogue, session, "channels", settled) == {"webchat": (1, 1, 1)}
        nobody = trento.settled(session)
        assert cells(catalogue, session, "provinces", nobody) == {}

    def test_campaigns_and_their_wordings_too(self, session: Session, catalogue: Catalogue) -> None:
        session.add(Promotion(id="spring", name={}, text={}, starts_on=MARCH.first,
                              ends_on=MARCH.last))  # fmt: skip
        for number, cap in enumerate(("38068", "20121", "20121")):
            session.add(OfferEvent(customer_id=customer(session, cap).id, sku="C1", at=on(5),
                                   outcome=OfferOutcome.SHOWN, promotion_id="spring",
                                   variant="ab"[number % 2], decision=str(number)))  # fmt: skip
        trento = Scope(MARCH.first, MARCH.last, people=catalogue.people("trento", ""))
        assert cells(catalogue, session, "campaigns", MARCH) == {"spring": (3, 0, 3)}
        assert cells(catalogue, session, "campaigns", trento) == {"spring": (1, 0, 1)}
        assert cells(catalogue, session, "variants", trento) == {"spring: a": (1, 0, 1)}

    def test_wordings_count_everybody_once_and_only_on_the_channel(
        self, session: Session, catalogue: Catalogue
    ) -> None:
        session.add(Promotion(id="spring", name={}, text={}, starts_on=MARCH.first,
                              ends_on=MARCH.last))  # fmt: skip
        both = customer(session).id
        shown = [
            (both, "webchat", "a"), (both, "whatsapp", "b"), (customer(session).id, "webchat", "b"),
            (None, "webchat", "a"), (None, "webchat", "a"),
        ]  # fmt: skip
        for number, (who, channel, variant) in enumerate(shown):
            session.add(OfferEvent(customer_id=who, sku="C1", at=on(5), decision=str(number),
                                   outcome=OfferOutcome.SHOWN, promotion_id="spring",
                                   variant=variant, channel=channel))  # fmt: skip
        session.add(OfferEvent(customer_id=both, sku="C1", at=on(5), decision="1",
                               outcome=OfferOutcome.ACCEPTED, promotion_id="spring",
                               variant="b", channel="whatsapp"))  # fmt: skip
        counted = catalogue.figure("variants").count(session, MARCH)
        assert {one.name: one.customers for one in counted.cells} == {
            "spring: a": 3,
            "spring: b": 2,
        }
        assert (counted.total.customers, counted.total.count) == (4, 4)
        webchat = Scope(MARCH.first, MARCH.last, "webchat")
        counted = catalogue.figure("variants").count(session, webchat)
        assert {one.name: one.customers for one in counted.cells} == {
            "spring: a": 3,
            "spring: b": 1,
        }
        assert {one.extra["accepted"] for one in counted.cells} == {0.0}
        assert counted.total.customers == 4

    def test_an_unknown_segment_names_those_there_are(self, catalogue: Catalogue) -> None:
        with pytest.raises(NoSuchSegment, match="'nobody'; there are: trento"):
            catalogue.people("nobody", "")


def test_what_a_message_was_read_as_follows_the_reading(session: Session) -> None:
    talk(session, None, on(5), intent="greet")
    message = session.scalars(select(Message)).one()
    message.understanding = {"intent": {"name": "complain"}, "mood": "angry"}
    session.flush()
    read = select(Message.intent, Message.mood)
    assert tuple(session.execute(read).one()) == ("complain", "angry")
    message.understanding = None
    session.flush()
    assert tuple(session.execute(read).one()) == (None, None)


class TestStrangeWords:
    def test_r24_only_words_that_nobody_knows(self, session: Session, catalogue: Catalogue) -> None:
        for number in range(5):
            talk(
                session,
                customer(session),
                on(number + 1),
                "avete una crema con bakuchiol?",
                "nlu_fallback",
            )
        talk(
            session,
            customer(session),
            on(9),
            "vendete zorki? anna@example.it 38a68",
            "nlu_fallback",
        )
        talk(session, customer(session), on(9), "il vecchio zorki", "order_status")
        counted = catalogue.figure("strange_words").count(session, MARCH)
        assert [(cell.examples, cell.customers) for cell in counted.cells] == [
            (["bakuchiol"], 5), (["zorki"], 1),
        ]  # fmt: skip
        assert counted.total.customers == 6

    def test_hidden_words_are_not_told(self, session: Session, catalogue: Catalogue) -> None:
        talk(session, customer(session), on(9), "vendete zorki?", "nlu_fallback")
        counted = suppressed(catalogue.figure("strange_words").count(session, MARCH))
        assert counted.cells[0].is_hidden
        assert "zorki" not in repr(counted)

    def test_the_conversations_behind_a_word(self, session: Session, catalogue: Catalogue) -> None:
        first = talk(session, customer(session), on(8), "vendete zorki?", "nlu_fallback")
        second = talk(session, customer(session), on(9), "zorki con crema", "nlu_fallback")
        figure = catalogue.figure("strange_words")
        (cell,) = figure.count(session, MARCH).cells
        assert list(figure.behind(session, MARCH, cell.name)) == [second, first]
