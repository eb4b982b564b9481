"""Examples that the staff has taught, in the form in which the assistant is trained."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from app.settings import Settings
from desk.lessons import Example

# What would be an annotation, or the end of one, in training data.
SIGNS = str.maketrans("[](){}", "      ")


def taught_file(settings: Settings) -> Path:
    """Where a company's accepted examples lie."""
    return settings.folder / "nlu" / "taught.yml"


def add_taught(path: Path, examples: Sequence[Example]) -> None:
    """Add examples to those that were accepted before."""
    write_examples(path, [*read_examples(path), *examples])


def write_examples(path: Path, examples: Iterable[Example]) -> None:
    """Write training data: one entry an intent and language, each text once."""
    texts: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for one in examples:
        texts[one.intent, one.language][_plain(one.text)] = None
    entries = [
        {"intent": intent, "metadata": {"language": language},
         "examples": "".join(f"- {text}\n" for text in said)}
        for (intent, language), said in sorted(texts.items())
    ]  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    written = yaml.safe_dump({"version": "3.1", "nlu": entries}, allow_unicode=True,
                             sort_keys=False, width=1000)  # fmt: skip
    fresh.write_text(written, encoding="utf-8")
    fresh.replace(path)


def read_examples(path: Path) -> list[Example]:
    """The examples in a file that `write_examples` wrote; none where there is no file."""
    if not path.is_file():
        return []
    entries: list[dict[str, Any]] = yaml.safe_load(path.read_text("utf-8"))["nlu"]
    return [
        Example(line.removeprefix("- "), entry["intent"], entry["metadata"]["language"], "")
        for entry in entries
        for line in entry["examples"].splitlines()
    ]


def _plain(text: str) -> str:
    return " ".join(text.translate(SIGNS).split())
