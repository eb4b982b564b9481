"""Erases a person: profile, conversations, tickets, mails, files, dialogues, mentions elsewhere.

What the law or the figures keep is kept without the person. A report says what became of what; the
record of the erasure holds nothing of theirs.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.db import Base, Database, now
from crm.privacy import wiping
from crm.privacy.emptying import KeptRows, keep_nameless, remove, remove_rows
from crm.privacy.models import Erasure
from crm.privacy.outside import Outside
from crm.privacy.person import Person, person
from crm.privacy.reach import Reached, reach
from crm.privacy.redaction import Mention, find_mentions, strike_out
from crm.privacy.traces import channels_left, dialogues_touched, files_of, mails_to
from crm.profile.merging.models import Merge
from crm.profile.merging.suggestion import duplicates_of
from crm.profile.models import Customer, CustomerStatus, Trait
from crm.profile.relations import Relation
from crm.source.models import IdentityReview


class NotErasable(Exception):
    """This profile is not in use: it was erased before, or merged into another one."""

    def __init__(self, customer: Customer) -> None:
        self.merged_into_id = customer.merged_into_id
        state = f"was merged into {self.merged_into_id}" if self.merged_into_id else "was erased"
        super().__init__(f"Customer {customer.id} {state}.")


class NoSuchPerson(LookupError):
    """There is no customer with this id."""


@dataclass
class Report:
    """What became of a person's data: counts by table, never contents.

    Attributes:
        mentions: rows of others in which the person was struck out.
        shared: marks that other customers bear too, and that stay with those.
        sources: the company's other databases, where the person is to be erased as well.
        may_be_also: further profiles that may be theirs, for a person to look at.
        wiped: whether the free space of the database has been overwritten already.
    """

    customer_id: int
    removed: dict[str, int] = field(default_factory=dict)
    kept: list[KeptRows] = field(default_factory=list)
    mentions: int = 0
    shared: int = 0
    dialogues: int = 0
    files: int = 0
    sources: list[str] = field(default_factory=list)
    may_be_also: list[int] = field(default_factory=list)
    wiped: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        return asdict(self)


@dataclass(frozen=True)
class _Plan:
    """What is to go, found without holding anybody up."""

    person: Person
    mentions: Sequence[Mention]
    dialogues: Collection[int]
    files: Collection[str]
    report: Report


def erase(
    database: Database, outside: Outside, customer_id: int, actor: str, *, wipe: bool = True
) -> Report:
    """Erase a person now.

    Args:
        wipe: overwrite free space at once; who erases many does it once, at the end.

    Raises:
        NoSuchPerson, NotErasable
    """
    with database.reading() as session:
        plan = _plan(session, customer_id)
    with database.writing() as session:
        _carry_out(session, plan)
        entry = _record(session, plan, actor)
    report = plan.report
    report.dialogues = outside.dialogues.erase(plan.dialogues, plan.person.own)
    report.files = sum(outside.files.remove(name) for name in plan.files)
    report.wiped = wipe and wiping.wipe(database) and outside.dialogues.wipe()
    with database.writing() as session:
        session.get_one(Erasure, entry).report = report.as_dict()
    return report


def _plan(session: Session, customer_id: int) -> _Plan:
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise NoSuchPerson(customer_id)
    if customer.status != CustomerStatus.ACTIVE:
        raise NotErasable(customer)
    whole = person(session, customer_id)
    reached = _reach(session, whole)
    mentions = find_mentions(session, whole.own)
    report = Report(customer_id, sources=_sources(session, whole), shared=_shared(whole))
    report.may_be_also = _may_be_also(session, customer_id)
    return _Plan(
        person=whole,
        mentions=mentions,
        dialogues=dialogues_touched(session, whole, reached, mentions),
        files=files_of(session, reached),
        report=report,
    )


def _reach(session: Session, whole: Person) -> Reached:
    left = channels_left(session, whole.profiles)
    return reach(session, whole.profiles, channel_identity=left)


def _shared(whole: Person) -> int:
    marks, own = whole.marks, whole.own
    return sum(
        len(getattr(marks, name) - getattr(own, name))
        for name in ("emails", "phones", "codes", "names")
    )


def _sources(session: Session, whole: Person) -> list[str]:
    query = select(Trait.source).where(Trait.customer_id.in_(whole.profiles)).distinct()
    names = {source.partition(":")[0] for source in session.scalars(query)}
    return sorted(names - {"conversation", "staff", "model"})


def _may_be_also(session: Session, customer_id: int) -> list[int]:
    found = duplicates_of(session, customer_id)
    ids = {one for pair in found for one in (pair.one_id, pair.other_id) if not pair.told_apart}
    return sorted(ids - {customer_id})


def _carry_out(session: Session, plan: _Plan) -> None:
    wiping.overwrite_what_is_deleted(session)
    whole, report = plan.person, plan.report
    reached = _reach(session, whole)
    _remove_pairs(session, whole.profiles)
    mails = Base.metadata.tables["mail"]
    report.removed["mail"] = remove(session, mails, mails_to(session, whole))
    report.kept = keep_nameless(session, reached, whole.marks)
    report.removed |= remove_rows(session, reached)
    report.mentions = strike_out(session, plan.mentions, whole.own)
    report.removed = {name: count for name, count in sorted(report.removed.items()) if count}


def _remove_pairs(session: Session, profiles: Collection[int]) -> None:
    """What speaks of two profiles, such as the ledger of merges: nothing of it is left."""
    for kind, one, other in (
        (Merge, Merge.survivor_id, Merge.absorbed_id),
        (Relation, Relation.customer_id, Relation.other_id),
        (IdentityReview, IdentityReview.customer_id, IdentityReview.other_id),
    ):
        session.execute(delete(kind).where(one.in_(profiles) | other.in_(profiles)))


def _record(session: Session, plan: _Plan, actor: str) -> int:
    asked = select(Erasure).where(
        Erasure.customer_id.in_(plan.person.profiles), Erasure.done_at.is_(None)
    )
    entry = session.scalar(asked.order_by(Erasure.id).limit(1))
    if entry is None:
        entry = Erasure(customer_id=plan.person.customer_id, actor=actor)
        session.add(entry)
    entry.done_at, entry.report = now(), plan.report.as_dict()
    entry.conversations = sorted(plan.dialogues)
    session.flush()
    return entry.id
