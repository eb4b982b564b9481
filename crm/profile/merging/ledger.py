"""Merges two profiles and takes a merge back. Nothing is destroyed, everything is written down.

Whatever was written to the survivor between a merge and its undo stays with the survivor; a no to
a consent counts for both, a yes for neither. Profiles return in the reverse order of their merges.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.consent.models import Consent
from crm.db import now
from crm.profile.keys import index_customers
from crm.profile.matching import Model
from crm.profile.matching.kept import kept_model
from crm.profile.merging import strictness
from crm.profile.merging.assurances import lower, restore
from crm.profile.merging.evidence import as_json, reasons
from crm.profile.merging.following import follow, return_rows
from crm.profile.merging.likeness import compare
from crm.profile.merging.models import Merge
from crm.profile.models import Customer, CustomerStatus, Trait
from crm.profile.traits import COLUMNS, project
from crm.value.figures import ValueRules
from crm.value.worth import revalue

NARROWED = "Two profiles became one, and only one of them had allowed this."
UNDONE = "Allowed while two profiles were taken for one person; ask again."


class MergeRefused(Exception):
    """A merge or its undo is not possible now; the message says why and what to do."""

    code = "merge_refused"


class SameProfile(MergeRefused):
    """A profile cannot be merged with itself."""

    code = "same_customer"


class NotInUse(MergeRefused):
    """One of the profiles was merged or erased before."""

    code = "customer_not_in_use"


class AlreadyUndone(MergeRefused):
    """The merge was taken back before."""

    code = "merge_already_undone"


class LaterMergeFirst(MergeRefused):
    """Another merge rests on this one."""

    code = "later_merge_first"


class NoSuchProfile(LookupError):
    """There is no customer with this id."""


class NoSuchMerge(LookupError):
    """There is no merge with this id."""


def merge(
    session: Session,
    survivor_id: int,
    absorbed_id: int,
    actor: str,
    model: Model | None = None,
    rules: ValueRules | None = None,
) -> Merge:
    """Make two profiles one; the absorbed one remains as a pointer to the survivor.

    Args:
        rules: what the survivor is worth is computed anew by these; none: by whoever keeps values.

    Raises:
        NoSuchProfile, SameProfile, NotInUse
    """
    survivor, absorbed = both_in_use(session, survivor_id, absorbed_id)
    consents = [strictness.held_by(session, one.id) for one in (survivor, absorbed)]
    entry = Merge(
        survivor_id=survivor.id,
        absorbed_id=absorbed.id,
        actor=actor,
        evidence=as_json(
            reasons(compare(session, survivor.id, absorbed.id), model or kept_model(session))
        ),
        before=_before(session, survivor, absorbed),
    )
    session.add(entry)
    session.flush()
    entry.moved = follow(session, absorbed.id, survivor.id)
    entry.narrowed = strictness.keep_to(
        session, survivor.id, strictness.strictest(*consents), f"merge:{entry.id}", NARROWED
    )
    absorbed.status, absorbed.merged_into_id = CustomerStatus.MERGED, survivor.id
    session.flush()
    project(session, survivor)
    index_customers(session, [survivor.id, absorbed.id])
    _revalue(session, entry, rules)
    return entry


def _revalue(session: Session, entry: Merge, rules: ValueRules | None) -> None:
    if rules is not None:
        revalue(session, (entry.survivor_id, entry.absorbed_id), rules)


def both_in_use(session: Session, one_id: int, other_id: int) -> tuple[Customer, Customer]:
    """Two profiles in use, held until the transaction ends.

    Raises:
        NoSuchProfile, SameProfile, NotInUse
    """
    if one_id == other_id:
        raise SameProfile(f"Customer {one_id} is one profile; name another one to merge with.")
    held = {customer_id: _hold(session, customer_id) for customer_id in sorted((one_id, other_id))}
    for customer in held.values():
        if customer.status != CustomerStatus.ACTIVE:
            raise NotInUse(f"Customer {customer.id} is {customer.status}; choose one in use.")
    return held[one_id], held[other_id]


def _hold(session: Session, customer_id: int) -> Customer:
    customer = session.get(Customer, customer_id, with_for_update=True)
    if customer is None:
        raise NoSuchProfile(customer_id)
    return customer


def _before(session: Session, survivor: Customer, absorbed: Customer) -> dict[str, Any]:
    return {
        "survivor": _columns(survivor),
        "absorbed": _columns(absorbed),
        "traits": _ids(session, Trait, survivor.id),
        "consents": _ids(session, Consent, survivor.id),
        "identities": lower(session, (survivor.id, absorbed.id)),
    }


def _columns(customer: Customer) -> dict[str, Any]:
    columns = {name: getattr(customer, name) for name in COLUMNS}
    return columns | {"updated_at": customer.updated_at.isoformat()}


def _ids(session: Session, kind: type[Trait] | type[Consent], customer_id: int) -> list[int]:
    return list(session.scalars(select(kind.id).filter_by(customer_id=customer_id)))


def undo(session: Session, merge_id: int, actor: str, rules: ValueRules | None = None) -> Merge:
    """Make two profiles of one again, each with what it had and what it is worth.

    Raises:
        NoSuchMerge, AlreadyUndone, NotInUse, LaterMergeFirst
    """
    entry = session.get(Merge, merge_id, with_for_update=True)
    if entry is None:
        raise NoSuchMerge(merge_id)
    _require_last(session, entry)
    survivor, absorbed = _hold(session, entry.survivor_id), _hold(session, entry.absorbed_id)
    return_rows(session, entry.moved, survivor.id, absorbed.id)
    strictness.take_back(session, entry.narrowed)
    _divide_consents(session, entry)
    restore(session, entry.before["identities"], survivor.id)
    _restore_columns(session, entry)
    index_customers(session, [survivor.id, absorbed.id])
    entry.undone_at, entry.undone_by = now(), actor
    session.flush()
    _revalue(session, entry, rules)
    return entry


def _require_last(session: Session, entry: Merge) -> None:
    if entry.undone_at is not None:
        raise AlreadyUndone(f"Merge {entry.id} was undone by {entry.undone_by}.")
    later = (
        select(Merge.id)
        .where(Merge.id > entry.id, Merge.undone_at.is_(None))
        .where((Merge.survivor_id == entry.survivor_id) | (Merge.absorbed_id == entry.survivor_id))
        .order_by(Merge.id.desc())
    )
    last = session.scalar(later.limit(1))
    if last is not None:
        raise LaterMergeFirst(f"Merge {last} rests on merge {entry.id}; undo merge {last} first.")
    survivor = session.get_one(Customer, entry.survivor_id)
    if survivor.status != CustomerStatus.ACTIVE:
        raise NotInUse(f"Customer {survivor.id} is {survivor.status}; nothing can return from it.")


def _divide_consents(session: Session, entry: Merge) -> None:
    """What was said in between: a no counts for both, a yes for neither."""
    since = strictness.said_since(session, entry.survivor_id, entry.before["consents"])
    if not since:
        return
    strictness.withdraw_for(session, entry.absorbed_id, since)
    own = _held_before(session, entry)
    strictness.keep_to(session, entry.survivor_id, own, f"undo:{entry.id}", UNDONE)


def _held_before(session: Session, entry: Merge) -> strictness.Held:
    own = set(entry.before["consents"])
    said = select(Consent).filter_by(customer_id=entry.survivor_id)
    ordered = session.scalars(said.order_by(Consent.at, Consent.id))
    return {(one.purpose, one.channel): one.granted for one in ordered if one.id in own}


def _restore_columns(session: Session, entry: Merge) -> None:
    session.flush()
    _write(session, entry.survivor_id, entry.before["survivor"])
    _write(session, entry.absorbed_id, entry.before["absorbed"])
    session.expire_all()
    survivor = session.get_one(Customer, entry.survivor_id)
    if set(_ids(session, Trait, survivor.id)) - set(entry.before["traits"]):
        project(session, survivor)


def _write(session: Session, customer_id: int, columns: dict[str, Any]) -> None:
    values = columns | {"updated_at": datetime.fromisoformat(columns["updated_at"])}
    restored = {"status": CustomerStatus.ACTIVE, "merged_into_id": None}
    session.execute(
        update(Customer.__table__)  # type: ignore[arg-type]
        .where(Customer.id == customer_id)
        .values(**values, **restored)
    )


def merges(
    session: Session,
    *,
    customer_id: int | None = None,
    limit: int = 50,
    before: int | None = None,
) -> Sequence[Merge]:
    """The ledger, the newest first; `before` is the id of the last one seen."""
    query = select(Merge).order_by(Merge.id.desc()).limit(limit)
    if customer_id is not None:
        either = (Merge.survivor_id == customer_id) | (Merge.absorbed_id == customer_id)
        query = query.where(either)
    if before is not None:
        query = query.where(Merge.id < before)
    return session.scalars(query).all()
