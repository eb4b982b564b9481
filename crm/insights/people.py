"""Which customers figures look at: those of a segment, those prone to a category, or both (R8)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    cast,
    column,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

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
        found: who they are, where it was looked up already; see `settled`.
    """

    segment: str = ""
    condition: Condition | None = None
    prone_to: str = ""
    found: Select[Any] | None = None

    def ids(self) -> Select[Any]:
        """Their ids, as they are now."""
        return select(Customer.id).where(self._test(now())) if self.found is None else self.found

    def settled(self, session: Session) -> "People":
        """The same people, looked up once for all the figures of a page."""
        return replace(self, found=listed(session, self.ids()))

    def _test(self, at: datetime) -> ColumnElement[bool]:
        tests: list[ColumnElement[bool]] = [true()]
        if self.condition is not None:
            tests.append(members(self.condition, at))
        if self.prone_to:
            tests.append(Customer.id.in_(prone_customers(self.prone_to, at)))
        return and_(*tests)


def listed(session: Session, ids: Select[Any]) -> Select[Any]:
    """The ids that a query finds now, of any number, as a query of one parameter.

    The database writes them into one text: many rows would be handled one by one here.
    """
    found = ids.subquery().c[0]
    if session.get_bind().dialect.name == "sqlite":
        written = session.scalar(select(func.json_group_array(found)))
        values = func.json_each(literal(written)).table_valued("value")
    else:
        written = session.scalar(select(cast(func.jsonb_agg(found), Text)))
        elements = func.jsonb_array_elements(cast(literal(written or "[]"), JSONB))
        values = elements.table_valued(column("value", JSONB))
    return select(cast(values.c.value, Integer))
