"""An action of a repeated turn does not do its work again."""

from crm.conversation.effects import once
from crm.conversation.log import Incoming, open_conversation, receive
from crm.db import Database


def test_the_same_place_in_the_same_turn_runs_once(database: Database) -> None:
    runs: list[int] = []

    def perform() -> dict[str, object]:
        runs.append(1)
        return {"events": [], "responses": [{"text": f"volta {len(runs)}"}]}

    with database.writing() as session:
        message = receive(session, open_conversation(session, "webchat", "v"), Incoming("1", "x"))
    results = []
    for _ in range(2):
        with database.writing() as session:
            results.append(once(session, message.id, "action_open_ticket", 3, perform))
    assert results[0] == results[1] and len(runs) == 1
    with database.writing() as session:
        once(session, message.id, "action_open_ticket", 5, perform)
    assert len(runs) == 2
