"""A busy month at the demo company: conversations of its customers, always the same ones."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.conversation import handoff
from crm.conversation.inbox import events_of
from crm.conversation.models import (
    Conversation,
    ConversationEvent,
    Message,
    Mode,
    Role,
    State,
)
from crm.conversation.notes import add_note
from crm.db import now
from crm.offer.models import OfferEvent, OfferOutcome, Product
from crm.profile.models import ChannelIdentity, Customer, Level

SEED = 1950
CHANNELS = ("webchat", "webchat", "webchat", "telegram", "whatsapp")

# What customers say, what it means, their mood, and what the assistant answers.
LINES = (
    ("Dov'è il mio ordine?", "order_status", "neutral", "È in viaggio: arriva domani."),
    ("Quanto costa la spedizione?", "ask_question", "neutral", "Dai 39 € è gratuita."),
    ("Cerco una crema per la pelle secca", "product_search", "neutral", "Ecco tre creme per te:"),
    ("Cosa mi consigli per i capelli ricci?", "request_recommendation", "happy", "Per i ricci:"),
    ("Il phon non si accende più", "open_ticket", "unhappy", "Mi dispiace, apro una richiesta."),
    ("A che ora apre il negozio di Rovereto?", "store_info", "neutral", "Apre alle 9."),
    ("Vorrei rendere il rossetto", "return_order", "neutral", "Certo, ti spiego come."),
    ("Quanti punti ho sulla carta?", "loyalty_points", "neutral", "Ne hai 320."),
    ("È una vergogna, terzo ritardo!", "complain", "angry", "Hai ragione, mi dispiace."),
    ("Grazie, gentilissimi!", "thank", "happy", "Grazie a te!"),
    ("Fate pacchetti regalo per le bomboniere?", "nlu_fallback", "neutral", "Non ho capito bene."),
    ("Il pacchetto regalo per bomboniere si può avere?", "nlu_fallback", "neutral", "Scusami?"),
    ("Avete prodotti senza nichel?", "nlu_fallback", "neutral", "Non sono sicuro."),
)
WEIGHTS = (9, 7, 7, 6, 4, 5, 4, 4, 3, 5, 2, 2, 2)
CAUSES = ("asked_for", "asked_for", "not_understood", "anger")


@dataclass
class Month:
    """Writes conversations into the past."""

    session: Session
    dice: random.Random

    def fill(self, customers: Sequence[Customer], skus: Sequence[str]) -> None:
        """A conversation for each customer, some of them handed over."""
        for number, customer in enumerate(customers):
            talk = self._open(customer, number)
            at = now() - timedelta(days=self.dice.uniform(0.2, 29), hours=self.dice.uniform(0, 5))
            for text, intent, mood, answer in self.dice.choices(
                LINES, WEIGHTS, k=self.dice.randint(1, 4)
            ):
                at = self._turn(talk, at, text, intent, mood, answer)
            if self.dice.random() < 0.22:
                self._hand_over(talk, at)
            if self.dice.random() < 0.4:
                self._offer(talk, customer, at, self.dice.choice(skus))
        self.session.flush()

    def _open(self, customer: Customer, number: int) -> Conversation:
        channel = self.dice.choice(CHANNELS)
        is_known = self.dice.random() < 0.7
        identity = ChannelIdentity(
            channel=channel,
            external_id=f"{channel}-{number}",
            customer_id=customer.id if is_known else None,
            level=Level.CLAIMED if is_known else Level.ANONYMOUS,
        )
        talk = Conversation(channel=channel, identity=identity)
        self.session.add(talk)
        self.session.flush()
        return talk

    def _turn(
        self, talk: Conversation, at: datetime, text: str, intent: str, mood: str, answer: str
    ) -> datetime:
        confidence = round(self.dice.uniform(0.72, 0.99), 2)
        read = {"intent": {"name": intent, "confidence": confidence}, "mood": mood, "entities": []}
        self.say(talk, at, Role.CUSTOMER, text, read=read)
        self.say(talk, at + timedelta(seconds=2), Role.BOT, answer)
        return at + timedelta(minutes=self.dice.uniform(0.5, 3))

    def say(
        self,
        talk: Conversation,
        at: datetime,
        role: Role,
        text: str,
        *,
        read: dict[str, object] | None = None,
        author: str | None = None,
    ) -> Message:
        """Put something said into the log."""
        talk.last_seq += 1
        talk.updated_at = at
        if role == Role.CUSTOMER:
            talk.last_customer_at = at
        state = State.HANDLED if role == Role.CUSTOMER else State.READ
        message = Message(
            conversation=talk, seq=talk.last_seq, channel=talk.channel, role=role, text=text,
            state=state, at=at, understanding=read, author=author,
        )  # fmt: skip
        self.session.add(message)
        return message

    def _hand_over(self, talk: Conversation, at: datetime) -> None:
        cause = self.dice.choice(CAUSES)
        self._event(talk, at, "bot → waiting", "bot", cause=cause)
        waited = timedelta(minutes=self.dice.expovariate(1 / 7))
        self._event(talk, at + waited, "waiting → human", "Anna")
        self.say(talk, at + waited + timedelta(seconds=40), Role.AGENT, "Eccomi, sono Anna.",
                 author="Anna")  # fmt: skip
        self._event(talk, at + waited + timedelta(minutes=9), "human → bot", "Anna")

    def _event(
        self, talk: Conversation, at: datetime, what: str, actor: str, **details: str
    ) -> None:
        self.session.add(
            ConversationEvent(
                conversation_id=talk.id, what=what, actor=actor, details=details, at=at
            )
        )

    def _offer(self, talk: Conversation, customer: Customer, at: datetime, sku: str) -> None:
        path = [OfferOutcome.SHOWN, OfferOutcome.OPENED, OfferOutcome.ACCEPTED, OfferOutcome.SOLD]
        for outcome in path[: self.dice.choice((1, 1, 1, 2, 2, 3, 4))]:
            self.session.add(
                OfferEvent(conversation_id=talk.id, customer_id=talk.identity.customer_id,
                           sku=sku, outcome=outcome, at=at)
            )  # fmt: skip


def add_month(session: Session, people: int = 220) -> None:
    """The month's conversations of so many customers."""
    customers = session.scalars(select(Customer).order_by(Customer.id).offset(10).limit(people))
    skus = session.scalars(select(Product.sku).order_by(Product.sku).limit(12)).all()
    Month(session, random.Random(SEED)).fill(customers.all(), skus)


