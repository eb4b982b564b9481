"""What customers asked and did not get: grouped by meaning, the most wanted first (R24)."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from crm.conversation.models import Conversation, Message, Role
from crm.insights.conversations import INTENT
from crm.insights.figures import Cell, Counted
from crm.insights.scope import Scope
from crm.profile.models import ChannelIdentity

# Gives each text a number; texts of one meaning get the same.
Grouping = Callable[[Sequence[str]], Sequence[int]]
NOT_UNDERSTOOD = ("nlu_fallback", "out_of_scope")
MOST_READ = 3000
MOST_GROUPS = 40
EXAMPLES = 3
WORD = re.compile(r"\w{3,}")

# From this share of common words on, two questions are taken for the same one.
ALIKE = 0.5
STEM = 5


@dataclass(frozen=True)
class Question:
    """Something that a customer asked in vain."""

    message_id: int
    conversation_id: int
    person: int
    text: str
    at: datetime


@dataclass
class Group:
    """Questions of one meaning; the first is the one they are known by."""

    questions: list[Question]

    @property
    def name(self) -> str:
        """A stable name: the message that the group began with."""
        return str(self.questions[0].message_id)

    @property
    def people(self) -> int:
        """How many people asked."""
        return len({one.person for one in self.questions})

    @property
    def examples(self) -> Sequence[str]:
        """Some of the wordings, each once."""
        return list(dict.fromkeys(one.text for one in self.questions))[:EXAMPLES]

    @property
    def sources(self) -> Sequence[int]:
        """The conversations that the examples are from."""
        by_text = {one.text: one for one in reversed(self.questions)}
        return [by_text[text].conversation_id for text in self.examples]


class Unmet:
    """Questions that the bot did not understand or could not answer."""

    name = "unmet"

    def __init__(self, replies: Sequence[str] = (), grouping: Grouping | None = None) -> None:
        """Groups by the words in common unless `grouping` can group by meaning.

        Args:
            replies: what the bot says when it has no answer, in every language.
        """
        self._replies = tuple(replies)
        self._grouping = grouping or group_by_words

    def count(self, session: Session, scope: Scope) -> Counted:
        """A cell a group, with some of its questions as examples."""
        questions = self.questions(session, scope)
        groups = self.groups(questions)[:MOST_GROUPS]
        return Counted(
            [_cell(group.name, group) for group in groups],
            _cell("total", Group(list(questions))),
        )

    def behind(self, session: Session, scope: Scope, cell: str) -> Sequence[int]:
        """The conversations in which a group's questions were asked."""
        for group in self.groups(self.questions(session, scope)):
            if group.name == cell:
                return sorted({one.conversation_id for one in group.questions}, reverse=True)
        return []

    def questions(self, session: Session, scope: Scope) -> Sequence[Question]:
        """Every question asked in vain in the period, the oldest first."""
        return scope.once(self, lambda: self._questions(session, scope))

    def _questions(self, session: Session, scope: Scope) -> Sequence[Question]:
        answer = aliased(Message)
        unanswered = (
            select(answer.id)
            .where(answer.reply_to_id == Message.id, answer.text.in_(self._replies))
            .exists()
        )
        query = (
            select(
                Message.id,
                Message.conversation_id,
                Message.text,
                Message.at,
                func.coalesce(ChannelIdentity.customer_id, -ChannelIdentity.id).label("person"),
            )
            .join(Conversation, Conversation.id == Message.conversation_id)
            .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
            .where(Message.role == Role.CUSTOMER, scope.covers(Message.at), Message.text != "")
            .where(or_(INTENT.in_(NOT_UNDERSTOOD), unanswered))
            .order_by(Message.at.desc(), Message.id.desc())
            .limit(MOST_READ)
        )
        rows = session.execute(scope.narrow(query)).all()[::-1]
        return [Question(row.id, row.conversation_id, row.person, row.text, row.at) for row in rows]

    def groups(self, questions: Sequence[Question]) -> list[Group]:
        """Questions of one meaning together, what most people asked first."""
        numbers = self._grouping([question.text for question in questions])
        groups: dict[int, Group] = {}
        for number, question in zip(numbers, questions, strict=True):
            groups.setdefault(number, Group([])).questions.append(question)
        return sorted(groups.values(), key=lambda group: -group.people)


def group_by_words(texts: Sequence[str]) -> Sequence[int]:
    """Each text goes to the first one before it that has enough words in common with it."""
    leaders: list[frozenset[str]] = []
    numbers = []
    for text in texts:
        words = stems(text)
        for number, leader in enumerate(leaders):
            if _shared(words, leader) >= ALIKE:
                numbers.append(number)
                break
        else:
            numbers.append(len(leaders))
            leaders.append(words)
    return numbers


def stems(text: str) -> frozenset[str]:
    """The beginnings of a text's words, without accents: what two wordings have in common."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return frozenset(word[:STEM] for word in WORD.findall(plain))


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0


def _cell(name: str, group: Group) -> Cell:
    return Cell(
        name,
        customers=group.people,
        conversations=len({one.conversation_id for one in group.questions}),
        count=len(group.questions),
        examples=group.examples,
        sources=group.sources,
    )
