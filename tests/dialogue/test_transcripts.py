"""Every transcript, replayed: what was said and what was written."""

import pytest

from crm.db import Database
from tests.dialogue.transcript import Replay, Transcript, read_transcripts
from tests.dialogue.written import check, written
from tests.live.instance import Instance

pytestmark = pytest.mark.rasa


@pytest.mark.parametrize("transcript", read_transcripts(), ids=lambda transcript: transcript.name)
def test_transcript(bottega: Instance, stored: Database, transcript: Transcript) -> None:
    replay = Replay(bottega, transcript)
    replay.run()
    check(transcript.written, written(stored, replay.visitor.session_id))
