"""The desk's own words, in the languages of the staff."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from crm.profile.timeline import ITALY

LANGUAGES = ("it", "en")
DAY = timedelta(days=1)


class Wording:
    """Words of one language: `words("inbox.title")`, with values filled in."""

    def __init__(self, language: str, texts: Mapping[str, Any]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, name: str, /, **values: object) -> str:
        """The text of a name such as "inbox.title"."""
        found: Any = self._texts
        for part in name.split("."):
            found = found[part]
        return str(found).format(**values) if values else str(found)

    def of(self, group: str, value: object, otherwise: str | None = None) -> str:
        """The word for a value of an enumeration; the value itself where there is none."""
        texts: Mapping[str, str] = self._texts.get(group, {})
        return texts.get(str(value), otherwise or str(value).replace("_", " "))

    def template_refused(self, name: str, status: str) -> str:
        """Why a template is not offered, in one sentence; `status` as Meta calls it."""
        why = self.of("template_status", status, self("conversation.template_status", name=status))
        return self("refused_sending.template_not_approved", name=name, why=why)

    def group(self, name: str) -> dict[str, str]:
        """All words of a group, for a selection."""
        return dict(self._texts[name])

    def moment(self, at: datetime, zone: ZoneInfo = ITALY) -> str:
        """A time as people of the language write it: today's without the day."""
        local, today = at.astimezone(zone), datetime.now(zone).date()
        if local.date() == today:
            return f"{local:%H:%M}"
        return f"{local:%d/%m %H:%M}" if local.year == today.year else f"{local:%d/%m/%Y %H:%M}"

    def day(self, at: datetime, zone: ZoneInfo = ITALY) -> str:
        """A day: 22/11/2026."""
        return f"{at.astimezone(zone):%d/%m/%Y}"

    def age(self, since: datetime, at: datetime) -> str:
        """How long ago: "3 min", "2 h", "5 gg"."""
        passed = at - since
        if passed < timedelta(minutes=1):
            return self("age.now")
        if passed < timedelta(hours=1):
            return self("age.minutes", count=int(passed.total_seconds() // 60))
        if passed < DAY:
            return self("age.hours", count=int(passed.total_seconds() // 3600))
        return self("age.days", count=passed.days)

    def number(self, value: float, digits: int = 0) -> str:
        """A number: 1.234,5 in Italian, 1,234.5 in English."""
        written = f"{value:,.{digits}f}"
        return written if self.language == "en" else written.translate(str.maketrans(",.", ".,"))


@cache
def wording(language: str) -> Wording:
    """The words of a language; Italian if there are none in it."""
    known = language if language in LANGUAGES else LANGUAGES[0]
    return Wording(known, _texts(known))


def _texts(language: str) -> dict[str, Any]:
    folder = Path(__file__).parent
    texts: dict[str, Any] = {}
    for path in sorted(folder.glob(f"*.{language}.yml")):
        texts |= yaml.safe_load(path.read_text("utf-8"))
    return texts


def preferred_language(accepted: str) -> str:
    """The first language that a browser asks for and the desk speaks."""
    for part in accepted.split(","):
        language = part.split(";")[0].strip()[:2].lower()
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]


Words = Callable[..., str]
