"""Imports rows from a CSV file: rows per second, and the peak of memory as rows grow.

The people come from a seed; one row of five is of somebody who had a row before. Set
BOTTEGA_BENCH_ROWS for another number than a million, BOTTEGA_BENCH_KILLED_ROWS for another than a
hundred thousand that are imported twice: at one go, and killed in the middle and started again.

The import runs in a process of its own, as `bottega source sync` does it, with the values of
customers; its memory is printed after a tenth, three tenths and all of the rows.
"""

import csv
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from crm.consent.models import Consent
from crm.db import Database, migrate
from crm.profile.models import Customer, IdentityKey, Trait
from crm.source.models import SourceRecord
from crm.value.worth import revalue
from integrations.sources.catalogue import add_source
from integrations.sources.sync import Report, Syncing, sync
from tests.benchmarks.identity_people import Population

ROWS = int(os.environ.get("BOTTEGA_BENCH_ROWS", "1000000"))
KILLED_ROWS = int(os.environ.get("BOTTEGA_BENCH_KILLED_ROWS", "100000"))
SEED, AGAIN = 11, 0.2
# What must be equal however often an import was killed: all but the times of writing.
WRITTEN = (
    (Customer.id, Customer.status, Customer.given_name, Customer.family_name, Customer.email),
    (Trait.customer_id, Trait.name, Trait.value, Trait.kind, Trait.source, Trait.at),
    (Consent.customer_id, Consent.purpose, Consent.channel, Consent.granted, Consent.source),
    (SourceRecord.source, SourceRecord.key, SourceRecord.customer_id, SourceRecord.fingerprint),
    (IdentityKey.customer_id, IdentityKey.kind, IdentityKey.value),
)
MAPPING: dict[str, Any] = {
    "source": "rows",
    "read": {"kind": "file", "path": "rows.csv"},
    "key": "id",
    "at": "since",
    "fields": {"given_name": "name", "family_name": "surname", "email": "mail", "phone": "phone",
               "cap": "cap", "points": {"from": "points", "type": "integer"}},
    "consents": [{"purpose": "marketing", "channel": "email", "from": "news"}],
}  # fmt: skip


def run() -> list[dict[str, Any]]:
    """Measure; see `tests.benchmarks.__main__`."""
    title = f"import of {ROWS:,} rows"
    with _rows(ROWS) as folder:
        found = _import(folder)
        size = (folder / "bench.db").stat().st_size / 1e6
    *_, end = found["points"]
    figures = [
        _figure(f"{title}: speed", round(ROWS / end["seconds"]), "rows/s", "SQLite, one process"),
        _figure(f"{title}: processor", round(ROWS / end["processor"]), "rows/s of one core", ""),
        _figure(f"{title}: time", round(end["seconds"]), "s", f"{found['new']:,} people found"),
        _figure(f"{title}: size of the database", round(size), "MB", ""),
    ]
    for point in found["points"]:
        name = f"{title}: peak memory after {point['rows']:,}"
        figures.append(_figure(name, round(point["megabytes"]), "MB", "must stay flat"))
    return [*figures, _killed()]


def _killed() -> dict[str, Any]:
    """Whether an import that was killed twice ends like one that was not."""
    with _rows(KILLED_ROWS) as folder:
        _import(folder)
        whole = _digest(folder)
    with _rows(KILLED_ROWS) as folder:
        for after in (KILLED_ROWS // 3, KILLED_ROWS // 3):
            died = subprocess.run(_command(folder, str(after)), capture_output=True, check=False)
            assert died.returncode == -signal.SIGKILL, died.stderr.decode()
        _import(folder)
        same = _digest(folder) == whole
    name = f"import of {KILLED_ROWS:,} rows, killed twice and started again: ends the same"
    return _figure(name, int(same), "1 = yes", "must be 1")


def _digest(folder: Path) -> str:
    """Of everything that was written."""
    database, digest = Database(f"sqlite:///{folder / 'bench.db'}"), hashlib.blake2b()
    with database.reading() as session:
        for columns in WRITTEN:
            query = select(*columns).order_by(*columns).execution_options(yield_per=10_000)
            for row in session.execute(query):
                digest.update(repr(tuple(row)).encode())
    database.close()
    return digest.hexdigest()


def _figure(name: str, value: float, unit: str, compared_with: str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "compared_with": compared_with}


@contextmanager
def _rows(count: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bottega-bench-") as folder:
        write_rows(Path(folder) / "rows.csv", count)
        yield Path(folder)


def _command(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.benchmarks.imports", str(folder), *arguments]


def _import(folder: Path) -> dict[str, Any]:
    done = subprocess.run(_command(folder), stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def write_rows(path: Path, count: int) -> None:
    """Rows of a till: people as they come, some of them a second time."""
    population = Population(SEED)
    draw = population.random
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "since", "name", "surname", "mail", "phone", "cap", "points", "news"])
        number = 0
        for person in population.people(count):
            times = 2 if draw.random() < AGAIN else 1
            for _ in range(times):
                number += 1
                if number > count:
                    return
                day = f"2025-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"
                news = draw.choice(("si", "no", ""))
                table.writerow(
                    [
                        number,
                        day,
                        person.given,
                        person.family,
                        person.email,
                        person.phone or "",
                        person.cap,
                        draw.randint(0, 900),
                        news,
                    ]
                )


class Watch:
    """Notes time and memory on the way, and kills the process when told to."""

    def __init__(self, kill_after: int | None) -> None:
        self.points: list[dict[str, float]] = []
        self._kill_after, self._began = kill_after, time.perf_counter()
        self._marks = [ROWS // 10, ROWS * 3 // 10]

    def progress(self, report: Report, total: int | None) -> None:
        """See `Syncing`."""
        rows = report.counts["rows"]
        if self._kill_after and rows >= self._kill_after:
            os.kill(os.getpid(), signal.SIGKILL)
        if self._marks and rows >= self._marks[0]:
            self.note(self._marks.pop(0))

    def note(self, rows: int) -> None:
        """Write down how it stands, and show it."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        point = {
            "rows": rows,
            "seconds": time.perf_counter() - self._began,
            "processor": used.ru_utime + used.ru_stime,
            "megabytes": used.ru_maxrss / 1024,
        }
        self.points.append(point)
        print("  {rows:,} rows: {seconds:.0f} s ({processor:.0f} s of a core), "
              "{megabytes:.0f} MB".format(**point), file=sys.stderr, flush=True)  # fmt: skip


def measure(folder: Path, kill_after: int | None = None) -> dict[str, Any]:
    """Import the rows of a folder into a database, new or of an import that was killed."""
    database = Database(f"sqlite:///{folder / 'bench.db'}")
    migrate(database.engine)
    mapping = folder / "rows.yml"
    mapping.write_text(yaml.safe_dump(MAPPING, sort_keys=False))
    with database.writing() as session:
        add_source(session, mapping)
    watch = Watch(kill_after)
    report = sync(database, "rows", Syncing(progress=watch.progress, changed=revalue))
    watch.note(report.counts["rows"])
    database.close()
    return {"points": watch.points, "new": report.counts["new"]}


if __name__ == "__main__":
    after = int(sys.argv[2]) if len(sys.argv) > 2 else None
    print(json.dumps(measure(Path(sys.argv[1]), after)))
