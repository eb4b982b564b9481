"""Values from what is stored, recomputed as things happen."""

from datetime import timedelta
from decimal import Decimal

from crm.db import Database, now
from crm.event.models import Signal, SignalKind
from crm.order.models import Order, OrderStatus
from crm.profile.models import Customer, CustomerStatus
from crm.ticket.desk import NewTicket, open_ticket
from crm.ticket.models import TicketCategory
from crm.value.figures import ValueRules
from crm.value.models import CustomerValue, Tier
from crm.value.worth import customers_to_revalue, revalue, value_of


def add_customer(database: Database, *orders: tuple[str, OrderStatus]) -> int:
    with database.writing() as session:
        customer = Customer()
        session.add(customer)
        session.flush()
        for number, (total, status) in enumerate(orders):
            session.add(
                Order(
                    number=f"O-{customer.id}-{number}",
                    customer_id=customer.id,
                    source="shop",
                    status=status,
                    placed_at=now() - timedelta(days=3),
                    total=Decimal(total),
                )
            )
        return customer.id


def value(database: Database, customer_id: int) -> CustomerValue:
    with database.writing() as session:
        revalue(session, [customer_id])
    with database.reading() as session:
        found = value_of(session, customer_id)
    assert found is not None
    return found


def test_cancelled_orders_do_not_count_returned_ones_cost(database: Database) -> None:
    mario = add_customer(
        database,
        ("400.00", OrderStatus.DELIVERED),
        ("99.00", OrderStatus.CANCELLED),
        ("50.00", OrderStatus.RETURNED),
    )
    found = value(database, mario)
    assert (found.spent, found.cost, found.orders) == (400, 8, 1)
    assert (found.current, found.tier) == (152, Tier.MOST_VALUABLE)


def test_tickets_cost_but_talks_and_returns_do_not(database: Database) -> None:
    mario = add_customer(database)
    for category in (TicketCategory.FAULT, TicketCategory.HANDOFF, TicketCategory.RETURN):
        with database.writing() as session:
            open_ticket(
                session,
                NewTicket(category=category, description="x", customer_id=mario, actor="bot"),
            )
    found = value(database, mario)
    assert (found.cost, found.tier) == (6, Tier.BELOW_ZERO)


def test_who_has_news_is_revalued_and_only_they(database: Database) -> None:
    mario, lucia = add_customer(database), add_customer(database)
    with database.writing() as session:
        assert set(customers_to_revalue(session)) == {mario, lucia}
        revalue(session, [mario, lucia])
        assert not customers_to_revalue(session)
    before = now()
    with database.writing() as session:
        session.add(
            Signal(source="shop", event_id="1", kind=SignalKind.CART, customer_id=lucia, at=before)
        )
    with database.writing() as session:
        assert customers_to_revalue(session, since=before) == [lucia]
    assert value(database, lucia).potential > 0
    with database.reading() as session:
        assert customers_to_revalue(session, since=now()) == []


def test_figures_grow_old_and_leave_with_the_profile(database: Database) -> None:
    mario = add_customer(database, ("10", OrderStatus.DELIVERED))
    with database.writing() as session:
        revalue(session, [mario], ValueRules(), now() - timedelta(days=2))
        assert list(customers_to_revalue(session)) == [mario]
        session.get_one(Customer, mario).status = CustomerStatus.ERASED
        revalue(session, [mario])
        assert value_of(session, mario) is None
        assert not customers_to_revalue(session)
