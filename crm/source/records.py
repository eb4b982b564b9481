"""A record as a source gives it, in our words; what it says of who somebody is."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.consent.models import Purpose
from crm.profile.keys import IDENTIFYING, OF_BIRTH, Known
from crm.profile.models import TraitKind
from crm.source.models import LONGEST_KEY, SourceRecord

LONGEST_SHOWN_KEY = 36
FACTS = (*IDENTIFYING, *OF_BIRTH)


class BadKey(ValueError):
    """A record has a key that cannot be kept."""


@dataclass(slots=True)
class Record:
    """A row of `SourceRecord` while it is taken in: plain, since there are many.

    Attributes:
        is_new: not written yet.
    """

    id: int
    source: str
    key: str
    origin: str
    facts: dict[str, Any]
    fingerprint: str
    customer_id: int | None = None
    is_new: bool = False

    @property
    def member_id(self) -> str:
        """The same whenever the record is read."""
        return f"{self.source}:{self.key}"


RECORD = (
    SourceRecord.id,
    SourceRecord.source,
    SourceRecord.key,
    SourceRecord.origin,
    SourceRecord.facts,
    SourceRecord.fingerprint,
    SourceRecord.customer_id,
)


@dataclass(frozen=True)
class Told:
    """A value and how it came to be known."""

    value: Any
    kind: TraitKind = TraitKind.EXPLICIT


@dataclass(frozen=True)
class Answer:
    """What a record says about consent to a purpose on a channel; `at` where it is known."""

    purpose: Purpose
    channel: str
    granted: bool
    at: datetime | None = None


@dataclass(frozen=True)
class Incoming:
    """One record to be taken in; `at` is when its values were told."""

    key: str
    at: datetime
    values: Mapping[str, Told] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()

    @property
    def facts(self) -> dict[str, str]:
        """The values that say who it is."""
        return {name: str(self.values[name].value) for name in FACTS if name in self.values}

    def fingerprint(self) -> str:
        """Equal as long as the record says the same; the time it was read does not count."""
        told = {name: [told.value, told.kind] for name, told in self.values.items()}
        answers = [[one.purpose, one.channel, one.granted] for one in self.answers]
        text = json.dumps([told, answers], sort_keys=True, default=str)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def origin_of(source: str, key: str) -> str:
    """By what the values of a record are known: `ecommerce:EC-100123`.

    Long keys and keys that are addresses are hashed: an origin is shown to people and names nobody.

    Raises:
        BadKey: the key is empty or too long.
    """
    if not key or len(key) > LONGEST_KEY:
        raise BadKey(f"the key has {len(key)} characters; it needs 1 to {LONGEST_KEY}")
    if len(key) <= LONGEST_SHOWN_KEY and "@" not in key:
        return f"{source}:{key}"
    return f"{source}:#{hashlib.blake2b(key.encode(), digest_size=12).hexdigest()}"


def known_from(facts: Mapping[str, Any]) -> Known:
    """The normalised values of a record's facts."""
    known = Known()
    known.add_told(facts)
    return known
