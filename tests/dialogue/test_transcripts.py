"""Every transcript, replayed: what was said and what was written."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from threading import Lock

import pytest
from _pytest.mark import ParameterSet

from crm.db import Database
from tests.dialogue.transcript import Replay, Transcript, read_transcripts
from tests.dialogue.written import check, written
from tests.live.instance import Instance

AT_ONCE = 8
ALL = read_transcripts()


def parameter(transcript: Transcript) -> ParameterSet:
    """A transcript as a test; one that shows a known misreading may fail."""
    known = [pytest.mark.xfail(reason=transcript.misread)] if transcript.misread else []
    return pytest.param(transcript, id=transcript.name, marks=known)


@pytest.fixture(scope="module")
def replays(
    request: pytest.FixtureRequest, bottega: Instance, stored: Database
) -> Iterator[Callable[[Transcript], None]]:
    """Replays all chosen transcripts, several at once; each test then waits for its own."""
    chosen = [
        item.callspec.params["transcript"]
        for item in request.session.items
        if item.originalname == test_transcript.__name__  # type: ignore[attr-defined]
    ]
    mailboxes: dict[str, Lock] = defaultdict(Lock)

    def replay(transcript: Transcript) -> None:
        with ExitStack() as alone:
            for address in transcript.mailed:
                alone.enter_context(mailboxes[address])
            conversation = Replay(bottega, stored, transcript)
            conversation.run()
            check(transcript.written, written(stored, conversation.visitor.session_id))

    with ThreadPoolExecutor(AT_ONCE) as crew:
        under_way: dict[str, Future[None]] = {
            transcript.name: crew.submit(replay, transcript) for transcript in chosen
        }
        yield lambda transcript: under_way[transcript.name].result()
        crew.shutdown(cancel_futures=True)


@pytest.mark.rasa
@pytest.mark.parametrize("transcript", [parameter(one) for one in ALL])
def test_transcript(replays: Callable[[Transcript], None], transcript: Transcript) -> None:
    replays(transcript)
