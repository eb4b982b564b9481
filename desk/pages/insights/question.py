"""What somebody wants to know: a period, a channel, some customers, kept in the page's address."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request

from crm.insights.catalogue import Catalogue, NoSuchSegment
from crm.insights.people import People
from crm.insights.scope import Scope, last_days
from crm.segment.filters import BadFilter
from desk.visit import Visit

USUAL_DAYS = 30
PERIODS = (7, 30, 90, 365)
GROUPS = {
    "volumes": ("channels", "hours", "days"),
    "wants": ("intents", "unmet", "strange_words"),
    "answers": ("outcomes", "handoffs", "answering", "satisfaction"),
    "mood": ("moods", "displeased"),
    "offers": ("offers", "accepted_products", "campaigns", "variants"),
    "people": ("stages", "tiers", "propensities", "provinces", "towns"),
}


@dataclass(frozen=True)
class Question:
    """Which group of figures, over which period, channel and customers."""

    group: str
    scope: Scope

    def address(self, **changed: str) -> str:
        """The page's address for this question, or for a changed one."""
        return f"/insights?{urlencode(self.query() | changed)}"

    def query(self) -> dict[str, str]:
        """The question as parts of an address."""
        return {
            "group": self.group,
            "from": self.scope.first.isoformat(),
            "to": self.scope.last.isoformat(),
            "channel": self.scope.channel,
            "segment": self.people.segment,
            "prone_to": self.people.prone_to,
        }

    @property
    def people(self) -> People:
        """Who is looked at."""
        return self.scope.people or People()

    def address_of(self, figure: str, what: str, **more: str) -> str:
        """Where a figure's table or the conversations behind a cell are."""
        return f"/insights/{figure}/{what}?{urlencode(self.query() | more)}"


def question_of(visit: Visit, request: Request) -> Question:
    """The question that a page or a download is asked."""
    office = visit.office
    return read_question(dict(request.query_params), office.zone, office.catalogue)


def read_question(given: Mapping[str, str], zone: ZoneInfo, catalogue: Catalogue) -> Question:
    """The question in an address; the last thirty days where it says nothing usable."""
    today = datetime.now(zone).date()
    channel = given.get("channel", "")[:16]
    group = given.get("group", "")
    scope = last_days(USUAL_DAYS, today, channel, zone)
    people = None
    with suppress(NoSuchSegment, BadFilter):
        people = catalogue.people(given.get("segment", "")[:60], given.get("prone_to", "")[:60])
    with suppress(KeyError, ValueError, OverflowError):
        first, last = date.fromisoformat(given["from"]), date.fromisoformat(given["to"])
        scope = Scope(first, last, channel, zone)
    return Question(group if group in GROUPS else next(iter(GROUPS)), replace(scope, people=people))
