"""What binds two records: that they are one person's, perhaps one person's, or neither."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from crm.profile.keys import Key, Known, stored_keys
from crm.profile.likeness import Likeness
from crm.profile.matching import BUILT_IN, Model, Outcome, compare_people, judge

# A mailbox of a family: what stands before the "@" begins or ends so.
FAMILY_MAILBOX = re.compile(r"^(?:famiglia|fam|casa|family|home)|(?:famiglia|family)@")

# Only what shares one of these is compared; equal e-mail, phone or code is always among them.
LINKING = ("email", "phone", "cf", "local", "name_cap")


class Bond(StrEnum):
    """How two members belong together, the strongest first.

    A mailbox alone binds a record without a full name to the one person who has that mailbox; where
    two people share it, it binds to neither.
    """

    SAME = "same"
    MAILBOX = "mailbox"
    UNSURE = "unsure"


@dataclass(frozen=True, eq=False)
class Member:
    """A record, or what a profile knows from elsewhere.

    Attributes:
        id: stays the same whenever and in whatever order sources are read.
        known: its normalised values.
        claimed: contacts that somebody gave in a conversation without proof.
        anchor: the customer, if it has a life of its own: conversations, tickets, own values.
        glue: members with the same one were put together by people and stay so.
        home: the profile it belongs to, if any.
        apart: profiles that people have told apart from its own.
    """

    id: str
    known: Known
    claimed: frozenset[str] = frozenset()
    anchor: int | None = None
    glue: int | None = None
    home: int | None = None
    apart: frozenset[int] = frozenset()

    @cached_property
    def stored(self) -> frozenset[Key]:
        """The keys under which it is found."""
        return frozenset(stored_keys(self.known))

    @cached_property
    def keys(self) -> frozenset[Key]:
        """The keys under which others are looked for."""
        return frozenset(key for key in self.stored if key[0] in LINKING)

    @property
    def is_fully_named(self) -> bool:
        """Whether given and family name are known."""
        return any(given and family for given, family in self.known.names)


@dataclass(frozen=True)
class Tie:
    """The bond of two members, with the weight of the evidence in bits and the levels of it."""

    bond: Bond
    weight: float
    levels: Mapping[str, Likeness] = field(default_factory=dict)


def tie(one: Member, other: Member, model: Model = BUILT_IN) -> Tie | None:
    """What binds two members; None for two people and for what shares no key."""
    if not one.keys & other.keys:
        return None
    levels = compare_people(one.known, other.known)
    weight, outcome = judge(levels, model)
    bond = _bond(one, other, levels, outcome)
    return Tie(bond, weight, levels) if bond else None


def _bond(
    one: Member, other: Member, levels: Mapping[str, Likeness], outcome: Outcome
) -> Bond | None:
    if outcome == Outcome.DIFFERENT:
        return None
    if _is_foreign_claim(one, other) or _is_foreign_claim(other, one):
        return Bond.UNSURE
    if outcome == Outcome.SAME and not _may_be_relatives(levels):
        return Bond.SAME
    return Bond.MAILBOX if _share_mailbox(one, other, levels) else Bond.UNSURE


def _may_be_relatives(levels: Mapping[str, Likeness]) -> bool:
    """Whether nothing but a phone tells the two apart: given names are not known of both."""
    if levels["codice_fiscale"] == Likeness.EXACT:
        return False
    return levels["given_name"] == Likeness.MISSING and levels["phone"] != Likeness.EXACT


def _is_foreign_claim(profile: Member, other: Member) -> bool:
    """Whether a profile brings a contact nobody proved: codes for the other would go there."""
    return bool(profile.claimed - other.known.emails - other.known.phones)


def _share_mailbox(one: Member, other: Member, levels: Mapping[str, Likeness]) -> bool:
    if levels["email"] != Likeness.EXACT or (one.is_fully_named and other.is_fully_named):
        return False
    if any(FAMILY_MAILBOX.search(email) for email in one.known.emails & other.known.emails):
        return False
    names = (levels["given_name"], levels["family_name"])
    return Likeness.ELSE not in (*names, levels["codice_fiscale"])


def contradict(one: Member, other: Member) -> bool:
    """Whether two members cannot be one person, whatever a third one says."""
    if one.anchor is not None and other.anchor is not None and one.anchor != other.anchor:
        return True
    if other.home in one.apart or one.home in other.apart:
        return True
    levels = compare_people(one.known, other.known)
    if levels["codice_fiscale"] == Likeness.EXACT:
        return False
    return Likeness.ELSE in (
        levels["codice_fiscale"], levels["given_name"], levels["family_name"]
    )  # fmt: skip
