"""Takes records in: whose each is, what it says; twice is once, and the order does not matter."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm.db import now
from crm.db.bulk import insert_many, next_ids
from crm.profile.keys import index_customers
from crm.profile.models import Customer, CustomerStatus
from crm.source.circle import Circle, chunks, draw_circle
from crm.source.clusters import cluster
from crm.source.homes import Home, assign_homes
from crm.source.models import SourceRecord
from crm.source.moving import move_in, retire_empty
from crm.source.newcomers import write_keys, write_profiles
from crm.source.records import RECORD, Incoming, Record, origin_of
from crm.source.reviews import ask_people
from crm.source.strictness import keep_strictest
from crm.source.telling import project_columns, tell
from crm.source.ties import Member

INTAKE_LOCK = 19500


@dataclass
class Intake:
    """What became of some records.

    Attributes:
        counts: `new` people, `joined` to one who was known, `changed`, `unchanged`, `erased`
            (their person asked to be forgotten; left out), `moved` between profiles, `review`.
        customers: the profiles that changed.
    """

    counts: Counter[str] = field(default_factory=Counter)
    customers: set[int] = field(default_factory=set)
    record_of: dict[str, int] = field(default_factory=dict)


def take_in(session: Session, source: str, incoming: Sequence[Incoming]) -> Intake:
    """Take a handful of records of one source in; a few hundred at a time keep memory flat.

    Raises:
        BadKey: a record has no key that can be kept.
    """
    _one_at_a_time(session)
    intake = Intake()
    latest = {one.key: one for one in incoming}
    stored = _stored(session, source, list(latest))
    erased = _erased(session, stored.values())
    ids = iter(next_ids(session, SourceRecord, len(latest) - len(stored)))
    touched: dict[str, Incoming] = {}
    for key, one in latest.items():
        record = stored.get(key)
        if record is None:
            stored[key] = _new_record(next(ids), source, one)
            what = "new"
        else:
            what = _note(session, record, one, erased)
        intake.counts[what] += 1
        if what in ("new", "changed"):
            touched[key] = one
    if touched:
        _settle(session, [stored[key] for key in touched], touched, intake)
    intake.record_of = {key: record.id for key, record in stored.items()}
    return intake


def _one_at_a_time(session: Session) -> None:
    """Two of these at once could each make a profile for one person."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(INTAKE_LOCK)))


def _stored(session: Session, source: str, keys: Sequence[str]) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for some in chunks(keys):
        query = select(*RECORD).where(SourceRecord.source == source, SourceRecord.key.in_(some))
        found |= {row.key: Record(*row) for row in session.execute(query)}
    return found


def _erased(session: Session, records: Iterable[Record]) -> set[int]:
    owners = sorted({record.customer_id for record in records if record.customer_id})
    erased: set[int] = set()
    for some in chunks(owners):
        query = select(Customer.id).where(
            Customer.id.in_(some), Customer.status == CustomerStatus.ERASED
        )
        erased |= set(session.scalars(query))
    return erased


def _new_record(record_id: int, source: str, one: Incoming) -> Record:
    origin = origin_of(source, one.key)
    return Record(record_id, source, one.key, origin, one.facts, one.fingerprint(), is_new=True)


def _note(session: Session, record: Record, one: Incoming, erased: set[int]) -> str:
    """Write down what a known record says now; says what is new about it."""
    if record.customer_id in erased:
        return "erased"
    fingerprint = one.fingerprint()
    if record.fingerprint == fingerprint:
        return "unchanged"
    record.facts, record.fingerprint = one.facts, fingerprint
    said = {"facts": one.facts, "fingerprint": fingerprint, "seen_at": now()}
    session.execute(update(SourceRecord).where(SourceRecord.id == record.id).values(said))
    return "changed"


def _settle(
    session: Session, records: Sequence[Record], told: dict[str, Incoming], intake: Intake
) -> None:
    changed = [record for record in records if record.customer_id is not None]
    circle = draw_circle(session, records)
    homes = assign_homes(session, _persons(circle), circle)
    fresh = {home.customer_id for home in homes if home.is_fresh}
    _count(circle, homes, records, intake)
    write_profiles(session, homes, records, told)
    left = move_in(session, homes, circle)
    _write(session, [record for record in records if record.is_new])
    intake.customers = left.keys() | {home.customer_id for home in homes if home.has_changed}
    intake.customers |= {record.customer_id for record in records if record.customer_id}
    tell(session, records, told, changed)
    keep_strictest(session, intake.customers - _alone(homes))
    retire_empty(session, left)
    write_keys(session, homes)
    index_customers(session, sorted(intake.customers - fresh))
    project_columns(session, intake.customers - fresh)
    intake.counts["review"] += ask_people(session, circle, homes, records)


def _write(session: Session, records: Sequence[Record]) -> None:
    """Write the records that are new, each with its profile."""
    seen_at = now()
    names = ("id", "source", "key", "origin", "facts", "fingerprint", "customer_id")
    rows = [{name: getattr(record, name) for name in names} for record in records]
    insert_many(session, SourceRecord, [{**row, "seen_at": seen_at} for row in rows])


def _persons(circle: Circle) -> list[list[Member]]:
    """Members by person; what a profile knows of its own is no person without some record."""
    groups = cluster(circle.reached_members(), circle.ties)
    return [group for group in groups if any(one.id in circle.records for one in group)]


def _alone(homes: Sequence[Home]) -> set[int]:
    """New profiles of one record: there is nobody else's answer to compare with."""
    return {home.customer_id for home in homes if home.is_new and len(home.members) == 1}


def _count(
    circle: Circle, homes: Sequence[Home], records: Sequence[Record], intake: Intake
) -> None:
    """Tell people apart from records: which new record is of somebody who was known."""
    new = {record.member_id for record in records if record.is_new}
    for home in homes:
        arrived = [member for member in home.members if member.id in new]
        joined = len(arrived) - home.is_new
        if arrived:
            intake.counts["joined"] += joined
            intake.counts["new"] -= joined
        intake.counts["moved"] += sum(
            circle.customer_of.get(member.id, home.customer_id) != home.customer_id
            for member in home.members
        )
