"""/customers/{id}/relations: who belongs to whom (R6)."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from crm.profile.models import Customer
from crm.profile.relations import RelationKind, relate, ties_of, unrelate
from crm.staff.audit import Action
from desk.api.access import Staff, Worker
from desk.api.context import TheDesk
from desk.api.customer_views import RelationView, relation_view
from desk.api.errors import Problem, answers, not_found
from desk.api.fields import LARGEST_ID, Id
from desk.api.masking import veil_for
from desk.api.trail import note_deed

router = APIRouter(prefix="/customers", tags=["customers"])
RelationId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


class NewRelation(BaseModel):
    """The other customer, and how they belong together; `referred_by` is who brought this one."""

    model_config = ConfigDict(extra="forbid")
    kind: RelationKind
    other_id: Annotated[int, Field(ge=1, le=LARGEST_ID)]


@router.post("/{customer_id}/relations", responses=answers(400, 404, 409))
def add_relation(
    customer_id: Id, given: NewRelation, desk: TheDesk, staff: Worker
) -> list[RelationView]:
    """Say that two customers belong together; answers with all relations of this one."""
    with desk.database.writing() as session:
        for one in (customer_id, given.other_id):
            if session.get(Customer, one) is None:
                raise not_found("customer", one)
        relate(session, customer_id, given.kind, given.other_id, f"staff:{staff.name}")
        _note(session, staff, customer_id, given.other_id)
        return _relations(session, staff, customer_id)


@router.delete("/{customer_id}/relations/{relation_id}", responses=answers(404))
def remove_relation(
    customer_id: Id, relation_id: RelationId, desk: TheDesk, staff: Worker
) -> list[RelationView]:
    """Take a relation away; answers with those that are left."""
    with desk.database.writing() as session:
        gone = unrelate(session, customer_id, relation_id)
        if gone is None:
            message = f"Customer {customer_id} has no relation {relation_id}."
            raise Problem(404, "relation_not_found", message)
        _note(session, staff, customer_id, gone.other_id)
        return _relations(session, staff, customer_id)


def _note(session: Session, staff: Staff, customer_id: int, about: int) -> None:
    subject = f"customer:{customer_id}"
    note_deed(session, staff, Action.CHANGED, subject, fields=["relations"], about=about)


def _relations(session: Session, staff: Staff, customer_id: int) -> list[RelationView]:
    veil = veil_for(staff, session)
    return [relation_view(one, veil) for one in ties_of(session, customer_id)]
