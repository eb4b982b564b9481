"""What the desk works with, put together by the app."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from crm.community.moderation import CommunityRules
from crm.db import Database
from crm.insights.catalogue import Catalogue, make_catalogue
from crm.profile.elastic import OwnFields
from crm.profile.timeline import ITALY
from crm.staff.sessions import SessionRules
from crm.value.figures import ValueRules
from desk.door.provider import Provider
from desk.lessons import Teacher
from desk.sending import Sending


@dataclass(frozen=True)
class Office:
    """The database, the doors to the rest of the product, and the company's settings.

    Attributes:
        notify: called on the event loop with a conversation's id after something changed in it.
        phrase: gives a text of the bot's domain by its name and a language.
        key: signs what forms carry.
        attachments: the folder of the files that customers sent.
        is_secure: whether browsers reach the desk over TLS, so that cookies are kept to it.
        catalogue: the figures that can be asked for.
        own_fields: the company's own fields, of which some are not for every role.
        value_rules: by which customers' worth is computed anew when profiles become one.
        sending: how files and templates go out.
        community: by which moments people are written to, and how many owners are asked.
        provider: by which people may sign in besides their passwords here.
        teacher: where lessons for the assistant go; without one nothing is taught.
    """

    database: Database
    notify: Callable[[int], None]
    phrase: Callable[[str, str], str]
    key: bytes
    attachments: Path
    is_secure: bool = False
    rules: SessionRules = field(default_factory=SessionRules)
    zone: ZoneInfo = ITALY
    catalogue: Catalogue = field(default_factory=make_catalogue)
    teacher: Teacher | None = None
    provider: Provider | None = None
    own_fields: OwnFields = field(default_factory=OwnFields)
    value_rules: ValueRules = field(default_factory=ValueRules)
    sending: Sending = field(default_factory=Sending)
    community: CommunityRules = field(default_factory=CommunityRules)
