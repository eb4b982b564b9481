"""What a merge would bring: every value with its source. Nothing is changed by looking."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.consent.models import Purpose
from crm.profile.matching import Model, Outcome
from crm.profile.matching.customers import judge
from crm.profile.matching.kept import kept_model
from crm.profile.merging.evidence import Reason, reasons
from crm.profile.merging.following import columns_of_customers
from crm.profile.merging.ledger import both_in_use
from crm.profile.merging.likeness import compare
from crm.profile.merging.strictness import Held, held_by, strictest
from crm.profile.models import Trait
from crm.profile.traits import winner


@dataclass(frozen=True)
class FieldPreview:
    """One field: the value that will hold, then the others that stay beside it."""

    name: str
    values: Sequence[Trait]

    @property
    def conflict(self) -> bool:
        """Whether there are different values to choose from."""
        return len({repr(trait.value) for trait in self.values}) > 1


@dataclass(frozen=True)
class ConsentPreview:
    """What each of the two says about one purpose and channel (None: nothing), and what holds."""

    purpose: Purpose
    channel: str
    survivor: bool | None
    absorbed: bool | None
    after: bool


@dataclass(frozen=True)
class MergePreview:
    """All that a merge would do. `follows` counts what changes hands, by table."""

    survivor_id: int
    absorbed_id: int
    weight: float
    outcome: Outcome
    reasons: Sequence[Reason]
    fields: Sequence[FieldPreview]
    consents: Sequence[ConsentPreview]
    follows: dict[str, int]


def preview(
    session: Session, survivor_id: int, absorbed_id: int, model: Model | None = None
) -> MergePreview:
    """What merging two profiles would bring.

    Raises:
        NoSuchProfile, SameProfile, NotInUse
    """
    survivor, absorbed = both_in_use(session, survivor_id, absorbed_id)
    levels = compare(session, survivor.id, absorbed.id)
    model = model or kept_model(session)
    weight, outcome = judge(levels, model)
    return MergePreview(
        survivor_id=survivor.id,
        absorbed_id=absorbed.id,
        weight=weight,
        outcome=outcome,
        reasons=reasons(levels, model),
        fields=_fields(session, survivor.id, absorbed.id),
        consents=_consents(held_by(session, survivor.id), held_by(session, absorbed.id)),
        follows=_counts(session, absorbed.id),
    )


def _fields(session: Session, *customer_ids: int) -> list[FieldPreview]:
    by_name: dict[str, list[Trait]] = {}
    for trait in session.scalars(select(Trait).where(Trait.customer_id.in_(customer_ids))):
        by_name.setdefault(trait.name, []).append(trait)
    return [FieldPreview(name, _holding_first(by_name[name])) for name in sorted(by_name)]


def _holding_first(traits: Iterable[Trait]) -> list[Trait]:
    """The value that holds first; then the one that would hold without it, and so on."""
    left, ordered = list(traits), []
    while left:
        best = winner(left)
        left.remove(best)
        ordered.append(best)
    return ordered


def _consents(survivor: Held, absorbed: Held) -> list[ConsentPreview]:
    return [
        ConsentPreview(*about, survivor.get(about), absorbed.get(about), after)
        for about, after in strictest(survivor, absorbed).items()
    ]


def _counts(session: Session, customer_id: int) -> dict[str, int]:
    counts: dict[str, Any] = {}
    for table, column in columns_of_customers():
        query = select(func.count()).select_from(table).where(column == customer_id)
        if count := session.scalar(query):
            counts[table.name] = counts.get(table.name, 0) + count
    return counts
