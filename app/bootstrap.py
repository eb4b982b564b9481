"""The only composition root: puts the parts together from the settings."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from actions.phrases import Phrases
from actions.tools import Tools
from app.knowledge_base import open_knowledge
from app.personal_data import outside_of, periods_of
from app.rasa_process import rasa_secret
from app.settings import ROOT, Settings
from app.workers.mail import MailWorker, keep_in_mailbox
from app.workers.retention import PrivacyWorker
from app.workers.turns import TurnEngine
from crm.conversation.hours import OpeningHours
from crm.conversation.log import Outgoing
from crm.db import Database, migrate
from crm.profile.codes import CodeRules
from integrations.mail.smtp import SmtpServer
from integrations.personal_pages import EXPORT_PATH, OPT_IN_PATH
from integrations.rasa_client import RasaClient
from integrations.wakeups import Wakeups

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Bottega:
    """Everything that one app process consists of."""

    settings: Settings
    database: Database
    phrases: Phrases
    tools: Tools
    rasa: RasaClient
    wakeups: Wakeups
    engine: TurnEngine
    mail: MailWorker
    privacy: PrivacyWorker


def assemble(settings: Settings) -> Bottega:
    """Open the database and the index, and wire all parts.

    Raises:
        BadSettings, BadMailServer: a setting cannot be used.
    """
    database = open_database(settings)
    phrases = Phrases.load(ROOT / "bot" / "domain")
    rasa = RasaClient(settings.rasa_url, rasa_secret(settings), settings.rasa_timeout)
    wakeups = Wakeups()
    return Bottega(
        settings=settings,
        database=database,
        phrases=phrases,
        tools=make_tools(settings, database, phrases),
        rasa=rasa,
        wakeups=wakeups,
        engine=TurnEngine(
            database,
            rasa,
            wakeups,
            lambda language: Outgoing(phrases.text("utter_technical_problem", language)),
            at_once=settings.turns_at_once,
            attempts=settings.turn_attempts,
        ),
        mail=make_mail_worker(settings, database),
        privacy=PrivacyWorker(
            database, outside_of(settings), periods_of(settings), settings.retain_hour
        ),
    )


def open_database(settings: Settings) -> Database:
    """The database, brought to the newest schema."""
    database = Database(settings.database, durable=settings.durable)
    migrate(database.engine)
    return database


def make_tools(settings: Settings, database: Database, phrases: Phrases) -> Tools:
    """What the skills work with."""
    return Tools(
        database=database,
        phrases=phrases,
        knowledge=open_knowledge(settings),
        code_rules=CodeRules(
            lasting=timedelta(minutes=settings.code_minutes),
            attempts=settings.code_attempts,
            lock=timedelta(minutes=settings.code_lock_minutes),
            per_hour=settings.codes_per_hour,
            verified=timedelta(minutes=settings.verified_minutes),
            key=settings.key.encode(),
        ),
        hours=opening_hours(settings),
        export_url=settings.url + EXPORT_PATH + "/{token}",
        consent_url=settings.url + OPT_IN_PATH + "/{token}",
    )


def make_mail_worker(settings: Settings, database: Database) -> MailWorker:
    """Mail goes to the server in the settings, else it waits in the demo's mailbox."""
    if not settings.smtp_url:
        return MailWorker(database, keep_in_mailbox)
    server = SmtpServer(settings.smtp_url, settings.mail_from)
    return MailWorker(database, server.send)


def opening_hours(settings: Settings) -> OpeningHours:
    """When people answer: the demo company's hours, or always."""
    if not settings.demo:
        return OpeningHours()
    from app.demo.content import read_company  # noqa: PLC0415 - only where there is a demo

    return read_hours(read_company()["customer_service"])


def read_hours(entry: dict[str, Any], closed: frozenset[date] = frozenset()) -> OpeningHours:
    """Opening hours from their written form: weekday names and lists of from and to."""
    week = {
        number: [(time.fromisoformat(start), time.fromisoformat(end)) for start, end in spans]
        for number, name in enumerate(WEEKDAYS)
        if (spans := entry["hours"].get(name))
    }
    return OpeningHours(week, closed, ZoneInfo(entry["timezone"]))
