"""What campaigns brought, and their wordings side by side (R22)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from crm.insights.figures import Cell, Counted
from crm.insights.scope import Scope
from crm.offer.models import OfferEvent, OfferOutcome, Promotion
from crm.offer.policy import OfferPolicy
from crm.offer.reading import Comparison, Verdict, compare, counts_of, credits

# What is read of an event; rows are made far quicker than objects that know their session.
READ = ("id", "conversation_id", "customer_id", "outcome", "facts", "at", "decision",
        "promotion_id", "variant", "amount", "sale")  # fmt: skip
OF_A_WORDING = (OfferEvent.promotion_id.is_not(None), OfferEvent.variant.is_not(None))


@dataclass
class Sum:
    """What happened to one campaign."""

    people: set[str] = field(default_factory=set)
    conversations: set[int] = field(default_factory=set)
    counts: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, event: OfferEvent, share: float) -> None:
        """Count an event; of a sale only the share it is credited with."""
        self.people.add(who(event))
        if event.conversation_id is not None:
            self.conversations.add(event.conversation_id)
        self.counts[event.outcome] += share
        self.counts["revenue"] += share * float(event.amount or Decimal(0))


def who(event: OfferEvent) -> str:
    """Whose event it is: the customer's, or, not recognised, somebody's of one decision."""
    if event.customer_id is not None:
        return f"customer {event.customer_id}"
    return f"decision {event.decision}"


@dataclass(frozen=True)
class Campaigns:
    """A cell a campaign: how often shown; accepted, sold, revenue, cost and return beside it."""

    policy: OfferPolicy = field(default_factory=OfferPolicy)
    name: str = "campaigns"

    def count(self, session: Session, scope: Scope) -> Counted:
        """The campaigns of the period, the most shown first."""
        sums, whole = self._sums(_events(session, scope))
        costs = {one.id: float(one.cost) for one in session.scalars(select(Promotion))}
        cells = [_cell(key, one, costs.get(key, 0.0)) for key, one in sums.items()]
        total = _cell("total", whole, sum(costs.get(key, 0.0) for key in sums))
        return Counted(sorted(cells, key=lambda one: (-(one.count or 0), one.name)), total)

    def _sums(self, events: Sequence[OfferEvent]) -> tuple[Mapping[str, Sum], Sum]:
        sold = [one for one in events if one.outcome == OfferOutcome.SOLD]
        shares = credits(sold, self.policy.attribution.model)
        sums: defaultdict[str, Sum] = defaultdict(Sum)
        whole = Sum()
        for event in events:
            if event.promotion_id is not None:
                share = shares.get(event.id, 1.0)
                sums[event.promotion_id].add(event, share)
                whole.add(event, share)
        return sums, whole

    def behind(self, session: Session, scope: Scope, cell: str) -> Sequence[int]:
        """The conversations in which a campaign was met."""
        return _talks(one for one in _events(session, scope) if one.promotion_id == cell)


def _cell(name: str, found: Sum, cost: float) -> Cell:
    revenue = round(found.counts["revenue"], 2)
    extra = {
        "accepted": round(found.counts[OfferOutcome.ACCEPTED], 2),
        "sold": round(found.counts[OfferOutcome.SOLD], 2),
        "revenue": revenue,
        "cost": round(cost, 2),
        "return": round((revenue - cost) / cost, 4) if cost else None,
    }
    shown = round(found.counts[OfferOutcome.SHOWN])
    return Cell(name, len(found.people), len(found.conversations), shown, extra)


@dataclass(frozen=True)
class Variants:
    """A cell a wording: how many people were shown it, and the rate with its interval."""

    policy: OfferPolicy = field(default_factory=OfferPolicy)
    name: str = "variants"

    def count(self, session: Session, scope: Scope) -> Counted:
        """The wordings that were tried in the period, by campaign, the best first."""
        cells: list[Cell] = []
        whom = scope.people.ids() if scope.people else None
        for campaign in self.tried(session, scope):
            counts = counts_of(session, campaign, scope.start, scope.end, whom, scope.channel)
            cells += _compared(campaign, compare(counts, self.policy.experiment))
        people = _shown_any(session, scope)
        return Counted(cells, Cell("total", people, 0, people))

    def tried(self, session: Session, scope: Scope) -> Sequence[str]:
        """The campaigns of which several wordings were met in the period."""
        query = _narrowed(select(OfferEvent.promotion_id).distinct(), scope)
        return sorted(filter(None, session.scalars(query.where(*OF_A_WORDING))))

    def behind(self, session: Session, scope: Scope, cell: str) -> Sequence[int]:
        """The conversations in which a wording was met."""
        campaign, _, variant = cell.partition(": ")
        events = _events(session, scope)
        return _talks(
            one for one in events if (one.promotion_id, one.variant) == (campaign, variant)
        )


def _compared(campaign: str, comparison: Comparison) -> Iterable[Cell]:
    best = comparison.rates[0] if comparison.verdict == Verdict.BETTER else None
    for one in comparison.rates:
        extra = {
            "accepted": float(one.converted),
            "rate": round(one.rate, 4),
            "low": round(one.low, 4),
            "high": round(one.high, 4),
            "needed": float(comparison.needed),
            "is_better": float(one is best),
            "is_early": float(comparison.verdict == Verdict.TOO_EARLY),
        }
        yield Cell(f"{campaign}: {one.id}", one.shown, 0, one.shown, extra)


def _shown_any(session: Session, scope: Scope) -> int:
    """How many people were shown a wording; who was shown several counts once (see `who`)."""
    recognised = OfferEvent.customer_id
    stranger = case((recognised.is_(None), func.coalesce(OfferEvent.decision, "")))
    query = select(func.count(recognised.distinct()), func.count(stranger.distinct()))
    query = query.where(*OF_A_WORDING, OfferEvent.outcome == OfferOutcome.SHOWN)
    known, strangers = session.execute(_narrowed(query, scope)).one()
    return int(known + strangers)


def _events(session: Session, scope: Scope) -> Sequence[OfferEvent]:
    """The events of offers in the period, those of products too: they share in sales."""
    columns = [getattr(OfferEvent, name) for name in READ]
    is_sale = OfferEvent.outcome == OfferOutcome.SOLD
    query = _narrowed(select(*columns), scope)
    query = query.where(OfferEvent.promotion_id.is_not(None) | is_sale)
    return cast(Sequence[OfferEvent], session.execute(query).all())


def _narrowed(query: Any, scope: Scope) -> Any:
    """Only events of the period, on the channel, of the people looked at."""
    query = query.where(scope.covers(OfferEvent.at))
    if scope.channel:
        query = query.where(OfferEvent.channel == scope.channel)
    if scope.people is not None:
        query = query.where(OfferEvent.customer_id.in_(scope.people.ids()))
    return query


def _talks(events: Iterable[OfferEvent]) -> Sequence[int]:
    found = {one.conversation_id for one in events if one.conversation_id is not None}
    return sorted(found, reverse=True)
