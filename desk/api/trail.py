"""Who saw and did what through the API, in the same audit log as on the desk."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from crm.staff import audit
from crm.staff.audit import Action
from desk.api.access import Staff
from desk.api.context import Desk

# A program that looks at one thing again and again is written down once in this time.
SAME_LOOK = timedelta(minutes=5)


def note_deed(session: Session, staff: Staff, action: Action, subject: str, **details: Any) -> None:
    """Write a deed down in the transaction in which it is done."""
    audit.note(session, staff.name, staff.role, action, subject, by="api", **details)


def note_sight(desk: Desk, staff: Staff, subject: str, action: Action = Action.SAW) -> None:
    """Write down that somebody's data was looked at, unless that was done a moment ago."""
    with desk.database.reading() as session:
        if audit.was_noted(session, staff.name, action, subject, SAME_LOOK):
            return
    with desk.database.writing() as session:
        note_deed(session, staff, action, subject)
