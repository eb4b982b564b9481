"""Moments in a running app: within seconds, once, after a restart."""

import asyncio
import threading
from datetime import timedelta

from sqlalchemy import select

from app.workers.moments import MomentWorker
from crm.db import Database, now
from crm.event.models import SignalKind
from crm.moment.models import Moment, MomentState
from tests.crm.moment.company import (
    DRYER,
    Person,
    add_order,
    add_person,
    add_products,
    add_signal,
    moment_of,
    spoken,
    voice,
)


def owner_of_a_dryer(database: Database, name: str) -> Person:
    with database.writing() as session:
        person = add_person(session, name)
        add_order(session, person, DRYER)
        return person


def comes_in(database: Database, person: Person) -> None:
    with database.writing() as session:
        add_signal(session, person, SignalKind.CHECK_IN)


def test_r10_a_signal_acts_at_the_next_look(database: Database) -> None:
    with database.writing() as session:
        add_products(session)
    mario = owner_of_a_dryer(database, "Mario")
    worker = MomentWorker(database, voice())
    assert worker.look() == []
    comes_in(database, mario)
    assert worker.look() == [mario.conversation_id]
    assert worker.look() == [] and len(spoken(database, mario)) == 1


def test_what_was_planned_before_a_restart_is_said_after_it(database: Database) -> None:
    with database.writing() as session:
        add_products(session)
    mario = owner_of_a_dryer(database, "Mario")
    with database.writing() as session:
        add_signal(session, mario, SignalKind.CART, ago=timedelta(hours=3), sku="EG-1010")
    MomentWorker(database, voice()).look()
    assert moment_of(database, "cart_left").state == MomentState.PLANNED
    with database.writing() as session:
        session.scalars(select(Moment)).one().due_at = now()
    assert MomentWorker(database, voice()).look() == [mario.conversation_id]


def test_what_happened_while_nothing_ran_is_found(database: Database) -> None:
    with database.writing() as session:
        add_products(session)
    mario = owner_of_a_dryer(database, "Mario")
    with database.writing() as session:
        told = add_signal(session, mario, SignalKind.CHECK_IN, ago=timedelta(minutes=30))
        told.received_at = now() - timedelta(minutes=30)
    assert MomentWorker(database, voice()).look() == [mario.conversation_id]


def test_several_processes_say_everything_once(database: Database) -> None:
    with database.writing() as session:
        add_products(session)
    people = [owner_of_a_dryer(database, f"Cliente {number}") for number in range(12)]
    for person in people:
        comes_in(database, person)
    processes = 1 if database.is_sqlite else 4
    workers = [MomentWorker(database, voice()) for _ in range(processes)]
    threads = [threading.Thread(target=worker.look) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    workers[0].look()
    assert [len(spoken(database, person)) for person in people] == [1] * len(people)


async def test_it_runs_and_ends(database: Database) -> None:
    with database.writing() as session:
        add_products(session)
    mario = owner_of_a_dryer(database, "Mario")
    told: list[int] = []
    task = asyncio.create_task(MomentWorker(database, voice(), told.append).run())
    comes_in(database, mario)
    async with asyncio.timeout(60):
        while not told:
            await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled() and told == [mario.conversation_id]
