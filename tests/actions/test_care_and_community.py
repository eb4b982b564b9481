"""Care and the community in chat: what the actions do, on a real database."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.community.asking import NewQuestion, open_question, put_question
from crm.community.models import CommunityAnswer, CommunityQuestion
from crm.community.moderation import CommunityRules, forward
from crm.consent.models import Purpose
from crm.consent.register import allows
from crm.db import Database, now
from crm.moment.models import Moment
from knowledge.build import build_index
from knowledge.index import LiveIndex
from knowledge.search import KnowledgeSearch
from knowledge.settings import SearchSettings
from knowledge.train import Recipe, train_on
from tests.actions.driver import Driver
from tests.crm.moment.company import (
    DRYER,
    Person,
    add_order,
    add_person,
    add_products,
    allow,
    decide_all,
    product,
    voice,
)
from tests.knowledge.shop import EXAMPLES, SHOP


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeSearch:
    """A small real search, which knows nothing of dryers."""
    folder = tmp_path_factory.mktemp("knowledge")
    recipe = Recipe(dim=64, steps=150, batch=128)
    encoder = train_on(SHOP, EXAMPLES, folder / "small", recipe=recipe)
    build_index(SHOP, encoder, folder / "index")
    return KnowledgeSearch(LiveIndex(folder / "index", encoder, SearchSettings()), encoder)


@pytest.fixture
def mario(database: Database) -> Person:
    """Mario owns the dryer Maestrale; the shop has another one."""
    with database.writing() as session:
        add_products(session)
        session.add(product("EG-3037", "hair_dryer", "Asciugacapelli Brezza"))
        person = add_person(session)
        add_order(session, person, DRYER)
        return person


@pytest.fixture
def chat(database: Database, mario: Person, knowledge: KnowledgeSearch) -> Driver:
    return Driver(database, mario, knowledge)


@pytest.fixture
def asked(database: Database, mario: Person, chat: Driver) -> Driver:
    """Mario has just been asked how the dryer goes."""
    with database.writing() as session:
        session.add(
            Moment(name="care", occasion="order:1", customer_id=mario.customer_id, due_at=now(),
                   until=now() + timedelta(days=1), details={"sku": DRYER, "order_id": 1})
        )  # fmt: skip
    decide_all(database, voice())
    return chat


class TestHowItGoes:
    """R15: the answers to the question how it goes."""

    def test_broken_becomes_a_ticket(self, asked: Driver) -> None:
        first = asked.run("action_complain", "male, si è rotto", mood="unhappy")
        assert first["then"] == "action_care_bad"

    def test_with_what_was_said(self, asked: Driver) -> None:
        told = asked.run("action_care_bad", "male, si è rotto")
        assert (told["said"], told["then"]) == (["utter_care_sorry"], "ticket_form")
        assert told["slots"]["ticket_product"] == "Asciugacapelli Maestrale"
        assert told["slots"]["ticket_description"] == "male, si è rotto"
        assert told["slots"]["ticket_category"] == "fault"

    def test_not_so_well_is_asked_about(self, asked: Driver) -> None:
        assert asked.run("action_refuse", "non tanto bene")["then"] == "action_care_bad"

    @pytest.mark.parametrize("action", ["action_take_yes", "action_take_thanks"])
    def test_well_is_thanked(self, asked: Driver, action: str) -> None:
        assert asked.run(action, "bene")["then"] == "action_care_good"

    def test_praise_is_thanked(self, asked: Driver) -> None:
        told = asked.run("action_give_feedback", "benissimo", mood="happy")
        assert told["then"] == "action_care_good"

    def test_invited_once(self, asked: Driver, database: Database, mario: Person) -> None:
        assert asked.run("action_care_good", command="/care_good")["said"] == ["utter_care_thanks"]
        with database.writing() as session:
            allow(session, mario.customer_id, "telegram", False, Purpose.COMMUNITY)
        again = asked.run("action_care_good", command="/care_good")
        assert again["said"] == ["utter_care_thanks_again"]

    def test_without_the_question_all_is_as_before(self, chat: Driver) -> None:
        assert chat.run("action_take_yes", "sì")["said"] == ["utter_nothing_to_confirm"]
        assert chat.run("action_take_thanks", "grazie")["said"] == ["utter_glad_to_help"]
        assert chat.run("action_complain", "male, si è rotto")["said"] == ["utter_complaint_heard"]


class TestHowItIsUsed:
    """R15: "come si usa il mio phon?"."""

    ASK = "action_answer_question"

    def test_mine_is_the_one_i_bought(self, chat: Driver) -> None:
        told = chat.run(self.ASK, "come si usa il mio phon?", product="hair_dryer")
        assert told["said"] == ["utter_care_how_to"]
        assert told["messages"][0]["product_name"] == "Asciugacapelli Maestrale"

    def test_who_is_not_proved_chooses(
        self, database: Database, mario: Person, knowledge: KnowledgeSearch
    ) -> None:
        with database.writing() as session:
            nora = add_person(session, "Nora", proved=False)
            add_order(session, nora, DRYER, 12)
        told = Driver(database, nora, knowledge).run(
            self.ASK, "come si usa il mio phon?", product="hair_dryer"
        )
        assert told["said"] == ["utter_care_which"]
        assert [one["title"] for one in told["messages"][0]["buttons"]] == [
            "Asciugacapelli Maestrale", "Asciugacapelli Brezza",
        ]  # fmt: skip

    def test_the_one_named(self, chat: Driver) -> None:
        told = chat.run(self.ASK, "come funziona il phon Brezza?", product="hair_dryer")
        assert told["said"] == ["utter_care_plain"]

    def test_chosen_by_a_button(self, chat: Driver) -> None:
        told = chat.run("action_care_how", command="/care_how", sku=DRYER)
        assert told["said"] == ["utter_care_how_to"]

    def test_not_mine_and_not_known_is_asked_back(self, chat: Driver) -> None:
        told = chat.run(self.ASK, "come si pulisce un asciugacapelli?", product="hair_dryer")
        assert told["said"] == ["utter_care_which"]

    def test_where_the_documents_know_they_answer(self, chat: Driver) -> None:
        told = chat.run(self.ASK, SHOP[0].title)
        assert told["said"] == ["utter_answer"]


class TestAskingAround:
    """R12: with the customer's yes, and without a name."""

    QUESTION = "puoi chiedere agli altri clienti se il Maestrale scotta? sono a@example.it"

    def test_the_question_is_read_back(self, chat: Driver) -> None:
        told = chat.run("action_ask_community", self.QUESTION, product="hair_dryer")
        assert told["then"] == "community_form"
        assert told["slots"]["community_question"].startswith("Il Maestrale scotta?")
        assert "example.it" not in told["slots"]["community_question"]
        assert told["slots"]["community_product"] == {"category": "hair_dryer", "sku": DRYER}

    @pytest.mark.parametrize(("intent", "passed"), [("affirm", True), ("deny", False)])
    def test_passed_on_only_after_a_yes(
        self, chat: Driver, database: Database, intent: str, passed: bool
    ) -> None:
        chat.run("action_ask_community", self.QUESTION, product="hair_dryer")
        chat.run("validate_community_form", "…", intent=intent, requested="community_confirmed")
        told = chat.run("action_put_to_community", "…", intent=intent)
        with database.reading() as session:
            found = session.scalars(select(CommunityQuestion)).all()
        assert len(found) == passed
        expected = "utter_community_asked" if passed else "utter_community_not_asked"
        assert told["said"] == [expected]
        if found:
            assert (found[0].sku, found[0].category) == (DRYER, "hair_dryer")

    def test_an_unclear_answer_is_no_yes(self, chat: Driver) -> None:
        chat.run("action_ask_community", self.QUESTION)
        told = chat.run(
            "validate_community_form", "boh", intent="inform", requested="community_confirmed"
        )
        assert told["said"] == ["utter_invalid_community_confirmed"]
        assert "community_confirmed" not in told["slots"]

    def test_a_bare_wish_asks_for_the_question(self, chat: Driver) -> None:
        told = chat.run("action_ask_community", "chiedi agli altri clienti")
        assert told["slots"]["community_question"] is None and told["then"] == "community_form"
        taken = chat.run(
            "validate_community_form", "il cavo quanto è lungo?", intent="ask_question",
            requested="community_question",
        )  # fmt: skip
        assert taken["slots"]["community_question"] == "il cavo quanto è lungo?"


