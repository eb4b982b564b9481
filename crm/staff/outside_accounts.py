"""People whom an identity provider vouches for: found again by its id for them, never by a name."""

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.staff.models import OutsideAccount, Role, StaffUser
from crm.staff.users import NameTaken, add_user, end_sessions

MOST_OF_A_NAME = 9
PASSWORD_BYTES = 48


class ShutOut(Exception):
    """This person may no longer sign in here, whatever the provider says."""


def admit(session: Session, issuer: str, subject: str, name: str, role: Role) -> StaffUser:
    """The user of an outside account, made when they come for the first time; with today's role.

    A new user never takes over a local account of the same name: they get a number.

    Raises:
        ShutOut: an admin has disabled the user.
        BadLabel: the name cannot be used.
    """
    account = session.scalar(select(OutsideAccount).filter_by(issuer=issuer, subject=subject))
    if account is None:
        return _add(session, issuer, subject, name, role)
    user = session.get_one(StaffUser, account.user_id)
    if user.disabled_at is not None:
        raise ShutOut
    if user.role != role:
        user.role = role
        end_sessions(session, user)
    return user


def _add(session: Session, issuer: str, subject: str, name: str, role: Role) -> StaffUser:
    user = _with_free_name(session, name, role)
    session.add(OutsideAccount(user_id=user.id, issuer=issuer, subject=subject))
    session.flush()
    return user


def _with_free_name(session: Session, name: str, role: Role) -> StaffUser:
    """A password is made that nobody knows: they come in by the provider only."""
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    for number in range(1, MOST_OF_A_NAME):
        try:
            return add_user(session, name if number == 1 else f"{name} {number}", role, password)
        except NameTaken:
            continue
    raise NameTaken(f"There are too many people called {name!r}; ask an admin.")
