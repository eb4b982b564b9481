"""People who sign in to the desk: added, given a password, shut out."""

from collections.abc import Sequence
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.db import now
from crm.staff.models import Role, StaffSession, StaffUser
from crm.staff.tokens import BadLabel, usable_name

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200

_hasher = PasswordHasher()


class BadPassword(ValueError):
    """The password cannot be used."""


class NameTaken(ValueError):
    """Somebody of the staff already has this name."""


class UnknownUser(LookupError):
    """Nobody of the staff has this name."""


def add_user(
    session: Session, name: str, role: Role, password: str, language: str = "it"
) -> StaffUser:
    """Add somebody to the staff.

    Raises:
        BadLabel: the name is empty, too long, or one of the system itself.
        NameTaken, BadPassword
    """
    display = usable_name(name)
    if not display:
        raise BadLabel("The name is empty; give the name under which this person works.")
    if _find(session, display) is not None:
        raise NameTaken(f"There is already somebody called {display!r}; choose another name.")
    user = StaffUser(
        name=display,
        sign_in=_key(display),
        role=role,
        password_hash=hash_password(password),
        language=language,
    )
    session.add(user)
    session.flush()
    return user


def hash_password(password: str) -> str:
    """The argon2id hash of a password.

    Raises:
        BadPassword: too short to withstand guessing, or too long to be one.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise BadPassword(
            f"The password has {len(password)} characters; use {SHORTEST_PASSWORD} to "
            f"{LONGEST_PASSWORD}."
        )
    return _hasher.hash(password)


def check_password(session: Session, name: str, password: str) -> StaffUser | None:
    """The user with this name and password; as slow for a name that nobody has."""
    user = _find(session, name)
    known = user is not None and user.disabled_at is None
    stored = user.password_hash if user is not None and known else _nobodys_hash()
    if not _matches(stored, password[:LONGEST_PASSWORD]) or user is None or not known:
        return None
    if _hasher.check_needs_rehash(stored):
        user.password_hash = _hasher.hash(password)
    return user


@cache
def _nobodys_hash() -> str:
    """What an unknown name is checked against, so that it takes as long as a known one."""
    return _hasher.hash("nobody at all")


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def find_user(session: Session, name: str) -> StaffUser:
    """Somebody by name, in any case.

    Raises:
        UnknownUser
    """
    user = _find(session, name)
    if user is None:
        raise UnknownUser(f"Nobody is called {name!r}; `bottega staff list` shows who there is.")
    return user


def _find(session: Session, name: str) -> StaffUser | None:
    return session.scalar(select(StaffUser).filter_by(sign_in=_key(name)))


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()[:100]


def change_password(session: Session, user: StaffUser, password: str) -> None:
    """Give somebody another password; whoever is signed in under the old one is signed out.

    Raises:
        BadPassword
    """
    user.password_hash = hash_password(password)
    end_sessions(session, user)


def disable_user(session: Session, user: StaffUser) -> None:
    """Shut somebody out from now on; what they did stays theirs."""
    user.disabled_at = user.disabled_at or now()
    end_sessions(session, user)


def enable_user(user: StaffUser) -> None:
    """Let somebody in again."""
    user.disabled_at = None


def end_sessions(session: Session, user: StaffUser) -> None:
    """Sign somebody out everywhere."""
    session.execute(
        update(StaffSession)
        .where(StaffSession.user_id == user.id, StaffSession.ended_at.is_(None))
        .values(ended_at=now())
    )


def users(session: Session) -> Sequence[StaffUser]:
    """Everybody, those who may sign in first, by name."""
    return session.scalars(
        select(StaffUser).order_by(StaffUser.disabled_at.is_not(None), StaffUser.sign_in)
    ).all()


def agents(session: Session) -> Sequence[StaffUser]:
    """Who may be given a conversation or a ticket."""
    return [
        user for user in users(session) if user.disabled_at is None and user.role != Role.MARKETER
    ]
