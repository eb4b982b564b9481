"""Every figure against a small company whose numbers were counted by hand."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from sqlalchemy.orm import Session

from crm.conversation.models import Conversation, ConversationEvent, Message, Role, State
from crm.db import Database
from crm.db.tables import metadata
from crm.insights.catalogue import DEFINITIONS, NoSuchFigure, definitions, make_catalogue
from crm.insights.figures import Cell, Counted, suppressed
from crm.insights.scope import BadPeriod, Scope, date_of, last_days
from crm.insights.unmet import Unmet
from crm.offer.models import OfferEvent, OfferOutcome
from crm.profile.models import ChannelIdentity, Customer

MARCH = Scope(date(2026, 3, 1), date(2026, 3, 31))
UNKNOWN = "Questo non lo so."
Counts = dict[str, tuple[int, int, int]]


class Company:
    """Writes conversations, messages and events at given times (UTC)."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def talk(self, channel: str = "webchat", customer_id: int | None = None) -> Conversation:
        number = self.session.query(ChannelIdentity).count() + 1
        identity = ChannelIdentity(
            channel=channel, external_id=f"guest {number}", customer_id=customer_id
        )
        conversation = Conversation(channel=channel, identity=identity)
        self.session.add(conversation)
        self.session.flush()
        return conversation

    def customer(self) -> int:
        customer = Customer()
        self.session.add(customer)
        self.session.flush()
        return customer.id

    def say(
        self,
        talk: Conversation,
        at: datetime,
        text: str = "ciao",
        intent: str | None = None,
        mood: str | None = None,
        role: Role = Role.CUSTOMER,
        state: State = State.HANDLED,
        reply_to: Message | None = None,
    ) -> Message:
        talk.last_seq += 1
        read = {"intent": {"name": intent}, "mood": mood} if intent else None
        message = Message(
            conversation=talk, seq=talk.last_seq, channel=talk.channel, role=role, state=state,
            text=text, at=at, understanding=read, reply_to_id=reply_to.id if reply_to else None,
        )  # fmt: skip
        self.session.add(message)
        self.session.flush()
        return message

    def move(self, talk: Conversation, what: str, at: datetime, cause: str = "") -> None:
        details = {"cause": cause} if cause else {}
        self.session.add(
            ConversationEvent(
                conversation_id=talk.id, what=what, actor="bot", details=details, at=at
            )
        )
        self.session.flush()


def on(day: int, hour: int = 12, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}", durable=False)
    metadata.create_all(database.engine)
    with database.writing() as session:
        yield session
    database.close()


@pytest.fixture
def company(session: Session) -> Company:
    return Company(session)


@pytest.fixture
def counts(session: Session) -> Callable[..., Counts]:
    """A figure as {cell: (customers, conversations, count)}."""

    def count(name: str, scope: Scope = MARCH) -> Counts:
        figure = make_catalogue([UNKNOWN]).figure(name)
        return {cell.name: numbers(cell) for cell in figure.count(session, scope).cells}

    return count


def numbers(cell: Cell) -> tuple[int, int, int]:
    assert cell.customers is not None
    assert cell.conversations is not None
    assert cell.count is not None
    return cell.customers, cell.conversations, cell.count


