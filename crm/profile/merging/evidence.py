"""Says in words why two profiles may be one person's (R1)."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.profile.likeness import Likeness
from crm.profile.matching.model import Evidence, Levels, Model

FIELDS = {
    "email": "e-mail",
    "given_name": "given name",
    "family_name": "family name",
    "cap": "CAP",
    "phone": "phone number",
    "codice_fiscale": "codice fiscale",
}
LEVELS = {
    Likeness.EXACT: "is the same",
    Likeness.CLOSE: "is nearly the same",
    Likeness.ELSE: "is another one",
    Likeness.MISSING: "is not known of both",
}
STRONG, CLEAR = 10.0, 3.0


@dataclass(frozen=True)
class Reason:
    """What one field says. `bits` above zero speak for one person."""

    field: str
    level: str
    bits: float
    words: str


def reasons(levels: Levels, model: Model) -> list[Reason]:
    """What every field says for or against one person, the weightiest first."""
    return [
        Reason(found.field, str(found.level), round(found.bits, 1), _sentence(found))
        for found in model.explain(levels)
    ]


def _sentence(found: Evidence) -> str:
    subject = f"The {FIELDS.get(found.field, found.field)} {LEVELS[found.level]}"
    if found.level == Likeness.MISSING:
        return f"{subject}: it says nothing."
    return f"{subject}: it speaks {_strength(found.bits)} ({found.bits:+.1f})."


def _strength(bits: float) -> str:
    side = "for one person" if bits > 0 else "for two people"
    if abs(bits) >= STRONG:
        return f"strongly {side}"
    return side if abs(bits) >= CLEAR else f"a little {side}"


def as_json(found: Sequence[Reason]) -> list[dict[str, object]]:
    """Reasons as the ledger keeps them."""
    return [
        {"field": one.field, "level": one.level, "bits": one.bits, "words": one.words}
        for one in found
    ]
