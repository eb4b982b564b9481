"""Imports rows from a CSV file: rows per second, and the peak of memory as rows grow.

The people come from a seed; one row of five is of somebody who had a row before. Set
BOTTEGA_BENCH_ROWS for another number than a million.

The import runs in a process of its own, so that the peak is its own: one for a tenth of the rows,
one for all of them.
"""

import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from crm.db import Database, migrate
from integrations.sources.catalogue import add_source
from integrations.sources.sync import sync
from tests.benchmarks.identity_people import Population

ROWS = int(os.environ.get("BOTTEGA_BENCH_ROWS", "1000000"))
SEED, AGAIN = 11, 0.2
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
    few, many = _measured(ROWS // 10), _measured(ROWS)
    title = f"import of {ROWS:,} rows"
    return [
        _figure(f"{title}: speed", round(ROWS / many["seconds"]), "rows/s", "SQLite, one process"),
        _figure(f"{title}: time", round(many["seconds"]), "s", f"{many['new']:,} people found"),
        _figure(
            f"{title}: peak memory",
            round(many["megabytes"]),
            "MB",
            f"{round(few['megabytes'])} MB for a tenth of the rows",
        ),
    ]


def _figure(name: str, value: float, unit: str, compared_with: str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "compared_with": compared_with}


def _measured(rows: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="bottega-bench-") as folder:
        write_rows(Path(folder) / "rows.csv", rows)
        command = [sys.executable, "-m", "tests.benchmarks.imports", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        figures: dict[str, float] = json.loads(done.stdout)
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


def measure(folder: Path) -> dict[str, float]:
    """Import the rows of a folder into a new database."""
    database = Database(f"sqlite:///{folder / 'bench.db'}")
    migrate(database.engine)
    mapping = folder / "rows.yml"
    mapping.write_text(yaml.safe_dump(MAPPING, sort_keys=False))
    with database.writing() as session:
        add_source(session, mapping)
    began = time.perf_counter()
    report = sync(database, "rows")
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    database.close()
    return {"seconds": seconds, "megabytes": peak, "new": report.counts["new"]}


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
