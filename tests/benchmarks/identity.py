"""Identity resolution measured: look-ups among a million profiles, and FEBRL 1 to 4.

    python -m tests.benchmarks.identity [--profiles 1000000] [--only lookup|febrl] [--database URL]

Everything is made from a seed. `results` gives what is measured, one by one. A database that is
named must be empty and is not cleaned up; without one, SQLite in a temporary file is used.
"""

import argparse
import gc
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

import crm.db.tables  # noqa: F401  every table must be known before they are created
from crm.db import Base, Database, now
from crm.db.bulk import insert_many
from crm.profile.facts import Facts
from crm.profile.keys import index_customers, known_of, stored_keys
from crm.profile.matching import Outcome, find
from crm.profile.models import Customer, CustomerStatus, IdentityKey, Trait, TraitKind
from tests.benchmarks.identity_febrl import febrl_results
from tests.benchmarks.identity_people import Person, Population

SEED = 20417
KEYS = cast(Table, IdentityKey.__table__)
BATCH = 20_000
LOOKUPS = 20_000
INDEXED = 20_000

# Who asks, and how often each: customers with a slip in a field, and people who are none.
KINDS = {"email": 4, "name": 4, "cap": 4, "stranger": 8, "homonym": 2, "relative": 1,
         "relative, names swapped": 1}  # fmt: skip

Result = dict[str, Any]


def run() -> list[Result]:
    """Measure; see `tests.benchmarks.__main__`."""
    return list(results(int(os.environ.get("BOTTEGA_BENCH_PROFILES", "1000000"))))


def results(profiles: int = 1_000_000) -> Iterator[Result]:
    """All measurements of identity resolution."""
    yield from lookup_results(profiles)
    yield from febrl_results()


def lookup_results(profiles: int, url: str | None = None) -> Iterator[Result]:
    """Time, recall and wrong persons of look-ups with one slip, among so many profiles."""
    population = Population(SEED)
    with _database(url) as database:
        people = _fill(database, population, profiles)
        trial = _Trial(database, population, people)
        trial.run(LOOKUPS)
        yield from trial.results(profiles)
        yield _index_rate(database, population)


@contextmanager
def _database(url: str | None = None) -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="identity-") as folder:
        database = Database(url or f"sqlite:///{Path(folder) / 'customers.db'}", durable=False)
        Base.metadata.create_all(database.engine)
        yield database
        database.close()


def _fill(database: Database, population: Population, count: int) -> list[Person]:
    """Write the profiles and their keys; ids count from 1 in the order of the list."""
    index = next(iter(KEYS.indexes))
    index.drop(database.engine)
    people: list[Person] = []
    for batch in _batches(population.people(count)):
        _write(database, batch, first_id=len(people) + 1)
        people += batch
        print(f"\r  {len(people):,} of {count:,} profiles", end="", file=sys.stderr)
    print(file=sys.stderr)
    index.create(database.engine)
    return people


def _batches(people: Iterator[Person]) -> Iterator[list[Person]]:
    while batch := list(islice(people, BATCH)):
        yield batch


def _write(database: Database, people: list[Person], first_id: int) -> None:
    at = now()
    customers, keys = [], []
    for customer_id, person in enumerate(people, first_id):
        customers.append(
            {"id": customer_id, "status": CustomerStatus.ACTIVE, "created_at": at, "updated_at": at}
        )
        known = known_of(person.facts)
        if person.phone:
            known.add("phone", person.phone)
        keys += [
            {"customer_id": customer_id, "kind": kind, "value": value}
            for kind, value in stored_keys(known)
        ]
    with database.writing() as session:
        insert_many(session, Customer, customers)
        insert_many(session, IdentityKey, keys)


