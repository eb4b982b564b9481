"""Has transcripts with a running demo company and prints what was said, and how it was understood.

python -m tests.dialogue --home .bottega --port 8000 correction/ happy_path/points
"""

import argparse
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from crm.conversation.models import Conversation, Message
from crm.db import Database, now
from crm.order.models import Order
from crm.profile.models import ChannelIdentity, Customer, IdentityKey
from tests.dialogue.transcript import Replay, Transcript, name_of, read_transcripts
from tests.dialogue.written import check, written
from tests.live.instance import Instance

AT_ONCE = 8
ADDRESS = re.compile(r"[\w.]+@example\.(?:it|org|com)")


def main() -> int:
    """Have the transcripts whose names begin so; 1 if one of them went otherwise than written."""
    parser = argparse.ArgumentParser(prog="python -m tests.dialogue", description=main.__doc__)
    parser.add_argument("--home", type=Path, default=Path(".bottega"), help="of the demo company")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--quiet", action="store_true", help="print the failed ones only")
    parser.add_argument("names", nargs="*", help="beginnings of names; none: all")
    chosen = parser.parse_args()
    instance = Instance(chosen.home, chosen.port)
    stored = Database(f"sqlite:///{chosen.home / 'bottega.db'}")
    wanted = tuple(chosen.names) or ("",)
    transcripts = [one for one in read_transcripts() if one.name.startswith(wanted)]
    for transcript in transcripts:
        set_aside(stored, transcript)
    with ThreadPoolExecutor(AT_ONCE) as crew:
        results = list(crew.map(lambda one: play(instance, stored, one), transcripts))
    for transcript, (said, problem) in zip(transcripts, results, strict=True):
        if problem or not chosen.quiet:
            print(f"\n=== {transcript.name}: {problem or 'as written'}\n{said}")
    failed = sum(bool(problem) for _, problem in results)
    print(f"\n{len(results) - failed} of {len(results)} went as written")
    return int(failed > 0)


def set_aside(stored: Database, transcript: Transcript) -> None:
    """Make a transcript's own people strangers again, who were met when it was had before."""
    addresses = set(ADDRESS.findall(transcript.path.read_text()))
    numbers = [str(number) for told in transcript.given for number in told.get("orders", ())]
    suffix = f"-{now():%H%M%S}"
    with stored.writing() as session:
        for customer in session.scalars(sa.select(Customer).where(Customer.email.in_(addresses))):
            if transcript.given or is_met_in_chat(customer):
                session.execute(sa.delete(IdentityKey).filter_by(customer_id=customer.id))
                customer.email = customer.family_name = None
        for order in session.scalars(sa.select(Order).where(Order.number.in_(numbers))):
            order.number = order.number[:12] + suffix


def is_met_in_chat(customer: Customer) -> bool:
    """Whether all that is known of a customer was said in conversations."""
    return all(trait.source.startswith("conversation:") for trait in customer.traits)


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
    return "\n".join(_lines(replay.visitor.messages, readings)), problem


def _lines(messages: list[dict[str, Any]], readings: dict[int, str]) -> Iterator[str]:
    for message in messages:
        if message["role"] == "customer":
            yield f"  > {message['text']}   {readings.get(message['seq'], '')}"
        else:
            titles = [button["title"] for button in message["buttons"]]
            cards = [card["title"] for card in message["cards"]]
            name = name_of(message["text"])
            yield f"    {name}: {message['text']!r} {titles or ''} {cards or ''}"


def _readings(stored: Database, session_id: str) -> dict[int, str]:
    query = (
        sa.select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(ChannelIdentity.external_id == session_id, Message.understanding.is_not(None))
    )
    with stored.reading() as session:
        return {one.seq: _reading(one.understanding or {}) for one in session.scalars(query)}


def _reading(understood: dict[str, Any]) -> str:
    ranking = understood.get("intent_ranking") or [understood["intent"]]
    names = " ".join(f"{one['name']} {one['confidence']:.2f}" for one in ranking[:3])
    values = " ".join(f"{one['entity']}={one['value']}" for one in understood.get("entities") or ())
    also = " ".join(understood.get("also", ()))
    told = (understood.get("language"), understood.get("mood"), names, also, values)
    return f"[{' | '.join(str(one) for one in told if one)}]"


if __name__ == "__main__":
    raise SystemExit(main())
