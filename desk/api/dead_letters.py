"""/dead-letters: what came to nothing, and trying it again."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from crm.conversation import dead_letters
from crm.conversation.models import Message, Role, State
from crm.staff.audit import Action
from desk.api.access import Worker
from desk.api.context import TheDesk
from desk.api.errors import Problem, answers
from desk.api.fields import Id
from desk.api.paging import Cursor, Limit, Page, cut, place
from desk.api.trail import note_deed, note_sight

router = APIRouter(prefix="/dead-letters", tags=["dead letters"])


class Kind(StrEnum):
    """What became of a dead letter."""

    UNANSWERED = "unanswered"
    REFUSED = "refused"
    UNKNOWN = "unknown"


KINDS = {Kind.UNANSWERED: State.DEAD, Kind.REFUSED: State.FAILED, Kind.UNKNOWN: State.UNKNOWN}
KIND_OF = {state: kind for kind, state in KINDS.items()}


class DeadLetter(BaseModel):
    """A customer's message that the bot gave up, or a reply that may not have arrived."""

    id: int
    kind: Kind
    conversation_id: int
    channel: str
    seq: int
    role: Role
    text: str
    error: str | None
    attempts: int
    at: datetime


class Retried(BaseModel):
    """A message on its way again: `received` waits for the bot, `queued` for its channel."""

    id: int
    conversation_id: int
    state: State


@router.get("")
def list_dead_letters(
    desk: TheDesk,
    staff: Worker,
    kind: Kind | Literal[""] = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DeadLetter]:
    """Customers' messages that the bot gave up and replies that may not have arrived."""
    states = [KINDS[kind]] if kind else list(KINDS.values())
    after = place(cursor)
    with desk.database.reading() as session:
        found = dead_letters.list_dead(
            session, states, limit=limit + 1, before=after[1] if after else None
        )
        shown, following = cut(found, limit, lambda message: (message.at, message.id))
        letters = [_view(message) for message in shown]
    note_sight(desk, staff, "dead_letters", Action.SEARCHED)
    return Page(items=letters, next_cursor=following)


@router.post("/{message_id}/retry", responses=answers(404, 409))
def retry_dead_letter(message_id: Id, desk: TheDesk, staff: Worker) -> Retried:
    """Have the bot answer anew, or the channel send anew.

    A reply of kind `unknown` may then reach the customer twice.
    """
    with desk.database.writing() as session:
        if session.get(Message, message_id) is None:
            raise Problem(
                404,
                "dead_letter_not_found",
                f"There is no dead letter {message_id}; GET /dead-letters lists them.",
            )
        message = dead_letters.retry(session, message_id)
        subject = f"conversation:{message.conversation_id}"
        note_deed(session, staff, Action.RETRIED, subject)
        view = Retried(id=message.id, conversation_id=message.conversation_id, state=message.state)
    desk.tell(view.conversation_id)
    return view


def _view(message: Message) -> DeadLetter:
    return DeadLetter(
        id=message.id,
        kind=KIND_OF[message.state],
        conversation_id=message.conversation_id,
        channel=message.channel,
        seq=message.seq,
        role=message.role,
        text=message.text,
        error=message.error,
        attempts=message.attempts,
        at=message.at,
    )
