"""R12: a question goes to the staff and to who owns the product; an approved answer comes back."""

import pytest
from sqlalchemy import select

from crm.community import moderation
from crm.community.answering import AnswerSettled, take_answer, waiting_answer, was_asked
from crm.community.asking import (
    NewQuestion,
    QuestionOver,
    close_question,
    open_question,
    owners,
    put_question,
    question_in,
    questions,
)
from crm.community.models import AnswerState, CommunityAnswer, CommunityQuestion, QuestionState
from crm.community.moderation import CommunityRules, Lesson
from crm.consent.models import Purpose
from crm.conversation.models import Conversation
from crm.db import Database
from crm.moment.models import MomentState
from crm.order.models import OrderStatus
from crm.privacy.erasing import erase
from crm.privacy.outside import Outside
from crm.profile.models import Level
from tests.crm.moment.company import (
    CREAM,
    DRYER,
    Person,
    add_order,
    add_person,
    add_products,
    allow,
    decide_all,
    moment_of,
    spoken,
    voice,
)

RULES = CommunityRules(voice().moments, owners=2)
WORDS = "Il phon Maestrale scotta i capelli sottili?"
ANSWER = "No, ma tienilo a venti centimetri."


class Company:
    """Anna asks; Bruno and Carla own the dryer, Dario owns it and was never asked for a yes."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.writing() as session:
            add_products(session)
            self.anna = add_person(session, "Anna", proved=False, consent=None)
            self.bruno, self.carla, self.dario, self.elena = (
                add_person(session, name, consent=None)
                for name in ("Bruno", "Carla", "Dario", "Elena")
            )
            for person in (self.bruno, self.carla, self.elena):
                allow(session, person.customer_id, "telegram", True, Purpose.COMMUNITY)
            for days, person in enumerate((self.bruno, self.carla, self.dario), 20):
                add_order(session, person, DRYER, days_ago=days)
            add_order(session, self.elena, CREAM)
            self.question_id = self.ask(session).id

    def ask(self, session, text: str = WORDS, sku: str | None = DRYER) -> CommunityQuestion:  # type: ignore[no-untyped-def]
        new = NewQuestion(text, "it", self.anna.conversation_id, self.anna.customer_id, sku=sku,
                          category="hair_dryer")  # fmt: skip
        return put_question(session, new)

    def forward(self, text: str | None = None) -> int:
        with self.database.writing() as session:
            question = open_question(session, self.question_id)
            return len(moderation.forward(session, question, RULES, "Marta", text))

    def answer(self, person: Person, text: str = ANSWER) -> int:
        with self.database.writing() as session:
            question = open_question(session, self.question_id)
            answer = take_answer(session, question, text, customer_id=person.customer_id,
                                 conversation_id=person.conversation_id)  # fmt: skip
            return answer.id

    def approve(self, answer_id: int, text: str | None = None) -> Lesson:
        with self.database.writing() as session:
            answer = waiting_answer(session, answer_id)
            return moderation.let_out(session, answer, RULES, "Marta", text)


@pytest.fixture
def company(database: Database) -> Company:
    return Company(database)


def test_r12_owners_are_asked_who_agreed(company: Company, database: Database) -> None:
    assert company.forward() == 2
    decide_all(database, voice())
    for person in (company.bruno, company.carla):
        [message] = spoken(database, person)
        assert WORDS in message.text and "Anna" not in message.text
        assert [button["title"] for button in message.buttons] == [
            "Rispondo", "Non questa volta", "Non chiedermelo più",
        ]  # fmt: skip
    assert not spoken(database, company.dario) and not spoken(database, company.elena)


def test_the_staff_may_write_the_question_anew(company: Company, database: Database) -> None:
    company.forward("Il Maestrale scotta?")
    decide_all(database, voice())
    assert "«Il Maestrale scotta?»" in spoken(database, company.bruno)[0].text


def test_no_more_are_asked_than_the_setting_says(company: Company, database: Database) -> None:
    with database.reading() as session:
        question = session.get_one(CommunityQuestion, company.question_id)
        assert owners(session, question, 1) == [(company.bruno.customer_id, DRYER)]
        assert owners(session, question, 0) == []


def test_who_gave_it_back_is_no_owner(company: Company, database: Database) -> None:
    with database.writing() as session:
        add_order(session, company.elena, DRYER, 3, status=OrderStatus.RETURNED)
        question = session.get_one(CommunityQuestion, company.question_id)
        assert company.elena.customer_id not in dict(owners(session, question, 10))


def test_a_kind_of_product_is_enough(company: Company, database: Database) -> None:
    with database.writing() as session:
        question = company.ask(session, "I phon fanno tanto rumore?", sku=None)
        assert dict(owners(session, question, 10)) == {
            company.bruno.customer_id: DRYER, company.carla.customer_id: DRYER,
        }  # fmt: skip


def test_who_was_not_asked_cannot_answer(company: Company, database: Database) -> None:
    company.forward()
    decide_all(database, voice())
    with database.reading() as session:
        assert was_asked(session, company.question_id, company.bruno.conversation_id)
        assert not was_asked(session, company.question_id, company.dario.conversation_id)


def test_r12_an_approved_answer_reaches_the_asker_and_is_thanked_for(
    company: Company, database: Database
) -> None:
    company.forward()
    decide_all(database, voice())
    lesson = company.approve(company.answer(company.bruno), "No: tienilo a 20 cm.")
    assert (lesson.question, lesson.text) == (WORDS, "No: tienilo a 20 cm.")
    decide_all(database, voice())
    [told] = spoken(database, company.anna)
    assert WORDS in told.text and "No: tienilo a 20 cm." in told.text
    assert "un altro cliente" in told.text and "Bruno" not in told.text
    assert "Grazie" in spoken(database, company.bruno)[1].text
    with database.reading() as session:
        question = session.get_one(CommunityQuestion, company.question_id)
        assert question.state == QuestionState.ANSWERED


def test_an_anonymous_asker_gets_the_answer_too(company: Company, database: Database) -> None:
    with database.writing() as session:
        conversation = session.get_one(Conversation, company.anna.conversation_id)
        conversation.identity.customer_id, conversation.identity.level = None, Level.ANONYMOUS
        question = session.get_one(CommunityQuestion, company.question_id)
        question.customer_id = None
    with database.writing() as session:
        held = open_question(session, company.question_id)
        answer = moderation.answer_as_staff(session, held, ANSWER, "Marta")
        moderation.let_out(session, answer, RULES, "Marta")
    decide_all(database, voice())
    assert "Te lo dice chi lavora in bottega." in spoken(database, company.anna)[0].text


def test_once_answered_nobody_else_is_asked(company: Company, database: Database) -> None:
    company.forward()
    company.approve(company.answer(company.bruno))
    decide_all(database, voice())
    assert not spoken(database, company.carla)
    with pytest.raises(QuestionOver):
        company.forward()


def test_a_refused_answer_goes_nowhere(company: Company, database: Database) -> None:
    answer_id = company.answer(company.bruno, "compratelo da un'altra parte")
    with database.writing() as session:
        moderation.refuse(session, waiting_answer(session, answer_id), "pubblicità", "Marta")
    decide_all(database, voice())
    assert not spoken(database, company.anna) and not spoken(database, company.bruno)
    with pytest.raises(AnswerSettled):
        company.approve(answer_id)
    with database.reading() as session:
        answer = session.get_one(CommunityAnswer, answer_id)
        assert (answer.state, answer.reason) == (AnswerState.REFUSED, "pubblicità")
        assert questions(session, [QuestionState.OPEN], 10)[0].id == company.question_id


def test_the_same_question_twice_is_one(company: Company, database: Database) -> None:
    with database.writing() as session:
        assert company.ask(session).id == company.question_id
        close_question(session, open_question(session, company.question_id), "Marta")
    with database.writing() as session:
        assert company.ask(session).id != company.question_id


def test_a_no_takes_back_what_is_planned(company: Company, database: Database) -> None:
    company.forward()
    with database.writing() as session:
        for person in (company.bruno, company.carla):
            allow(session, person.customer_id, "telegram", False, Purpose.COMMUNITY)
    decided = decide_all(database, voice())
    assert {(one.state, one.reason) for one in decided} == {(MomentState.WITHDRAWN, "said_no")}


def test_an_erased_asker_leaves_nothing_but_what_was_let_out(
    company: Company, database: Database
) -> None:
    with database.writing() as session:
        other = company.ask(session, "E il cavo quanto è lungo, che abito in Via Roma 3?").id
    company.approve(company.answer(company.bruno))
    decide_all(database, voice())
    erase(database, Outside(), company.anna.customer_id, "customer")
    with database.reading() as session:
        answered = session.get_one(CommunityQuestion, company.question_id)
        assert (answered.customer_id, answered.text, answered.public_text) == (None, "", WORDS)
        unseen = session.get_one(CommunityQuestion, other)
        assert (unseen.text, unseen.public_text) == ("", "")
        assert unseen.state == QuestionState.CLOSED
        assert session.scalars(select(CommunityAnswer)).one().text == ANSWER


def test_an_erased_author_leaves_nothing(company: Company, database: Database) -> None:
    company.forward()
    decide_all(database, voice())
    company.answer(company.bruno)
    erase(database, Outside(), company.bruno.customer_id, "customer")
    with database.reading() as session:
        assert session.scalars(select(CommunityAnswer)).all() == []
    assert moment_of_carla(database, company)


def moment_of_carla(database: Database, company: Company) -> bool:
    return moment_of(database, "community_question").customer_id == company.carla.customer_id


@pytest.mark.parametrize(
    ("written", "question"),
    [
        ("puoi chiedere agli altri clienti se la piastra scotta?", "La piastra scotta?"),
        (
            "Puoi chiedere agli altri clienti se la piastra scotta tanto?",
            "La piastra scotta tanto?",
        ),
        ("chiedi agli altri clienti", None),
        ("can you ask other customers whether the dryer is loud?", "The dryer is loud?"),
        ("quanto pesa il phon Maestrale?", "Quanto pesa il phon Maestrale?"),
    ],
)
def test_the_question_within_the_wish(written: str, question: str | None) -> None:
    assert question_in(written) == question


def test_nobody_is_asked_at_night_or_too_often(company: Company, database: Database) -> None:
    company.forward()
    decide_all(database, voice())
    with database.writing() as session:
        second = company.ask(session, "Quanto è lungo il cavo del Maestrale?")
        moderation.forward(session, second, RULES, "Marta")
    assert {one.reason for one in decide_all(database, voice())} == {"cap"}
