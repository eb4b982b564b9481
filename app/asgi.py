"""The web application of one app process."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

from fastapi import FastAPI

from actions.registry import make_executor
from app.bootstrap import Bottega, assemble
from app.clustering import group_rows
from app.offers import need_finder
from app.personal_data import outside_of
from app.rasa_actions import rasa_actions_router
from app.rasa_process import rasa_secret
from app.sending import make_sending
from app.settings import Settings, load_settings
from app.single_sign_on import open_provider
from app.teaching import School
from app.values import value_rules
from app.vocabulary import Vocabulary
from app.whatsapp import here, is_configured
from crm.community.moderation import CommunityRules
from crm.insights.catalogue import Catalogue, make_catalogue
from crm.profile.elastic import read_fields
from crm.segment.folder import read_segments
from crm.staff.sessions import SessionRules
from desk.api import Desk, mount_staff_api
from desk.api.health import health_router
from desk.api.metrics import make_registry
from desk.grouping import group_by_meaning
from desk.mounting import mount_desk
from desk.office import Office
from desk.wording import LANGUAGES
from integrations.channels.telegram import telegram_router
from integrations.channels.webchat import WebChat, webchat_router
from integrations.channels.whatsapp import whatsapp_router
from integrations.personal_pages import PersonalPages, personal_router


def create_app(settings: Settings | None = None) -> FastAPI:
    """Make the application; its workers run as long as it does."""
    bottega = assemble(settings or load_settings())
    app = FastAPI(title="Bottega", docs_url=None, redoc_url=None, openapi_url=None,
                  lifespan=_lifespan(bottega))  # fmt: skip
    _include_routers(app, bottega)
    return app


def _include_routers(app: FastAPI, bottega: Bottega) -> None:
    settings = bottega.settings
    app.include_router(rasa_actions_router(make_executor(bottega.tools), rasa_secret(settings)))
    app.state.crew = bottega.crew
    app.state.webchat = make_webchat(bottega)
    app.include_router(webchat_router(app.state.webchat))
    app.state.let_go = [app.state.webchat.stop]
    app.state.demo_links = [("Desk", "/desk/")]
    if bottega.telegram:
        app.include_router(telegram_router(bottega.telegram.intake))
    if bottega.whatsapp:
        app.include_router(whatsapp_router(bottega.whatsapp))
    alarm = timedelta(minutes=settings.handoff_alarm_minutes)
    school = School(settings, bottega.tools.knowledge)
    catalogue = figures(bottega)
    desk = Desk(
        bottega.database,
        bottega.wakeups.notify,
        bottega.phrases.text,
        outside=outside_of(settings),
        compose=bottega.phrases.text,
        consent_url=bottega.tools.consent_url,
        signal_secrets=settings.signal_secrets,
        value_rules=value_rules(settings),
        own_fields=read_fields(settings.fields),
        catalogue=catalogue,
        alarm_after=alarm,
        segments=settings.segments,
        group=group_rows,
        sending=make_sending(settings, bottega.whatsapp),
        offers=bottega.tools.offers,
        need=need_finder(bottega.tools.knowledge),
        taste=bottega.tools.finder,
        community=community_rules(bottega),
        teacher=school,
    )
    pages = PersonalPages(bottega.database, desk.outside, bottega.phrases.text)
    app.include_router(personal_router(pages))
    app.include_router(
        health_router(
            bottega.database,
            {"rasa": bottega.rasa.is_ready, "knowledge": lambda: knows(bottega)},
            make_registry(bottega.database, alarm),
        )
    )
    mount_staff_api(app, desk)
    app.state.let_go.append(school.review.stop)
    mount_desk(app, make_office(bottega, school, catalogue))
    if settings.demo and not settings.telegram_token:
        from app.demo.platforms.telegram import mount_telegram  # noqa: PLC0415 - as below

        app.state.let_go.append(mount_telegram(app).let_go)
        app.state.demo_links.append(("Telegram", "/demo/telegram/"))
    if settings.demo and not is_configured(settings):
        from app.demo.platforms.whatsapp import mount_whatsapp  # noqa: PLC0415 - as below

        app.state.let_go.append(mount_whatsapp(app, here(settings)).let_go)
        app.state.demo_links.append(("WhatsApp", "/demo/whatsapp/"))
    if settings.demo:
        from app.demo.assistance import assistance_router  # noqa: PLC0415 - only where there is a demo
        from app.demo.pages import demo_router  # noqa: PLC0415 - as above

        app.include_router(assistance_router(settings.folder / "sources"))
        app.include_router(demo_router(bottega.database, links=app.state.demo_links))


def make_office(bottega: Bottega, school: School, catalogue: Catalogue) -> Office:
    """The desk with what it needs."""
    settings = bottega.settings
    return Office(
        database=bottega.database,
        notify=bottega.wakeups.notify,
        phrase=bottega.phrases.text,
        key=settings.key.encode(),
        attachments=settings.folder / "attachments",
        catalogue=catalogue,
        own_fields=read_fields(settings.fields),
        value_rules=value_rules(settings),
        sending=make_sending(settings, bottega.whatsapp),
        community=community_rules(bottega),
        teacher=school,
        provider=open_provider(settings),
        is_secure=settings.url.startswith("https://"),
        rules=SessionRules(
            timedelta(hours=settings.desk_session_hours),
            timedelta(minutes=settings.desk_idle_minutes),
        ),
    )


def community_rules(bottega: Bottega) -> CommunityRules:
    """How questions are put to customers."""
    return CommunityRules(bottega.voice.moments, bottega.settings.community_owners)


def figures(bottega: Bottega) -> Catalogue:
    """Every figure; questions are grouped by the meaning that the search sees in them."""
    unknown = [bottega.phrases.text("utter_answer_unknown", language) for language in LANGUAGES]
    knowledge, settings = bottega.tools.knowledge, bottega.settings
    return make_catalogue(
        unknown,
        group_by_meaning(knowledge.encoder),
        policy=bottega.tools.offers,
        is_known=Vocabulary(knowledge).knows,
        segments=lambda: read_segments(settings.segments),
        categories=demo_categories() if settings.demo else {},
        rules=value_rules(settings),
    )


def demo_categories() -> dict[str, dict[str, str]]:
    """What the demo company calls its categories of products."""
    from app.demo.catalogue import category_names  # noqa: PLC0415 - only where there is a demo

    return category_names()


def knows(bottega: Bottega) -> bool:
    """Whether the knowledge index is open."""
    return bottega.tools.knowledge.index is not None


def make_webchat(bottega: Bottega) -> WebChat:
    """The web chat with what it needs."""
    settings = bottega.settings
    return WebChat(
        database=bottega.database,
        wakeups=bottega.wakeups,
        key=settings.key.encode(),
        phrase=bottega.phrases.text,
        attachments=settings.folder / "attachments",
        suggestions=lambda language: suggestions(bottega, language),
        origins=settings.webchat_origins,
        public_url=settings.url,
        visitor_secret=settings.visitor_secret,
        session_hours=settings.webchat_session_hours,
        sessions_per_minute=settings.webchat_sessions_per_minute,
        messages_per_minute=settings.webchat_messages_per_minute,
        attachment_bytes=settings.attachment_megabytes * 1024 * 1024,
    )


def suggestions(bottega: Bottega, language: str) -> list[dict[str, str]]:
    """What a newcomer may tap on: the buttons of the greeting, as texts to send."""
    buttons = bottega.phrases.variant("utter_greet", language)["buttons"]
    return [{"title": button["title"], "text": button["title"]} for button in buttons]


def _lifespan(bottega: Bottega):  # type: ignore[no-untyped-def]
    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        bottega.crew.start()
        yield
        await bottega.crew.end()
        await bottega.rasa.close()
        bottega.database.close()

    return lifespan
