"""Writes the profiles of people who were not known: all that is known of them is in the records."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from crm.db import now
from crm.db.bulk import insert_many
from crm.profile.models import Customer, CustomerStatus, IdentityKey
from crm.profile.traits import COLUMNS, WEIGHT
from crm.source.homes import Home
from crm.source.records import Incoming, Record

Columns = dict[str, Any]


def write_profiles(
    session: Session,
    homes: Sequence[Home],
    records: Sequence[Record],
    told: Mapping[str, Incoming],
) -> None:
    """Write a profile for every home that is new, with its columns where they are all known."""
    places = {record.member_id: place for place, record in enumerate(records)}
    at = now()
    insert_many(
        session,
        Customer,
        [
            {
                "id": home.customer_id,
                "status": CustomerStatus.ACTIVE,
                "created_at": at,
                "updated_at": at,
                **_columns([records[place] for place in _places(home, places)], told),
            }
            for home in homes
            if home.is_new
        ],
    )


def _places(home: Home, places: Mapping[str, int]) -> list[int]:
    """The records of a fresh home, in the order in which their values are written."""
    return sorted(places[member.id] for member in home.members) if home.is_fresh else []


def _columns(records: Sequence[Record], told: Mapping[str, Incoming]) -> Columns:
    """The values that hold, as `crm.profile.traits.winner` says: of two alike the later written."""
    best: dict[str, tuple[Any, ...]] = {}
    for record in records:
        one = told[record.key]
        for name in COLUMNS:
            value = one.values.get(name)
            if value is not None:
                rank = (WEIGHT[value.kind], one.at)
                if name not in best or rank >= best[name][0]:
                    best[name] = (rank, value.value)
    return {name: best[name][1] if name in best else None for name in COLUMNS}


def write_keys(session: Session, homes: Sequence[Home]) -> None:
    """Write the keys of fresh homes, without going back to the values."""
    rows = [
        {"customer_id": home.customer_id, "kind": kind, "value": value}
        for home in homes
        if home.is_fresh
        for kind, value in sorted({key for member in home.members for key in member.stored})
    ]
    insert_many(session, IdentityKey, rows)
