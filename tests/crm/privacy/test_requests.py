"""R5 in chat: what a verified customer asks for about their data is done, and only for them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import select

from actions.phrases import Phrases
from actions.privacy import PrivacyRequest, StartPrivacyRequest, Subscribe
from actions.skill import SkillAction
from actions.tools import Tools
from app.settings import ROOT
from app.workers.retention import PrivacyWorker, next_night
from crm.consent.models import Purpose
from crm.consent.register import allows
from crm.conversation.hours import OpeningHours
from crm.conversation.log import Incoming, Outgoing, open_conversation, receive
from crm.conversation.models import Conversation, Message, State
from crm.conversation.turns import finish
from crm.db import Database, now
from crm.mail.models import Mail
from crm.privacy import requests
from crm.privacy.models import Erasure, LinkPurpose, PersonalLink
from crm.privacy.outside import Outside
from crm.privacy.person import Marks
from crm.privacy.retention import Periods
from crm.profile.assurance import claim, verify
from crm.profile.codes import CodeRules
from crm.profile.facts import Facts
from crm.profile.merging.ledger import merge
from crm.profile.models import Customer, CustomerStatus
from crm.ticket.models import Ticket
from tests.crm.profile.test_lookup import register

MARIO = Facts("mario.rossi@example.it", "Mario", "Rossi", "38068")
HOUR = timedelta(hours=1)
Take = Callable[..., tuple[list[str], dict[str, Any]]]


@pytest.fixture
def mario(database: Database) -> int:
    with database.writing() as session:
        return register(session, MARIO)


@pytest.fixture
def tools(database: Database) -> Tools:
    rules = CodeRules(HOUR, 3, HOUR, 5, HOUR, b"key")
    return Tools(
        database=database,
        phrases=Phrases.load(ROOT / "bot" / "domain"),
        knowledge=cast(Any, None),
        code_rules=rules,
        hours=OpeningHours(),
        export_url="https://shop.example.it/privacy/data/{token}",
        consent_url="https://shop.example.it/privacy/consent/{token}",
    )


@pytest.fixture
def take(database: Database, tools: Tools, mario: int) -> Take:
    """Has an action answer a message of Mario's; what it says, and the slots that it sets."""

    def take(
        action: type[SkillAction], text: str = "sì", *, proved: bool, intent: str = "affirm",
        **slots: Any,
    ) -> tuple[list[str], dict[str, Any]]:  # fmt: skip
        with database.writing() as session:
            conversation = open_conversation(session, "webchat", "session-1")
            claim(conversation.identity, session.get_one(Customer, mario))
            if proved:
                verify(conversation.identity, HOUR)
            number = conversation.last_seq + 1
            message = receive(session, conversation, Incoming(f"m-{number}", text=text))
            said = {"intent": {"name": intent}, "metadata": {"message_id": message.id}}
        events: list[dict[str, Any]] = [{"event": "user"}]
        tracker = Tracker("x", slots, {**said, "text": text}, events, False, None, {}, None)
        dispatcher = CollectingDispatcher()
        found = action(tools)._run_once(dispatcher, tracker)
        with database.writing() as session:
            finish(session, message.id, [Outgoing(text="…")])
        told = [str(one["response"]) for one in dispatcher.messages]
        return told, {one["name"]: one["value"] for one in found if one["event"] == "slot"}

    return take


def agreed(wish: str) -> dict[str, Any]:
    return {"privacy_wish": wish, "privacy_confirmed": True}


