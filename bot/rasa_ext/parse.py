"""Reads sentences as the trained assistant reads them: one JSON line for each line of input.

python -m bot.rasa_ext.parse --model models/assistant.tar.gz --lang it < sentences.txt
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from bot.rasa_ext.typed import as_plain_text

_LANGUAGES = ("it", "en")


def main(arguments: list[str] | None = None) -> int:
    """Parse the lines of standard input; nothing else goes to standard output."""
    given = _read_arguments(arguments)
    if not given.model.is_file():
        print(f"There is no model at {given.model}: train one first.", file=sys.stderr)
        return 2
    answers, sys.stdout = sys.stdout, sys.stderr
    from bot.rasa_ext import quiet  # noqa: F401, PLC0415 - before Rasa is imported

    for reading in readings(given.model, given.lang, _lines(sys.stdin)):
        print(json.dumps(reading, ensure_ascii=False), file=answers, flush=True)
    return 0


def _read_arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bot.rasa_ext.parse",
        description="Read sentences from standard input as the trained assistant reads them.",
    )
    parser.add_argument("--model", type=Path, required=True, help="the trained model (.tar.gz)")
    parser.add_argument(
        "--lang", choices=_LANGUAGES, help="the conversation's language (found out when left out)"
    )
    return parser.parse_args(arguments)


def _lines(stream: TextIO) -> Iterator[str]:
    return (line.rstrip("\r\n") for line in stream)


def readings(model: Path, language: str | None, texts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """How the model reads each text, the fallback applied."""
    from rasa.core.agent import Agent  # noqa: PLC0415 - only after the libraries were silenced
    from rasa.core.channels.channel import UserMessage  # noqa: PLC0415

    agent = Agent.load(model)
    if not agent.processor:
        raise SystemExit(f"The model at {model} cannot be loaded.")
    with asyncio.Runner() if hasattr(asyncio, "Runner") else _Loop() as loop:
        for text in texts:
            said = UserMessage(as_plain_text(text), metadata={"language": language})
            yield _reading(text, loop.run(agent.processor.parse_message(said)))


class _Loop:
    """What asyncio.Runner is from Python 3.11 on: one event loop for many calls."""

    def __enter__(self) -> "_Loop":
        self._loop = asyncio.new_event_loop()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.close()

    def run(self, call: Any) -> Any:
        """Wait for a coroutine's result."""
        return self._loop.run_until_complete(call)


def _reading(typed: str, understood: dict[str, Any]) -> dict[str, Any]:
    cut_off = typed.find(as_plain_text(typed))
    entities = [
        {
            "entity": entity["entity"],
            "value": entity["value"],
            "start": entity["start"] + cut_off,
            "end": entity["end"] + cut_off,
        }
        for entity in understood.get("entities") or ()
    ]
    intent = understood.get("intent") or {}
    return {
        "text": typed,
        "intent": intent.get("name") or "nlu_fallback",
        "confidence": round(float(intent.get("confidence") or 0.0), 4),
        "language": understood.get("language"),
        "mood": understood.get("mood"),
        "entities": entities,
    }


if __name__ == "__main__":
    sys.exit(main())
