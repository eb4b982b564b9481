"""Stores what must be there once, though several transactions may try at the same moment."""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.db.base import Base


def insert_unless_there(session: Session, row: Base) -> bool:
    """Insert a row; False when a unique value of it is there already.

    What the other transaction stored is visible afterwards: on PostgreSQL the insertion has waited
    for it to end.
    """
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        return False
    return True
