"""Which profile each person found is, or a new one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from crm.db.bulk import next_ids
from crm.profile.models import Customer
from crm.source.circle import Circle
from crm.source.ties import Member

Group = Sequence[Member]


@dataclass
class Home:
    """A person's members and their profile.

    Attributes:
        is_new: the profile is not written yet.
        is_fresh: it is new, and so is everything that is known of the person.
    """

    members: Group
    customer_id: int
    is_new: bool = False
    is_fresh: bool = False
    has_changed: bool = False


def assign_homes(session: Session, groups: Sequence[Group], circle: Circle) -> list[Home]:
    """A profile for each group: the one with a life of its own, else that of most members.

    Who has none gets the id of a new one.
    """
    taken = _claims(groups, circle)
    homeless = [place for place in range(len(groups)) if place not in taken]
    made = dict(zip(homeless, next_ids(session, Customer, len(homeless)), strict=True))
    homes = []
    for place, group in enumerate(groups):
        home = Home(group, taken.get(place) or made[place], is_new=place in made)
        home.has_changed = any(
            circle.customer_of.get(member.id) != home.customer_id for member in group
        )
        home.is_fresh = home.is_new and all(
            member.id in circle.records and circle.records[member.id].is_new for member in group
        )
        homes.append(home)
    return homes


def _claims(groups: Sequence[Group], circle: Circle) -> dict[int, int]:
    """The place of a group → a profile that is there; each profile is given once.

    Of two groups with equal rights to a profile the one with the oldest record has it.
    """
    claims = []
    for place, group in enumerate(groups):
        owners = [circle.customer_of[one.id] for one in group if one.id in circle.customer_of]
        anchors = {member.anchor for member in group}
        own = {circle.customer_of.get(one.id) for one in group if one.id not in circle.records}
        oldest = min(circle.records[one.id].id for one in group if one.id in circle.records)
        for customer, count in Counter(owners).items():
            rank = (customer not in own, customer not in anchors, -count, customer, oldest)
            claims.append((rank, place, customer))
    taken: dict[int, int] = {}
    given: set[int] = set()
    for _, place, customer in sorted(claims):
        if place not in taken and customer not in given:
            taken[place] = customer
            given.add(customer)
    return taken