def mails(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        return [(mail.to, mail.text) for mail in session.scalars(select(Mail))]


def test_what_will_happen_is_read_back_to_who_has_proved_it(take: Take) -> None:
    told, slots = take(StartPrivacyRequest, "cancellami", proved=False, intent="erase_data")
    assert told == [] and slots["pending_level"] == "verified"
    for wish in ("export_data", "erase_data"):
        told, slots = take(StartPrivacyRequest, "i miei dati", proved=True, intent=wish)
        assert told == [f"utter_about_{wish}"] and slots["privacy_wish"] == wish


def test_a_copy_is_offered_by_mail_to_the_address_on_file(take: Take, database: Database) -> None:
    told, _ = take(PrivacyRequest, proved=True, **agreed("export_data"))
    assert told == ["utter_export_mailed"]
    [(to, text)] = mails(database)
    assert to == MARIO.email
    token = re.search(r"https://shop\.example\.it/privacy/data/([\w-]{40,})\n", text)
    assert token is not None and token[1] not in str(told)


@pytest.mark.parametrize("answer", [None, False])
@pytest.mark.parametrize("wish", ["export_data", "erase_data"])
def test_without_an_explicit_yes_nothing_happens(
    take: Take, database: Database, wish: str, answer: bool | None
) -> None:
    slots = {"privacy_wish": wish, "privacy_confirmed": answer}
    told, _ = take(PrivacyRequest, "forse", proved=True, intent="deny", **slots)
    assert told == ["utter_nothing_changed"] and mails(database) == []
    with database.reading() as session:
        assert session.scalars(select(Erasure)).all() == []


@pytest.mark.parametrize("wish", ["export_data", "erase_data"])
def test_a_verification_that_ran_out_meanwhile_is_renewed_first(
    take: Take, database: Database, wish: str
) -> None:
    told, slots = take(PrivacyRequest, proved=False, **agreed(wish))
    assert told == [] and slots["pending_action"] == "action_start_privacy"
    assert "privacy_wish" not in slots and mails(database) == []
    with database.reading() as session:
        assert session.scalars(select(Erasure)).all() == []


def test_without_an_address_people_look_after_the_copy(
    take: Take, database: Database, mario: int
) -> None:
    with database.writing() as session:
        session.get_one(Customer, mario).email = None
    told, _ = take(PrivacyRequest, proved=True, **agreed("export_data"))
    assert told == ["utter_privacy_request_opened"]
    with database.reading() as session:
        assert session.scalars(select(Ticket.customer_id)).all() == [mario]


class Remembered:
    """Dialogues as a plain set of numbers."""

    def __init__(self, *conversations: int) -> None:
        self.known = set(conversations)
        self.wiped = 0

    def erase(self, conversations: Any, marks: Marks) -> int:
        gone = self.known & set(conversations)
        self.known -= gone
        return len(gone)

    def count(self, conversations: Any) -> int:
        return len(self.known & set(conversations))

    def wipe(self) -> bool:
        self.wiped += 1
        return True


def make_worker(database: Database, dialogues: Remembered | None = None) -> PrivacyWorker:
    return PrivacyWorker(database, Outside(dialogues or Remembered()), Periods(), 3)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "DELAY", timedelta(0))


@pytest.mark.usefixtures("at_once")
def test_an_erasure_waits_until_all_is_answered_and_then_is_done(
    take: Take, database: Database, mario: int
) -> None:
    told, _ = take(PrivacyRequest, proved=True, **agreed("erase_data"))
    assert told == ["utter_erasure_begun"]
    with database.writing() as session:
        conversation = session.scalars(select(Conversation)).one()
        last = receive(session, conversation, Incoming("last", text="e grazie di tutto, Mario"))
    dialogues = Remembered(conversation.id, 77)
    worker = make_worker(database, dialogues)
    assert worker.erase_due() == 0
    with database.writing() as session:
        session.get_one(Message, last.id).state = State.HANDLED
    assert worker.erase_due() == 1 and worker.erase_due() == 0
    with database.reading() as session:
        assert session.get_one(Customer, mario).status == CustomerStatus.ERASED
        assert session.scalars(select(Message)).all() == []
        entry = session.scalars(select(Erasure)).one()
        assert (entry.actor, entry.report["dialogues"]) == ("customer", 1)
    assert dialogues.known == {77}


