"""How long the desk's pages take with 100,000 conversations and 1,000,000 messages.

`python -m tests.benchmarks.desk [FILE]`; the database is kept in the file and used again. A page
asks for its figures at the same time, as the desk does it and as a marketer sees them. Told are the
time that passes and, since the machine may be busy otherwise, the processor's time; then how soon
the pages are there, and drawn, in a real browser on the same machine.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy.orm import Session

from app.demo.documents import demo_documents
from app.settings import ROOT
from app.vocabulary import Vocabulary
from crm.db import Database, now
from crm.insights.catalogue import Catalogue, make_catalogue
from crm.insights.people import People
from crm.insights.scope import Scope, last_days
from crm.segment.filters import read_filter
from crm.staff.models import Role
from desk.api.insight_views import count_for
from desk.door.signed_in import SignedIn
from desk.grouping import group_by_meaning
from desk.pages.insights.question import GROUPS
from desk.pages.lines import Filters, find_lines
from desk.pages.talk.thread import gather
from knowledge.documents import Document
from knowledge.encoder import Encoder, open_encoder
from knowledge.train import train_on
from tests.benchmarks.desk_browser import measure_drawn
from tests.benchmarks.desk_year import CONVERSATIONS, UNKNOWN_REPLY, open_year

TRIES = 2
WANTED = "1 s, the bound for a page on two cores"
ANNA = SignedIn(1, "Anna", Role.AGENT, "it", "auto", "")
MARCO = SignedIn(2, "Marco", Role.MARKETER, "it", "auto", "")
LOYAL = {"all": [{"zone": {"regione": "Lombardia"}}, {"orders": {"days": 365}}]}
Figure = dict[str, Any]
Ask = Callable[[Database], None]


class Told(list[Document]):
    """What the assistant was told: nothing, so that every word of a question is looked up."""

    version = "1"


def run() -> list[Figure]:
    """The figures of the benchmark, from a database made for it."""
    with tempfile.TemporaryDirectory() as folder:
        return [
            {"name": f"desk: {name}", "value": value, "unit": "s", "compared_with": WANTED}
            for name, value in measure(Path(folder) / "year.db")
        ]


def measure(file: Path) -> Iterator[tuple[str, float]]:
    """Each page with its seconds, of the quickest of some tries."""
    database = open_year(file)
    with tempfile.TemporaryDirectory() as folder:
        catalogue = _catalogue(Path(folder))
        for name, ask in (*lists(), *figures(catalogue)):
            times = []
            for _ in range(TRIES):
                began, spent = time.perf_counter(), time.process_time()
                ask(database)
                times.append((time.perf_counter() - began, time.process_time() - spent))
            passed, spent = min(times)
            yield name, round(passed, 3)
            yield f"{name}, processor", round(spent, 3)
        database.close()
        yield from measure_drawn(file, catalogue)


def lists() -> Iterator[tuple[str, Ask]]:
    """The inbox in several views, and a conversation."""
    views = {
        "inbox opens": (ANNA, Filters()),
        "inbox, who waits": (ANNA, Filters("waiting")),
        "inbox, with the bot": (ANNA, Filters("bot")),
        "inbox of a marketer": (MARCO, Filters()),
    }
    for name, (who, filters) in views.items():
        yield name, partial(_reading, partial(find_lines, who=who, filters=filters))
    thread = partial(
        gather, who=ANNA, conversation_id=CONVERSATIONS // 2, limit=200, all_channels=True
    )
    yield "conversation opens", partial(_reading, thread)


def _reading(ask: Callable[[Session], Any], database: Database) -> None:
    with database.reading() as session:
        ask(session)


def figures(catalogue: Catalogue) -> Iterator[tuple[str, Ask]]:
    """Every page of figures, over several choices."""
    today, loyal = now().date(), People("loyal", read_filter(LOYAL))
    month, year = last_days(30, today), last_days(365, today)
    choices = {
        "30 days": month,
        "30 days, a segment": replace(month, people=loyal),
        "30 days, a segment prone to": replace(month, people=replace(loyal, prone_to="cream")),
        "a year": year,
        "a year, a segment": replace(year, people=loyal),
    }
    for choice, scope in choices.items():
        for group, names in GROUPS.items():
            yield f"insights, {group}, {choice}", _page(catalogue, names, scope)


def _page(catalogue: Catalogue, names: tuple[str, ...], scope: Scope) -> Ask:
    def ask(database: Database) -> None:
        with database.reading() as session:
            settled = scope.settled(session)
        with ThreadPoolExecutor() as threads:
            list(threads.map(lambda name: count(database, name, settled), names))

    def count(database: Database, name: str, settled: Scope) -> None:
        with database.reading() as session:
            count_for(session, MARCO.staff, catalogue, name, settled)

    return ask


def _catalogue(folder: Path) -> Catalogue:
    told: Any = SimpleNamespace(index=Told())
    is_known = Vocabulary(told).knows
    is_known("bakuchiol")  # the lists of words are read when they are first asked
    return make_catalogue([UNKNOWN_REPLY], group_by_meaning(_encoder(folder)), is_known=is_known)


def _encoder(folder: Path) -> Encoder:
    """The one that the demo was trained with, or one trained now."""
    trained = sorted((ROOT / ".bottega" / "models" / "encoder").glob("*/modules.json"))
    if trained:
        return open_encoder(trained[-1].parent)
    return train_on(demo_documents(), [], folder / "encoder")


if __name__ == "__main__":
    for name, value in measure(Path(sys.argv[1] if sys.argv[1:] else "desk_year.db")):
        print(f"{name:55} {value:7.3f} s", flush=True)
