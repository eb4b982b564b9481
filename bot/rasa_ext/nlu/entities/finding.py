"""What a finder finds, and which finding stands where two overlap."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from spacy.tokens import Doc

# Where a message keeps its findings: later components read the same in training and in service.
FOUND = "found_entities"
# The surer a form is to mean one thing only, the earlier it is here.
SUREST_FIRST = (
    "email", "codice_fiscale", "order_number", "date", "phone", "amount", "cap", "person_name",
    "product", "city",
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """A value in a text: where it stands and its normal form."""

    start: int
    end: int
    entity: str
    value: str

    def overlaps(self, other: "Finding") -> bool:
        """Whether the two share a character."""
        return self.start < other.end and other.start < self.end


Finder = Callable[[Doc], Iterator[Finding]]


def without_overlaps(findings: Iterable[Finding]) -> list[Finding]:
    """The surest findings, the longer first among equals, in the order of the text."""
    kept: list[Finding] = []
    for finding in sorted(findings, key=_rank):
        if not any(finding.overlaps(other) for other in kept):
            kept.append(finding)
    return sorted(kept, key=lambda finding: finding.start)


def _rank(finding: Finding) -> tuple[int, int, int]:
    surety = (
        SUREST_FIRST.index(finding.entity) if finding.entity in SUREST_FIRST else len(SUREST_FIRST)
    )
    return surety, finding.start - finding.end, finding.start
