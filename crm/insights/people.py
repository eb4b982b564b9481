"""Which customers figures look at: those of a segment, those prone to a category, or both (R8)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select, true

from crm.db import now
from crm.insights.propensity import prone_customers
from crm.profile.models import Customer
from crm.segment.filters import Condition
from crm.segment.sql import members


@dataclass(frozen=True)
class People:
    """A choice of customers by who they are now; who is not recognised is never among them.

    Attributes:
        segment: the segment's name; `condition` is its filter.
        prone_to: a category of products that they like.
    """

    segment: str = ""
    condition: Condition | None = None
    prone_to: str = ""

    def ids(self) -> Select[Any]:
        """Their ids, as they are now."""
        return select(Customer.id).where(self._test(now()))

    def _test(self, at: datetime) -> ColumnElement[bool]:
        tests: list[ColumnElement[bool]] = [true()]
        if self.condition is not None:
            tests.append(members(self.condition, at))
        if self.prone_to:
            tests.append(Customer.id.in_(prone_customers(self.prone_to, at)))
        return and_(*tests)
