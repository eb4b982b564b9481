"""The keys by which a customer is found, made of every value that any source ever gave.

They are normalised, so that one mailbox has one key however it is written, and narrow, so that no
key leads to more than a handful of a million customers. The names and CAPs are kept besides, to
compare a customer with what somebody says, without going back to the traits.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.db.bulk import insert_many
from crm.profile.emails import email_key
from crm.profile.facts import Facts
from crm.profile.models import IdentityKey, Trait
from crm.profile.names import also_called, name_key, split_name
from crm.profile.phones import normalise_phone
from crm.profile.places import is_generic, normalise_cap
from crm.profile.tax_code_fit import birth_of, contradictions
from crm.profile.tax_codes import tax_code_key

IDENTIFYING = ("email", "phone", "given_name", "family_name", "name", "cap", "codice_fiscale")
# What a codice fiscale is held against, besides the name.
OF_BIRTH = ("birth_date", "sex")
LONGEST = 254
CHUNK = 500

# Mailboxes of many people: what stands before the "@" says nothing.
ROLES = frozenset(
    ("info", "admin", "posta", "mail", "email", "contatti", "ordini", "segreteria", "negozio")
)
SHORTEST_LOCAL = 5

# Kept to compare people by; too many share them to look somebody up.
COMPARED_ONLY = ("cap", "born", "cf_doubt")

Key = tuple[str, str]
Name = tuple[str, str]


@dataclass
class Known:
    """All normalised values that are known of one person; names as (given, family).

    Attributes:
        doubtful_codes: those that the name, birth date or sex told with them contradicts.
        births: birth dates as "1980-01-31".
    """

    emails: set[str] = field(default_factory=set)
    names: set[Name] = field(default_factory=set)
    caps: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    tax_codes: set[str] = field(default_factory=set)
    doubtful_codes: set[str] = field(default_factory=set)
    births: set[str] = field(default_factory=set)

    def add_told(self, facts: Mapping[str, Any]) -> None:
        """Take what was told together."""
        for name in ("email", "phone", "cap", "birth_date"):
            if facts.get(name):
                self.add(name, facts[name])
        if code := tax_code_key(str(facts.get("codice_fiscale") or "")):
            (self.doubtful_codes if contradictions(facts) else self.tax_codes).add(code)
        if facts.get("name"):
            self.add_name(*split_name(str(facts["name"])))
        self.add_name(facts.get("given_name"), facts.get("family_name"))

    def add(self, name: str, value: object) -> None:
        """Take a value as a source gives it; what cannot be one is left out."""
        written = str(value).strip()
        if name == "email" and "@" in written:
            self.emails.add(email_key(written))
        elif name == "phone" and (phone := normalise_phone(written)):
            self.phones.add(phone)
        elif name == "cap" and (cap := normalise_cap(written)):
            self.caps.add(cap)
        elif name == "birth_date" and (birth := birth_of(written)):
            self.births.add(birth)

    def add_name(self, given: object, family: object) -> None:
        """Take a name as a source gives it."""
        name = name_key(str(given or "")), name_key(str(family or ""))
        if any(name):
            self.names.add(name)


def known_of(facts: Facts) -> Known:
    """The normalised values of what somebody says."""
    known = Known()
    known.add_told(vars(facts))
    return known


def known_from_keys(keys: Iterable[Key]) -> Known:
    """The normalised values that a customer's stored keys hold."""
    known = Known()
    kept = {
        "email": known.emails,
        "cap": known.caps,
        "phone": known.phones,
        "cf": known.tax_codes,
        "cf_doubt": known.doubtful_codes,
        "born": known.births,
    }
    for kind, value in keys:
        if kind == "name":
            given, _, family = value.partition("|")
            known.names.add((given, family))
        elif kind in kept:
            kept[kind].add(value)
    known.tax_codes -= known.doubtful_codes
    return known


def stored_keys(known: Known) -> set[Key]:
    """The keys to be written for a person."""
    keys = {("email", email) for email in known.emails}
    keys |= {("local", local) for email in known.emails if (local := telling_local(email))}
    keys |= {("phone", phone) for phone in known.phones}
    keys |= {("cf", code) for code in known.tax_codes | known.doubtful_codes}
    keys |= {("cf_doubt", code) for code in known.doubtful_codes - known.tax_codes}
    keys |= {("born", birth) for birth in known.births}
    keys |= {("cap", cap) for cap in known.caps}
    keys |= {("name", f"{given}|{family}") for given, family in known.names}
    keys |= set(_name_in_cap(known))
    return {(kind, value) for kind, value in keys if len(value) <= LONGEST}


def telling_local(email: str) -> str | None:
    """What stands before the "@", if it says who somebody is: the domain may be mistaken."""
    local = email.rpartition("@")[0]
    return local if len(local) >= SHORTEST_LOCAL and local not in ROLES else None


def _name_in_cap(known: Known) -> Iterator[Key]:
    """Each part of a name at each CAP; the CAP of a whole city is too wide for less than all."""
    for cap in known.caps:
        for given, family in known.names:
            if is_generic(cap):
                yield "name_cap", f"{cap}|{given}|{family}"
            else:
                yield from (("name_cap", f"{cap}|{part}") for part in (given, family) if part)


def sought_keys(known: Known) -> dict[str, set[str]]:
    """The keys under which to look for somebody, by kind.

    Besides the kinds that are stored there is "nickname": other forms and the swapped order of the
    name, to be looked for among the names.
    """
    sought: defaultdict[str, set[str]] = defaultdict(set)
    for kind, value in stored_keys(known):
        if kind not in COMPARED_ONLY and (kind != "name" or _is_full(value)):
            sought[kind].add(value)
    for given, family in known.names:
        if given and family:
            sought["nickname"] |= {f"{other}|{family}" for other in also_called(given)}
            sought["nickname"].add(f"{family}|{given}")
    return sought


def _is_full(name: str) -> bool:
    return all(name.split("|"))


def index_customer(session: Session, customer_id: int) -> None:
    """Write a customer's keys anew from the traits of all sources."""
    index_customers(session, [customer_id])


def index_customers(session: Session, customer_ids: Iterable[int]) -> None:
    """Write the keys of many customers anew, in few statements."""
    ids = list(customer_ids)
    session.flush()
    for start in range(0, len(ids), CHUNK):
        _index_chunk(session, ids[start : start + CHUNK])


def _index_chunk(session: Session, ids: list[int]) -> None:
    known = _known_of_customers(session, ids)
    rows = [
        {"customer_id": customer_id, "kind": kind, "value": value}
        for customer_id in ids
        for kind, value in sorted(stored_keys(known[customer_id]))
    ]
    session.execute(delete(IdentityKey).where(IdentityKey.customer_id.in_(ids)))
    insert_many(session, IdentityKey, rows)


def _known_of_customers(session: Session, ids: list[int]) -> Mapping[int, Known]:
    known: defaultdict[int, Known] = defaultdict(Known)
    told: defaultdict[tuple[Any, ...], dict[str, Any]] = defaultdict(dict)
    query = select(
        Trait.customer_id, Trait.name, Trait.value, Trait.kind, Trait.source, Trait.at
    ).where(Trait.customer_id.in_(ids), Trait.name.in_((*IDENTIFYING, *OF_BIRTH)))
    for customer_id, name, value, kind, source, at in session.execute(query):
        told[customer_id, kind, source, at][name] = value
    for (customer_id, *_), facts in told.items():
        known[customer_id].add_told(facts)
    return known
