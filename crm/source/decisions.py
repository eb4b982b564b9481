"""What people have decided about profiles: that two are one person's, or that they are not."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from crm.profile.merging.models import Merge
from crm.source.models import IdentityReview, ReviewState

CHUNK = 400


@dataclass(frozen=True)
class Decisions:
    """The profiles that people merged others into, and for each the profiles told apart from it."""

    merged: frozenset[int] = frozenset()
    apart: Mapping[int, frozenset[int]] = field(default_factory=dict)


def decisions_on(session: Session, survivor_of: Mapping[int, int]) -> Decisions:
    """What people decided about some profiles, told of the ones in use.

    Args:
        survivor_of: for each profile the one in use that it is part of, or itself.
    """
    merged: set[int] = set()
    apart: defaultdict[int, set[int]] = defaultdict(set)
    ids = sorted(survivor_of)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        merges = select(Merge.survivor_id).where(
            Merge.survivor_id.in_(some), Merge.undone_at.is_(None)
        )
        merged |= {survivor_of[one] for one in session.scalars(merges)}
        for one, other in _told_apart(session, some):
            first, second = survivor_of.get(one, one), survivor_of.get(other, other)
            if first != second:
                apart[first].add(second)
                apart[second].add(first)
    return Decisions(frozenset(merged), {one: frozenset(others) for one, others in apart.items()})


def _told_apart(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, int]]:
    """By saying so, or by undoing a merge."""
    said = select(IdentityReview.customer_id, IdentityReview.other_id).where(
        IdentityReview.state == ReviewState.SETTLED
    )
    undone = select(Merge.survivor_id, Merge.absorbed_id).where(Merge.undone_at.is_not(None))
    queries: list[Select[int, int]] = [
        said.where(IdentityReview.customer_id.in_(ids)),
        said.where(IdentityReview.other_id.in_(ids)),
        undone.where(Merge.survivor_id.in_(ids)),
        undone.where(Merge.absorbed_id.in_(ids)),
    ]
    for query in queries:
        yield from session.execute(query)
