"""Compares two profiles with the engine that also serves the conversation and the import."""

from sqlalchemy.orm import Session

from crm.profile.keys import Known
from crm.profile.matching.customers import compare_people
from crm.profile.matching.lookup import known_of_customers
from crm.profile.matching.model import Levels


def compare(session: Session, one_id: int, other_id: int) -> Levels:
    """How alike each field of two profiles in use is."""
    session.flush()
    known = known_of_customers(session, [one_id, other_id])
    return compare_people(known.get(one_id, Known()), known.get(other_id, Known()))
