"""The page of a conversation, kept fresh while it is open."""

from typing import Any

from nicegui import ui
from sqlalchemy.orm import Session
from starlette.requests import Request

from crm.staff import glances
from desk.office import Office
from desk.pages.fragments import Fragment
from desk.pages.frame import frame
from desk.pages.people.profile import Profile, gather_profile
from desk.pages.talk.composer import Composer
from desk.pages.talk.deeds import Deeds
from desk.pages.talk.files import add_file_route
from desk.pages.talk.steps import Steps
from desk.pages.talk.tags import Tags
from desk.pages.talk.thread import Thread, gather, signs_of_change
from desk.visit import Visit, visit_of

REFRESH_SECONDS = 1.0
STILL_HERE = 8
CARD_AGE = 6
BESIDE = 8
FIRST_SHOWN = 200


def register(office: Office) -> None:
    """Add the page to the desk, and the files within conversations."""
    add_file_route(office)

    @ui.page("/conversations/{conversation_id}", response_timeout=20)
    async def conversation_page(request: Request, conversation_id: int) -> None:
        visit = visit_of(request)
        with frame(visit, "inbox", visit.words("conversation.title")):
            await Talk(visit, conversation_id).build()


class Talk:
    """A conversation that is open in a browser."""

    def __init__(self, visit: Visit, conversation_id: int) -> None:
        self._visit, self._words = visit, visit.words
        self._id = conversation_id
        self._works = visit.who.works_with_customers
        self._deeds = Deeds(visit, conversation_id)
        self._shown = FIRST_SHOWN
        self._all_channels = False
        self._signs: Any = None
        self._ticks = 0
        self._is_open = True

    async def build(self) -> None:
        """Draw the page and keep it fresh."""
        ui.link(f"← {self._words('conversation.back')}", "/").classes("self-start")
        thread = await self._visit.read(self._gather)
        if thread is None:
            ui.label(self._words("conversation.missing")).classes("desk-nothing")
            return
        await self._visit.note_sight(f"conversation:{self._id}")
        with ui.element("div").classes("talk"):
            with ui.column().classes("talk-main"):
                await self._build_talk(thread)
            with ui.column().classes("talk-side"):
                await self._build_side(thread)
        await self._refresh()
        ui.timer(REFRESH_SECONDS, self._visit.doing(self._watch), immediate=False)
        ui.context.client.on_connect(self._come_back)
        ui.context.client.on_disconnect(self._leave)

    async def _build_talk(self, thread: Thread) -> None:
        with ui.row().classes("talk-head"):
            self._head = Fragment("talk_head.html", self._visit)
            if self._works:
                self._steps = Steps(self._visit, self._deeds, self._refresh)
                await self._steps.build()
                self._tags = Tags(self._visit, self._deeds, self._refresh)
                self._tags.build(thread)
        self._notice = ui.label().classes("desk-notice").props("role=status")
        self._window = ui.label().classes("desk-notice")
        self._build_reach(thread)
        self._log = Fragment("thread.html", self._visit, "thread-place")
        if self._works:
            self._composer = Composer(self._visit, self._id, self._deeds, self._refresh)
            await self._composer.build(thread)

    def _build_reach(self, thread: Thread) -> None:
        with ui.row().classes("w-full items-center"):
            if thread.view.has_earlier:
                ui.button(
                    self._words("conversation.earlier"), on_click=self._visit.doing(self._earlier)
                ).props("flat no-caps dense")
            if thread.others:
                ui.switch(
                    self._words("conversation.all_channels"),
                    on_change=self._visit.doing(self._reach),
                )

    async def _build_side(self, thread: Thread) -> None:
        with ui.column().classes("desk-card"):
            self._card = Fragment("customer_beside.html", self._visit)
        await self._draw_card(thread)

    async def _draw_card(self, thread: Thread) -> None:
        """The customer beside the conversation; looked up again only now and then."""
        self._card_at = self._ticks
        customer_id = thread.customer_id
        profile = await self._visit.read(lambda session: self._profile(session, customer_id))
        self._card.draw(profile=profile, compact=True)

    def _profile(self, session: Session, customer_id: int | None) -> Profile | None:
        if customer_id is None:
            return None
        return gather_profile(session, self._visit.who, customer_id, self._visit.office, BESIDE)

    async def _earlier(self) -> None:
        self._shown += FIRST_SHOWN
        await self._refresh()

    async def _reach(self, event: Any) -> None:
        self._all_channels = event.value
        await self._refresh()

    def _gather(self, session: Any) -> Thread | None:
        return gather(
            session, self._visit.who, self._id,
            limit=self._shown, all_channels=self._all_channels,
        )  # fmt: skip

    async def _watch(self) -> None:
        """Look for changes; say now and then that this page is still open; keep the draft."""
        self._ticks += 1
        if self._works:
            await self._composer.keep()
            if self._ticks % STILL_HERE == 0:
                await self._look()
        signs = await self._visit.read(self._signs_now)
        if signs != self._signs or self._ticks % STILL_HERE == 0:
            await self._refresh()

    def _signs_now(self, session: Any) -> Any:
        return signs_of_change(session, self._id, self._visit.who.user_id)

    async def _look(self) -> None:
        """Note that everything shown is seen, unless nobody has the page open any more."""
        if not self._is_open:
            return
        user_id, seq = self._visit.who.user_id, self._seq
        await self._visit.write(lambda session: glances.look_at(session, user_id, self._id, seq))

    async def _refresh(self) -> None:
        self._signs = await self._visit.read(self._signs_now)
        thread = await self._visit.read(self._gather)
        if thread is None:
            return
        self._head.draw(thread=thread)
        changed = self._log.draw(thread=thread, zone=self._visit.office.zone)
        self._tell(thread)
        if self._ticks - self._card_at >= CARD_AGE:
            await self._draw_card(thread)
        self._seq = thread.view.messages[-1].seq if thread.view.messages else 0
        if self._works:
            self._steps.arrange(thread)
            self._composer.know(thread)
            self._tags.know(thread)
            if changed:
                await self._look()

    def _tell(self, thread: Thread) -> None:
        lines = list(self._lines(thread))
        self._notice.text = " ".join(lines)
        self._notice.set_visibility(bool(lines))
        left = thread.window_left()
        self._window.set_visibility(left is not None)
        if left is not None:
            hours, minutes = divmod(int(left.total_seconds()) // 60, 60)
            self._window.text = (
                self._words("conversation.window_open", left=f"{hours} h {minutes} min")
                if left
                else self._words("conversation.window_closed")
            )

    def _lines(self, thread: Thread) -> Any:
        who, looking = self._visit.who, self._signs[1]
        if not self._works:
            yield self._words("conversation.only_reading")
        elif thread.is_human and not thread.is_held_by(who.name):
            yield self._words("conversation.with", name=thread.view.assignee)
        elif thread.is_human:
            yield self._words("conversation.silent")
        if looking:
            yield self._words("conversation.looking", names=", ".join(looking))

    def _come_back(self) -> None:
        self._is_open = True

    async def _leave(self) -> None:
        """The page was closed: keep what was written, and no longer be there."""
        self._is_open = False
        if not self._works:
            return
        await self._composer.keep()
        user_id = self._visit.who.user_id
        await self._visit.write(lambda session: glances.look_away(session, user_id, self._id))
