"""Examples that wait for review: tried on the sentences kept out of the training, then decided."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from nicegui import ui

from crm.staff.audit import Action
from desk.lessons import Changed, KeptExample, Review, Trial, TrialState, Verdict
from desk.visit import Visit

T = TypeVar("T")
LOOK_SECONDS = 1.0
SHOWN = 30
# Below this a difference is not taken for chance.
UNLIKELY = 0.05


def _meaning(verdict: Verdict) -> str:
    """What the numbers say: nothing changed, chance may have done it, or the examples did."""
    if not verdict.better and not verdict.worse:
        return "unchanged"
    if verdict.chance > UNLIKELY:
        return "by_chance"
    return "helps" if verdict.right_after > verdict.right_before else "harms"


class Reviewing:
    """The part of the teaching page where examples are tried, accepted and refused (R24)."""

    def __init__(self, visit: Visit, review: Review) -> None:
        self._visit, self._words = visit, visit.words
        self._review = review
        self._shown: tuple[Sequence[KeptExample], Trial] | None = None

    async def build(self) -> None:
        """Draw it; while a trial runs it follows its steps."""
        self._place = ui.column().classes("w-full")
        await self.refresh()
        ui.timer(LOOK_SECONDS, self._visit.doing(self._follow))

    async def _follow(self) -> None:
        if self._shown is not None and self._shown[1].state == TrialState.RUNNING:
            await self.refresh()

    async def refresh(self) -> None:
        """Show what waits and how its trial stands."""
        found = await asyncio.to_thread(lambda: (self._review.waiting(), self._review.trial()))
        if found == self._shown:
            return
        self._shown = found
        self._place.clear()
        with self._place:
            self._draw(*found)

    def _draw(self, waiting: Sequence[KeptExample], trial: Trial) -> None:
        if not waiting:
            return
        words = self._words
        with ui.column().classes("desk-card w-full").mark("review"):
            ui.label(words("review.title", count=len(waiting))).classes("desk-heading")
            ui.label(words("review.lead")).classes("definition")
            for one in waiting[:SHOWN]:
                self._example(one)
            if trial.state == TrialState.FAILED:
                ui.label(words("review.failed")).classes("desk-notice")
            if trial.verdict is not None:
                self._verdict(trial.verdict)
            self._steps(trial)

    def _example(self, one: KeptExample) -> None:
        with ui.row().classes("w-full items-center no-wrap"):
            ui.label(f"“{one.text}”")
            ui.label(f"→ {self._words.of('intent', one.intent)}").classes("chip")
            ui.label(one.author).classes("small soft")
            ui.space()
            self._button("review.refuse", lambda: self._refuse(one), "flat no-caps dense")

    def _steps(self, trial: Trial) -> None:
        if trial.state == TrialState.RUNNING:
            with ui.row().classes("items-center"):
                ui.spinner(size="1.5rem")
                ui.label(self._words.of("review_step", trial.step)).props('role="status"')
            return
        with ui.row():
            if trial.verdict is None:
                self._button("review.try", self._try, "no-caps")
            else:
                self._button("review.accept", self._accept, "no-caps")

    def _verdict(self, verdict: Verdict) -> None:
        words = self._words
        ui.label(
            words("review.verdict", sentences=verdict.sentences, before=verdict.right_before,
                  after=verdict.right_after)
        ).classes("desk-heading")  # fmt: skip
        self._changed("review.lessons", verdict.lessons)
        self._changed("review.better", verdict.better)
        self._changed("review.worse", verdict.worse)
        ui.label(words(f"review.{_meaning(verdict)}")).classes("definition")

    def _changed(self, title: str, sentences: Sequence[Changed]) -> None:
        if not sentences:
            return
        with ui.column().classes("w-full gap-1"):
            ui.label(f"{self._words(title)} ({len(sentences)})").classes("small")
            for one in sentences[:SHOWN]:
                self._sentence(one).classes("overdue" if title == "review.worse" else "")

    def _sentence(self, one: Changed) -> ui.label:
        before, after = (self._words.of("intent", name) for name in (one.before, one.after))
        return ui.label(f"“{one.text}”: {before} → {after}")

    def _button(self, name: str, act: Callable[[], object], props: str) -> None:
        ui.button(self._words(name), on_click=self._visit.doing(act)).props(props)  # type: ignore[arg-type]

    async def _try(self) -> None:
        await self._do("example:tried", self._review.start_trial)

    async def _refuse(self, one: KeptExample) -> None:
        await self._do("example:refused", lambda: self._review.refuse([one.key]))

    async def _accept(self) -> None:
        count = await self._do("example:accepted", self._review.accept)
        ui.notify(self._words("review.accepted", count=count), type="positive", timeout=8000)

    async def _do(self, subject: str, deed: Callable[[], T]) -> T:
        """Do it as somebody who may, write down that it was done, and show what came of it."""
        result = await self._visit.work(Action.TAUGHT, subject, lambda _: deed())
        await self.refresh()
        return result
