"""Merges and suggestions as the API shows them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from crm.consent.models import Purpose
from crm.profile.matching import Outcome
from crm.profile.matching.model import probability
from crm.profile.merging.evidence import Reason
from crm.profile.merging.models import Merge
from crm.profile.merging.preview import FieldPreview, MergePreview
from crm.profile.merging.suggestion import Suggestion
from crm.profile.models import Customer, TraitKind
from desk.api.customer_views import CustomerLine, customer_line
from desk.api.masking import Veil


class ReasonView(BaseModel):
    """What one field says; `bits` above zero speak for one person."""

    field: str
    level: str
    bits: float
    words: str


class FieldValueView(BaseModel):
    """A value, whose it is and where it comes from; `holds`: it wins after the merge."""

    value: Any
    customer_id: int
    kind: TraitKind
    source: str
    at: datetime
    holds: bool


class FieldView(BaseModel):
    """A field with every value that either profile has of it."""

    name: str
    conflict: bool
    values: list[FieldValueView]


class ConsentChangeView(BaseModel):
    """What each profile says of a purpose and channel (null: nothing), and what holds then."""

    purpose: Purpose
    channel: str
    survivor: bool | None
    absorbed: bool | None
    after: bool


class MergeView(BaseModel):
    """What a merge brings; `merge_id` is null in a preview. `follows` counts rows by table."""

    merge_id: int | None
    preview: bool
    survivor_id: int
    absorbed_id: int
    outcome: Outcome
    weight: float
    probability: float
    reasons: list[ReasonView]
    fields: list[FieldView]
    consents: list[ConsentChangeView]
    follows: dict[str, int]


class MergeLine(BaseModel):
    """A merge in the ledger."""

    id: int
    survivor_id: int
    absorbed_id: int
    actor: str
    at: datetime
    undone_at: datetime | None
    undone_by: str | None
    reasons: list[ReasonView]


class DuplicateView(BaseModel):
    """Two profiles that may be one person's; `told_apart`: somebody has said they are not."""

    one: CustomerLine
    other: CustomerLine
    outcome: Outcome
    weight: float
    probability: float
    reasons: list[ReasonView]
    told_apart: bool


def merge_view(shown: MergePreview, veil: Veil, merge_id: int | None) -> MergeView:
    """A merge, to come or done."""
    return MergeView(
        merge_id=merge_id,
        preview=merge_id is None,
        survivor_id=shown.survivor_id,
        absorbed_id=shown.absorbed_id,
        outcome=shown.outcome,
        weight=round(shown.weight, 1),
        probability=probability(shown.weight),
        reasons=_reasons(shown.reasons),
        fields=[_field(field, veil) for field in shown.fields],
        consents=[ConsentChangeView(**vars(one)) for one in shown.consents],
        follows=shown.follows,
    )


def _field(field: FieldPreview, veil: Veil) -> FieldView:
    values = [
        FieldValueView(
            value=veil.value(field.name, trait.value),
            customer_id=trait.customer_id,
            kind=trait.kind,
            source=veil.source(trait.source),
            at=trait.at,
            holds=place == 0,
        )
        for place, trait in enumerate(field.values)
    ]
    return FieldView(name=field.name, conflict=field.conflict, values=values)


def _reasons(reasons: Iterable[Reason]) -> list[ReasonView]:
    return [ReasonView(**vars(reason)) for reason in reasons]


def merge_line(entry: Merge) -> MergeLine:
    """A merge of the ledger."""
    names = ("id", "survivor_id", "absorbed_id", "actor", "at", "undone_at", "undone_by")
    return MergeLine(**{name: getattr(entry, name) for name in names}, reasons=entry.evidence)


def duplicate_view(found: Suggestion, one: Customer, other: Customer, veil: Veil) -> DuplicateView:
    """A suggestion."""
    return DuplicateView(
        one=customer_line(one, veil),
        other=customer_line(other, veil),
        outcome=found.outcome,
        weight=round(found.weight, 1),
        probability=found.probability,
        reasons=_reasons(found.reasons),
        told_apart=found.told_apart,
    )
