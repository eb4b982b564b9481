"""Two tickets about one matter become one, and two again if that was wrong; nothing is destroyed.

The one that is kept takes over what it lacks, and leads to the conversations and orders of both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.conversation.models import Conversation
from crm.db import now
from crm.ticket.desk import change_status, note_event
from crm.ticket.models import (
    OPEN_STATUSES,
    Priority,
    Ticket,
    TicketCategory,
    TicketMerge,
    TicketMergeRefused,
    TicketStatus,
)

BY_URGENCY = tuple(Priority)
FILLED = ("customer_id", "conversation_id", "order_id", "product", "assignee")
MERGED, ABSORBED, SEPARATED = "merged", "absorbed", "separated"


@dataclass(frozen=True)
class Change:
    """What a merge changes in the ticket that is kept."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Links:
    """Where a ticket leads, with all that were merged into it."""

    conversations: Sequence[int]
    orders: Sequence[int]
    absorbed: Sequence[Ticket]


def preview(kept: Ticket, absorbed: Ticket) -> list[Change]:
    """What would change in the ticket that is kept.

    Raises:
        TicketMergeRefused
    """
    _require_mergeable(kept, absorbed)
    return [
        Change(field, getattr(kept, field), value)
        for field, value in _wanted(kept, absorbed)
        if getattr(kept, field) != value
    ]


def _require_mergeable(kept: Ticket, absorbed: Ticket) -> None:
    if kept.id == absorbed.id:
        raise TicketMergeRefused("same_ticket", f"{kept.number} cannot be merged with itself.")
    for ticket in (kept, absorbed):
        if ticket.merged_into_id is not None:
            raise TicketMergeRefused(
                "ticket_merged", f"{ticket.number} was merged into another ticket; use that one."
            )
    owners = {kept.customer_id, absorbed.customer_id} - {None}
    if len(owners) > 1:
        raise TicketMergeRefused(
            "two_customers",
            f"{kept.number} and {absorbed.number} are of two customers; merge those first.",
        )
    if absorbed.status in OPEN_STATUSES and kept.status not in OPEN_STATUSES:
        raise TicketMergeRefused(
            "kept_is_settled",
            f"{kept.number} is settled and {absorbed.number} is not; keep {absorbed.number}.",
        )


def _wanted(kept: Ticket, absorbed: Ticket) -> Iterator[tuple[str, Any]]:
    for field in FILLED:
        value = getattr(kept, field)
        yield field, getattr(absorbed, field) if value is None else value
    yield "contact", {**absorbed.contact, **kept.contact}
    urgent = max(kept, absorbed, key=lambda ticket: BY_URGENCY.index(ticket.priority))
    yield "priority", urgent.priority
    yield "timed_as", urgent.timed_as
    # That somebody wanted a person says less than what they wanted them for.
    is_call = kept.category == TicketCategory.HANDOFF
    yield "category", absorbed.category if is_call else kept.category


def merge(session: Session, kept: Ticket, absorbed: Ticket, actor: str) -> TicketMerge:
    """Make one ticket of two.

    Raises:
        TicketMergeRefused
    """
    _hold(session, kept, absorbed)
    changes = preview(kept, absorbed)
    entry = TicketMerge(kept_id=kept.id, absorbed_id=absorbed.id, actor=actor)
    entry.before = {
        "kept": {change.field: change.before for change in changes},
        "after": {change.field: change.after for change in changes},
        "status": absorbed.status,
        "handoffs": _hand_over(session, absorbed, kept),
    }
    for change in changes:
        setattr(kept, change.field, change.after)
    change_status(absorbed, TicketStatus.CLOSED, actor)
    absorbed.merged_into_id = kept.id
    note_event(kept, actor, MERGED, absorbed.number)
    note_event(absorbed, actor, ABSORBED, kept.number)
    session.add(entry)
    session.flush()
    return entry


def _hold(session: Session, one: Ticket, other: Ticket) -> None:
    """Hold two tickets as they are now, in one order, so that of two merges at once one waits."""
    session.flush()
    for ticket in sorted((one, other), key=lambda ticket: ticket.id):
        session.refresh(ticket, with_for_update={"of": Ticket})


def _hand_over(session: Session, source: Ticket, target: Ticket) -> list[int]:
    """Conversations that wait for a person by one ticket now wait by the other."""
    query = select(Conversation.id).where(Conversation.handoff_ticket_id == source.id)
    waiting = list(session.scalars(query))
    _point(session, waiting, target)
    return waiting


