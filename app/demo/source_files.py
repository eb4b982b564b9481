"""The demo company as its five separate databases: four CSV files and a SQLite file, with mappings.

python -m app.demo.source_files FOLDER
"""

import csv
import shutil
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from app.demo.content import COMPANY
from app.demo.load import SEED
from app.demo.model import SOURCES, DemoCompany, SourceRecord
from app.demo.people import generate_company

IN_DATABASE = "ecommerce"


def write_sources(company: DemoCompany, folder: Path) -> None:
    """Write what each source knows, as it knows it, and the mappings beside."""
    for source in SOURCES:
        records = [record for record in company.records if record.source == source]
        header, rows = _table(records)
        if source == IN_DATABASE:
            _write_database(folder / f"{source}.db", header, rows)
        else:
            with (folder / f"{source}.csv").open("w", newline="", encoding="utf-8") as file:
                csv.writer(file, delimiter=";").writerows([header, *rows])
        shutil.copyfile(COMPANY / "sources" / f"{source}.yml", folder / f"{source}.yml")


def _table(records: Sequence[SourceRecord]) -> tuple[list[str], list[list[str]]]:
    """The records as rows under the names of all their fields."""
    rows = [_row(record) for record in records]
    header = list(dict.fromkeys(name for row in rows for name in row))
    return header, [[row.get(name, "") for name in header] for row in rows]


def _row(record: SourceRecord) -> dict[str, str]:
    answers = {
        f"{purpose}_{channel}": "1" if granted else "0"
        for (purpose, channel), granted in record.consents.items()
    }
    traits = {name: value for name, (value, _) in record.traits.items()}
    own = {"key": record.key, "registered_on": record.registered_on.isoformat()}
    return {**own, **record.fields, **traits, **answers}


def _write_database(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    path.unlink(missing_ok=True)
    columns, places = ", ".join(header), ", ".join("?" for _ in header)
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(f"CREATE TABLE account ({columns})")
        connection.executemany(f"INSERT INTO account VALUES ({places})", rows)  # noqa: S608 - "?"
    connection.close()


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    write_sources(generate_company(SEED, today=date.today()), target)  # noqa: DTZ011 - the demo's day
