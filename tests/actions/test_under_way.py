"""What is under way is not spoilt by what is said in between: the actions, on a real database."""

import pytest

from actions.identity import FORM as IDENTIFY
from actions.ticket import FORM as TICKET
from crm.db import Database
from tests.actions.driver import Driver
from tests.crm.moment.company import add_person

TOLD = "il phon fa scintille"
BETWEEN = "posso prenotare un appuntamento?"


@pytest.fixture
def chat(database: Database) -> Driver:
    """Somebody who has not said who they are."""
    with database.writing() as session:
        return Driver(database, add_person(session, proved=False))


@pytest.mark.parametrize(
    ("form", "pending"), [(TICKET, None), (IDENTIFY, "action_open_ticket"), (None, None)]
)
def test_a_request_begun_keeps_its_words(chat: Driver, form: str | None, pending: str) -> None:
    chat.remember(ticket_description=TOLD, pending_action=pending)
    told = chat.run("action_not_yet", BETWEEN, intent="book_appointment", form=form)
    assert told["said"] == ["utter_not_yet_book_appointment"]
    noted = told["slots"].get("ticket_description", TOLD)
    assert noted == (TOLD if form else BETWEEN)


@pytest.mark.parametrize(
    ("text", "command", "entities", "kept"),
    [
        ("e quanti punti ho?", None, {}, "e quanti punti ho?"),
        ("", '/loyalty_points{"card": "1"}', {"card": "1"}, '/loyalty_points{"card": "1"}'),
        ("", '/loyalty_points{"said": "before"}', {"said": "before"}, "/loyalty_points"),
    ],
)
def test_what_has_to_wait_is_read_later_as_it_was_meant(
    chat: Driver, text: str, command: str | None, entities: dict[str, str], kept: str
) -> None:
    chat.run("action_fallback", "i punticini della tesserina")
    chat.remember(pending_action="action_order_status")
    told = chat.run(
        "action_loyalty_points", text, command=command, intent="loyalty_points", form=IDENTIFY,
        **entities,
    )  # fmt: skip
    assert told["said"] == ["utter_then_the_rest"]
    assert told["slots"]["later_wishes"] == [kept]
