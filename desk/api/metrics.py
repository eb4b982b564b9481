"""Figures for Prometheus, counted in the database when they are asked for; nobody is named."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Executable, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, aliased

from crm.conversation.models import Conversation, Message, Mode, Role, State
from crm.conversation.summary import ALARM_AFTER, count_late
from crm.db import Database, now
from crm.ticket.models import Ticket


def make_registry(database: Database, alarm_after: timedelta = ALARM_AFTER) -> CollectorRegistry:
    """A registry of its own, to which other parts of the app may add their figures."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(DeskCollector(database, alarm_after))
    return registry


class DeskCollector(Collector):
    """Counts conversations, messages, turns, queues and tickets."""

    def __init__(self, database: Database, alarm_after: timedelta = ALARM_AFTER) -> None:
        self._database = database
        self._alarm_after = alarm_after

    def describe(self) -> list[Metric]:
        """Nothing yet: registering must not ask the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The figures of this moment; without the database only that it is away."""
        try:
            with self._database.reading() as session:
                figures = [*_figures(session), _late(session, self._alarm_after)]
        except SQLAlchemyError:
            figures = []
        up = GaugeMetricFamily("bottega_database_up", "Whether the database answers.")
        up.add_metric([], float(bool(figures)))
        yield from (up, *figures)


def _figures(session: Session) -> Iterator[Metric]:
    yield _gauge(
        session,
        ("bottega_conversations", "Conversations by who answers and channel."),
        ("mode", "channel"),
        select(Conversation.mode, Conversation.channel, func.count()).group_by(
            Conversation.mode, Conversation.channel
        ),
    )
    yield _gauge(
        session,
        ("bottega_messages", "Messages by who says them and how far they have come."),
        ("role", "state"),
        select(Message.role, Message.state, func.count()).group_by(Message.role, Message.state),
    )
    yield _gauge(
        session,
        ("bottega_deliveries_waiting", "Outgoing messages that no channel has taken yet."),
        ("channel",),
        select(Message.channel, func.count())
        .where(Message.state == State.QUEUED)
        .group_by(Message.channel),
    )
    yield _gauge(
        session,
        ("bottega_tickets", "Tickets by status."),
        ("status",),
        select(Ticket.status, func.count()).group_by(Ticket.status),
    )
    yield _turns(session)
    yield from _queue(session)


def _gauge(
    session: Session, title: tuple[str, str], labels: Sequence[str], counts: Executable
) -> Metric:
    family = GaugeMetricFamily(*title, labels=labels)
    for *values, count in session.execute(counts):
        family.add_metric([str(value) for value in values], count)
    return family


def _turns(session: Session) -> Metric:
    family = CounterMetricFamily(
        "bottega_turns", "Customers' messages the bot answered or gave up.", labels=["outcome"]
    )
    answer = aliased(Message)
    answered = (
        select(func.count())
        .select_from(Message)
        .where(Message.role == Role.CUSTOMER, Message.state == State.HANDLED)
        .where(select(answer.id).where(answer.reply_to_id == Message.id).exists())
    )
    given_up = select(func.count()).select_from(Message).where(Message.state == State.DEAD)
    family.add_metric(["answered"], session.scalar(answered) or 0)
    family.add_metric(["given_up"], session.scalar(given_up) or 0)
    return family


def _queue(session: Session) -> Iterator[Metric]:
    waiting = Message.state == State.RECEIVED
    length = session.scalar(select(func.count()).select_from(Message).where(waiting)) or 0
    oldest = session.scalar(select(func.min(Message.at)).where(waiting))
    handoff = session.scalar(
        select(func.min(Conversation.mode_since)).where(Conversation.mode == Mode.WAITING)
    )
    for name, help_text, value in (
        ("bottega_turns_waiting", "Customers' messages not yet handled.", float(length)),
        ("bottega_oldest_turn_seconds", "Age of the oldest of them.", _age(oldest)),
        ("bottega_oldest_handoff_seconds", "Longest wait for a person.", _age(handoff)),
    ):
        family = GaugeMetricFamily(name, help_text)
        family.add_metric([], value)
        yield family


def _late(session: Session, alarm_after: timedelta) -> Metric:
    family = GaugeMetricFamily("bottega_handoffs_late", "Customers who have waited too long.")
    family.add_metric([], float(count_late(session, alarm_after)))
    return family


def _age(since: datetime | None) -> float:
    return max((now() - since).total_seconds(), 0.0) if since else 0.0