class TestAnswering:
    """An owner who was asked answers in their chat."""

    @pytest.fixture
    def question_id(self, database: Database, mario: Person) -> int:
        with database.writing() as session:
            allow(session, mario.customer_id, "telegram", True, Purpose.COMMUNITY)
            anna = add_person(session, "Anna")
            new = NewQuestion("Scotta?", "it", anna.conversation_id, anna.customer_id, sku=DRYER)
            question = put_question(session, new)
            forward(session, question, CommunityRules(voice().moments), "Marta")
            question_id = question.id
        decide_all(database, voice())
        return question_id

    def test_kept_for_the_moderation(
        self, chat: Driver, database: Database, mario: Person, question_id: int
    ) -> None:
        start = chat.run("action_start_community_answer", command="/answer_question",
                         question_id=str(question_id))  # fmt: skip
        assert start["then"] == "community_answer_form"
        chat.run("validate_community_answer_form", "no, basta tenerlo lontano",
                 intent="deny", requested="community_answer")  # fmt: skip
        told = chat.run("action_give_community_answer", "no, basta tenerlo lontano")
        assert told["said"] == ["utter_community_answer_taken"]
        with database.reading() as session:
            answer = session.scalars(select(CommunityAnswer)).one()
        assert (answer.text, answer.customer_id, answer.state) == (
            "no, basta tenerlo lontano", mario.customer_id, "waiting",
        )  # fmt: skip

    def test_of_who_was_not_asked_nothing_is_taken(
        self, database: Database, question_id: int
    ) -> None:
        with database.writing() as session:
            stranger = add_person(session, "Ugo")
        told = Driver(database, stranger).run(
            "action_start_community_answer", command="/answer_question",
            question_id=str(question_id),
        )  # fmt: skip
        assert told["said"] == ["utter_community_question_over"] and told["then"] is None

    def test_too_late(self, chat: Driver, database: Database, question_id: int) -> None:
        with database.writing() as session:
            open_question(session, question_id).state = "closed"
        told = chat.run("action_start_community_answer", command="/answer_question",
                        question_id=str(question_id))  # fmt: skip
        assert told["said"] == ["utter_community_question_over"]

    def test_joining_and_leaving(self, chat: Driver, database: Database, mario: Person) -> None:
        def is_in() -> bool:
            with database.reading() as session:
                return allows(session, mario.customer_id, Purpose.COMMUNITY, "telegram")

        assert chat.run("action_join_community", "Sì, chiedetemi pure")["said"] == [
            "utter_community_joined"
        ]
        assert is_in()
        chat.run("action_leave_community", "Non chiedermelo più")
        assert not is_in()

    def test_joining_needs_a_proof(self, database: Database, mario: Person) -> None:
        with database.writing() as session:
            nora = add_person(session, "Nora", proved=False)
        told = Driver(database, nora).run("action_join_community", "sì, chiedetemi")
        assert "utter_community_joined" not in told["said"]
        with database.reading() as session:
            assert not allows(session, nora.customer_id, Purpose.COMMUNITY, "telegram")
