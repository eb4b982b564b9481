"""Chooses what suits this customer now, and says why (R15 to R21)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.offer.eligibility import Circumstances, Trace, eligible
from crm.offer.facets import Facet, facets_of
from crm.offer.models import OfferEvent, OfferOutcome, Product

WEIGHT_SEARCH = 1.0
WEIGHT_SAID = 0.5
WEIGHT_TRAIT = 0.25
WEIGHT_GOES_WITH = 0.4
FINE_PRINT = ("for_whom",)


@dataclass(frozen=True)
class Choice:
    """An offer with what it rests on: facts said, traits told, a product bought."""

    product: Product
    score: float
    said: tuple[Facet, ...] = ()
    traits: tuple[Facet, ...] = ()
    goes_with: str | None = None

    @property
    def facts(self) -> dict[str, object]:
        """The facts as JSON, kept with the offer so that the reason can be given later."""
        return {
            "said": [[facet.attribute, facet.value] for facet in self.said],
            "traits": [[facet.attribute, facet.value] for facet in self.traits],
            "goes_with": self.goes_with,
        }


def recommend(
    session: Session, relevance: Mapping[str, float], now: Circumstances, limit: int = 3
) -> tuple[list[Choice], Trace]:
    """Choose among candidates.

    Args:
        relevance: candidate SKUs with how well each answers what was said, 0 to 1.
        now: the circumstances; see there for what they may hold at which level.
        limit: how many offers.

    Returns:
        The choices, best first, no two of one brand and category, and the trace of the rules.
    """
    skus = set(relevance) | _companions(session, now.bought)
    products = session.scalars(select(Product).where(Product.sku.in_(skus))).all()
    allowed, trace = eligible(products, now)
    companions = _companion_of(session, now.bought)
    choices = [
        _weigh(product, relevance.get(product.sku, 0.0), now, companions.get(product.sku))
        for product in allowed
    ]
    ranked = sorted(choices, key=lambda choice: (-choice.score, choice.product.sku))
    return _varied(ranked, limit), trace


def _companions(session: Session, bought: frozenset[str]) -> set[str]:
    return set(_companion_of(session, bought))


def _companion_of(session: Session, bought: frozenset[str]) -> dict[str, str]:
    """SKUs that go with something bought, each with what it goes with (R15)."""
    owned = session.scalars(select(Product).where(Product.sku.in_(bought))).all()
    return {
        sku: product.sku for product in owned for sku in product.attributes.get("goes_with") or ()
    }


def _weigh(product: Product, relevance: float, now: Circumstances, goes_with: str | None) -> Choice:
    has = set(facets_of(product.attributes))
    said = tuple(sorted(has & now.said, key=_strength))
    traits = tuple(sorted(has & now.traits - set(said), key=_strength))
    score = (
        WEIGHT_SEARCH * relevance
        + WEIGHT_SAID * _share(said, now.said)
        + WEIGHT_TRAIT * _share(traits, now.traits)
        + (WEIGHT_GOES_WITH if goes_with else 0.0)
    )
    return Choice(product, score, said, traits, goes_with)


def _strength(facet: Facet) -> tuple[bool, str, str]:
    return facet.attribute in FINE_PRINT, facet.attribute, facet.value


def _share(met: Sequence[Facet], wanted: frozenset[Facet]) -> float:
    return len(met) / len(wanted) if wanted else 0.0


def _varied(ranked: Sequence[Choice], limit: int) -> list[Choice]:
    chosen: list[Choice] = []
    seen: set[tuple[str, str]] = set()
    for choice in ranked:
        kind = (choice.product.category, str(choice.product.attributes.get("brand")))
        if kind not in seen:
            seen.add(kind)
            chosen.append(choice)
        if len(chosen) == limit:
            break
    return chosen


def note_outcome(
    session: Session,
    outcome: OfferOutcome,
    sku: str,
    *,
    conversation_id: int | None,
    customer_id: int | None,
    facts: dict[str, object] | None = None,
    at: datetime | None = None,
) -> None:
    """Write down what became of an offer; those shown together have one time `at`."""
    event = OfferEvent(
        outcome=outcome,
        sku=sku,
        conversation_id=conversation_id,
        customer_id=customer_id,
        facts=facts or {},
    )
    if at is not None:
        event.at = at
    session.add(event)
    session.flush()


def offers_meant(
    session: Session, conversation_id: int, sku: str | None = None, since: datetime | None = None
) -> Sequence[OfferEvent]:
    """The offers that a customer means, best first: the product named, the one spoken of last,
    or all that were shown together last; nothing older than `since`.
    """
    query = select(OfferEvent).where(
        OfferEvent.conversation_id == conversation_id,
        OfferEvent.outcome != OfferOutcome.REJECTED,
    )
    if sku:
        query = query.where(OfferEvent.sku == sku)
    if since:
        query = query.where(OfferEvent.at >= since)
    last = session.scalar(query.order_by(OfferEvent.id.desc()).limit(1))
    if last is None or last.outcome != OfferOutcome.SHOWN:
        return [last] if last else []
    together = query.where(OfferEvent.at == last.at, OfferEvent.outcome == OfferOutcome.SHOWN)
    return session.scalars(together.order_by(OfferEvent.id.desc())).all()


def rejected_skus(
    session: Session, conversation_id: int, customer_id: int | None
) -> frozenset[str]:
    """What was refused: in this conversation, and by this customer anywhere (R17)."""
    where = OfferEvent.conversation_id == conversation_id
    if customer_id is not None:
        where = where | (OfferEvent.customer_id == customer_id)
    query = select(OfferEvent.sku).where(where, OfferEvent.outcome == OfferOutcome.REJECTED)
    return frozenset(session.scalars(query))
