"""The worker that keeps profiles up to date."""

from datetime import timedelta

from app.workers.upkeep import Upkeep
from crm.db import Database, now
from crm.event.models import Signal, SignalKind
from crm.profile.elastic import OwnField, OwnFields
from crm.profile.models import Customer, TraitKind
from crm.profile.traits import Origin, current, record
from crm.value.figures import ValueRules
from crm.value.worth import value_of


def test_news_and_newcomers_are_valued_and_old_values_let_go(database: Database) -> None:
    upkeep = Upkeep(database, ValueRules(), OwnFields({"note": OwnField(keep_days=30)}))
    with database.writing() as session:
        mario, lucia = Customer(), Customer()
        session.add_all([mario, lucia])
        session.flush()
        old = Origin(TraitKind.EXPLICIT, "shop", now() - timedelta(days=31))
        record(session, mario, {"note": "x", "skin": "dry"}, old)
        session.add(
            Signal(source="s", event_id="1", kind=SignalKind.CART, customer_id=mario.id, at=now())
        )
    assert upkeep.revalue_news() == 1
    with database.reading() as session:
        assert value_of(session, mario.id) is not None
        assert value_of(session, lucia.id) is None
    assert upkeep.revalue_old() == 1
    assert upkeep.revalue_old() == 0
    upkeep.forget_old()
    with database.reading() as session:
        assert set(current(session, mario.id)) == {"skin"}
