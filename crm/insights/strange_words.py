"""Words not understood: the assistant never saw them in anything it learnt from (R24)."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from crm.insights.figures import Cell, Counted
from crm.insights.scope import Scope
from crm.insights.unmet import Question, Unmet

# Whether a word, in small letters, is one that the assistant or anybody else knows.
IsKnown = Callable[[str], bool]
WORD = re.compile(r"[^\W\d_]{3,}")
# What is no word of a sentence: addresses, links, numbers with letters.
NO_WORDS = re.compile(r"\S*[@\d]\S*|https?://\S+|www\.\S+")
MOST_WORDS = 60
EXAMPLES = 1


@dataclass
class Used:
    """A word and the questions in which it stands; known by the place where it stood first."""

    word: str
    name: str
    questions: list[Question] = field(default_factory=list)

    @property
    def people(self) -> int:
        """How many people used it."""
        return len({one.person for one in self.questions})


class StrangeWords:
    """Words of unmet questions that are not known, those that most people use first."""

    name = "strange_words"

    def __init__(self, unmet: Unmet, is_known: IsKnown) -> None:
        self._unmet, self._is_known = unmet, is_known

    def count(self, session: Session, scope: Scope) -> Counted:
        """A cell a word; its one example is the word, so that it goes where a cell is hidden."""
        used = self._used(session, scope)
        asked = {one.message_id: one for word in used for one in word.questions}
        total = Used("", "total", list(asked.values()))
        return Counted([_cell(one, [one.word]) for one in used[:MOST_WORDS]], _cell(total, []))

    def behind(self, session: Session, scope: Scope, cell: str) -> Sequence[int]:
        """The conversations in which a word was used."""
        for one in self._used(session, scope):
            if one.name == cell:
                return sorted({each.conversation_id for each in one.questions}, reverse=True)
        return []

    def _used(self, session: Session, scope: Scope) -> list[Used]:
        used: dict[str, Used] = {}
        for question in self._unmet.questions(session, scope):
            for place, word in self._strange(question.text):
                known = used.setdefault(word, Used(word, f"{question.message_id}.{place}"))
                known.questions.append(question)
        return sorted(used.values(), key=lambda one: (-one.people, -len(one.questions), one.word))

    def _strange(self, text: str) -> Iterator[tuple[int, str]]:
        words = WORD.findall(NO_WORDS.sub(" ", text).casefold())
        for place, word in enumerate(dict.fromkeys(words)):
            if not self._is_known(word):
                yield place, word


def _cell(used: Used, examples: Sequence[str]) -> Cell:
    return Cell(
        used.name,
        customers=used.people,
        conversations=len({one.conversation_id for one in used.questions}),
        count=len(used.questions),
        examples=examples,
        sources=[used.questions[0].conversation_id] if examples else [],
    )
