"""What the API works with, put together by the app."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from anyio import from_thread
from fastapi import Depends, Request

from crm.community.moderation import CommunityRules
from crm.conversation.summary import ALARM_AFTER
from crm.db import Database
from crm.insights.catalogue import Catalogue, make_catalogue
from crm.offer.need import Need, need_of
from crm.offer.policy import OfferPolicy
from crm.offer.tastes import TasteSearch
from crm.privacy.outside import Outside
from crm.profile.elastic import OwnFields
from crm.profile.timeline import ITALY
from crm.segment.discovery import Group
from crm.value.figures import ValueRules
from desk.lessons import Teacher
from desk.sending import Sending


def _no_texts(name: str, language: str, **values: object) -> str:
    raise LookupError(f"This desk was given no texts, so there is no {name}.")


def _need_by_words(text: str, language: str) -> Need:
    return need_of(text, ())


@dataclass(frozen=True)
class Desk:
    """The database, the doors to the rest of the product, and the company's settings.

    Attributes:
        notify: called on the event loop with a conversation's id after something changed in it.
        phrase: gives a text of the bot's domain by its name and a language.
        version: shown in the OpenAPI document.
        zone: where a day of the timeline begins and ends.
        body_bytes: the largest request that is read.
        outside: where personal data lies beside the database.
        compose: gives a text of the bot's domain by its name, a language and the values in it.
        consent_url: where a consent is confirmed, with `{token}` in it.
        catalogue: the figures that can be asked for.
        segments: the folder of the company's segments.
        group: finds groups among customers by what holds for them.
        sending: how files and templates go out.
        offers: what the company decides about its offers.
        need: what a text asks for, in a language; without a search the wishes named alone.
        taste: finds what suits the taste of a customer who says nothing.
        community: by which moments people are written to, and how many owners are asked.
        teacher: where approved answers go; without one nothing is taught.
        alarm_after: how long a customer may wait for a person before it is shown as late.
    """

    database: Database
    notify: Callable[[int], None]
    phrase: Callable[[str, str], str]
    version: str = "1"
    zone: ZoneInfo = ITALY
    body_bytes: int = 64 * 1024
    signal_secrets: Sequence[str] = ()
    value_rules: ValueRules = field(default_factory=ValueRules)
    own_fields: OwnFields = field(default_factory=OwnFields)
    outside: Outside = field(default_factory=Outside)
    compose: Callable[..., str] = _no_texts
    consent_url: str = "/privacy/consent/{token}"
    catalogue: Catalogue = field(default_factory=make_catalogue)
    alarm_after: timedelta = ALARM_AFTER
    segments: Path | None = None
    group: Group | None = None
    sending: Sending = field(default_factory=Sending)
    offers: OfferPolicy = field(default_factory=OfferPolicy)
    need: Callable[[str, str], Need] = _need_by_words
    taste: TasteSearch | None = None
    community: CommunityRules = field(default_factory=CommunityRules)
    teacher: Teacher | None = None

    def tell(self, conversation_id: int) -> None:
        """Have everybody look at a conversation again; from an endpoint's thread, after commit."""
        from_thread.run_sync(self.notify, conversation_id)


async def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(_desk)]