class TestVolumes:
    def test_by_channel(self, company: Company, session: Session, counts) -> None:  # type: ignore[no-untyped-def]
        mario = company.customer()
        web, telegram = company.talk("webchat", mario), company.talk("telegram", mario)
        stranger = company.talk("webchat")
        for talk, times in ((web, 3), (telegram, 1), (stranger, 2)):
            for minute in range(times):
                company.say(talk, on(5, minute=minute))
        company.say(web, on(5), role=Role.BOT)
        company.say(web, on(1, month=4))
        assert counts("channels") == {"webchat": (2, 2, 5), "telegram": (1, 1, 1)}
        total = make_catalogue().figure("channels").count(session, MARCH).total
        assert numbers(total) == (2, 3, 6), "Mario is one person on two channels"

    def test_one_channel_only(self, company: Company, counts) -> None:  # type: ignore[no-untyped-def]
        company.say(company.talk("webchat"), on(5))
        company.say(company.talk("telegram"), on(5))
        scope = Scope(MARCH.first, MARCH.last, "telegram")
        assert counts("channels", scope) == {"telegram": (1, 1, 1)}

    def test_hours_are_those_of_italian_clocks(self, company: Company, counts) -> None:  # type: ignore[no-untyped-def]
        """Summer time began on 29 March 2026 at 01:00 UTC."""
        talk = company.talk()
        company.say(talk, on(28, hour=8))
        company.say(talk, on(29, hour=0, minute=59))
        company.say(talk, on(29, hour=1))
        company.say(talk, on(30, hour=8))
        assert counts("hours") == {
            "01:00": (1, 1, 1), "03:00": (1, 1, 1), "09:00": (1, 1, 1), "10:00": (1, 1, 1),
        }  # fmt: skip

    def test_a_day_ends_at_italian_midnight(self, company: Company, counts) -> None:  # type: ignore[no-untyped-def]
        talk = company.talk()
        company.say(talk, on(5, hour=22, minute=59))
        company.say(talk, on(5, hour=23))
        company.say(talk, datetime(2026, 2, 28, 22, 59, tzinfo=UTC))
        company.say(talk, on(31, hour=22))
        assert counts("days") == {"2026-03-05": (1, 1, 1), "2026-03-06": (1, 1, 1)}


class TestIntents:
    def test_with_the_period_before(self, company: Company, session: Session) -> None:
        for day in (3, 9):
            company.say(company.talk(), on(day), intent="order_status")
        company.say(company.talk(), on(9), intent="greet")
        company.say(company.talk(), on(10))
        company.say(company.talk(), on(20, month=2), intent="order_status")
        company.say(company.talk(), on(20, month=1), intent="order_status")
        cells = make_catalogue().figure("intents").count(session, MARCH).cells
        assert [(cell.name, numbers(cell), dict(cell.extra)) for cell in cells] == [
            ("order_status", (2, 2, 2), {"before": 1}),
            ("greet", (1, 1, 1), {}),
        ]


class TestOutcomes:
    def test_who_settled_it(self, company: Company, counts) -> None:  # type: ignore[no-untyped-def]
        alone, asked, taken, lost, earlier = (company.talk() for _ in range(5))
        for talk in (alone, asked, taken, earlier):
            company.say(talk, on(5))
        company.say(lost, on(5), state=State.DEAD)
        company.move(asked, "bot → waiting", on(6), "asked_for")
        company.move(taken, "bot → waiting", on(6), "anger")
        company.move(taken, "waiting → human", on(6, hour=13))
        company.move(earlier, "bot → waiting", on(6, month=2), "asked_for")
        assert counts("outcomes") == {
            "bot_alone": (2, 2, 2), "asked_person": (1, 1, 1),
            "person": (1, 1, 1), "unanswered": (1, 1, 1),
        }  # fmt: skip

    def test_handoffs_by_cause(self, company: Company, counts) -> None:  # type: ignore[no-untyped-def]
        one, other = company.talk(), company.talk()
        company.move(one, "bot → waiting", on(5), "asked_for")
        company.move(one, "waiting → human", on(5))
        company.move(one, "human → bot", on(5))
        company.move(one, "bot → waiting", on(9), "asked_for")
        company.move(other, "bot → human", on(9))
        assert counts("handoffs") == {"asked_for": (1, 1, 2), "taken_over": (1, 1, 1)}

    def test_time_until_a_person_answers(self, company: Company, session: Session) -> None:
        for minutes in (0.5, 4, 10, None):
            talk = company.talk()
            company.say(talk, on(5, hour=11), role=Role.AGENT)
            company.move(talk, "bot → waiting", on(5), "asked_for")
            if minutes is not None:
                company.say(talk, on(5) + timedelta(minutes=minutes), role=Role.AGENT)
                company.say(talk, on(6), role=Role.AGENT)
        counted = make_catalogue().figure("answering").count(session, MARCH)
        assert {cell.name: cell.count for cell in counted.cells} == {
            "under_1": 1, "under_5": 1, "under_15": 1, "never": 1,
        }  # fmt: skip
        assert numbers(counted.total) == (4, 4, 4)
        assert counted.total.extra == {"median_minutes": 4.0, "p90_minutes": 8.8}


