"""/tickets: find them, follow them, change them."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from crm.staff.audit import Action
from crm.ticket import desk as ticketing
from crm.ticket import merging
from crm.ticket.models import Priority, Ticket, TicketStatus
from desk.api.access import Reader, Worker
from desk.api.context import TheDesk
from desk.api.errors import Problem, answers, not_found
from desk.api.fields import LARGEST_ID, Id, Name, Words, Written
from desk.api.masking import Veil, veil_for
from desk.api.paging import Limit, Page
from desk.api.ticket_views import (
    TicketLine,
    TicketMergeView,
    TicketView,
    merge_view,
    ticket_line,
    ticket_view,
)
from desk.api.trail import note_deed, note_sight

router = APIRouter(prefix="/tickets", tags=["tickets"])
undoing = APIRouter(prefix="/ticket-merges", tags=["tickets"])

Key = Annotated[
    str, Path(pattern=r"^([Tt]-)?[0-9]{1,9}$", description="The number (T-10023) or the id.")
]
LastId = Annotated[
    str | None,
    Query(pattern=r"^([0-9]{1,9})?$", description="`next_cursor` of the page before."),
]
OfCustomer = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]


class TicketPatch(BaseModel):
    """What changes; a null assignee takes the ticket from whoever has it."""

    model_config = ConfigDict(extra="forbid")
    status: TicketStatus = Field(default_factory=lambda: TicketStatus.OPEN)
    priority: Priority = Field(default_factory=lambda: Priority.NORMAL)
    assignee: Name | None = Field(default_factory=lambda: None)
    note: Written = Field(default_factory=str)


class TicketMergeRequest(BaseModel):
    """The ticket that is about the same, by number or id."""

    model_config = ConfigDict(extra="forbid")
    other: Annotated[str, Field(pattern=r"^([Tt]-)?[0-9]{1,9}$")]
    preview: bool = False


@router.get("")
def list_tickets(
    desk: TheDesk,
    staff: Reader,
    status: TicketStatus | Literal[""] = "",
    customer_id: OfCustomer = None,
    query: Words = "",
    limit: Limit = 50,
    cursor: LastId = None,
) -> Page[TicketLine]:
    """Tickets by status, customer and words, the newest first.

    Words are looked for in number, subject, description and product. A marketer's search finds
    only what a marketer can read.
    """
    with desk.database.reading() as session:
        found = ticketing.list_tickets(
            session,
            status=status or None,
            customer_id=customer_id,
            words=query,
            limit=limit + 1,
            before=int(cursor) if cursor else None,
        )
        shown = found[:limit]
        veil = veil_for(staff, session, tickets=shown)
        lines = [ticket_line(one, veil) for one in shown if _can_be_read(one, query, veil)]
        more = len(found) > limit
        return Page(items=lines, next_cursor=str(shown[-1].id) if more else None)


def _can_be_read(ticket: Ticket, words: str, veil: Veil) -> bool:
    texts = " ".join(filter(None, (ticket.number, ticket.subject, ticket.description)))
    return all(veil.shows(f"{texts} {ticket.product or ''}", word) for word in words.split())


@router.get("/{key}", responses=answers(404))
def get_ticket(key: Key, desk: TheDesk, staff: Reader) -> TicketView:
    """A ticket with everything that happened to it."""
    with desk.database.reading() as session:
        ticket = _get(session, key)
        view = ticket_view(session, ticket, veil_for(staff, session, tickets=[ticket]))
    note_sight(desk, staff, f"ticket:{ticket.number}")
    return view


@router.patch("/{key}", responses=answers(400, 404, 409))
def change_ticket(key: Key, change: TicketPatch, desk: TheDesk, staff: Worker) -> TicketView:
    """Change status, priority or assignee, add a note; each is written into its history."""
    with desk.database.writing() as session:
        ticket = _get(session, key)
        _apply(ticket, change.model_dump(exclude_unset=True), staff.name)
        session.flush()
        note_deed(session, staff, Action.CHANGED, f"ticket:{ticket.number}")
        return ticket_view(session, ticket, veil_for(staff, session, tickets=[ticket]))


@router.post("/{key}/merge", responses=answers(400, 404, 409))
def merge_ticket(
    key: Key, given: TicketMergeRequest, desk: TheDesk, staff: Worker
) -> TicketMergeView:
    """Make one ticket of two: this one is kept and leads to what belongs to both.

    With `preview` nothing changes.
    """
    with desk.database.writing() as session:
        kept, absorbed = _get(session, key), _get(session, given.other)
        changes = merging.preview(kept, absorbed)
        entry = None if given.preview else merging.merge(session, kept, absorbed, staff.name)
        if entry is not None:
            subject = f"ticket:{kept.number}"
            note_deed(session, staff, Action.MERGED, subject, about=absorbed.number)
        return merge_view(kept, absorbed, changes, entry.id if entry else None)


@undoing.post("/{merge_id}/undo", responses=answers(404, 409))
def undo_ticket_merge(merge_id: Id, desk: TheDesk, staff: Worker) -> TicketMergeView:
    """Make two tickets of one again; what was changed since stays."""
    with desk.database.writing() as session:
        try:
            entry = merging.undo(session, merge_id, staff.name)
        except LookupError as unknown:
            raise Problem(404, "ticket_merge_not_found", str(unknown)) from unknown
        kept, absorbed = (session.get_one(Ticket, i) for i in (entry.kept_id, entry.absorbed_id))
        note_deed(session, staff, Action.UNDID, f"ticket:{kept.number}", about=absorbed.number)
        return merge_view(kept, absorbed, [], entry.id)


def _apply(ticket: Ticket, changes: dict[str, Any], actor: str) -> None:
    if "status" in changes:
        ticketing.change_status(ticket, changes["status"], actor)
    if "priority" in changes:
        ticketing.change_priority(ticket, changes["priority"], actor)
    if "assignee" in changes:
        ticketing.assign(ticket, changes["assignee"], actor)
    if "note" in changes:
        ticketing.add_note(ticket, actor, changes["note"])


def _get(session: Session, key: str) -> Ticket:
    ticket = ticketing.find_ticket(session, key)
    if ticket is None:
        raise not_found("ticket", key)
    return ticket