class _Trial:
    """Look-ups of customers with a slip, and of strangers who resemble one."""

    def __init__(self, database: Database, population: Population, people: list[Person]) -> None:
        self.database, self.population, self.people = database, population, people
        self.seconds: list[float] = []
        self.processor: list[float] = []
        self.asked = dict.fromkeys(KINDS, 0)
        self.right = dict.fromkeys(self.asked, 0)
        self.wrong = dict.fromkeys(self.asked, 0)

    def run(self, count: int) -> None:
        """Half customers with one slip, half strangers; the first few only warm the file up."""
        gc.freeze()  # the people of the benchmark are no garbage of the look-ups
        with self.database.reading() as session:
            for _ in range(500):
                find(session, self.population.random.choice(self.people).facts)
            for kind in self.population.random.choices(list(KINDS), [*KINDS.values()], k=count):
                place = self.population.random.randrange(len(self.people))
                self._ask(session, kind, place)

    def _ask(self, session: Session, kind: str, place: int) -> None:
        facts, expected = self._question(kind, place)
        begun, worked = time.perf_counter(), time.thread_time()
        found = find(session, facts)
        self.seconds.append(time.perf_counter() - begun)
        self.processor.append(time.thread_time() - worked)
        same = next((one.customer_id for one in found if one.outcome == Outcome.SAME), None)
        self.asked[kind] += 1
        self.right[kind] += same == expected
        self.wrong[kind] += same is not None and same != expected

    def _question(self, kind: str, place: int) -> tuple[Facts, int | None]:
        person = self.people[place]
        if kind == "stranger":
            return self.population.person().facts, None
        if kind == "homonym":
            return self.population.homonym(person).facts, None
        if kind.startswith("relative"):
            relative = self.population.relative(person)
            known = {(one.given, one.email) for one in self._household(place)}
            is_known = (relative.given, relative.email) in known
            if is_known:
                return person.facts, place + 1
            return _swapped(relative.facts) if "swapped" in kind else relative.facts, None
        return self.population.with_slip(person.facts, kind), place + 1

    def _household(self, place: int) -> list[Person]:
        return self.people[max(0, place - 4) : place + 5]

    def results(self, profiles: int) -> Iterator[Result]:
        """The figures, each with what it must reach."""
        cuts = statistics.quantiles(self.seconds, n=100)
        worked = statistics.quantiles(self.processor, n=100)
        among = f"lookup among {profiles:,} profiles ({self.database.engine.dialect.name})"
        yield _result(f"{among}: p50", cuts[49] * 1000, "ms", "")
        yield _result(f"{among}: p99", cuts[98] * 1000, "ms", "must be < 10")
        yield _result(f"{among}: p99 of the processor's time", worked[98] * 1000, "ms", "")
        slips = ("email", "name", "cap")
        for kind in slips:
            share = self.right[kind] / self.asked[kind]
            yield _result(f"{among}: recall, one slip in {kind}", share, "", "")
        share = sum(self.right[kind] for kind in slips) / sum(self.asked[kind] for kind in slips)
        yield _result(f"{among}: recall, one slip in one field", share, "", "must be ≥ 0.99")
        for kind in (one for one in KINDS if one not in slips):
            share = self.wrong[kind] / self.asked[kind] * 10_000
            yield _result(f"{among}: wrong person, {kind}", share, "per 10,000", "")
        wrong = sum(self.wrong.values()) / sum(self.asked.values()) * 10_000
        yield _result(f"{among}: wrong person", wrong, "per 10,000", "must be ≤ 1")


def _swapped(facts: Facts) -> Facts:
    return replace(facts, given_name=facts.family_name, family_name=facts.given_name)


def _index_rate(database: Database, population: Population) -> Result:
    """How fast the keys of imported customers are written."""
    at, rows = now(), []
    with database.writing() as session:
        first = (session.scalar(select(func.max(Customer.id))) or 0) + 1
        ids = list(range(first, first + INDEXED))
        session.add_all(Customer(id=one, status=CustomerStatus.ACTIVE) for one in ids)
        session.flush()
        for customer_id, person in zip(ids, population.people(INDEXED), strict=True):
            rows += _traits(customer_id, person, at)
        session.execute(insert(Trait), rows)
        begun = time.perf_counter()
        index_customers(session, ids)
        seconds = time.perf_counter() - begun
    return _result("identity keys written in bulk", INDEXED / seconds, "customers/s", "")


def _traits(customer_id: int, person: Person, at: Any) -> list[dict[str, Any]]:
    values = {
        "email": person.email,
        "given_name": person.given,
        "family_name": person.family,
        "cap": person.cap,
        "phone": person.phone,
    }
    origin = {"kind": TraitKind.EXPLICIT, "source": "shop", "at": at, "customer_id": customer_id}
    return [{**origin, "name": name, "value": value} for name, value in values.items() if value]


def _result(name: str, value: float, unit: str, compared_with: str) -> Result:
    return {"name": name, "value": round(value, 4), "unit": unit, "compared_with": compared_with}


def main() -> None:
    """Print one JSON line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--profiles", type=int, default=1_000_000)
    parser.add_argument("--only", choices=("lookup", "febrl"))
    parser.add_argument("--database", metavar="URL")
    asked = parser.parse_args()
    measured = {
        "lookup": lambda: lookup_results(asked.profiles, asked.database),
        "febrl": febrl_results,
        None: lambda: results(asked.profiles),
    }[asked.only]()
    for result in measured:
        print(json.dumps(result, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
