"""A graceful stop, a worker's death, a lease that is lost."""

import asyncio
import logging

import pytest
import uvicorn
from sqlalchemy import func, select, update

from app.server import Server
from app.workers.claiming import LeasedClaims
from app.workers.crew import Crew
from app.workers.delivery import Limits
from app.workers.transactions import Transactions
from crm.conversation import turns
from crm.conversation.log import Incoming, open_conversation, receive
from crm.conversation.models import Claim, Message, Role, State, Work
from crm.conversation.pace import Rate
from crm.db import Database, now
from tests.engine.local_channel import NAME, LocalChannel
from tests.engine.local_rasa import LocalRasa
from tests.engine.running import AppProcess, run_for
from tests.postgres import MakeDatabase


def say(database: Database, customer: str) -> int:
    with database.writing() as session:
        conversation = open_conversation(session, NAME, customer)
        external_id = f"{customer}-{conversation.last_seq}"
        return receive(session, conversation, Incoming(external_id, "ciao")).conversation_id


def count(database: Database, role: Role, state: State) -> int:
    with database.reading() as session:
        query = select(func.count(Message.id)).filter_by(role=role, state=state)
        return session.scalar(query) or 0


async def until(condition: object) -> None:
    async with asyncio.timeout(30):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.01)


async def test_what_is_under_way_is_finished_and_nothing_more_is_begun(
    database: Database, rasa: LocalRasa
) -> None:
    rasa.seconds = 0.3
    for number in range(12):
        say(database, f"c{number}")
    app = AppProcess(database, rasa.url, LocalChannel())
    running = asyncio.create_task(app.turns.run())
    await until(lambda: len(rasa.asked) == 8)
    await app.turns.stop(5.0)
    await running
    assert len(rasa.asked) == 8, "eight at once, and no more after the stop"
    assert count(database, Role.CUSTOMER, State.HANDLED) == 8
    assert count(database, Role.BOT, State.QUEUED) == 8
    await app.bury()


async def test_what_takes_too_long_is_broken_off_and_kept(
    database: Database, rasa: LocalRasa
) -> None:
    rasa.seconds = 2.0
    say(database, "c")
    app = AppProcess(database, rasa.url, LocalChannel())
    running = asyncio.create_task(app.turns.run())
    await until(lambda: rasa.asked)
    await app.turns.stop(0.05)
    await asyncio.wait([running])
    assert count(database, Role.CUSTOMER, State.RECEIVED) == 1
    await app.bury()
    rasa.seconds = 0.0
    again = AppProcess(database, rasa.url, LocalChannel())
    await run_for(again, lambda: count(database, Role.BOT, State.SENT) == 1)
    await again.bury()


async def test_a_chat_that_must_wait_holds_up_nobody_else(
    database: Database, rasa: LocalRasa
) -> None:
    """One place for deliveries; the chatty one has had its share."""
    limits = Limits(overall=Rate(1000, 100), chat=Rate(1.0, 1), attempts=3, at_once=1)
    channel = LocalChannel()
    app = AppProcess(database, rasa.url, channel, limits)
    for _ in range(3):
        chatty = say(database, "chatty")
    quiet = [say(database, f"quiet{number}") for number in range(3)]
    began = asyncio.get_running_loop().time()
    await run_for(app, lambda: count(database, Role.BOT, State.SENT) == 6)
    order = [one.conversation_id for one in channel.taken]
    assert order[-1] == chatty and set(order[:5]) == {chatty, *quiet}
    assert asyncio.get_running_loop().time() - began >= 1.9, "one a second in one chat"
    await app.bury()


class Mortal:
    """A worker that dies when it is told to."""

    def __init__(self) -> None:
        self.end = asyncio.Event()

    async def run(self) -> None:
        """Wait for death."""
        await self.end.wait()
        raise RuntimeError("a defect")

    async def stop(self, seconds: float | None = None) -> None:
        """Nothing is under way."""


async def test_a_worker_that_dies_takes_the_process_with_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def app(scope: object, receive: object, send: object) -> None:
        raise AssertionError("nobody calls")

    worker = Mortal()
    crew = Crew(serving=[worker], lasting=[])
    config = uvicorn.Config(app, port=0, lifespan="off", log_config=None)
    server = Server(config, lambda: None, crew.rest)
    crew.on_death = server.give_up
    crew.start()
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    assert not crew.has_died
    with caplog.at_level(logging.ERROR):
        worker.end.set()
        async with asyncio.timeout(30):
            await serving
    assert crew.has_died and "Mortal died" in caplog.text
    await crew.end()


async def test_a_crew_that_is_ended_has_not_died() -> None:
    crew = Crew(serving=[Mortal()], lasting=[])
    crew.start()
    await asyncio.sleep(0)
    await crew.rest(1.0)
    await crew.end()
    assert not crew.has_died


@pytest.mark.postgres
async def test_the_work_on_a_lost_lease_is_stopped(make_database: MakeDatabase) -> None:
    database = make_database("postgres")
    conversation_id = say(database, "c")
    transactions = Transactions(database)
    claims = LeasedClaims(transactions, seconds=30.0)
    taken = await claims.take(Work.TURNS, turns.WAITING, 5, ())
    assert taken == [conversation_id]
    work = asyncio.create_task(asyncio.sleep(30))
    claims.watch(Work.TURNS, conversation_id, work)
    await claims.renew()
    await asyncio.sleep(0)
    assert not work.done()
    with database.writing() as session:  # as if this process had been frozen for a while
        session.execute(update(Claim).values(until=now()))
        assert not claims.confirm(session, Work.TURNS, conversation_id)
    await claims.renew()
    await asyncio.wait([work], timeout=30)
    assert work.cancelled()
    transactions.close()
