"""The only composition root: puts the parts together from the settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from actions.phrases import Phrases
from actions.tools import Tools
from app.knowledge_base import open_knowledge
from app.moments import make_voice
from app.offers import offer_policy
from app.personal_data import outside_of, periods_of
from app.rasa_process import rasa_secret
from app.settings import ROOT, Settings
from app.telegram import open_telegram
from app.tickets import make_ticket_care
from app.values import make_upkeep
from app.whatsapp import open_whatsapp
from app.workers.claiming import Claims, claims_for
from app.workers.companions import CompanionsWorker
from app.workers.crew import Crew, Worker
from app.workers.delivery import DeliveryWorker, Limits
from app.workers.mail import MailWorker, keep_in_mailbox
from app.workers.moments import MomentWorker
from app.workers.retention import PrivacyWorker
from app.workers.transactions import Transactions
from app.workers.turns import TurnEngine
from crm.conversation.calling import load_calling_rules
from crm.conversation.hours import OpeningHours
from crm.conversation.log import Outgoing
from crm.conversation.pace import Rate
from crm.db import Database, migrate
from crm.moment.deciding import still_wanted
from crm.moment.saying import Voice
from crm.profile.codes import CodeRules
from integrations.channels.port import Channel
from integrations.channels.telegram import TelegramAccount
from integrations.channels.whatsapp import WhatsApp
from integrations.mail.smtp import SmtpServer
from integrations.news_wire import NewsWire
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
    crew: Crew
    voice: Voice
    telegram: TelegramAccount | None = None
    whatsapp: WhatsApp | None = None


def assemble(settings: Settings, channels: Sequence[Channel] = ()) -> Bottega:
    """Open the database and the index, and wire all parts.

    Args:
        channels: the platforms that messages are pushed to.

    Raises:
        BadSettings, BadCallingRules, BadEscalation, BadMailServer, BadTelegramSettings,
        BadWhatsAppSettings: a
            setting that cannot be used.
        DatabaseTaken: another process serves this SQLite file.
    """
    database = open_database(settings, serve=True)
    phrases = Phrases.load(ROOT / "bot" / "domain")
    rasa = RasaClient(settings.rasa_url, rasa_secret(settings), settings.rasa_timeout)
    wakeups = Wakeups()
    telegram = open_telegram(settings, database, phrases, wakeups)
    whatsapp = open_whatsapp(settings, database, phrases, wakeups)
    accounts = [account for account in (telegram, whatsapp) if account is not None]
    voice = make_voice(settings, phrases, telegram, whatsapp)
    transactions = Transactions(database)
    claims = claims_for(transactions)
    tools = make_tools(settings, database, phrases)
    engine = TurnEngine(
        database,
        rasa,
        wakeups,
        lambda language: Outgoing(phrases.text("utter_technical_problem", language)),
        calling=tools.calling,
        at_once=settings.turns_at_once,
        attempts=settings.turn_attempts,
        transactions=transactions,
        claims=claims,
    )
    deliveries = [
        DeliveryWorker(
            database,
            channel,
            wakeups,
            delivery_limits(settings, channel.name),
            transactions=transactions,
            claims=claims,
            still_wanted=lambda session, message: still_wanted(session, message, voice),
        )
        for channel in (*channels, *(account.channel for account in accounts))
    ]
    learner = CompanionsWorker(database, tools.finder, settings.companions_hours)
    return Bottega(
        settings=settings,
        database=database,
        phrases=phrases,
        tools=tools,
        rasa=rasa,
        wakeups=wakeups,
        engine=engine,
        crew=make_crew(
            settings,
            database,
            wakeups,
            claims,
            engine,
            deliveries,
            [
                *accounts,
                make_ticket_care(settings, database, phrases, wakeups),
                MomentWorker(database, voice, wakeups.notify),
                learner,
            ],
        ),
        voice=voice,
        telegram=telegram,
        whatsapp=whatsapp,
    )


def make_crew(
    settings: Settings,
    database: Database,
    wakeups: Wakeups,
    claims: Claims,
    engine: TurnEngine,
    deliveries: Sequence[DeliveryWorker],
    accounts: Sequence[Worker] = (),
) -> Crew:
    """Everything that runs beside the web application; accounts fetch what a platform has."""
    wires = [] if database.is_sqlite else [NewsWire(database.url, wakeups)]
    return Crew(
        serving=[engine, *deliveries],
        lasting=[claims, *wires, *accounts, *make_caretakers(settings, database)],
    )


def make_caretakers(settings: Settings, database: Database) -> list[Worker]:
    """What goes on in the background: mail, values kept up to date, what privacy asks for."""
    return [
        make_mail_worker(settings, database),
        make_upkeep(settings, database),
        PrivacyWorker(database, outside_of(settings), periods_of(settings), settings.retain_hour),
    ]


def delivery_limits(settings: Settings, channel: str) -> Limits:
    """How fast and how stubbornly a channel's messages are sent."""
    paces = {
        "telegram": (
            settings.telegram_per_second,
            settings.telegram_chat_per_minute,
            settings.telegram_chat_burst,
        ),
        "whatsapp": (
            settings.whatsapp_per_second,
            settings.whatsapp_chat_per_minute,
            settings.whatsapp_chat_burst,
        ),
    }
    overall, chat, burst = paces[channel]
    return Limits(
        overall=Rate(overall),
        chat=Rate(chat / 60, burst),
        attempts=settings.delivery_attempts,
        at_once=settings.deliveries_at_once,
    )


def open_database(settings: Settings, *, serve: bool = False) -> Database:
    """The database, brought to the newest schema.

    Args:
        serve: as an app process, of which a SQLite file takes only one.

    Raises:
        DatabaseTaken: another process serves this SQLite file.
    """
    database = Database(settings.database, durable=settings.durable)
    if serve:
        database.occupy()
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
        calling=load_calling_rules(settings.handoff_rules),
        offers=offer_policy(settings),
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
