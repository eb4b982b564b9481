"""One open page of one of the staff: who looks, in which language, and the way to the data."""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from nicegui import app, ui
from sqlalchemy.orm import Session
from starlette.requests import Request

from crm.conversation.handoff import AlreadyTaken, HandoffError
from crm.conversation.presence import is_noted, note_presence
from crm.profile.relations import RelationRefused
from crm.staff import audit
from crm.staff.audit import Action
from crm.ticket.models import TicketMergeRefused
from desk.door.signed_in import SignedIn, SignedOut
from desk.office import Office
from desk.pulse import Pulse
from desk.sending import Unsendable
from desk.wording import Wording, wording

T = TypeVar("T")
logger = logging.getLogger(__name__)


class NotAllowed(Exception):
    """The role of whoever is signed in may not do this."""


# What a page tells whoever has tried it.
REFUSALS = (HandoffError, NotAllowed, RelationRefused, TicketMergeRefused, Unsendable, ValueError)


@dataclass(frozen=True)
class Visit:
    """What a page works with. `root` is where the desk is mounted."""

    office: Office
    pulse: Pulse
    who: SignedIn
    words: Wording
    root: str

    async def read(self, query: Callable[[Session], T]) -> T:
        """Ask the database something, as somebody who is still signed in."""

        def ask() -> T:
            with self.office.database.reading() as session:
                self.who.require(session, self.office.rules)
                return query(session)

        return await asyncio.to_thread(ask)

    async def still_here(self) -> None:
        """Make sure that whoever looks is still signed in.

        Raises:
            SignedOut
        """
        await self.read(lambda _: None)

    async def write(self, deed: Callable[[Session], T]) -> T:
        """Do something in one transaction, as somebody who is still signed in."""

        def do() -> T:
            with self.office.database.writing() as session:
                self.who.require(session, self.office.rules)
                return deed(session)

        return await asyncio.to_thread(do)

    async def work(
        self, action: Action, subject: str, deed: Callable[[Session], T], **details: Any
    ) -> T:
        """Do something that only agents and admins may do, and write down that it was done.

        Raises:
            NotAllowed
        """
        if not self.who.works_with_customers:
            raise NotAllowed

        def do(session: Session) -> T:
            if not is_noted(session, self.who.name):
                note_presence(session, self.who.name)
            result = deed(session)
            self.note(session, action, subject, **details)
            return result

        return await self.write(do)

    def note(self, session: Session, action: Action, subject: str = "", **details: Any) -> None:
        """Write into the audit log, in a transaction that is under way."""
        audit.note(session, self.who.name, self.who.role, action, subject, **details)

    async def note_sight(self, subject: str) -> None:
        """Write down that somebody's data was opened."""
        await self.write(lambda session: self.note(session, Action.SAW, subject))

    def moment(self, at: datetime) -> str:
        """A time, written for whoever looks."""
        return self.words.moment(at, self.office.zone)

    def doing(self, handler: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[None]]:
        """A handler of the page whose failures are told in the page.

        It works in the page as a whole: the button that was pressed may be gone when it ends.
        """
        page = ui.context.client

        @functools.wraps(handler)
        async def wrapped(*given: Any, **named: Any) -> None:
            with page:
                try:
                    await handler(*given, **named)
                except SignedOut:
                    ui.navigate.to("/login")
                except REFUSALS as refused:
                    ui.notify(self.tell(refused), type="negative", timeout=8000, close_button="OK")

        return wrapped

    def tell(self, refused: Exception) -> str:
        """What went wrong, in the language of whoever looks."""
        if isinstance(refused, AlreadyTaken):
            return self.words("refused.already_taken", name=refused.assignee)
        if isinstance(refused, HandoffError):
            return self.words("refused.not_taken_over")
        if isinstance(refused, Unsendable):
            return self._tell_unsendable(refused)
        if isinstance(refused, RelationRefused | TicketMergeRefused):
            group = "relation" if isinstance(refused, RelationRefused) else "ticket"
            return self.words(f"refused_{group}.{refused.code}")
        if isinstance(refused, NotAllowed):
            return self.words("refused.not_allowed")
        return self.words.of("refused_because", type(refused).__name__, str(refused))

    def _tell_unsendable(self, refused: Unsendable) -> str:
        if refused.reason == "template_not_approved":
            return self.words.template_refused(**refused.values)
        return self.words(f"refused_sending.{refused.reason}", **refused.values)


def visit_of(request: Request) -> Visit:
    """The visit that a request begins; the doorkeeper has let it in."""
    who: SignedIn = request.scope["staff"]
    return Visit(
        office=app.state.office,
        pulse=app.state.pulse,
        who=who,
        words=wording(who.language),
        root=request.scope["root_path"],
    )
