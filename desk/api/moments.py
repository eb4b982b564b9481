"""/moments: what the bot said without being asked, what it held back, and why."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from crm.conversation.models import State
from crm.moment.listing import NoSuchMoment, NotPlanned, Wanted, list_moments, withdraw
from crm.moment.models import Moment, MomentState
from desk.api.access import Reader, Worker
from desk.api.context import TheDesk
from desk.api.errors import Problem, answers
from desk.api.fields import LARGEST_ID, Id
from desk.api.paging import Cursor, Limit, Page, cut, place

router = APIRouter(prefix="/moments", tags=["moments"])
Word = Annotated[str, Query(pattern=r"^[a-z0-9_]{0,40}$")]
Whose = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]


class MomentView(BaseModel):
    """One moment: planned for `due_at`, said, held back or withdrawn.

    `reason` says why it was put off, held back or withdrawn; `delivery` and `error` what became of
    its message.
    """

    id: int
    name: str
    occasion: str
    customer_id: int | None
    conversation_id: int | None
    channel: str | None
    sku: str | None
    state: MomentState
    reason: str | None
    delivery: State | None
    error: str | None
    due_at: datetime
    until: datetime
    created_at: datetime
    decided_at: datetime | None


@router.get("")
def list_all_moments(
    desk: TheDesk,
    staff: Reader,
    state: MomentState | Literal[""] = "",
    name: Word = "",
    reason: Word = "",
    customer_id: Whose = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[MomentView]:
    """What went out, what was held back and why, the last planned first."""
    wanted = Wanted(state or None, name or None, reason or None, customer_id)
    with desk.database.reading() as session:
        found = list_moments(session, wanted, limit + 1, place(cursor))
        shown, following = cut(found, limit, lambda row: (row[0].created_at, row[0].id))
        return Page(items=[_view(*row) for row in shown], next_cursor=following)


@router.post("/{moment_id}/withdraw", responses=answers(404, 409))
def withdraw_moment(moment_id: Id, desk: TheDesk, staff: Worker) -> MomentView:
    """Have a planned moment never be said."""
    with desk.database.writing() as session:
        try:
            return _view(withdraw(session, moment_id))
        except NoSuchMoment:
            raise Problem(
                404, "moment_not_found", f"There is no moment {moment_id}; GET /moments lists them."
            ) from None
        except NotPlanned as decided:
            raise Problem(409, "not_planned", str(decided)) from None


def _view(moment: Moment, delivery: State | None = None, error: str | None = None) -> MomentView:
    names = set(MomentView.model_fields) - {"sku", "delivery", "error"}
    fields: dict[str, Any] = {name: getattr(moment, name) for name in names}
    sku = moment.details.get("sku")
    return MomentView(**fields, sku=str(sku) if sku else None, delivery=delivery, error=error)
