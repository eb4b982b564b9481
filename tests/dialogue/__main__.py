"""Has transcripts with a running demo company and prints what was said.

python -m tests.dialogue --home .bottega --port 8000 correction/cap_corrected …
"""

import argparse
from pathlib import Path
from pprint import pformat
from concurrent.futures import ThreadPoolExecutor

from crm.db import Database
from crm.conversation.models import Conversation, Message
from crm.profile.models import ChannelIdentity
from sqlalchemy import select
from tests.dialogue.transcript import Replay, Transcript, name_of, read_transcripts
from tests.dialogue.written import check, written
from tests.live.instance import Instance


def main() -> int:
    """Replay the transcripts whose names are given; 1 if one of them failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.dialogue", description=main.__doc__)
    parser.add_argument("--home", type=Path, default=Path(".bottega"), help="of the demo company")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--quiet", action="store_true", help="print failed ones only")
    parser.add_argument("names", nargs="*", help="beginnings of names; none: all")
    chosen = parser.parse_args()
    instance = Instance(chosen.home, chosen.port)
    stored = Database(f"sqlite:///{chosen.home / 'bottega.db'}")
    beginnings = tuple(chosen.names) or ("",)
    transcripts = [one for one in read_transcripts() if one.name.startswith(beginnings)]
    with ThreadPoolExecutor(8) as crew:
        results = list(crew.map(lambda one: play(instance, stored, one), transcripts))
    for transcript, (said, problem) in zip(transcripts, results):
        if problem or not chosen.quiet:
            print(f"\n=== {transcript.name}: {problem or 'as expected'}\n{said}")
    failed = sum(bool(problem) for _, problem in results)
    print(f"\n{len(results) - failed} of {len(results)} as expected")
    return int(failed > 0)


def play(instance: Instance, stored: Database, transcript: Transcript) -> tuple[str, str]:
    """Have one conversation; what was said, and the problem if there was one."""
    replay = Replay(instance, stored, transcript)
    problem = ""
    try:
        replay.run()
        check(transcript.written, written(stored, replay.visitor.session_id))
    except AssertionError as failure:
        problem = str(failure)
    readings = _readings(stored, replay.visitor.session_id)
    lines = []
    for message in replay.visitor.messages:
        if message["role"] == "customer":
            lines.append(f"  > {message['text']}   {readings.get(message['seq'], '')}")
        else:
            titles = [button["title"] for button in message["buttons"]]
            lines.append(f"    {name_of(message['text'])}: {message['text'][:160]!r} {titles or ''}")
    return "\n".join(lines), problem


def _readings(stored: Database, session_id: str) -> dict[int, str]:
    with stored.reading() as session:
        messages = session.scalars(
            select(Message)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
            .where(ChannelIdentity.external_id == session_id, Message.understanding.is_not(None))
        )
        return {m.seq: _reading(m.understanding or {}) for m in messages}


def _reading(understood: dict) -> str:
    ranking = understood.get("intent_ranking") or [understood["intent"]]
    names = " ".join(f"{r['name']} {r['confidence']:.2f}" for r in ranking[:3])
    entities = " ".join(f"{e['entity']}={e['value']}" for e in understood.get("entities") or ())
    return f"[{understood.get('language')} {understood.get('mood')} | {names} | {entities}]"


if __name__ == "__main__":
    raise SystemExit(main())