# Who waits, talks or has just been helped right now: customer, channel, minutes ago, what is said.
NOW = (
    (2, "whatsapp", 14, "anger",
     [("È il secondo pacco che arriva rotto, sono furiosa!", "complain", "angry",
       "Hai ragione, Giulia, mi dispiace davvero. Chiamo subito una persona.")]),
    (3, "telegram", 6, "asked_for",
     [("Ciao, la lozione mi fa prurito, posso parlare con qualcuno?", "request_human", "unhappy",
       "Ho avvisato una persona dell'assistenza: ti risponde qui.")]),
    (5, "webchat", 21, "not_understood",
     [("Mi serve la fattura con lo split payment", "nlu_fallback", "neutral",
       "Forse non ci stiamo capendo: chiamo una persona.")]),
)  # fmt: skip
MARIO = (
    ("Ciao! Sono Mario Rossi, mario.rossi@example.it, 38068", "identify", "neutral",
     "Ciao Mario! Come posso aiutarti?"),
    ("Il rasoio che ho comprato non si accende più", "open_ticket", "unhappy",
     "Mi dispiace! Ho aperto la richiesta e avvisato una persona: ti risponde qui."),
)  # fmt: skip


def add_today(session: Session) -> int:
    """Conversations that are under way; the id of Mario's, which Anna has."""
    month = Month(session, random.Random(SEED))
    for customer_id, channel, minutes, cause, said in NOW:
        talk = _talk(session, customer_id, channel)
        _wait(month, talk, said, minutes, cause)
    lost = _talk(session, 9, "telegram")
    given_up = month.say(lost, now() - timedelta(hours=2), Role.CUSTOMER, "Siete aperti domenica?")
    given_up.state, given_up.error = State.DEAD, "The assistant did not answer in time."
    talk = _talk(session, 1, "webchat", Level.VERIFIED)
    _wait(month, talk, MARIO, 12, "asked_for")
    handoff.take_over(session, talk, "Anna")
    add_note(session, talk, "Anna", "Garanzia ancora valida: comprato 40 giorni fa.")
    session.flush()
    for minutes, event in zip((11, 5, 4), events_of(session, talk.id), strict=True):
        event.at = now() - timedelta(minutes=minutes)
    month.say(talk, now() - timedelta(minutes=3), Role.AGENT,
              "Ciao Mario, sono Anna. Lo sostituiamo subito: va bene ritirarlo a Rovereto?",
              author="Anna")  # fmt: skip
    month.say(talk, now() - timedelta(minutes=1), Role.CUSTOMER, "Perfetto, grazie! Passo sabato.")
    session.flush()
    return talk.id


def _talk(
    session: Session, customer_id: int, channel: str, level: Level = Level.CLAIMED
) -> Conversation:
    identity = ChannelIdentity(
        channel=channel,
        external_id=f"{channel}-now-{customer_id}",
        customer_id=customer_id,
        level=level,
        verified_until=now() + timedelta(hours=1) if level == Level.VERIFIED else None,
    )
    talk = Conversation(channel=channel, identity=identity)
    session.add(talk)
    session.flush()
    return talk


def _wait(
    month: Month,
    talk: Conversation,
    said: Sequence[tuple[str, str, str, str]],
    minutes: int,
    cause: str,
) -> None:
    at = now() - timedelta(minutes=minutes)
    for text, intent, mood, answer in said:
        last = month.say(talk, at, Role.CUSTOMER, text,
                         read={"intent": {"name": intent, "confidence": 0.94}, "mood": mood,
                               "entities": []})  # fmt: skip
        month.session.flush()
        month.say(talk, at + timedelta(seconds=2), Role.BOT, answer)
    handoff.ask_for_person(month.session, talk, cause, last, f"[{cause}] {said[-1][0]}")
    talk.mode_since = at
    assert talk.mode == Mode.WAITING