class TestMoods:
    def test_moods_and_when_they_were_bad(self, company: Company, counts) -> None:  # type: ignore[no-untyped-def]
        talk = company.talk()
        company.say(talk, on(5), intent="complain", mood="angry")
        company.say(talk, on(5), intent="complain", mood="unhappy")
        company.say(talk, on(7), intent="thank", mood="happy")
        company.say(talk, on(7))
        assert counts("moods") == {"angry": (1, 1, 1), "unhappy": (1, 1, 1), "happy": (1, 1, 1)}
        assert counts("displeased") == {"2026-03-05": (1, 1, 2)}


class TestOffers:
    def test_the_funnel_in_its_order(self, company: Company, session: Session) -> None:
        talks = [company.talk() for _ in range(4)]
        outcomes = [[OfferOutcome.SHOWN]] * 4
        outcomes[0] = [OfferOutcome.SHOWN, OfferOutcome.OPENED, OfferOutcome.ACCEPTED]
        outcomes[1] = [OfferOutcome.SHOWN, OfferOutcome.REJECTED]
        for talk, happened in zip(talks, outcomes, strict=True):
            for outcome in happened:
                session.add(
                    OfferEvent(conversation_id=talk.id, sku="EG-1001", outcome=outcome, at=on(5))
                )
        session.flush()
        cells = make_catalogue().figure("offers").count(session, MARCH).cells
        assert [(cell.name, cell.count, cell.extra["of_shown"]) for cell in cells] == [
            ("shown", 4, 1.0), ("opened", 1, 0.25), ("accepted", 1, 0.25), ("rejected", 1, 0.25),
        ]  # fmt: skip
        products = make_catalogue().figure("accepted_products").count(session, MARCH).cells
        assert [(cell.name, numbers(cell)) for cell in products] == [("EG-1001", (1, 1, 1))]


class TestUnmet:
    def test_not_understood_or_without_an_answer(self, company: Company, session: Session) -> None:
        mario = company.customer()
        for talk in (company.talk("webchat", mario), company.talk("telegram", mario)):
            company.say(talk, on(5), "Fate la consegna a domicilio?", intent="nlu_fallback")
        asked = company.say(
            company.talk(), on(6), "fate consegne a domicilio", intent="ask_question"
        )
        company.say(asked.conversation, on(6), UNKNOWN, role=Role.BOT, reply_to=asked)
        company.say(company.talk(), on(7), "vendete biciclette?", intent="out_of_scope")
        answered = company.say(company.talk(), on(8), "quanto costa?", intent="ask_question")
        company.say(answered.conversation, on(8), "Niente.", role=Role.BOT, reply_to=answered)
        cells = Unmet([UNKNOWN]).count(session, MARCH).cells
        assert [(cell.examples[0], numbers(cell)) for cell in cells] == [
            ("Fate la consegna a domicilio?", (2, 3, 3)),
            ("vendete biciclette?", (1, 1, 1)),
        ]

    def test_grouped_by_meaning_where_somebody_can(
        self, company: Company, session: Session
    ) -> None:
        for text in ("avete bici?", "vendete velocipedi?", "e le rose?"):
            company.say(company.talk(), on(5), text, intent="nlu_fallback")
        meaning = {"avete bici?": 7, "vendete velocipedi?": 7, "e le rose?": 1}
        unmet = Unmet(grouping=lambda texts: [meaning[text] for text in texts])
        groups = unmet.groups(unmet.questions(session, MARCH))
        assert [[one.text for one in group.questions] for group in groups] == [
            ["avete bici?", "vendete velocipedi?"], ["e le rose?"],
        ]  # fmt: skip


