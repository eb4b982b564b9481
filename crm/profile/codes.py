"""One-time codes: six digits, short-lived, few tries, sent only to the contact on file."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db import now
from crm.profile.assurance import verify
from crm.profile.models import ChannelIdentity, Customer, OneTimeCode

DIGITS = 6


@dataclass(frozen=True)
class CodeRules:
    """How long codes and verifications last, and how often one may be asked or mistaken."""

    lasting: timedelta
    attempts: int
    lock: timedelta
    per_hour: int
    verified: timedelta
    key: bytes


class CodeRefused(Exception):
    """A code cannot be sent or is not accepted."""


class CodesLocked(CodeRefused):
    """Too many wrong codes: nothing is checked or sent until the lock ends."""


class TooManyCodes(CodeRefused):
    """Too many codes were asked for within the hour."""


class NoContact(CodeRefused):
    """There is no contact on file to send a code to."""


class CodeExpired(CodeRefused):
    """There is no code that could still be used."""


class WrongCode(CodeRefused):
    """The code is not the one that was sent."""

    def __init__(self, left: int) -> None:
        super().__init__(f"wrong code, {left} tries left")
        self.left = left


def issue(session: Session, identity: ChannelIdentity, customer: Customer, rules: CodeRules) -> str:
    """Make a code for a customer; the caller sends it to the contact on file.

    Raises:
        CodesLocked, TooManyCodes, NoContact
    """
    if _is_locked(identity):
        raise CodesLocked
    if not customer.email:
        raise NoContact
    if _sent_lately(session, customer.id) >= rules.per_hour:
        raise TooManyCodes
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    entry = OneTimeCode(
        customer_id=customer.id,
        identity_id=identity.id,
        code_hash="",
        expires_at=now() + rules.lasting,
    )
    session.add(entry)
    session.flush()
    entry.code_hash = _hash(rules.key, entry.id, code)
    return code


def check(session: Session, identity: ChannelIdentity, given: str, rules: CodeRules) -> None:
    """Accept a code, which verifies the identity, or say why not.

    Raises:
        CodesLocked, CodeExpired, WrongCode: a wrong try is counted in the same transaction,
            so commit it.
    """
    if _is_locked(identity):
        raise CodesLocked
    entry = _usable(session, identity)
    if entry is None:
        raise CodeExpired
    if hmac.compare_digest(entry.code_hash, _hash(rules.key, entry.id, given)):
        entry.used_at = now()
        verify(identity, rules.verified)
        return
    entry.attempts += 1
    if entry.attempts >= rules.attempts:
        entry.expires_at = now()
        identity.codes_locked_until = now() + rules.lock
        raise CodesLocked
    raise WrongCode(rules.attempts - entry.attempts)


def _is_locked(identity: ChannelIdentity) -> bool:
    return identity.codes_locked_until is not None and now() < identity.codes_locked_until


def _sent_lately(session: Session, customer_id: int) -> int:
    since = now() - timedelta(hours=1)
    query = select(func.count(OneTimeCode.id)).where(
        OneTimeCode.customer_id == customer_id, OneTimeCode.created_at > since
    )
    return session.scalar(query) or 0


def _usable(session: Session, identity: ChannelIdentity) -> OneTimeCode | None:
    query = (
        select(OneTimeCode)
        .where(
            OneTimeCode.identity_id == identity.id,
            OneTimeCode.customer_id == identity.customer_id,
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > now(),
        )
        .order_by(OneTimeCode.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def _hash(key: bytes, entry_id: int, code: str) -> str:
    return hmac.new(key, f"{entry_id}:{code}".encode(), hashlib.sha256).hexdigest()
