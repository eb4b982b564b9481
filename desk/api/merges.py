"""/duplicates and /merges: profiles that may be one person's, made one and two again."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy.orm import Session

from crm.profile.merging import ledger
from crm.profile.merging.models import Merge
from crm.profile.merging.preview import preview
from crm.profile.merging.suggestion import Pair, Suggestion, duplicates_of, review, tell_apart
from crm.profile.models import Customer
from crm.staff.audit import Action
from desk.api.access import Staff, Worker
from desk.api.context import TheDesk
from desk.api.errors import answers, conflict, not_found
from desk.api.fields import LARGEST_ID, Id
from desk.api.masking import veil_for
from desk.api.merge_views import (
    DuplicateView,
    MergeLine,
    MergeView,
    duplicate_view,
    merge_line,
    merge_view,
)
from desk.api.paging import Cursor, Limit, Page, Place, cut, place
from desk.api.trail import note_deed, note_sight

router = APIRouter(tags=["merges"])


def _whole(value: object) -> object:
    """JSON knows no integers: 12.0 is 12."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


OtherId = Annotated[int, Field(strict=True, ge=1, le=LARGEST_ID), BeforeValidator(_whole)]
OfCustomer = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]


class MergeRequest(BaseModel):
    """Which profile to merge with, which of the two survives, and whether only to look."""

    model_config = ConfigDict(extra="forbid")
    other_id: OtherId
    survivor: Literal["this", "other"] = "this"
    preview: Annotated[bool, Field(strict=True)] = False


class ApartRequest(BaseModel):
    """The profile that is another person's."""

    model_config = ConfigDict(extra="forbid")
    other_id: OtherId


@router.get("/duplicates")
def list_duplicates(
    desk: TheDesk, staff: Worker, limit: Limit = 50, cursor: Cursor = None
) -> Page[DuplicateView]:
    """Pairs of profiles to be reviewed, by their ids; within a page the likeliest first."""
    with desk.database.reading() as session:
        page = review(session, limit=limit, after=_pair(cursor))
        following = "-".join(map(str, page.following)) if page.following else None
        found = _shown(session, page.suggestions, staff)
    note_sight(desk, staff, "duplicates", Action.SEARCHED)
    return Page(items=found, next_cursor=following)


def _pair(cursor: str | None) -> Pair | None:
    if not cursor:
        return None
    one, other = cursor.split("-")
    return int(one), int(other)


def _shown(session: Session, found: Sequence[Suggestion], staff: Staff) -> list[DuplicateView]:
    veil = veil_for(staff, session)
    return [
        duplicate_view(
            one,
            session.get_one(Customer, one.one_id),
            session.get_one(Customer, one.other_id),
            veil,
        )
        for one in found
    ]


@router.get("/customers/{customer_id}/duplicates", responses=answers(404))
def get_duplicates(customer_id: Id, desk: TheDesk, staff: Worker) -> list[DuplicateView]:
    """The profiles that may be this customer's too, with what speaks for it, in words."""
    with desk.database.reading() as session:
        if session.get(Customer, customer_id) is None:
            raise not_found("customer", customer_id)
        found = _shown(session, duplicates_of(session, customer_id), staff)
    note_sight(desk, staff, f"customer:{customer_id}")
    return found


@router.post("/customers/{customer_id}/merge", responses=answers(400, 404, 409))
def merge_customers(
    customer_id: Id, wanted: MergeRequest, desk: TheDesk, staff: Worker
) -> MergeView:
    """Make two profiles one, or see what that would bring. It can be undone."""
    pair = (customer_id, wanted.other_id)
    survivor, absorbed = pair if wanted.survivor == "this" else pair[::-1]
    door = desk.database.reading if wanted.preview else desk.database.writing
    with door() as session, _refusals():
        shown = preview(session, survivor, absorbed)
        view = merge_view(shown, veil_for(staff, session), None)
        if wanted.preview:
            return view
        entry = ledger.merge(session, survivor, absorbed, staff.name, rules=desk.value_rules)
        note_deed(session, staff, Action.MERGED, f"customer:{survivor}", about=absorbed)
        return view.model_copy(update={"merge_id": entry.id, "preview": False})


@router.post("/customers/{customer_id}/apart", status_code=200, responses=answers(400, 404, 409))
def tell_customers_apart(
    customer_id: Id, wanted: ApartRequest, desk: TheDesk, staff: Worker
) -> list[DuplicateView]:
    """Say that two profiles are two people's; returns what may still be this customer's."""
    with desk.database.writing() as session, _refusals():
        tell_apart(session, customer_id, wanted.other_id)
        subject = f"customer:{customer_id}"
        note_deed(session, staff, Action.CHANGED, subject, about=wanted.other_id)
        left = [one for one in duplicates_of(session, customer_id) if not one.told_apart]
        return _shown(session, left, staff)


@router.get("/merges")
def list_merges(
    desk: TheDesk,
    staff: Worker,
    customer_id: OfCustomer = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[MergeLine]:
    """The ledger of merges, the newest first."""
    last = place(cursor)
    with desk.database.reading() as session:
        found = ledger.merges(
            session, customer_id=customer_id, limit=limit + 1, before=last[1] if last else None
        )
        shown, following = cut(found, limit, _place)
        return Page(items=[merge_line(entry) for entry in shown], next_cursor=following)


def _place(entry: Merge) -> Place:
    return entry.at, entry.id


@router.post("/merges/{merge_id}/undo", responses=answers(404, 409))
def undo_merge(merge_id: Id, desk: TheDesk, staff: Worker) -> MergeLine:
    """Make two profiles of one again, each with what it had."""
    with desk.database.writing() as session, _refusals():
        entry = ledger.undo(session, merge_id, staff.name, desk.value_rules)
        note_deed(session, staff, Action.UNDID, f"customer:{entry.survivor_id}", about=merge_id)
        return merge_line(entry)


@contextmanager
def _refusals() -> Iterator[None]:
    """Answer in the API's form what the ledger refuses."""
    try:
        yield
    except ledger.NoSuchProfile as unknown:
        raise not_found("customer", unknown) from None
    except ledger.NoSuchMerge as unknown:
        raise not_found("merge", unknown) from None
    except ledger.MergeRefused as refused:
        raise conflict(refused.code, str(refused)) from None
