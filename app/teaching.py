"""What the staff teaches the assistant: answers, known at once, and examples, to be reviewed."""

import csv
import threading
from pathlib import Path

from app.knowledge_base import documents_folder, index_folder, own_documents
from app.review import ReviewFolder
from app.settings import Settings
from app.taught import taught_file
from desk.lessons import Answer, Example
from knowledge.build import build_index
from knowledge.search import KnowledgeSearch

ANSWERS = "taught.csv"
COLUMNS = ("id", "question", "answer", "tag", "also", "language")


class School:
    """Writes lessons into the home folder; answers go into the index before it returns."""

    def __init__(self, settings: Settings, knowledge: KnowledgeSearch) -> None:
        self._settings = settings
        self._knowledge = knowledge
        self._one_at_a_time = threading.Lock()
        self.review = ReviewFolder(settings.folder / "review", taught_file(settings))

    def teach_answer(self, answer: Answer) -> None:
        """Let the assistant know an answer from now on."""
        with self._one_at_a_time:
            self._write_down(answer)
            build_index(
                own_documents(self._settings),
                self._knowledge.encoder,
                index_folder(self._settings),
                lambda *_: None,
            )
            self._knowledge.refresh()

    def _write_down(self, answer: Answer) -> None:
        path = _made(documents_folder(self._settings)) / ANSWERS
        is_new = not path.exists()
        with path.open("a", encoding="utf-8", newline="") as file:
            table = csv.writer(file, delimiter=";")
            if is_new:
                table.writerow(COLUMNS)
            also = "|".join(_in_one_cell(text) for text in answer.also)
            table.writerow(
                [f"taught-{answer.key}", _in_one_cell(answer.question), answer.text, "taught",
                 also, answer.language]
            )  # fmt: skip

    def keep_example(self, example: Example) -> None:
        """Put a message with the intent that it should have had among those for review."""
        self.review.keep(example)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _in_one_cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())
