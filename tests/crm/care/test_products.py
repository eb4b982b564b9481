"""Which product a question about use is about (R15)."""

import pytest

from crm.care.products import (
    asked_about,
    asks_how_to,
    named_in,
    owned,
    products_of,
    says_mine,
    with_own_name_in,
)
from crm.conversation.models import Conversation
from crm.db import Database, now
from crm.moment.models import Moment
from crm.order.models import OrderStatus
from tests.crm.moment.company import (
    BRUSH,
    DRYER,
    add_order,
    add_person,
    add_products,
    decide_all,
    product,
    voice,
    write,
)


@pytest.mark.parametrize(
    "text",
    [
        "come si usa il mio phon?", "Come funziona la spazzola rotante?", "come lo pulisco?",
        "dove trovo le istruzioni del phon", "come faccio a pulire la piastra?",
        "how do I use my dryer?", "how does the Maestrale work?", "how to clean it",
    ],
)  # fmt: skip
def test_how_to(text: str) -> None:
    assert asks_how_to(text)


@pytest.mark.parametrize(
    "text", ["come stai?", "quanto costa il phon?", "come posso pagare?", "how much is it?"]
)
def test_not_how_to(text: str) -> None:
    assert not asks_how_to(text)


def test_mine() -> None:
    assert says_mine("il mio phon") and says_mine("the dryer I bought")
    assert not says_mine("un phon") and not says_mine("premio miele")


@pytest.fixture
def shelf(database: Database) -> Database:
    with database.writing() as session:
        add_products(session)
        session.add(product("EG-3037", "hair_dryer", "Asciugacapelli Brezza"))
    return database


def test_named_by_a_word_of_its_own(shelf: Database) -> None:
    with shelf.reading() as session:
        dryers = products_of(session, ["hair_dryer"])
        assert [one.sku for one in named_in("il Maestrale scotta", dryers, "it")] == [DRYER]
        assert named_in("l'asciugacapelli scotta", dryers, "it") == [], "both are called so"
        assert len(named_in("meglio Brezza o Maestrale?", dryers, "it")) == 2
        assert products_of(session, []) == []


def test_called_by_its_own_name_in_the_whole_catalogue(shelf: Database) -> None:
    with shelf.reading() as session:
        found = with_own_name_in(session, "il maestrale fa rumore?")
        assert [one.sku for one in found] == [DRYER]
        assert with_own_name_in(session, "un asciugacapelli fa rumore?") == []


def test_owned_is_what_was_bought_and_kept(shelf: Database) -> None:
    with shelf.writing() as session:
        person = add_person(session)
        add_order(session, person, DRYER)
        add_order(session, person, BRUSH, 12, status=OrderStatus.RETURNED)
        everything = products_of(session, ["hair_dryer", "hair_brush"])
        assert [one.sku for one in owned(session, person.customer_id, everything)] == [DRYER]


def test_what_is_said_right_after_the_question_answers_it(shelf: Database) -> None:
    with shelf.writing() as session:
        person = add_person(session)
        session.add(
            Moment(name="care", occasion="order:1", customer_id=person.customer_id, due_at=now(),
                   until=now().replace(year=2099), details={"sku": DRYER, "order_id": 1})
        )  # fmt: skip
    decide_all(shelf, voice())
    with shelf.writing() as session:
        first = write(session, person, "male, si è rotto")
        second = write(session, person, "e non scalda")
        assert asked_about(session, first) == DRYER
        assert asked_about(session, second) is None, "the bot has answered since"
        assert session.get_one(Conversation, person.conversation_id).last_seq == second.seq + 1
