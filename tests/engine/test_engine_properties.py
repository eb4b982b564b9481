"""Whatever goes wrong, whenever: nothing is lost, nothing handled twice, the order is kept, the bot
is silent after a takeover, and a handoff has exactly one ticket.

The real engine over a real database, against a Rasa behind a socket and a platform that fail.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.workers import rota, turns
from app.workers import transactions as transactions_of
from crm.conversation.turns import RETURN_TO_BOT
from crm.db import Database
from tests.engine.local_channel import LocalChannel, Luck
from tests.engine.local_rasa import Fault, LocalRasa
from tests.engine.running import AppProcess, Crash
from tests.engine.story import CHATS, PERSON, TALKATIVE, TERSE, Story
from tests.postgres import Templates

EXAMPLES = {"sqlite": 40, "postgres": 20}
STEPS = 40
REST_ROUNDS = 60

chats = st.integers(0, CHATS - 1)
texts = st.sampled_from(["ciao", TALKATIVE, PERSON, TERSE, RETURN_TO_BOT])
deeds = st.sampled_from(["take_over", "release", "close", "reply", "say"])


class Engine(RuleBasedStateMachine):
    """Customers, staff, platform, Rasa and time, in any order."""

    database: Database
    rasa: LocalRasa
    processes = 1

    @initialize()
    def open_the_shop(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(lambda loop, context: None)  # the dead are silent
        self.channel = LocalChannel()
        self.story = Story(self.database, self.rasa, self.channel)
        self.story.begin()
        self.sent = 0
        self.apps = [self._start() for _ in range(self.processes)]

    def _start(self) -> AppProcess:
        return AppProcess(self.database, self.rasa.url, self.channel)

    @rule(chat=chats, text=texts)
    def customer_writes(self, chat: int, text: str) -> None:
        self.sent += 1
        self.story.say(chat, f"{chat}/{self.sent}/{text}", text)

    @precondition(lambda self: self.story.stored)
    @rule(data=st.data())
    def platform_repeats_a_webhook(self, data: st.DataObject) -> None:
        external_id = data.draw(st.sampled_from(sorted(self.story.stored)))
        chat, _, text = external_id.split("/", 2)
        self.story.say(int(chat), external_id, text)

    @rule(chat=chats, deed=deeds)
    def staff_acts(self, chat: int, deed: str) -> None:
        self._deed(deed, chat)()

    @rule(pick=st.integers(0, 5))
    def staff_has_a_dead_letter_tried_again(self, pick: int) -> None:
        self.story.try_again(pick)

    @rule(fault=st.sampled_from(Fault))
    def rasa_will_fail(self, fault: Fault) -> None:
        self.rasa.faults.append(fault)

    @rule(luck=st.sampled_from(Luck))
    def platform_will_fail(self, luck: Luck) -> None:
        self.channel.luck.append(luck)

    @rule(chat=chats, deed=deeds, at_the_platform=st.booleans())
    def somebody_will_act_in_the_middle(self, chat: int, deed: str, at_the_platform: bool) -> None:
        queue = self.channel.meanwhile if at_the_platform else self.rasa.meanwhile
        queue.append(self._deed(deed, chat))

    @rule(steps=st.integers(0, 12), which=st.integers(0, 1))
    def a_process_will_die(self, steps: int, which: int) -> None:
        self.apps[which % self.processes].transactions.steps_to_live = steps

    @rule()
    def time_passes(self) -> None:
        self.story.let_time_pass([getattr(app.claims, "holder", "") for app in self.apps])

    @rule()
    def everybody_works(self) -> None:
        self.loop.run_until_complete(self._work())

    def _deed(self, deed: str, chat: int) -> Callable[[], None]:
        if deed == "say":
            self.sent += 1
            external_id = f"{chat}/{self.sent}/ciao"
            return lambda: self.story.say(chat, external_id, "ciao")
        act: Callable[[int], None] = getattr(self.story, deed)
        return lambda: act(chat)

    async def _work(self) -> int:
        """All processes at once; who dies is buried, and another one takes their place."""
        done = await asyncio.gather(*(app.work() for app in self.apps), return_exceptions=True)
        for number, outcome in enumerate(done):
            if isinstance(outcome, Crash):
                await self.apps[number].bury()
                self.apps[number] = self._start()
            elif isinstance(outcome, BaseException):
                raise outcome
        return sum(count for count in done if isinstance(count, int))

    @invariant()
    def what_must_hold(self) -> None:
        if hasattr(self, "story"):
            self.story.check()

    def teardown(self) -> None:
        """Nothing goes wrong any more: everything comes to rest, and nothing is missing."""
        if not hasattr(self, "story"):
            return
        try:
            self.loop.run_until_complete(self._come_to_rest())
            self.story.check_end()
        finally:
            for app in self.apps:
                self.loop.run_until_complete(app.bury())
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()

    async def _come_to_rest(self) -> None:
        for queue in (self.rasa.faults, self.rasa.meanwhile):
            queue.clear()
        self.channel.luck.clear()
        self.channel.meanwhile.clear()
        for app in self.apps:
            app.transactions.steps_to_live = None
        for _ in range(REST_ROUNDS):
            self.time_passes()
            if not await self._work():
                return
        raise AssertionError("the work never ends")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time passes when the test says so; few threads start quickly."""
    monkeypatch.setattr(turns, "AWAY_SECONDS", 0.0)
    monkeypatch.setattr(rota, "AFTER_TROUBLE_SECONDS", 0.0)
    monkeypatch.setattr(transactions_of, "POSTGRES_THREADS", 4)


def test_nothing_lost_nothing_twice(
    backend: str, templates: Templates, rasa: LocalRasa, tmp_path: Path
) -> None:
    made: list[tuple[str, Database]] = []

    def machine() -> Engine:
        for url, database in made:
            database.close()
            templates.drop(url)
        made.clear()
        url = templates.url(backend, tmp_path)
        made.append((url, Database(url, durable=False)))
        engine = Engine()
        engine.database, engine.rasa = made[0][1], rasa
        engine.processes = 1 if backend == "sqlite" else 2
        return engine

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES[backend],
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    for url, database in made:
        database.close()
        templates.drop(url)
