"""What people bought and sent back, all together or person by person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from app.demo.model import Order, OrderReturn


@dataclass(frozen=True)
class History:
    """Orders and the returns of their products."""

    orders: Sequence[Order] = ()
    returns: Sequence[OrderReturn] = ()

    def __add__(self, other: History) -> History:
        return History([*self.orders, *other.orders], [*self.returns, *other.returns])

    def by_person(self) -> defaultdict[str, History]:
        """The history of each person, by id; an empty one for anybody else."""
        orders: defaultdict[str, list[Order]] = defaultdict(list)
        returns: defaultdict[str, list[OrderReturn]] = defaultdict(list)
        owner = {order.number: order.person_id for order in self.orders}
        for order in self.orders:
            orders[order.person_id].append(order)
        for sent in self.returns:
            returns[owner[sent.order_number]].append(sent)
        known = {person: History(bought, returns[person]) for person, bought in orders.items()}
        return defaultdict(History, known)
