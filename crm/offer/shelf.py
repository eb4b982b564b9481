"""The products that one decision looks at, each read once."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.offer.models import Product


class Shelf:
    """Reads products by SKU and remembers them, and which there are not."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, Product | None] = {}

    def of(self, skus: Collection[str]) -> list[Product]:
        """The products with these SKUs, as far as the catalogue has them, in no order."""
        missing = [sku for sku in skus if sku not in self._known]
        if missing:
            self._known |= dict.fromkeys(missing)
            found = self._session.scalars(select(Product).where(Product.sku.in_(missing)))
            self._known |= {one.sku: one for one in found}
        return [one for sku in skus if (one := self._known[sku]) is not None]
