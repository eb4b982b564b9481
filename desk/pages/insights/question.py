"""What somebody wants to know: a period and a channel, kept in the page's address."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from crm.insights.scope import Scope, last_days

USUAL_DAYS = 30
PERIODS = (7, 30, 90, 365)
GROUPS = {
    "volumes": ("channels", "hours", "days"),
    "wants": ("intents", "unmet"),
    "answers": ("outcomes", "handoffs", "answering", "satisfaction"),
    "mood": ("moods", "displeased"),
    "offers": ("offers", "accepted_products", "campaigns", "variants"),
}


@dataclass(frozen=True)
class Question:
    """Which group of figures, over which period and channel."""

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
        }

    def address_of(self, figure: str, what: str, **more: str) -> str:
        """Where a figure's table or the conversations behind a cell are."""
        return f"/insights/{figure}/{what}?{urlencode(self.query() | more)}"


def read_question(given: Mapping[str, str], zone: ZoneInfo) -> Question:
    """The question in an address; the last thirty days where it says nothing usable."""
    today = datetime.now(zone).date()
    channel = given.get("channel", "")[:16]
    group = given.get("group", "")
    scope = last_days(USUAL_DAYS, today, channel, zone)
    with suppress(KeyError, ValueError, OverflowError):
        first, last = date.fromisoformat(given["from"]), date.fromisoformat(given["to"])
        scope = Scope(first, last, channel, zone)
    return Question(group if group in GROUPS else next(iter(GROUPS)), scope)
