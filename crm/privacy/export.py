"""A copy of everything that is held about one person (R5), for them to read or to take along."""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Session

from crm.db import Base, now
from crm.privacy.outside import Outside
from crm.privacy.person import person
from crm.privacy.reach import Reached, reach, rows_of
from crm.privacy.traces import mails_to
from crm.profile.models import Customer
from crm.profile.relations import ties_of

# Copies that machines keep of what stands elsewhere in the export, hashes, and drafts of the staff.
LEFT_OUT = (
    "identity_key",
    "one_time_code",
    "personal_link",
    "turn_effect",
    "pressable_button",
    "staff_glance",
    "erasure",
)
SECTIONS = {
    "customer": "profiles",
    "trait": "values",
    "customer_value": "value",
    "consent": "consents",
    "customer_relation": "relations",
    "channel_identity": "channels",
    "conversation": "conversations",
    "order": "orders",
    "ticket": "tickets",
    "offer_event": "offers",
    "signal": "signals",
    "mail": "mails",
    "source_record": "source_records",
}
# What is shown inside its parent: table, column that points to the parent, parent, name.
INSIDE = (
    ("message", "conversation_id", "conversation", "messages"),
    ("conversation_event", "conversation_id", "conversation", "events"),
    ("order_line", "order_id", "order", "lines"),
    ("ticket_event", "ticket_id", "ticket", "events"),
)
MOST_FILE_BYTES = 25 * 1024 * 1024

Rows = dict[str, list[dict[str, Any]]]


class NothingHeld(LookupError):
    """There is no customer with this id."""


def export(session: Session, outside: Outside, customer_id: int) -> dict[str, Any]:
    """Everything about a person, as JSON: profile, conversations, orders, tickets, mails, files.

    Raises:
        NothingHeld
    """
    if session.get(Customer, customer_id) is None:
        raise NothingHeld(customer_id)
    whole = person(session, customer_id)
    reached = reach(session, whole.profiles)
    reached["mail"] = mails_to(session, whole)
    ties = (tie for one in whole.profiles for tie in ties_of(session, one))
    reached["customer_relation"] = {(tie.id,) for tie in ties}
    rows = _rows(session, reached)
    files = list(_files(rows.get("message", ()), outside))
    _put_inside(rows)
    return {
        "customer_id": customer_id,
        "profiles": sorted(whole.profiles),
        "made_at": _plain(now()),
        "data": {
            SECTIONS.get(name, name): rows[name]
            for name in (*SECTIONS, *sorted(rows.keys() - SECTIONS.keys()))
            if rows.get(name)
        },
        "files": files,
        "left_out": list(LEFT_OUT),
    }


def _rows(session: Session, reached: Reached) -> Rows:
    tables: Iterable[Table] = Base.metadata.sorted_tables
    return {
        table.name: [_plain(row) for row in rows_of(session, table, reached[table.name])]
        for table in tables
        if reached.get(table.name) and table.name not in LEFT_OUT
    }


def _put_inside(rows: Rows) -> None:
    for name, column, parent, where in INSIDE:
        by_parent: dict[Any, list[dict[str, Any]]] = {}
        for row in rows.pop(name, ()):
            by_parent.setdefault(row.pop(column), []).append(row)
        for row in rows.get(parent, ()):
            row[where] = by_parent.get(row["id"], [])


def _files(messages: Iterable[Mapping[str, Any]], outside: Outside) -> Iterator[dict[str, Any]]:
    """The files that were sent, with their content as far as it is not too much for one answer."""
    left = MOST_FILE_BYTES
    for stored in (file for message in messages for file in message["attachments"]):
        content = outside.files.read(stored["file"]) if "file" in stored else None
        told = {key: stored.get(key) for key in ("name", "type", "size")}
        if content is not None and len(content) <= left:
            left -= len(content)
            told["content"] = b64encode(content).decode()
        yield told


def _plain(value: Any) -> Any:
    """Values as JSON knows them; times in UTC, amounts as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Decimal) else value
