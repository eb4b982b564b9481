"""What the desk keeps beside the conversations: the audit log, glances, drafts, canned replies."""

from datetime import timedelta

import pytest

from crm.conversation.handoff import AlreadyTaken, take_over
from crm.conversation.log import open_conversation
from crm.conversation.models import Conversation, ConversationEvent, Mode
from crm.conversation.notes import add_note, assign
from crm.db import Database, now
from crm.staff import audit, canned, glances, notices
from crm.staff.audit import Action
from crm.staff.models import Glance, Role, StaffUser
from crm.staff.users import add_user

PASSWORD = "una password lunga"


@pytest.fixture
def talk(database: Database) -> int:
    """A conversation; Anna is user 1, Bruno user 2."""
    with database.writing() as session:
        for name in ("Anna", "Bruno"):
            add_user(session, name, Role.AGENT, PASSWORD)
        return open_conversation(session, "webchat", "somebody").id


class TestAudit:
    def test_what_was_done_is_found_by_person_and_by_subject(self, database: Database) -> None:
        with database.writing() as session:
            audit.note(session, "Anna", "agent", Action.SAW, "customer:7")
            audit.note(session, "Anna", "agent", Action.REPLIED, "conversation:3", seq=9)
            audit.note(session, "Bruno", "agent", Action.SAW, "customer:7")
        with database.reading() as session:
            by_anna = audit.entries(session, actor="Anna")
            assert [entry.action for entry in by_anna] == ["replied", "saw"]
            assert by_anna[0].details == {"seq": 9}
            of_seven = audit.entries(session, subject="customer:7")
            assert [entry.actor for entry in of_seven] == ["Bruno", "Anna"]
            older = audit.entries(session, before=of_seven[0].id, limit=1)
            assert [entry.subject for entry in older] == ["conversation:3"]

    def test_a_deed_that_fails_leaves_no_trace(self, database: Database) -> None:
        with pytest.raises(ZeroDivisionError), database.writing() as session:
            audit.note(session, "Anna", "agent", Action.REPLIED, "conversation:3")
            session.flush()
            _ = 1 / 0
        with database.reading() as session:
            assert audit.entries(session) == []


class TestGlances:
    def test_what_was_seen_stays_seen(self, database: Database, talk: int) -> None:
        with database.writing() as session:
            glances.look_at(session, 1, talk, 8)
            glances.look_at(session, 1, talk, 5)
            assert glances.seen_seqs(session, 1, [talk, 99]) == {talk: 8}
            assert glances.seen_seqs(session, 2, [talk]) == {}

    def test_who_else_is_there(self, database: Database, talk: int) -> None:
        with database.writing() as session:
            glances.look_at(session, 1, talk, 1)
            assert glances.who_is_looking(session, talk, besides=2) == ["Anna"]
            assert glances.who_is_looking(session, talk, besides=1) == []
            glances.look_away(session, 1, talk)
            assert glances.who_is_looking(session, talk, besides=2) == []

    def test_a_page_that_died_is_nobody(self, database: Database, talk: int) -> None:
        with database.writing() as session:
            glances.look_at(session, 1, talk, 1)
            session.get_one(Glance, (1, talk)).looking_until = now() - timedelta(seconds=1)
            session.flush()
            assert glances.who_is_looking(session, talk, besides=2) == []

    def test_a_draft_is_everyones_own(self, database: Database, talk: int) -> None:
        with database.writing() as session:
            glances.keep_draft(session, 1, talk, "Ciao, ti")
            glances.look_at(session, 1, talk, 2)
            assert glances.draft_of(session, 1, talk) == "Ciao, ti"
            assert glances.draft_of(session, 2, talk) == ""
            glances.keep_draft(session, 1, talk, "")
            assert glances.draft_of(session, 1, talk) == ""


