"""What has happened to some conversations, as the world outside saw it, and what must hold."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.conversation import handoff
from crm.conversation.dead_letters import DeadLetterError, retry_dead
from crm.conversation.effects import once
from crm.conversation.log import Incoming, Outgoing, open_conversation, receive
from crm.conversation.models import (
    Claim,
    Conversation,
    ConversationEvent,
    Message,
    Mode,
    Role,
    State,
)
from crm.conversation.turns import RETURN_TO_BOT
from crm.db import Database, now
from crm.ticket.models import Ticket
from integrations.channels.port import Outbound
from tests.engine.local_channel import NAME, LocalChannel
from tests.engine.local_rasa import Answer, LocalRasa
from tests.engine.running import APOLOGY

CHATS = 3
AGENT = "Anna"
PERSON = "voglio una persona"
TALKATIVE = "dimmi tutto"
TERSE = "taci"
FINAL = (State.SENT, State.UNKNOWN, State.FAILED, State.SUPPRESSED)


@dataclass
class Story:
    """The customers, the staff and the platform of a few chats over one database."""

    database: Database
    rasa: LocalRasa
    channel: LocalChannel
    conversations: list[int] = field(default_factory=list)
    stored: dict[str, int] = field(default_factory=dict)
    with_person: set[int] = field(default_factory=set)
    on_the_wire: set[int] = field(default_factory=set)
    persons: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    tried_again: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Nobody has said anything yet."""
        self.rasa.forget()
        self.rasa.act = self.act
        self.channel.before = self.look
        with self.database.writing() as session:
            self.conversations = [
                open_conversation(session, NAME, f"customer-{number}").id for number in range(CHATS)
            ]

    # What the bot does in a turn, as its actions do it.

    def act(self, body: dict[str, str]) -> Answer:
        """Answer; bring in a person for who wants one, through the same doors as the actions."""
        message_id, text = int(body["message_id"]), body.get("text", "")
        if text.startswith(TERSE):
            return []
        if text.startswith(PERSON):
            return [self._call_person(message_id, ordinal) for ordinal in (1, 2)]
        parts = 3 if text.startswith(TALKATIVE) else 1
        return [{"text": f"risposta {part} a {message_id}"} for part in range(parts)]

    def _call_person(self, message_id: int, ordinal: int) -> dict[str, str]:
        with self.database.writing() as session:
            return once(session, message_id, "person", ordinal, lambda: _call(session, message_id))

    # What customers do.

    def say(self, chat: int, external_id: str, text: str) -> None:
        """A webhook comes in: for the first time, or again."""
        command = RETURN_TO_BOT if text == RETURN_TO_BOT else None
        with self.database.writing() as session:
            conversation = session.get_one(Conversation, self.conversations[chat])
            message = receive(session, conversation, Incoming(external_id, text, command))
            first = self.stored.setdefault(external_id, message.id)
        if first != message.id:
            self.broken.append(f"{external_id} was stored twice")

    # What the staff does.

    def take_over(self, chat: int) -> None:
        """A person takes a chat over; what is at the platform's door cannot be called back."""
        self._as_person(chat, lambda s, c: handoff.take_over(s, c, AGENT), takes=True)

    def release(self, chat: int) -> None:
        """The person gives it back, if they have it."""
        self._as_person(
            chat, lambda s, c: handoff.release(s, c, AGENT, Outgoing("di nuovo io"), "fatto")
        )

    def close(self, chat: int) -> None:
        """The conversation is ended."""
        self._as_person(chat, lambda s, c: handoff.close(s, c, AGENT, "finito"))

    def reply(self, chat: int) -> None:
        """The person says something, if they have the chat."""
        self._as_person(chat, lambda s, c: handoff.reply(s, c, AGENT, Outgoing("sono Anna")))

    def _as_person(
        self, chat: int, act: Callable[[Session, Conversation], object], *, takes: bool = False
    ) -> None:
        conversation_id = self.conversations[chat]
        try:
            with self.database.writing() as session:
                conversation = session.get_one(Conversation, conversation_id)
                act(session, conversation)
                sending = select(Message.id).filter_by(
                    conversation_id=conversation_id, state=State.SENDING
                )
                self.on_the_wire |= set(session.scalars(sending))
                self.persons[conversation_id].add(conversation.human_until_seq)
                if conversation.mode != Mode.HUMAN:
                    self.with_person.discard(conversation_id)
        except handoff.HandoffError:
            return
        if takes:
            self.with_person.add(conversation_id)

    def try_again(self, pick: int) -> None:
        """Somebody of the staff has a dead letter tried again."""
        with self.database.writing() as session:
            dead = session.scalars(select(Message.id).filter_by(state=State.DEAD)).all()
            if not dead:
                return
            message_id = dead[pick % len(dead)]
            try:
                retry_dead(session, message_id)
            except DeadLetterError:
                return
            self.tried_again[message_id] += 1

    def let_time_pass(self, living: Sequence[str]) -> None:
        """All waits are over, and the claims of the dead have run out."""
        with self.database.writing() as session:
            session.execute(update(Message).values(next_attempt_at=None))
            gone = update(Claim).where(Claim.holder.not_in(living))
            session.execute(gone.values(until=now()))

    # What must hold.

    def look(self, outbound: Outbound) -> None:
        """A call comes in at the platform."""
        with self.database.reading() as session:
            message = session.get_one(Message, outbound.message_id)
            overtaken = message.seq <= message.conversation.human_until_seq
        is_stale = outbound.conversation_id in self.with_person or overtaken
        if outbound.role != Role.AGENT and is_stale and message.id not in self.on_the_wire:
            self.broken.append(f"{outbound.role} message {message.id} went out after a takeover")

    def check(self) -> None:
        """What holds at every moment."""
        assert not self.broken, self.broken
        assert not self.rasa.overlaps, "two turns of one conversation at once"
        assert not self.channel.overlaps, "two deliveries to one chat at once"
        self._check_taken()
        self._check_rasa()
        with self.database.reading() as session:
            for conversation_id in self.conversations:
                self._check_log(session, conversation_id)
                _check_tickets(session, conversation_id)

    def _check_taken(self) -> None:
        """The platform got everything at most once and in order."""
        times = Counter(one.message_id for one in self.channel.taken)
        assert not [one for one, count in times.items() if count > 1], "said twice"
        for conversation_id in self.conversations:
            ids = [m.message_id for m in self.channel.taken if m.conversation_id == conversation_id]
            assert ids == sorted(ids), "said out of order"

    def _check_rasa(self) -> None:
        """Rasa got everything in the order in which it was said, but for what was tried again."""
        for ids in self.rasa.order.values():
            first_time = [one for one in ids if not self.tried_again[one]]
            assert first_time == sorted(first_time), "answered out of order"

    def _check_log(self, session: Session, conversation_id: int) -> None:
        query = select(Message).filter_by(conversation_id=conversation_id).order_by(Message.seq)
        messages = session.scalars(query).all()
        assert [one.seq for one in messages] == list(range(1, len(messages) + 1))
        assert [one.id for one in messages] == sorted(one.id for one in messages)
        for message in messages:
            if message.role == Role.CUSTOMER:
                assert self.stored[str(message.external_id)] == message.id
                self._check_replies(session, message)

    def _check_replies(self, session: Session, message: Message) -> None:
        """Answered once, apologised for once each time that it was given up."""
        query = select(Message).filter_by(reply_to_id=message.id).order_by(Message.seq)
        replies = session.scalars(query).all()
        for until in self.persons[message.conversation_id]:
            late = [one for one in replies if message.seq <= until < one.seq]
            assert {one.state for one in late} <= {State.SUPPRESSED}, "answered what was a person's"
        said = [one.text for one in replies]
        answer = [part.get("text", "") for part in self.rasa.answers.get(str(message.id), ())]
        apologies = said.count(APOLOGY)
        words = [text for text in said if text != APOLOGY]
        dead_now = message.state == State.DEAD
        assert apologies <= self.tried_again[message.id] + dead_now
        assert words in ([], answer), (message.state, words, answer)
        if message.state in (State.RECEIVED, State.DEAD):
            assert not words

    def check_end(self) -> None:
        """What holds once everything has come to rest: nothing was lost."""
        self.check()
        with self.database.reading() as session:
            found = {one.id: one for one in session.scalars(select(Message))}
            assert set(self.stored.values()) <= set(found)
            for message in found.values():
                if message.role == Role.CUSTOMER:
                    self._check_handled(session, message)
                else:
                    self._check_delivered(message)

    def _check_handled(self, session: Session, message: Message) -> None:
        assert message.state in (State.HANDLED, State.DEAD), message.state
        replies = session.scalars(select(Message).filter_by(reply_to_id=message.id)).all()
        if message.state == State.DEAD:
            assert replies
        elif str(message.id) in self.rasa.answers:
            expected = len(self.rasa.answers[str(message.id)])
            assert len([one for one in replies if one.text != APOLOGY]) in (expected, 0)
        if not replies and self.rasa.answers.get(str(message.id)) != []:
            events = select(ConversationEvent).filter_by(conversation_id=message.conversation_id)
            assert session.scalars(events).first(), "left without an answer"

    def _check_delivered(self, message: Message) -> None:
        taken = [one.message_id for one in self.channel.taken].count(message.id)
        assert message.state in FINAL, message.state
        if message.state == State.SENT:
            assert taken == 1, "said to be sent, and never was"
        elif message.state == State.UNKNOWN:
            assert taken <= 1
        else:
            assert taken == 0, f"{message.state}, and sent all the same"


def _call(session: Session, message_id: int) -> dict[str, str]:
    message = session.get_one(Message, message_id)
    number = handoff.ask_for_person(
        session, message.conversation, "asked_for", message, "vuole una persona"
    )
    return {"text": f"arriva qualcuno, {number}"}


def _check_tickets(session: Session, conversation_id: int) -> None:
    """Exactly one ticket a handoff."""
    tickets = session.scalars(select(Ticket.id).filter_by(conversation_id=conversation_id)).all()
    events = session.scalars(
        select(ConversationEvent.what).filter_by(conversation_id=conversation_id)
    ).all()
    assert len(tickets) == events.count("bot → waiting")
