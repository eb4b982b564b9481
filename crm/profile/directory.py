"""Finds customers for the staff: by name, e-mail, phone or CAP, the last changed first."""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm.profile.elastic_values import says
from crm.profile.models import ChannelIdentity, Customer, CustomerStatus, Trait

Place = tuple[datetime, int]

NAME_TRAITS = ("given_name", "family_name", "full_name", "person_name", "nickname")
PERSONAL = (Customer.given_name, Customer.family_name, Customer.email, Customer.phone)
PHONE = re.compile(r"(?:\+|00)?[\d\s./()-]{6,}")


def list_customers(
    session: Session,
    words: str = "",
    *,
    personal: bool = True,
    limit: int = 50,
    after: Place | None = None,
    fields: Collection[str] = (),
) -> Sequence[Customer]:
    """Profiles in use, the last changed first.

    Args:
        words: each must occur in a name, the e-mail, the phone or the CAP.
        personal: whether names, e-mails and phones may be searched; the CAP always is.
        limit: how many at most.
        after: `updated_at` and id of the last one seen.
        fields: own fields to be searched besides, for the words as a whole.
    """
    query = select(Customer).where(Customer.status == CustomerStatus.ACTIVE)
    if words.strip():
        query = query.where(or_(matches(words, personal=personal), says(words, fields)))
    if after is not None:
        at, last = after
        query = query.where(
            (Customer.updated_at < at) | ((Customer.updated_at == at) & (Customer.id < last))
        )
    query = query.order_by(Customer.updated_at.desc(), Customer.id.desc()).limit(limit)
    return session.scalars(query).all()


def matches(words: str, *, personal: bool = True) -> ColumnElement[bool]:
    """The condition that a customer answers to all the words."""
    if not personal:
        return Customer.cap.startswith(words.strip(), autoescape=True)
    by_word = [_occurs(word) for word in words.split()]
    return or_(and_(*by_word), _has_phone(words)) if by_word else false()


def _occurs(word: str) -> ColumnElement[bool]:
    columns: Iterable[InstrumentedAttribute[Any]] = (*PERSONAL, Customer.cap)
    return or_(
        *(
            column.icontains(spelt, autoescape=True)
            for column in columns
            for spelt in spellings(word)
        )
    )


def spellings(word: str) -> set[str]:
    """The cases of a word; SQLite itself takes only the letters a to z for the same in both."""
    if word.isascii():
        return {word}
    return {word, word.lower(), word.upper(), word.capitalize()}


def _has_phone(words: str) -> ColumnElement[bool]:
    if not PHONE.fullmatch(words.strip()):
        return false()
    digits = re.sub(r"\D", "", words).removeprefix("00")
    return Customer.phone.contains(digits) if digits else false()


def identities_of(session: Session, customer_id: int) -> Sequence[ChannelIdentity]:
    """Where a customer is recognised, oldest first."""
    query = select(ChannelIdentity).filter_by(customer_id=customer_id).order_by(ChannelIdentity.id)
    return session.scalars(query).all()


def traits_of(session: Session, customer_id: int) -> Sequence[Trait]:
    """Every value that is or was known of a customer, the winning ones and the others."""
    return session.scalars(select(Trait).filter_by(customer_id=customer_id)).all()


def names_of(session: Session, customer_ids: Collection[int]) -> set[str]:
    """Every name that some source gives these customers."""
    query = select(Trait.value).where(
        Trait.customer_id.in_(customer_ids), Trait.name.in_(NAME_TRAITS)
    )
    columns = select(Customer.given_name, Customer.family_name).where(Customer.id.in_(customer_ids))
    names = {str(value) for value in session.scalars(query)}
    return names | {name for row in session.execute(columns) for name in row if name}