def test_an_erasure_leaves_time_to_say_goodbye(take: Take, database: Database) -> None:
    take(PrivacyRequest, proved=True, **agreed("erase_data"))
    assert make_worker(database).erase_due() == 0


@pytest.mark.usefixtures("at_once")
def test_asked_twice_it_is_done_once(take: Take, database: Database) -> None:
    for _ in range(2):
        take(PrivacyRequest, proved=True, **agreed("erase_data"))
    assert make_worker(database).erase_due() == 1


@pytest.mark.usefixtures("at_once")
def test_merged_in_the_meantime_the_survivor_is_erased(
    take: Take, database: Database, mario: int
) -> None:
    take(PrivacyRequest, proved=True, **agreed("erase_data"))
    with database.writing() as session:
        survivor = register(session, MARIO, "shop 2")
        merge(session, survivor, mario, "Anna")
    worker = make_worker(database)
    worker.look()
    worker.look()
    with database.reading() as session:
        statuses = {session.get_one(Customer, one).status for one in (mario, survivor)}
        assert statuses == {CustomerStatus.ERASED}
        assert session.scalars(select(Erasure.done_at)).one() is not None


@pytest.mark.usefixtures("at_once")
def test_what_a_late_turn_wrote_is_forgotten_too(take: Take, database: Database) -> None:
    take(PrivacyRequest, proved=True, **agreed("erase_data"))
    with database.reading() as session:
        talk = session.scalars(select(Conversation.id)).one()
    dialogues = Remembered(talk)
    worker = make_worker(database, dialogues)
    worker.look()
    dialogues.known.add(talk)
    worker.look()
    assert dialogues.known == set()
    with database.writing() as session:
        entry = session.scalars(select(Erasure)).one()
        assert entry.settled_at is None
        entry.done_at = now() - requests.LATE * 2
        conversation = session.get_one(Conversation, talk)
        receive(session, conversation, Incoming("new", text="buongiorno"))
    dialogues.known.add(talk)
    worker.look()
    assert dialogues.known == {talk}, "who begins anew is not interrupted"
    with database.reading() as session:
        assert session.scalars(select(Erasure.settled_at)).one() is not None


def test_the_night_is_that_of_the_shop() -> None:
    summer = datetime(2026, 7, 1, 0, 30, tzinfo=UTC)
    assert next_night(summer, 3) - summer == timedelta(minutes=30)
    assert next_night(summer, 2) - summer == timedelta(hours=23, minutes=30)


def test_r5_whoever_only_claims_a_name_subscribes_nobody(
    take: Take, database: Database, mario: int
) -> None:
    told, _ = take(Subscribe, "mandatemi le offerte", proved=False, intent="subscribe")
    assert told == ["utter_confirm_subscription"]
    [(to, text)] = mails(database)
    assert to == MARIO.email and "/privacy/consent/" in text
    with database.reading() as session:
        assert not allows(session, mario, Purpose.MARKETING, "email")
        link = session.scalars(select(PersonalLink)).one()
        assert link.purpose == LinkPurpose.OPT_IN
        assert link.details["evidence"] == "mandatemi le offerte"


def test_the_same_is_said_where_there_is_no_address(
    take: Take, database: Database, mario: int
) -> None:
    with database.writing() as session:
        session.get_one(Customer, mario).email = None
    told, _ = take(Subscribe, "mandatemi le offerte", proved=False, intent="subscribe")
    assert told == ["utter_confirm_subscription"] and mails(database) == []


def test_who_has_proved_it_is_taken_at_their_word(
    take: Take, database: Database, mario: int
) -> None:
    told, _ = take(Subscribe, "offerte su whatsapp", proved=True, intent="subscribe")
    assert told == ["utter_subscribed"]
    with database.reading() as session:
        assert allows(session, mario, Purpose.MARKETING, "whatsapp")
        assert not allows(session, mario, Purpose.MARKETING, "email")
