"""What is under way at the demo company while its pictures are taken: people known by name."""

import random
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from actions.phrases import Phrases
from app.demo.past.script import Exchange
from app.demo.past.visits import Visit, open_talk
from app.settings import ROOT
from crm.conversation import handoff
from crm.conversation.inbox import events_of
from crm.conversation.models import Mode, Role, State
from crm.conversation.notes import add_note
from crm.db import now
from crm.profile.models import ChannelIdentity, Customer, Level

SEED = 1950
# Who waits: customer, channel, minutes ago, cause, what is said.
WAITING = (
    (2, "whatsapp", 14, "anger",
     Exchange(["È il secondo pacco che arriva rotto, sono furiosa!"], "complain",
              "Hai ragione, mi dispiace davvero. Chiamo subito una persona.", "angry")),
    (3, "telegram", 6, "asked_for",
     Exchange(["Ciao, la lozione mi fa prurito, posso parlare con qualcuno?"], "request_human",
              "Ho avvisato una persona dell'assistenza: ti risponde qui.", "unhappy")),
)  # fmt: skip
MARIO = (
    Exchange(["Ciao! Sono Mario Rossi, mario.rossi@example.it, 38068"], "identify",
             "Ciao Mario! Come posso aiutarti?"),
    Exchange(["Il rasoio che ho comprato non si accende più"], "open_ticket",
             "Mi dispiace! Ho aperto la richiesta e avvisato una persona: ti risponde qui.",
             "unhappy"),
)  # fmt: skip


def add_today(session: Session) -> int:
    """Conversations that are under way; the id of Mario's, which Anna has."""
    for customer_id, channel, minutes, cause, exchange in WAITING:
        _wait(_visit(session, customer_id, channel, minutes), [exchange], cause)
    _add_lost(session)
    return _add_marios(session)


def _add_lost(session: Session) -> None:
    """A message that the assistant gave up."""
    visit = _visit(session, 9, "telegram", 120)
    given_up = visit.say(Role.CUSTOMER, "Siete aperti domenica?")
    given_up.state, given_up.error = State.DEAD, "The assistant did not answer in time."


def _add_marios(session: Session) -> int:
    visit = _visit(session, 1, "webchat", 16)
    talk = visit.talk
    talk.identity.level = Level.VERIFIED
    talk.identity.verified_until = now() + timedelta(hours=1)
    _wait(visit, MARIO, "asked_for")
    handoff.take_over(session, talk, "Anna")
    add_note(session, talk, "Anna", "Garanzia ancora valida: comprato 40 giorni fa.")
    session.flush()
    for minutes, event in zip((11, 5, 4), events_of(session, talk.id), strict=True):
        event.at = now() - timedelta(minutes=minutes)
    visit.at = now() - timedelta(minutes=3)
    visit.say(Role.AGENT, "Ciao Mario, sono Anna. Lo sostituiamo: va bene ritirarlo a Rovereto?",
              author="Anna")  # fmt: skip
    visit.at = now() - timedelta(minutes=1)
    visit.say(Role.CUSTOMER, "Perfetto, grazie! Passo sabato.")
    session.flush()
    return talk.id


def _visit(session: Session, customer_id: int, channel: str, minutes: int) -> Visit:
    at = now() - timedelta(minutes=minutes)
    identity = ChannelIdentity(
        channel=channel, external_id=f"{channel}-now-{customer_id}", customer_id=customer_id,
        level=Level.CLAIMED,
    )  # fmt: skip
    talk = open_talk(session, identity, "it", at)
    customer = session.get_one(Customer, customer_id)
    phrases = Phrases.load(ROOT / "bot" / "domain")
    return Visit(session, random.Random(SEED), phrases, talk, customer, at)


def _wait(visit: Visit, said: Sequence[Exchange], cause: str) -> None:
    began = visit.at
    for exchange in said:
        last = visit.turn(exchange)
    visit.end()
    handoff.ask_for_person(visit.session, visit.talk, cause, last, last.text)
    visit.talk.mode_since = began
    assert visit.talk.mode == Mode.WAITING