class TestBehind:
    def test_the_conversations_of_a_cell(self, company: Company, session: Session) -> None:
        first, second, third = (company.talk() for _ in range(3))
        company.say(first, on(5), intent="greet")
        company.say(second, on(5, hour=9), intent="greet", mood="angry")
        company.say(third, on(5), intent="thank")
        asked = company.say(third, on(6), "vendete bici?", intent="nlu_fallback")
        company.move(second, "bot → waiting", on(5), "asked_for")
        catalogue = make_catalogue([UNKNOWN])

        def behind(figure: str, cell: str) -> list[int]:
            return list(catalogue.figure(figure).behind(session, MARCH, cell))

        assert behind("intents", "greet") == [second.id, first.id]
        assert behind("hours", "10:00") == [second.id]
        assert behind("days", "2026-03-05") == [third.id, second.id, first.id]
        assert behind("outcomes", "asked_person") == [second.id]
        assert behind("answering", "never") == [second.id]
        assert behind("unmet", str(asked.id)) == [third.id]
        assert behind("intents", "no_such_intent") == []


class TestSuppression:
    def counted(self, *customers: int) -> Counted:
        cells = [Cell(f"c{count}", count, count, count) for count in customers]
        return Counted(cells, Cell("total", sum(customers), sum(customers), sum(customers)))

    def hidden(self, *customers: int) -> list[str]:
        counted = suppressed(self.counted(*customers))
        return [cell.name for cell in counted.cells if cell.is_hidden]

    def test_under_five_people_nothing_is_told(self) -> None:
        counted = suppressed(self.counted(9, 4, 3))
        first, second, _ = counted.cells
        assert numbers(first) == (9, 9, 9)
        assert (second.customers, second.conversations, second.count) == (None, None, None)
        assert self.hidden(5, 6) == []

    def test_one_hidden_cell_cannot_be_reckoned_from_the_sum(self) -> None:
        assert self.hidden(20, 9, 2) == ["c9", "c2"]

    def test_a_small_total_is_hidden_too(self) -> None:
        assert suppressed(self.counted(2, 1)).total.is_hidden

    def test_examples_go_with_it(self) -> None:
        counted = Counted(
            [Cell("x", 1, 1, 1, {"before": 3}, ["sono Mario"])], Cell("total", 9, 9, 9)
        )
        (cell,) = suppressed(counted).cells
        assert (cell.examples, cell.extra) == ((), {})


class TestPeriods:
    def test_whole_days_of_the_zone(self) -> None:
        assert MARCH.start == datetime(2026, 2, 28, 23, tzinfo=UTC)
        assert MARCH.end == datetime(2026, 3, 31, 22, tzinfo=UTC)
        assert (MARCH.days, MARCH.before().first, MARCH.before().last) == (
            31, date(2026, 1, 29), date(2026, 2, 28),
        )  # fmt: skip
        assert last_days(7, date(2026, 3, 7)).first == date(2026, 3, 1)
        assert date_of(20_517) == date(2026, 3, 5)

    def test_what_cannot_be_looked_at(self) -> None:
        with pytest.raises(BadPeriod, match="before it begins"):
            Scope(date(2026, 3, 2), date(2026, 3, 1))
        with pytest.raises(BadPeriod, match="731 at most"):
            Scope(date(2020, 1, 1), date(2026, 1, 1))


class TestDefinitions:
    def test_every_figure_is_defined_in_both_languages(self) -> None:
        written = yaml.safe_load(DEFINITIONS.read_text("utf-8"))
        assert set(written) == set(make_catalogue().figures)
        for name, texts in written.items():
            assert set(texts) == {"it", "en"}, name
        assert definitions("en")["channels"].unit == "messages"

    def test_an_unknown_figure_is_named(self) -> None:
        with pytest.raises(NoSuchFigure, match="happiness"):
            make_catalogue().figure("happiness")
