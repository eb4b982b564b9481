"""Slows down who guesses passwords, whether or not the name they try exists."""

import hashlib
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from crm.db import now
from crm.staff.models import SignInFailure

WINDOW = timedelta(minutes=15)
PER_NAME_AND_ADDRESS = 5
PER_ADDRESS = 30
PER_NAME = 60


def may_try(session: Session, name: str, address: str) -> bool:
    """Whether one more sign-in under this name from this address is looked at."""
    return all(_failures(session, key) < most for key, most in _limits(name, address))


def note_failure(session: Session, name: str, address: str) -> None:
    """Count a refused sign-in; what no longer counts is forgotten."""
    session.execute(delete(SignInFailure).where(SignInFailure.at < now() - WINDOW))
    session.add_all(SignInFailure(key=key) for key, _ in _limits(name, address))


def forget_failures(session: Session, name: str, address: str) -> None:
    """Somebody got in: their slips of the keyboard no longer count."""
    (own, _), *_ = _limits(name, address)
    session.execute(delete(SignInFailure).where(SignInFailure.key == own))


def _failures(session: Session, key: str) -> int:
    query = select(func.count(SignInFailure.id)).where(
        SignInFailure.key == key, SignInFailure.at > now() - WINDOW
    )
    return session.scalar(query) or 0


def _limits(name: str, address: str) -> tuple[tuple[str, int], ...]:
    name = " ".join(name.split()).casefold()
    return (
        (_hash(f"both:{address}:{name}"), PER_NAME_AND_ADDRESS),
        (_hash(f"address:{address}"), PER_ADDRESS),
        (_hash(f"name:{name}"), PER_NAME),
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
