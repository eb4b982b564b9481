"""How the templates in the settings stand at Meta: asked at the start and every hour.

A template that Meta has rejected or paused is not offered to the staff. Where Meta does not answer,
nobody knows, and everything in the settings is offered.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from integrations.channels.whatsapp.settings import Template, WhatsAppSettings

logger = logging.getLogger(__name__)

EVERY_SECONDS = 3600.0
AFTER_FAILURE_SECONDS = 300.0
# A network that hiccups, or a demo whose own platform is still starting, is worth no warning.
PAUSES = (1.0, 5.0)

APPROVED = "APPROVED"
# Flagged: in danger of being paused, and sent until then.
SENT = (APPROVED, "FLAGGED", "REINSTATED")
# A word of ours, for what the account does not have.
MISSING = "MISSING"
NO_REASON = ("", "NONE")

SENTENCES = {
    APPROVED: "is approved",
    "REJECTED": "was rejected by Meta{reason}: change it in WhatsApp Manager and submit it again",
    "PAUSED": "was paused by Meta for what customers said of it: improve it in WhatsApp Manager",
    "DISABLED": "was disabled by Meta for good: make another one in WhatsApp Manager",
    "PENDING": "is still being reviewed by Meta: wait until it is approved",
    "IN_APPEAL": "was rejected by Meta{reason}, and the appeal is not decided yet",
    MISSING: "is not in the account: make it in WhatsApp Manager, or correct its name or language "
    "in BOTTEGA_WHATSAPP_TEMPLATES",
}

Listed = Sequence[Mapping[str, Any]]
Standings = Mapping[Template, "Standing"]


@dataclass(frozen=True)
class Standing:
    """What Meta says of a template: its status, and why if it was rejected."""

    status: str
    reason: str = ""

    @property
    def is_sent(self) -> bool:
        """Whether messages go out in the template."""
        return self.status in SENT

    @property
    def sentence(self) -> str:
        """The end of a sentence that begins with the template."""
        reason = f" ({self.reason})" if self.reason not in NO_REASON else ""
        return SENTENCES.get(self.status, f"is {self.status} at Meta").format(reason=reason)


def standings_in(listed: Listed) -> Standings:
    """Every template of an account with how it stands."""
    return {
        Template(str(one.get("name")), str(one.get("language"))): Standing(
            str(one.get("status")), str(one.get("rejected_reason") or "")
        )
        for one in listed
    }


def describe(settings: WhatsAppSettings, listed: Listed) -> list[str]:
    """One sentence for each template in the settings."""
    known = standings_in(listed)
    return [
        f"{purpose}.{language}: the template {template.name} ({template.language}) "
        f"{known.get(template, Standing(MISSING)).sentence}."
        for (purpose, language), template in settings.templates.items()
    ]


class Approvals:
    """Knows which templates are approved. Run it beside the other workers.

    Args:
        fetch: the templates of an account, from the platform.
        explain: one sentence, without secrets, on why they could not be fetched.
    """

    def __init__(
        self,
        settings: WhatsAppSettings,
        fetch: Callable[[str], Awaitable[Listed]],
        explain: Callable[[Exception], str],
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._settings = settings
        self._fetch = fetch
        self._explain = explain
        self._pauses = pauses
        self._known: Standings | None = None

    def standing_of(self, template: Template) -> Standing:
        """How a template stands; approved as long as Meta has not answered."""
        if self._known is None:
            return Standing(APPROVED)
        return self._known.get(template, Standing(MISSING))

    def refusal_of(self, template: Template) -> str:
        """The status for which nothing is sent in a template; empty if something is."""
        standing = self.standing_of(template)
        return "" if standing.is_sent else standing.status

    async def run(self) -> None:
        """Ask until cancelled, if there is an account to ask for."""
        while self._settings.business_account_id and self._settings.templates:
            has_answered = await self.ask()
            await asyncio.sleep(EVERY_SECONDS if has_answered else AFTER_FAILURE_SECONDS)

    async def ask(self) -> bool:
        """Ask once; whether Meta has answered. Never raises."""
        try:
            listed = await self._patiently_fetched()
            self._known = standings_in(listed)
        except Exception as problem:
            self._known = None
            logger.warning(
                "Which WhatsApp templates are approved is not known, all are offered: %s",
                self._explain(problem),
            )
            return False
        self._tell_unsent()
        return True

    async def _patiently_fetched(self) -> Listed:
        for pause in self._pauses:
            try:
                return await self._fetch(self._settings.business_account_id)
            except httpx.TransportError:
                await asyncio.sleep(pause)
        return await self._fetch(self._settings.business_account_id)

    def _tell_unsent(self) -> None:
        for template in dict.fromkeys(self._settings.templates.values()):
            standing = self.standing_of(template)
            if not standing.is_sent:
                logger.warning("The WhatsApp template %s (%s) is not offered: it %s.",
                               template.name, template.language, standing.sentence)  # fmt: skip
