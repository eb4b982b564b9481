"""What is bought together is learnt from the orders there are."""

from pathlib import Path

from app.demo.load import load_demo
from app.workers.companions import CompanionsWorker
from crm.db import Database, migrate, now
from crm.offer.tastes import purchases
from knowledge.candidates import CandidateFinder


def test_the_demo_s_orders_teach_what_goes_together(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'demo.db'}", durable=False)
    migrate(database.engine)
    load_demo(database, now().date())
    finder = CandidateFinder(search=None)  # type: ignore[arg-type]
    CompanionsWorker(database, finder, hours=1).learn()
    with database.reading() as session:
        bought = {sku for _, sku in purchases(session)}
    database.close()
    assert len(finder.companions) > 0.8 * len(bought)
    best = finder.companions.of({next(iter(sorted(bought))): 1.0})
    assert best and set(best) <= bought
