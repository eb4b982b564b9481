"""Who thinks before writing holds nobody up, and loses nobody's changes; on both databases."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.conversation.log import lock, open_conversation
from crm.conversation.models import Conversation
from crm.db import Database, holds_everything
from tests.postgres import backend, database, make_database, postgres, templates

__all__ = ["backend", "database", "make_database", "postgres", "templates"]
PATIENCE = 20


@pytest.fixture
def conversation_id(database: Database) -> int:
    with database.writing() as session:
        return open_conversation(session, "webchat", "somebody").id


def language(session: Session) -> str:
    return session.scalars(select(Conversation.language)).one()


def elsewhere(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def write(database: Database, conversation_id: int, new: str) -> None:
    with database.writing() as session:
        session.get_one(Conversation, conversation_id).language = new


def test_thinking_holds_nobody_up(database: Database, conversation_id: int) -> None:
    with database.thinking() as session:
        assert language(session) == "it"
        thread = elsewhere(lambda: write(database, conversation_id, "en"))
        thread.join(PATIENCE)
        assert not thread.is_alive()
        assert language(session) == "en", "what others commit meanwhile is seen"


def test_a_change_is_kept(database: Database, conversation_id: int) -> None:
    with database.thinking() as session:
        session.get_one(Conversation, conversation_id).language = "en"
    with database.reading() as session:
        assert language(session) == "en"


def test_what_fails_is_undone_as_a_whole(database: Database, conversation_id: int) -> None:
    with pytest.raises(RuntimeError), database.thinking() as session:
        session.get_one(Conversation, conversation_id).language = "en"
        session.flush()
        raise RuntimeError
    with database.writing() as session:
        assert language(session) == "it"


def test_the_first_change_makes_others_wait(database: Database, conversation_id: int) -> None:
    order: list[str] = []

    def second() -> None:
        write(database, conversation_id, "de")
        order.append("second")

    with database.thinking() as session:
        conversation = session.get_one(Conversation, conversation_id)
        assert not holds_everything(session)
        conversation.language = "en"
        session.flush()
        thread = elsewhere(second)
        thread.join(0.2)
        order.append("first")
    thread.join(PATIENCE)
    assert order == ["first", "second"]


def test_nothing_is_lost_under_a_lock(database: Database, conversation_id: int) -> None:
    """Everybody reads, thinks, locks and adds: the sum is right."""

    def add() -> None:
        for _ in range(10):
            with database.thinking() as session:
                conversation = session.get_one(Conversation, conversation_id)
                lock(session, conversation)
                conversation.last_seq += 1

    threads = [elsewhere(add) for _ in range(4)]
    for thread in threads:
        thread.join(PATIENCE)
    with database.reading() as session:
        assert session.get_one(Conversation, conversation_id).last_seq == 40
