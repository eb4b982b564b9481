"""The funnel of offers: shown, explained, opened, accepted, sold (R22)."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from crm.insights.figures import Cell, Counted, CountedFacts
from crm.insights.scope import Scope
from crm.offer.models import OfferEvent, OfferOutcome


def by_offer_outcome(scope: Scope) -> Select[Any]:
    """What became of offers."""
    return _offers(scope, OfferEvent.outcome)


def accepted_by_product(scope: Scope) -> Select[Any]:
    """Offers accepted or sold, by product."""
    wanted = (OfferOutcome.ACCEPTED, OfferOutcome.SOLD)
    return _offers(scope, OfferEvent.sku).where(OfferEvent.outcome.in_(wanted))


def _offers(scope: Scope, cell: Any) -> Select[Any]:
    return select(OfferEvent.conversation_id, cell.label("cell")).where(
        OfferEvent.conversation_id.is_not(None), scope.covers(OfferEvent.at)
    )


class Funnel(CountedFacts):
    """Outcomes in the order in which they come, each with its share of the offers shown."""

    def count(self, session: Session, scope: Scope) -> Counted:
        """The cells of the funnel."""
        counted = super().count(session, scope)
        by_name = {cell.name: cell for cell in counted.cells}
        shown = by_name.get(OfferOutcome.SHOWN)
        cells = [_shared(by_name[name], shown) for name in OfferOutcome if name in by_name]
        return Counted(cells, counted.total)


def _shared(cell: Cell, shown: Cell | None) -> Cell:
    if shown is None or not shown.count or cell.count is None:
        return cell
    share = round(cell.count / shown.count, 4)
    return Cell(cell.name, cell.customers, cell.conversations, cell.count, {"of_shown": share})


FIGURES = (
    Funnel("offers", by_offer_outcome),
    CountedFacts("accepted_products", accepted_by_product),
)
