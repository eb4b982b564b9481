"""What a pipeline or a model reads in sentences whose reading is known."""

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.model_selection import StratifiedKFold

from bot.rasa_ext.nlu.spoken import labelled_language
from bot.rasa_ext.report.heldout import Labelled
from bot.rasa_ext.report.pipeline import FALLBACK, Pipeline
from bot.rasa_ext.typed import as_plain_text

Reader = Callable[[str, str | None], dict[str, Any]]
Progress = Callable[[str], None]
CROSS_VALIDATED, DEVELOPMENT, HELD_OUT = "cross-validated", "development", "held out"


class BadResults(Exception):
    """A file of results cannot be read; the message says why."""


@dataclass(frozen=True)
class Reading:
    """A sentence, what should be read in it and what was."""

    part: str
    text: str
    language: str | None
    intent: str
    likeliest: str
    confidence: float
    acted_on: str
    read_language: str | None
    entities: list[list[Any]] = field(default_factory=list)
    found: list[list[Any]] = field(default_factory=list)


def read_all(part: str, sentences: Iterable[Labelled], reader: Reader) -> list[Reading]:
    """Read every sentence."""
    return [_reading(part, sentence, reader) for sentence in sentences]


def _reading(part: str, sentence: Labelled, reader: Reader) -> Reading:
    read = reader(sentence.text, sentence.language)
    ranking = [r for r in read.get("intent_ranking") or () if r["name"] != FALLBACK]
    best = ranking[0] if ranking else {"name": FALLBACK, "confidence": 0.0}
    return Reading(
        part,
        sentence.text,
        sentence.language,
        sentence.intent,
        best["name"],
        round(float(best["confidence"]), 4),
        (read.get("intent") or best)["name"],
        read.get("language"),
        _spans(sentence.entities),
        _spans(read.get("entities") or ()),
    )


def _spans(entities: Iterable[dict[str, Any]]) -> list[list[Any]]:
    return [[e["entity"], e["start"], e["end"]] for e in entities]


def reader_of(pipeline: Pipeline) -> Reader:
    """Reads with a trained pipeline."""
    return lambda text, language: pipeline.read(text, language).data


def model_reader(model: Path) -> Reader:
    """Reads with a trained model's file."""
    from rasa.core.agent import Agent  # noqa: PLC0415 - slow to import
    from rasa.core.channels.channel import UserMessage  # noqa: PLC0415

    processor = Agent.load(model).processor
    loop = asyncio.new_event_loop()

    def read(text: str, language: str | None) -> dict[str, Any]:
        said = UserMessage(as_plain_text(text), metadata={"language": language})
        return loop.run_until_complete(processor.parse_message(said))  # type: ignore[union-attr]

    return read


def cross_validated(
    config: Path, data: TrainingData, folds: int, tell: Progress = print
) -> list[Reading]:
    """Every example as read by a pipeline that was trained without it."""
    readings: list[Reading] = []
    examples = [example for example in data.intent_examples if example.get("text")]
    intents = [example.get("intent") for example in examples]
    parts = StratifiedKFold(folds, shuffle=True, random_state=0).split(intents, intents)
    for number, (lesson, exam) in enumerate(parts, 1):
        tell(f"cross-validation, part {number} of {folds}")
        taught = TrainingData(
            [examples[at] for at in lesson], data.entity_synonyms, None, data.lookup_tables
        )
        reader = reader_of(Pipeline(config).train(taught))
        readings += read_all(CROSS_VALIDATED, (_labelled(examples[at]) for at in exam), reader)
    return readings


def _labelled(example: Message) -> Labelled:
    return Labelled(
        example.get("text"),
        labelled_language(example),
        example.get("intent"),
        example.get("entities") or [],
    )


def write_results(path: Path, subject: str, readings: Sequence[Reading]) -> None:
    """Keep readings, to be compared with others later."""
    kept = {"subject": subject, "readings": [asdict(reading) for reading in readings]}
    path.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")


def read_results(path: Path) -> tuple[str, list[Reading]]:
    """The subject and the readings that `write_results` kept.

    Raises:
        BadResults: the file is none of these.
    """
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return kept["subject"], [Reading(**reading) for reading in kept["readings"]]
    except (OSError, ValueError, TypeError, KeyError) as problem:
        raise BadResults(f"{path} holds no results of a report: {problem}") from problem
