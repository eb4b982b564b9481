"""Whether every message was answered exactly once, by the log and by what the channels have."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.conversation.models import Message, PlatformMessage, Role, State
from crm.db import Database

UNDER_WAY = (State.RECEIVED, State.QUEUED, State.SENDING)
ARRIVED = (State.SENT, State.DELIVERED, State.READ)
MOST_SHOWN = 20


@dataclass(frozen=True)
class Progress:
    """How far everything has come."""

    stored: int
    under_way: int


@dataclass
class Verdict:
    """Figures to be printed, and every broken promise as a sentence."""

    figures: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def progress(database: Database) -> Progress:
    """How many messages are stored, and how many of all are not at their end; what is said on the
    web chat is at its end when it is stored."""
    with database.reading() as session:
        stored = select(func.count(Message.id)).where(Message.role == Role.CUSTOMER)
        waits = (Message.channel != "webchat") | (Message.role == Role.CUSTOMER)
        under_way = select(func.count(Message.id)).where(Message.state.in_(UNDER_WAY), waits)
        return Progress(session.scalar(stored) or 0, session.scalar(under_way) or 0)


def newest(database: Database) -> int:
    """The id of the newest message: what is there before a run is the demo company's past."""
    with database.reading() as session:
        return session.scalar(select(func.max(Message.id))) or 0


def judge(database: Database, past: int, written: int, heard: Sequence[Sequence[str]]) -> Verdict:
    """Compare what was written with the log, and the log with what the channels have.

    Args:
        past: the newest message before the run.
        heard: for each customer, the ids of everything that the bot said as the channel has it.
    """
    verdict = Verdict()
    with database.reading() as session:
        of_the_run = select(Message).where(Message.id > past)
        asked = session.scalars(of_the_run.where(Message.role == Role.CUSTOMER)).all()
        replies = session.scalars(of_the_run.where(Message.reply_to_id.is_not(None))).all()
        _judge_answers(verdict, written, asked, replies)
        _judge_deliveries(session, verdict, past, replies, heard)
    return verdict


def _judge_answers(
    verdict: Verdict, written: int, asked: Sequence[Message], replies: Sequence[Message]
) -> None:
    times = Counter(one.reply_to_id for one in replies)
    dead = [one.id for one in asked if one.state == State.DEAD]
    verdict.figures |= {
        "messages written": written,
        "stored": len(asked),
        "answered exactly once": sum(times[one.id] == 1 for one in asked),
        "given up after all tries (with an apology)": len(dead),
    }
    if len(asked) != written:
        verdict.problems.append(f"{written} messages were written and {len(asked)} stored.")
    wrong = [one.id for one in asked if times[one.id] != 1]
    for message_id in wrong[:MOST_SHOWN]:
        verdict.problems.append(f"Message {message_id} has {times[message_id]} answers.")


def _judge_deliveries(
    session: Session,
    verdict: Verdict,
    past: int,
    replies: Sequence[Message],
    heard: Sequence[Sequence[str]],
) -> None:
    pushed = [one for one in replies if one.channel != "webchat"]
    unknown = [one for one in pushed if one.state == State.UNKNOWN]
    lost = [one for one in pushed if one.state not in (*ARRIVED, State.UNKNOWN)]
    said = Counter(one for ids in heard for one in ids)
    shown = {str(one.id) for one in replies if one.channel == "webchat"}
    parts = (
        select(PlatformMessage.external_id)
        .join(Message, Message.id == PlatformMessage.message_id)
        .where(Message.id > past, Message.reply_to_id.is_not(None))
    )
    known = set(session.scalars(parts)) | shown
    strays = [one for one in said if one not in known]
    verdict.figures |= {
        "answers that the channels have": sum(said.values()),
        "sends with an unknown outcome": len(unknown),
        "of them, taken by the platform": len(strays),
    }
    for one in unknown[:MOST_SHOWN]:
        verdict.figures[f"unknown: message {one.id} on {one.channel} ({one.error})"] = 1
    for one in lost[:MOST_SHOWN]:
        verdict.problems.append(f"Answer {one.id} did not arrive: {one.state} ({one.error}).")
    missing = known - set(said)
    if missing:
        verdict.problems.append(f"{len(missing)} answers are sent, and the channel has them not.")
    if len(strays) > len(unknown):
        verdict.problems.append(f"{len(strays)} answers came that nobody knows to have sent.")
    twice = [one for one, count in said.items() if count > 1]
    if twice:
        verdict.problems.append(f"{len(twice)} answers came twice.")
