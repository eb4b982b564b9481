"""Where an order is, and the wishes about an order that a person has to carry out."""

from decimal import Decimal
from typing import ClassVar

from sqlalchemy.orm import object_session

from actions.identity import require
from actions.skill import SkillAction
from actions.turn import Turn
from crm.offer.models import Product
from crm.order.lookup import find_order, orders_of
from crm.order.models import Order
from crm.profile.models import Level

SHOWN_LINES = 3

# The wishes about an order and the kind of ticket that each becomes.
WISHES = {
    "cancel_order": "delivery",
    "change_delivery": "delivery",
    "return_order": "return",
    "exchange_order": "return",
    "refund_status": "payment",
}


class OrderStatus(SkillAction):
    """Shows the order asked for, or the ones under way; only to who has proved who they are."""

    action: ClassVar[str] = "action_order_status"

    def perform(self, turn: Turn) -> None:
        number = turn.entity("order_number") or turn.slot("order_number")
        if number:
            turn.set(order_number=number)
        if not require(turn, Level.VERIFIED, self.action):
            return
        assert turn.customer is not None
        turn.set(order_number=None)
        if number:
            self._show_one(turn, turn.customer.id, number)
        else:
            self._show_latest(turn, turn.customer.id)

    def _show_one(self, turn: Turn, customer_id: int, number: str) -> None:
        order = find_order(turn.session, customer_id, number)
        if order is None:
            turn.say("utter_order_not_found", order_number=number)
            return
        turn.say("utter_order", order=describe(turn, order))

    def _show_latest(self, turn: Turn, customer_id: int) -> None:
        orders = orders_of(turn.session, customer_id)
        if not orders:
            turn.say("utter_no_orders")
        elif len(orders) == 1:
            turn.say("utter_order", order=describe(turn, orders[0]))
        else:
            shown = "\n\n".join(describe(turn, order) for order in orders)
            turn.say("utter_orders", orders=shown)


class OrderWish(SkillAction):
    """Cancel, return, exchange, refund, another address: honestly not done here, but passed on."""

    action: ClassVar[str] = "action_order_wish"

    def perform(self, turn: Turn) -> None:
        turn.say(f"utter_wish_{turn.intent}")
        turn.set(
            ticket_category=WISHES[turn.intent],
            ticket_description=turn.text or turn.phrase(f"utter_subject_{turn.intent}"),
            ticket_product=turn.entity("order_number"),
            order_number=turn.entity("order_number"),
        )
        turn.then("ticket_form")


def describe(turn: Turn, order: Order) -> str:
    """An order in a few lines, in the customer's language."""
    lines = [
        turn.phrase("utter_order_head", number=order.number, date=day(turn, order.placed_at)),
        turn.phrase(f"utter_status_{order.status}", **_delivery(turn, order)),
        turn.phrase(
            "utter_order_content", items=_items(turn, order), total=money(turn, order.total)
        ),
    ]
    if order.tracking and order.delivered_on is None:
        lines.append(
            turn.phrase("utter_order_tracking", carrier=order.carrier, tracking=order.tracking)
        )
    return "\n".join(lines)


def _delivery(turn: Turn, order: Order) -> dict[str, str]:
    return {
        "expected": day(turn, order.expected_on) if order.expected_on else "–",
        "delivered": day(turn, order.delivered_on) if order.delivered_on else "–",
        "shop": (order.shop or "").title(),
    }


def _items(turn: Turn, order: Order) -> str:
    session = object_session(order)
    assert session is not None
    names = []
    for line in order.lines[:SHOWN_LINES]:
        product = session.get(Product, line.sku)
        name = product.name[turn.language] if product else line.sku
        names.append(f"{line.quantity} × {name}" if line.quantity > 1 else name)
    more = len(order.lines) - SHOWN_LINES
    return ", ".join(names) + (f" + {more}" if more > 0 else "")


def day(turn: Turn, when: object) -> str:
    """A day as people of the language write it."""
    pattern = "%d/%m/%Y" if turn.language == "it" else "%d %b %Y"
    return str(when.strftime(pattern))  # type: ignore[attr-defined]


def money(turn: Turn, amount: Decimal) -> str:
    """Euro as people of the language write them: 12,90 € or €12.90."""
    return f"{amount:.2f} €".replace(".", ",") if turn.language == "it" else f"€{amount:.2f}"


ACTIONS = (OrderStatus, OrderWish)