def _point(session: Session, conversations: Sequence[int], ticket: Ticket) -> None:
    session.execute(
        update(Conversation)
        .where(Conversation.id.in_(conversations))
        .values(handoff_ticket_id=ticket.id)
    )


def undo(session: Session, merge_id: int, actor: str) -> TicketMerge:
    """Make two tickets of one again; what was changed since stays as it is.

    Raises:
        LookupError: there is no merge of this number.
        TicketMergeRefused
    """
    entry = session.get(TicketMerge, merge_id, with_for_update=True, populate_existing=True)
    if entry is None:
        raise LookupError(f"There is no merge {merge_id}.")
    kept = session.get_one(Ticket, entry.kept_id)
    absorbed = session.get_one(Ticket, entry.absorbed_id)
    _hold(session, kept, absorbed)
    _require_undoable(entry, kept)
    for field in _untouched(entry, kept):
        setattr(kept, field, entry.before["kept"][field])
    absorbed.merged_into_id = None
    change_status(absorbed, TicketStatus(entry.before["status"]), actor)
    _give_back(session, entry, kept, absorbed)
    note_event(kept, actor, SEPARATED, absorbed.number)
    note_event(absorbed, actor, SEPARATED, kept.number)
    entry.undone_at, entry.undone_by = now(), actor
    session.flush()
    return entry


def _untouched(entry: TicketMerge, kept: Ticket) -> set[str]:
    """What the merge changed and nobody since; the times go with the priority they belong to."""
    after = entry.before["after"]
    fields = {field for field, value in after.items() if getattr(kept, field) == value}
    return fields if "priority" in fields else fields - {"timed_as"}


def _require_undoable(entry: TicketMerge, kept: Ticket) -> None:
    if entry.undone_at is not None:
        raise TicketMergeRefused("merge_already_undone", "This merge was undone before.")
    if kept.merged_into_id is not None:
        raise TicketMergeRefused(
            "later_merge_first", f"{kept.number} was merged since; undo that merge first."
        )


def _give_back(session: Session, entry: TicketMerge, kept: Ticket, absorbed: Ticket) -> None:
    query = select(Conversation.id).where(
        Conversation.id.in_(entry.before["handoffs"]), Conversation.handoff_ticket_id == kept.id
    )
    _point(session, list(session.scalars(query)), absorbed)


def merges_of(session: Session, ticket_id: int) -> Sequence[TicketMerge]:
    """The merges in which a ticket was one of the two, the newest first."""
    query = select(TicketMerge).where(
        (TicketMerge.kept_id == ticket_id) | (TicketMerge.absorbed_id == ticket_id)
    )
    return session.scalars(query.order_by(TicketMerge.id.desc())).all()


def links_of(session: Session, ticket: Ticket) -> Links:
    """The conversations and orders of a ticket and of all that were merged into it."""
    absorbed = list(_absorbed(session, [ticket.id]))
    whole = [ticket, *absorbed]
    return Links(
        conversations=_once(one.conversation_id for one in whole),
        orders=_once(one.order_id for one in whole),
        absorbed=absorbed,
    )


def _absorbed(session: Session, ids: Sequence[int]) -> Iterator[Ticket]:
    found = session.scalars(
        select(Ticket).where(Ticket.merged_into_id.in_(ids)).order_by(Ticket.id)
    ).all()
    if found:
        yield from found
        yield from _absorbed(session, [one.id for one in found])


def _once(ids: Iterator[int | None] | Any) -> list[int]:
    return list(dict.fromkeys(one for one in ids if one is not None))


def doubles_of(session: Session, ticket: Ticket, limit: int = 5) -> Sequence[Ticket]:
    """Open tickets that may be about the same: of the same customer, or the same conversation."""
    same = Ticket.conversation_id == ticket.conversation_id
    if ticket.customer_id is not None:
        same = (Ticket.customer_id == ticket.customer_id) | same
    query = (
        select(Ticket)
        .where(same, Ticket.id != ticket.id, Ticket.merged_into_id.is_(None))
        .where(Ticket.status.in_(OPEN_STATUSES))
        .order_by(Ticket.id.desc())
        .limit(limit)
    )
    return session.scalars(query).all()