class TestCannedReplies:
    def test_filled_in_for_the_customer(self, database: Database) -> None:
        texts = {"it": "Ciao {given_name}, sono {agent}.", "en": "Hi {given_name}, {agent} here."}
        with database.writing() as session:
            reply = canned.save_canned_reply(session, "ciao", texts, "Anna")
            values = {"given_name": "Mario", "agent": "Anna"}
            assert canned.fill_in(reply, "it", values) == "Ciao Mario, sono Anna."
            assert canned.fill_in(reply, "de", values) == "Ciao Mario, sono Anna."
            stranger = canned.fill_in(reply, "en", {"given_name": None, "agent": "Anna"})
            assert stranger == "Hi {given_name}, Anna here."
            assert canned.left_open(stranger) == ["given_name"]

    def test_values_are_not_filled_in_again(self, database: Database) -> None:
        with database.writing() as session:
            reply = canned.save_canned_reply(session, "x", {"it": "Ciao {given_name}"}, "Anna")
            assert canned.fill_in(reply, "it", {"given_name": "{agent}", "agent": "A"}) == (
                "Ciao {agent}"
            )

    @pytest.mark.parametrize(
        ("shortcut", "text", "complaint"),
        [("Ciao!", "x", "Ciao!"), ("ciao", "  ", "no text"), ("ciao", "{iban}", "{iban}")],
    )
    def test_what_cannot_be_kept(
        self, database: Database, shortcut: str, text: str, complaint: str
    ) -> None:
        with database.writing() as session, pytest.raises(canned.BadCannedReply, match=complaint):
            canned.save_canned_reply(session, shortcut, {"it": text}, "Anna")

    def test_saved_again_it_is_changed(self, database: Database) -> None:
        with database.writing() as session:
            canned.save_canned_reply(session, "a", {"it": "uno"}, "Anna")
            canned.save_canned_reply(session, "a", {"it": "due"}, "Bruno")
            (reply,) = canned.canned_replies(session)
            assert (reply.texts, reply.updated_by) == ({"it": "due"}, "Bruno")
            canned.delete_canned_reply(session, "a")
            assert canned.canned_replies(session) == []


class TestAmongColleagues:
    def test_a_note_is_an_event_and_no_message(self, database: Database, talk: int) -> None:
        with database.writing() as session:
            conversation = session.get_one(Conversation, talk)
            add_note(session, conversation, "Anna", "Chiama il corriere.")
            event = session.query(ConversationEvent).one()
            assert (event.what, event.actor) == ("note", "Anna")
            assert event.details == {"text": "Chiama il corriere."}
            assert conversation.last_seq == 0

    def test_given_to_a_colleague(self, database: Database, talk: int) -> None:
        with database.writing() as session:
            conversation = session.get_one(Conversation, talk)
            take_over(session, conversation, "Anna")
            assign(session, conversation, "Anna", "Bruno")
            assert (conversation.mode, conversation.assignee) == (Mode.HUMAN, "Bruno")
            last = session.query(ConversationEvent).order_by(ConversationEvent.id.desc()).first()
            assert last is not None
            assert (last.what, last.actor, last.details) == ("assigned", "Anna", {"to": "Bruno"})

    def test_nobody_gives_away_what_a_third_has(self, database: Database, talk: int) -> None:
        with database.writing() as session:
            conversation = session.get_one(Conversation, talk)
            take_over(session, conversation, "Carla")
            with pytest.raises(AlreadyTaken, match="Carla"):
                assign(session, conversation, "Anna", "Bruno")
            assign(session, conversation, "Anna", "Bruno", force=True)
            assert conversation.assignee == "Bruno"


@pytest.mark.usefixtures("talk")
class TestNotices:
    def test_those_beyond_the_list_are_still_to_be_seen(self, database: Database) -> None:
        with database.writing() as session:
            anna = session.query(StaffUser).filter_by(name="Anna").one()
            for number in range(notices.SHOWN + 5):
                notices.tell(session, [anna], "late", f"ticket:T-{number}")
            session.flush()
            first = [one.id for one in notices.latest(session, anna.id)]
            notices.see(session, anna.id, first)
            assert notices.unseen(session, anna.id) == 5
            then = [one.subject for one in notices.latest(session, anna.id)]
            assert then[:6] == [f"ticket:T-{number}" for number in (4, 3, 2, 1, 0, 24)]

    def test_nobody_sees_for_somebody_else(self, database: Database) -> None:
        with database.writing() as session:
            anna, bruno = session.query(StaffUser).order_by(StaffUser.id).all()
            notices.tell(session, [anna], "late", "ticket:T-1")
            session.flush()
            notices.see(session, bruno.id, [one.id for one in notices.latest(session, anna.id)])
            assert notices.unseen(session, anna.id) == 1
