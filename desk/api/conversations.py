"""/conversations: read them, take one over, answer, give it back, close it."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from crm.conversation import handoff, inbox, tags
from crm.conversation.log import Outgoing
from crm.conversation.models import Conversation, Mode
from crm.conversation.summary import is_late, summarise
from crm.staff.audit import Action
from crm.staff.glances import lookers
from crm.ticket.desk import tickets_of_conversation
from crm.ticket.models import Ticket
from desk.api.access import Reader, Staff, Worker
from desk.api.context import TheDesk
from desk.api.conversation_views import (
    ConversationLine,
    ConversationView,
    MessageView,
    conversation_lines,
    event_view,
    handoff_view,
    line_fields,
    message_view,
)
from desk.api.customer_views import identity_view
from desk.api.errors import answers, not_found
from desk.api.fields import (
    LARGEST_SEQ,
    Channel,
    Id,
    Remark,
    Tag,
    Tagged,
    TagInPath,
    Whose,
    Words,
)
from desk.api.masking import Veil, veil_for
from desk.api.paging import Cursor, Limit, Page, Place, cut, place
from desk.api.replies import Reply
from desk.api.ticket_views import ticket_line
from desk.api.trail import note_deed, note_sight

router = APIRouter(prefix="/conversations", tags=["conversations"])
FAREWELL = "utter_released"
SHOWN_MESSAGES = 200


class Release(BaseModel):
    """What was settled with the customer, for the history."""

    model_config = ConfigDict(extra="forbid")
    settled: Remark = ""


class NewTag(BaseModel):
    """A word to find the conversation by."""

    model_config = ConfigDict(extra="forbid")
    tag: Tag


class Tags(BaseModel):
    """The tags of a conversation."""

    conversation_id: int
    tags: list[str]


class Closing(BaseModel):
    """Why the conversation ends, for the history."""

    model_config = ConfigDict(extra="forbid")
    reason: Remark = ""


@router.get("")
def list_conversations(
    desk: TheDesk,
    staff: Reader,
    mode: Mode | Literal[""] = "",
    channel: Channel = "",
    assignee: Whose = "",
    tag: Tagged = "",
    query: Words = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ConversationLine]:
    """Conversations by who answers, channel, who has them, tag and words; the last active first.

    Words are looked for in what was said and in the customer's name, e-mail, phone and CAP.
    A marketer's search finds only what a marketer can read.
    """
    wanted = inbox.Wanted(
        mode=mode or None,
        channel=channel or None,
        words=query,
        personal=staff.sees_personal_data,
        assignee=assignee or None,
        tag=tag.casefold() or None,
    )
    with desk.database.reading() as session:
        found = inbox.list_conversations(session, wanted, limit=limit + 1, after=place(cursor))
        shown, following = cut(found, limit, _place)
        veil = veil_for(staff, session, conversations=shown)
        if query.strip() and not staff.sees_personal_data:
            shown = readable(session, shown, query, veil)
        if not veil.shows(tag, tag):
            shown = []
        lines = conversation_lines(session, shown, veil, desk.alarm_after)
    if query.strip():
        note_sight(desk, staff, "conversations", Action.SEARCHED)
    return Page(items=lines, next_cursor=following)


def _place(conversation: Conversation) -> Place:
    return conversation.updated_at, conversation.id


def readable(
    session: Session, found: Sequence[Conversation], words: str, veil: Veil
) -> list[Conversation]:
    """Those in which the words can still be read when personal data is masked."""
    messages = inbox.messages_with(session, [one.id for one in found], words)
    readable = {said.conversation_id for said in messages if veil.shows(said.text, words)}
    return [one for one in found if one.id in readable]


@router.get("/{conversation_id}", responses=answers(404))
def get_conversation(
    conversation_id: Id,
    desk: TheDesk,
    staff: Reader,
    limit: Annotated[int, Query(ge=1, le=500, description="The newest so many messages.")] = (
        SHOWN_MESSAGES
    ),
    before: Annotated[
        int | None, Query(ge=1, le=LARGEST_SEQ, description="Only messages before this `seq`.")
    ] = None,
) -> ConversationView:
    """A conversation with its messages and how they were understood, its tickets and events."""
    with desk.database.reading() as session:
        conversation = _get(session, conversation_id)
        view = view_of(session, conversation, staff, limit, before)
        view.is_late = is_late(conversation, desk.alarm_after)
    note_sight(desk, staff, _subject(conversation_id))
    return view


@router.post("/{conversation_id}/takeover", responses=answers(404, 409))
def take_over(
    conversation_id: Id, desk: TheDesk, staff: Worker, force: bool = False
) -> ConversationView:
    """Take a conversation over, with `force` from a colleague too: the bot is silent in it."""
    with desk.database.writing() as session:
        conversation = _get(session, conversation_id)
        handoff.take_over(session, conversation, staff.name, force=force)
        note_deed(session, staff, Action.TOOK_OVER, _subject(conversation_id), force=force)
        view = view_of(session, conversation, staff)
    desk.tell(conversation_id)
    return view


@router.post("/{conversation_id}/reply", responses=answers(400, 404, 409))
def reply(conversation_id: Id, said: Reply, desk: TheDesk, staff: Worker) -> MessageView:
    """Answer the customer, in a conversation that was taken over."""
    draft = said.draft
    with desk.sending.keeping(draft.files) as kept, desk.database.writing() as session:
        conversation = _get(session, conversation_id)
        outgoing = desk.sending.compose(conversation, draft, kept)
        message = handoff.reply(session, conversation, staff.name, outgoing)
        note_deed(session, staff, Action.REPLIED, _subject(conversation_id))
        view = message_view(message, veil_for(staff, session))
    desk.tell(conversation_id)
    return view


@router.post("/{conversation_id}/release", responses=answers(400, 404, 409))
def release(
    conversation_id: Id, desk: TheDesk, staff: Worker, given: Release | None = None
) -> ConversationView:
    """Give a conversation back to the bot, which tells the customer so."""
    settled = given.settled if given else ""
    with desk.database.writing() as session:
        conversation = _get(session, conversation_id)
        farewell = Outgoing(text=desk.phrase(FAREWELL, conversation.language), response=FAREWELL)
        handoff.release(session, conversation, staff.name, farewell, settled)
        note_deed(session, staff, Action.RELEASED, _subject(conversation_id))
        view = view_of(session, conversation, staff)
    desk.tell(conversation_id)
    return view


@router.post("/{conversation_id}/close", responses=answers(400, 404, 409))
def close(
    conversation_id: Id, desk: TheDesk, staff: Worker, given: Closing | None = None
) -> ConversationView:
    """End a conversation; it opens again, with the bot, when the customer writes."""
    reason = given.reason if given else ""
    with desk.database.writing() as session:
        conversation = _get(session, conversation_id)
        handoff.close(session, conversation, staff.name, reason)
        note_deed(session, staff, Action.CLOSED, _subject(conversation_id))
        view = view_of(session, conversation, staff)
    desk.tell(conversation_id)
    return view


@router.post("/{conversation_id}/tags", responses=answers(400, 404, 409))
def add_tag(conversation_id: Id, given: NewTag, desk: TheDesk, staff: Worker) -> Tags:
    """Put a tag on a conversation; it is kept in small letters."""
    with desk.database.writing() as session:
        conversation = _get(session, conversation_id)
        tags.add_tag(session, conversation, given.tag, staff.name)
        return _tagged(session, staff, conversation_id)


@router.delete("/{conversation_id}/tags/{tag:path}", responses=answers(404))
def remove_tag(conversation_id: Id, tag: TagInPath, desk: TheDesk, staff: Worker) -> Tags:
    """Take a tag away; nothing happens where it is not."""
    with desk.database.writing() as session:
        tags.remove_tag(session, _get(session, conversation_id), tag, staff.name)
        return _tagged(session, staff, conversation_id)


def _tagged(session: Session, staff: Staff, conversation_id: int) -> Tags:
    note_deed(session, staff, Action.TAGGED, _subject(conversation_id))
    found = tags.tags_of(session, [conversation_id]).get(conversation_id, ())
    return Tags(conversation_id=conversation_id, tags=list(found))


def _subject(conversation_id: int) -> str:
    return f"conversation:{conversation_id}"


def _get(session: Session, conversation_id: int) -> Conversation:
    conversation = inbox.find_conversation(session, conversation_id)
    if conversation is None:
        raise not_found("conversation", conversation_id)
    return conversation


def view_of(
    session: Session,
    conversation: Conversation,
    staff: Staff,
    limit: int = SHOWN_MESSAGES,
    before: int | None = None,
) -> ConversationView:
    """A conversation as somebody may see it, with the newest messages before a `seq`."""
    messages = inbox.messages_before(session, conversation.id, limit=limit, before=before)
    last = inbox.last_messages(session, [conversation]).get(conversation.id)
    ticket = _handoff_ticket(session, conversation)
    tickets = tickets_of_conversation(session, conversation.id, limit=20)
    concerned = [*tickets, ticket] if ticket else tickets
    veil = veil_for(staff, session, conversations=[conversation], tickets=concerned)
    events = inbox.events_of(session, conversation.id)
    summary = summarise(session, conversation, events)
    return ConversationView(
        **line_fields(conversation, last, veil),
        tags=veil.texts(tags.tags_of(session, [conversation.id]).get(conversation.id, [])),
        looking=list(lookers(session, [conversation.id]).get(conversation.id, ())),
        failed_tries=conversation.failed_tries,
        handoff=handoff_view(summary, conversation, veil),
        identity=identity_view(conversation.identity, veil),
        ticket=ticket_line(ticket, veil) if ticket else None,
        tickets=[ticket_line(one, veil) for one in tickets],
        messages=[message_view(message, veil) for message in messages],
        has_earlier=bool(messages) and messages[0].seq > 1,
        events=[event_view(event, veil) for event in events],
    )


def _handoff_ticket(session: Session, conversation: Conversation) -> Ticket | None:
    if conversation.handoff_ticket_id is None:
        return None
    return session.get(Ticket, conversation.handoff_ticket_id)
