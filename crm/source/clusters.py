"""Puts members together that are one person, the same way in whatever order they came.

The strongest ties come first; two groups are never joined if some member of one cannot be the same
person as some member of the other. Members bound by a mailbox alone come last, and only where
there is no choice.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from crm.source.ties import Bond, Member, Tie, contradict

PairOfIds = tuple[str, str]
Ties = Mapping[PairOfIds, Tie]


def pair(one: str, other: str) -> PairOfIds:
    """Two ids, the smaller first."""
    return (one, other) if one < other else (other, one)


class Groups:
    """Who is with whom; begins with each member alone, or glued to others by people."""

    def __init__(self, members: Iterable[Member]) -> None:
        self._group_of: dict[str, list[Member]] = {}
        glued: dict[int, list[Member]] = {}
        for member in sorted(members, key=lambda one: one.id):
            group = [] if member.glue is None else glued.setdefault(member.glue, [])
            group.append(member)
            self._group_of[member.id] = group

    def join(self, one: str, other: str) -> None:
        """Put two groups together unless they contradict each other."""
        first, second = self._group_of[one], self._group_of[other]
        if first is second or any(contradict(a, b) for a in first for b in second):
            return
        first.extend(second)
        for member in second:
            self._group_of[member.id] = first

    def around(self, member_id: str) -> list[Member]:
        """The group of a member."""
        return self._group_of[member_id]

    def all(self) -> list[list[Member]]:
        """Every group once, its members sorted by id; in the order of their first members."""
        distinct = {id(group): group for group in self._group_of.values()}
        ordered = [sorted(group, key=lambda one: one.id) for group in distinct.values()]
        return sorted(ordered, key=lambda group: group[0].id)


def cluster(members: Sequence[Member], ties: Ties) -> list[list[Member]]:
    """The members by person."""
    groups = Groups(members)
    inside = {member.id for member in members}
    known = {ids: one for ids, one in ties.items() if inside.issuperset(ids)}
    for one, other in _strongest_first(known, Bond.SAME):
        groups.join(one, other)
    _follow_mailboxes(groups, members, known)
    return groups.all()


def _strongest_first(ties: Ties, bond: Bond) -> list[PairOfIds]:
    chosen = [(-one.weight, ids) for ids, one in ties.items() if one.bond == bond]
    return [ids for _, ids in sorted(chosen)]


def _follow_mailboxes(groups: Groups, members: Sequence[Member], ties: Ties) -> None:
    """Members without a full name join the one group that has their mailbox."""
    neighbours: defaultdict[str, set[str]] = defaultdict(set)
    for one, other in _strongest_first(ties, Bond.MAILBOX):
        neighbours[one].add(other)
        neighbours[other].add(one)
    named = {member.id for member in members if member.is_fully_named}
    choices = {
        member: _groups_of_named(groups, neighbours[member] & named)
        for member in sorted(neighbours)
        if member not in named
    }
    for member, found in choices.items():
        if len(found) == 1:
            groups.join(member, found.pop())
    for one, other in _strongest_first(ties, Bond.MAILBOX):
        if not (choices.get(one) or choices.get(other)) and not {one, other} & named:
            groups.join(one, other)


def _groups_of_named(groups: Groups, members: set[str]) -> set[str]:
    """One member for each group that these belong to."""
    return {min(one.id for one in groups.around(member)) for member in members}
