"""JSON over HTTP: every way of paging, from a real server."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from crm.db import Database
from crm.profile.models import Customer, Trait
from integrations.sources.errors import BadMapping, SourceAway
from integrations.sources.mapping import FromService, parse_mapping
from integrations.sources.services import ServiceReader
from integrations.sources.sync import Syncing
from tests.integrations.sources.conftest import Bring

NAMES = ["Mario", "Lucia", "Anna", "Ugo", "Pia"]
SIZE = 2


class Handler(BaseHTTPRequestHandler):
    """Five customers in pages of two, paged in every usual way."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.server.asked.append((url.path, asked, self.headers.get("X-Key")))  # type: ignore[attr-defined]
        failures = self.server.failures  # type: ignore[attr-defined]
        if failures:
            self._answer(failures.pop(), {"error": "busy"}, {"Retry-After": "7"})
            return
        self._answer(200, *self._page(url.path, asked))

    def _page(self, path: str, asked: dict[str, str]) -> tuple[Any, dict[str, str]]:
        people = [_person(number) for number in range(1, 6)]
        people = [one for one in people if one["changed"] >= asked.get("since", "")]
        start = int(asked.get("at", 0))
        if path == "/page":
            start = (int(asked["p"]) - 1) * SIZE
        part, following = people[start : start + SIZE], start + SIZE
        more = following < len(people)
        if path == "/link":
            return part, {"Link": f'</link?at={following}>; rel="next"'} if more else {}
        if path == "/away":
            return {"data": part, "next": "http://other.example/?at=2"}, {}
        return {"data": part, "meta": {"next": following if more else None}}, {}

    def _answer(self, status: int, body: Any, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _person(number: int) -> dict[str, Any]:
    name = NAMES[number - 1]
    address = {"city": "Rovereto", "cap": "38068"}
    return {"id": number, "name": f"{name} Rossi", "address": address,
            "mail": f"{name.lower()}@example.it", "changed": f"2026-03-0{number}"}  # fmt: skip


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.failures = [], []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def mapping(server: ThreadingHTTPServer, path: str, **read: Any) -> dict[str, Any]:
    url = f"http://127.0.0.1:{server.server_port}{path}"
    fields = {"name": "name", "email": "mail", "cap": "address.cap", "town": "address.city"}
    return {"source": "service", "read": {"kind": "http", "url": url, **read}, "key": "id",
            "at": "changed", "fields": fields}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "items", "paging"),
    [
        ("/page", "data", {"by": "page", "param": "p"}),
        ("/offset", "data", {"by": "offset", "param": "at"}),
        ("/cursor", "data", {"by": "cursor", "param": "at", "at": "meta.next"}),
        ("/link", "", {"by": "link"}),
    ],
)
def test_every_page_is_read(
    database: Database,
    server: ThreadingHTTPServer,
    bring_in: Bring,
    path: str,
    items: str,
    paging: dict[str, str],
) -> None:
    report = bring_in(mapping(server, path, items=items, paging=paging))
    with database.reading() as session:
        found = sorted(session.scalars(select(Customer.given_name)))
        towns = set(session.scalars(select(Trait.value).filter_by(name="town")))
    assert (found, towns, report.errors) == (sorted(NAMES), {"Rovereto"}, [])


def test_only_what_changed_since_is_asked_for_and_the_key_is_sent(
    server: ThreadingHTTPServer, bring_in: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE_KEY", "s3cret")
    source = mapping(
        server,
        "/cursor",
        items="data",
        headers={"X-Key": "${SERVICE_KEY}"},
        watermark="changed",
        since_param="since",
        paging={"by": "cursor", "param": "at", "at": "meta.next"},
    )
    bring_in(source)
    report = bring_in(source)
    assert server.asked[-1] == ("/cursor", {"since": "2026-03-05"}, "s3cret")  # type: ignore[attr-defined]
    assert (report.counts["rows"], report.counts["unchanged"]) == (1, 1)


def test_broken_off_it_goes_on_with_the_page_that_was_not_taken_in(
    database: Database, server: ThreadingHTTPServer, bring_in: Bring
) -> None:
    source = mapping(server, "/page", items="data", paging={"by": "page", "param": "p"})

    def break_off(report: Any, total: int | None) -> None:
        if report.counts["rows"] >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring_in(source, Syncing(progress=break_off))
    bring_in(source)
    assert [asked["p"] for _, asked, _ in server.asked] == ["1", "2", "3", "4"]  # type: ignore[attr-defined]
    with database.reading() as session:
        assert len(session.scalars(select(Customer)).all()) == 5


def test_a_busy_service_is_asked_again_after_the_wait_it_names(server: ThreadingHTTPServer) -> None:
    waits: list[float] = []
    server.failures += [503, 429]  # type: ignore[attr-defined]
    read = parse_mapping(mapping(server, "/offset", items="data")).read
    assert isinstance(read, FromService)
    [batch] = ServiceReader(read, waits.append).batches({}, 100)
    assert (len(batch.rows), waits) == (2, [7.0, 7.0])


def test_mistakes_are_said_in_one_sentence(
    server: ThreadingHTTPServer, bring_in: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadMapping, match=r"read\.items 'rows' is no list"):
        bring_in(mapping(server, "/offset", items="rows"))
    link = {"by": "link", "at": "next"}
    with pytest.raises(SourceAway, match=r"leads to another site, other\.example"):
        bring_in(mapping(server, "/away", items="data", paging=link))
    server.failures += [404]  # type: ignore[attr-defined]
    with pytest.raises(SourceAway, match="/offset answers 404"):
        bring_in(mapping(server, "/offset", items="data"))
