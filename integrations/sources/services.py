"""Reads rows of a service that answers JSON over HTTP, page after page."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from integrations.sources.errors import BadMapping, SourceAway
from integrations.sources.mapping import FromService, Paging, fill_in
from integrations.sources.rows import Batch, Progress, Row, RowError, sortable

TRIES = 4
BUSY = frozenset({429, 500, 502, 503, 504})
LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Page:
    """Where a page is: a page number, an offset, a cursor or an address; None is the first."""

    at: Any = None


class ServiceReader:
    """Reads page after page, and goes on from the page where it was left.

    A page that fails is tried again a few times, after the wait that the service asks for.
    """

    def __init__(self, source: FromService, wait: Callable[[float], None] = time.sleep) -> None:
        self._source, self._wait = source, wait

    def batches(self, progress: Progress, size: int) -> Iterator[Batch]:
        """See `Reader`. A batch is a page, whatever size the service gives it."""
        resume = progress.get("resume", {})
        page: Page | None = Page(resume.get("page"))
        newest = resume.get("watermark", "")
        with httpx.Client(headers=self._headers(), timeout=self._source.timeout) as client:
            while page is not None:
                answer = self._fetch(client, page, progress)
                items = _at(_json(answer), self._source.items)
                batch = self._batch(items, page)
                newest = max(newest, self._newest(batch))
                page = self._next(answer, page, len(items))
                if page is not None:
                    batch.progress = {
                        **progress, "resume": {"page": page.at, "watermark": newest}
                    }  # fmt: skip
                    yield batch
        batch.progress = self._finished(progress, newest)
        yield batch

    def columns(self) -> list[str]:
        """See `Reader`: nothing says what rows may hold."""
        return []

    def count(self, progress: Progress) -> int | None:
        """See `Reader`: services rarely say."""
        return None

    def _batch(self, items: Any, page: Page) -> Batch:
        if not isinstance(items, list):
            raise BadMapping(f"read.items {self._source.items!r} is no list in the answer.")
        batch = Batch()
        for number, item in enumerate(items, 1):
            place = f"page {page.at or self._first()}, row {number}"
            if isinstance(item, dict):
                batch.rows.append(Row(place, item))
            else:
                batch.errors.append(RowError(place, "", "it is no object with named values"))
        return batch

    def _first(self) -> Any:
        return self._source.paging.first if self._source.paging else 1

    def _newest(self, batch: Batch) -> str:
        if not self._source.watermark:
            return ""
        return max((sortable(row.get(self._source.watermark)) for row in batch.rows), default="")

    def _finished(self, progress: Progress, newest: str) -> Progress:
        watermark = max(newest, progress.get("watermark", ""))
        return {"watermark": watermark} if watermark else {}

    def _headers(self) -> dict[str, str]:
        given = {name: fill_in(value) for name, value in self._source.headers.items()}
        return {"Accept": "application/json", **given}

    def _params(self, page: Page, progress: Progress) -> dict[str, str]:
        params = {name: fill_in(value) for name, value in self._source.params.items()}
        if self._source.since_param and progress.get("watermark"):
            params[self._source.since_param] = progress["watermark"]
        paging = self._source.paging
        if paging is None:
            return params
        if paging.size_param:
            params[paging.size_param] = str(paging.size)
        if paging.by in ("page", "offset"):
            at = page.at if page.at is not None else _first_place(paging)
            params[paging.param] = str(at)
        elif paging.by == "cursor" and page.at is not None:
            params[paging.param] = str(page.at)
        return params

    def _next(self, answer: httpx.Response, page: Page, count: int) -> Page | None:
        """The page after this one; none after the last."""
        paging = self._source.paging
        if paging is None:
            return None
        if paging.by in ("cursor", "link"):
            found = _at(_json(answer), paging.at) if paging.at else _link(answer)
            following = str(answer.url.join(found)) if paging.by == "link" and found else found
            return Page(following) if following and following != page.at else None
        if count == 0 or (paging.size_param and count < paging.size):
            return None
        at = page.at if page.at is not None else _first_place(paging)
        return Page(int(at) + (1 if paging.by == "page" else count))

    def _fetch(self, client: httpx.Client, page: Page, progress: Progress) -> httpx.Response:
        for attempt in range(1, TRIES + 1):
            try:
                answer = self._get(client, page, progress)
            except httpx.HTTPError as problem:
                if attempt == TRIES:
                    raise SourceAway(f"{self._place()} does not answer: {problem}.") from None
                self._wait(2.0**attempt)
                continue
            if answer.status_code in BUSY and attempt < TRIES:
                self._wait(_asked_wait(answer) or 2.0**attempt)
                continue
            if answer.is_error:
                raise SourceAway(f"{self._place()} answers {answer.status_code}.")
            return answer
        raise AssertionError("unreachable: the last try returns or raises")

    def _get(self, client: httpx.Client, page: Page, progress: Progress) -> httpx.Response:
        """A page; links lead only within the same site, or they would carry the key away."""
        start = httpx.URL(fill_in(self._source.url))
        is_link = self._source.paging is not None and self._source.paging.by == "link"
        if not (is_link and page.at):
            return client.get(start, params=start.params.merge(self._params(page, progress)))
        url = httpx.URL(page.at)
        if (url.scheme, url.netloc) != (start.scheme, start.netloc):
            raise SourceAway(f"{self._place()} leads to another site, {url.host}; it is not read.")
        return client.get(url)

    def _place(self) -> str:
        """The address without what may be secret in it."""
        return self._source.url.partition("?")[0]


def _first_place(paging: Paging) -> int:
    return paging.first if paging.by == "page" else 0


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise SourceAway(f"{answer.url.host} answers something that is not JSON.") from None


def _at(answer: Any, path: str) -> Any:
    for part in filter(None, path.split(".")):
        answer = answer.get(part) if isinstance(answer, dict) else None
    return answer


def _link(answer: httpx.Response) -> Any:
    return answer.links.get("next", {}).get("url")


def _asked_wait(answer: httpx.Response) -> float | None:
    asked = answer.headers.get("Retry-After", "")
    return min(float(asked), LONGEST_WAIT) if asked.isdigit() else None
