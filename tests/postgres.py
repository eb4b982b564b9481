"""Databases for tests: a SQLite file, or a database in a throw-away PostgreSQL server.

A conftest that wants them imports the fixtures:

    from tests.postgres import backend, database, make_database, postgres, templates

`database` runs a test once on each; a test that asks for `make_database` makes as many as it likes.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from crm.db import Database, migrate

ADMINISTRATOR = "bottega"
INSTALLED = "/usr/lib/postgresql"
MISSING = (
    "PostgreSQL's server programs are not installed: "
    "'apt-get install postgresql' brings them; what needs them is skipped."
)
# A test server may forget everything when the machine dies; processes die all the time.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
}


class PostgresServer:
    """A server of its own in a temporary folder, reached over a socket there, by nobody else."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="bottega-pg-", dir="/tmp"))
        self._numbers = count(1)
        self._user = _ordinary_user()
        if self._user is not None:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)

    def start(self) -> "PostgresServer":
        """Make the server's files and start it."""
        data = str(self._folder / "data")
        self._run("initdb", "--pgdata", data, "--username", ADMINISTRATOR, "--auth", "trust",
                  "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")  # fmt: skip
        options = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in SETTINGS.items())
        options += f" -c unix_socket_directories={self._folder}"
        log = str(self._folder / "server.log")
        self._run("pg_ctl", "start", "--pgdata", data, "--wait", "--log", log, "--options", options)
        return self

    def stop(self) -> None:
        """Stop it and remove everything."""
        data = str(self._folder / "data")
        self._run("pg_ctl", "stop", "--pgdata", data, "--mode", "immediate", "--wait")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        """Run a program of the server, which refuses to run as root."""
        user = self._user
        subprocess.run(
            [str(self._programs / program), *arguments],
            check=True,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=None if program == "initdb" else subprocess.DEVNULL,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )

    def url(self, name: str) -> str:
        """The address of one of its databases."""
        return f"postgresql+psycopg://{ADMINISTRATOR}@/{name}?host={self._folder}"

    def create(self, template: str = "template1") -> str:
        """Make a database, as a copy of another one; its name."""
        name = f"test_{next(self._numbers)}"
        self._say(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever still uses it."""
        self._say(f"DROP DATABASE {name} WITH (FORCE)")

    def _say(self, statement: str) -> None:
        address = f"postgresql://{ADMINISTRATOR}@/postgres?host={self._folder}"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]


def find_programs() -> Path | None:
    """Where initdb and pg_ctl lie: the newest that Debian has installed, else on the path."""
    versions = (path for path in Path(INSTALLED).glob("*/bin") if (path / "initdb").exists())
    newest = max(versions, key=lambda path: float(path.parent.name), default=None)
    on_path = shutil.which("initdb")
    return newest or (Path(on_path).parent if on_path else None)


def _ordinary_user() -> pwd.struct_passwd | None:
    """Whom to run as: root must become somebody else."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


class Templates:
    """Databases with the newest schema, made once and copied for each test."""

    def __init__(self, folder: Path, server: Callable[[], PostgresServer]) -> None:
        self._folder = folder
        self._server = server
        self._made: dict[str, str] = {}

    def url(self, backend: str, folder: Path) -> str:
        """The address of a new, empty database; a SQLite file lies in the folder."""
        if backend == "sqlite":
            path = folder / "test.db"
            shutil.copy(self._template(backend), path)
            return f"sqlite:///{path}"
        server = self._server()
        return server.url(server.create(self._template(backend)))

    def drop(self, url: str) -> None:
        """Remove a database again."""
        if not url.startswith("sqlite"):
            self._server().drop(url.partition("@/")[2].partition("?")[0])

    def _template(self, backend: str) -> str:
        if backend not in self._made:
            sqlite = self._folder / "empty.db"
            name = str(sqlite) if backend == "sqlite" else self._server().create()
            url = f"sqlite:///{name}" if backend == "sqlite" else self._server().url(name)
            database = Database(url, durable=False)
            migrate(database.engine)
            database.close()
            self._made[backend] = name
        return self._made[backend]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running server, or a reason to skip."""
    programs = find_programs()
    if programs is None:
        pytest.skip(MISSING)
    server = PostgresServer(programs).start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def templates(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Templates:
    """Makes databases; the server is started by the first test that needs it."""
    folder = tmp_path_factory.mktemp("templates")
    return Templates(folder, lambda: request.getfixturevalue("postgres"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def backend(request: pytest.FixtureRequest) -> str:
    """Which kind of database a test runs on: both, one after the other."""
    return str(request.param)


MakeDatabase = Callable[[str], Database]


@pytest.fixture
def make_database(
    templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MakeDatabase]:
    """Makes empty databases of a kind, which are removed after the test."""
    made: list[tuple[str, Database]] = []

    def make(backend: str) -> Database:
        url = templates.url(backend, tmp_path_factory.mktemp("database"))
        made.append((url, Database(url, durable=False)))
        return made[-1][1]

    yield make
    for url, database in made:
        database.close()
        templates.drop(url)


@pytest.fixture
def database(backend: str, make_database: MakeDatabase) -> Database:
    """An empty database with the newest schema."""
    return make_database(backend)
