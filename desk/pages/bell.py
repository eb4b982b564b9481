"""The bell above every page: what whoever looks has been told, and has not seen yet."""

from collections.abc import Sequence

from nicegui import ui
from sqlalchemy.orm import Session

from crm.staff import notices
from crm.staff.models import Notice
from desk.visit import Visit

REFRESH_SECONDS = 15.0


class Bell:
    """A button with a number, and a menu of notices that leads to what they are about."""

    def __init__(self, visit: Visit) -> None:
        self._visit, self._words = visit, visit.words

    def build(self) -> None:
        """Draw it, and count now and then."""
        with ui.button(icon="notifications").props("flat round color=white") as button:
            button.props["aria-label"] = self._words("notice.title")
            self._badge = ui.badge().props("floating color=accent text-color=dark")
            self._badge.set_visibility(False)
            with ui.menu().on("show", self._visit.doing(self._open), args=[]) as self._menu:
                self._list = ui.column().classes("desk-own q-pa-md")
        ui.timer(REFRESH_SECONDS, self._visit.doing(self._count), immediate=False)
        ui.timer(0.1, self._visit.doing(self._count), once=True)

    async def _count(self) -> None:
        user_id = self._visit.who.user_id
        count = await self._visit.read(lambda session: notices.unseen(session, user_id))
        self._badge.set_visibility(count > 0)
        self._badge.text = str(count)

    async def _open(self) -> None:
        found = await self._visit.write(self._see)
        self._list.clear()
        with self._list:
            for notice in found:
                kind, _, key = notice.subject.partition(":")
                text = self._words.of("notice", notice.what).format(subject=key)
                at = self._visit.moment(notice.at)
                ui.link(f"{at} · {text}", f"/{kind}s/{key}").classes("small")
            if not found:
                ui.label(self._words("notice.none")).classes("small soft")
        await self._count()

    def _see(self, session: Session) -> Sequence[Notice]:
        found = notices.latest(session, self._visit.who.user_id)
        notices.see(session, self._visit.who.user_id, [notice.id for notice in found])
        return found
