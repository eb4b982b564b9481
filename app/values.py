"""Customers' values with the company's settings."""

from app.settings import Settings
from app.workers.upkeep import Upkeep
from crm.db import Database
from crm.profile.elastic import read_fields
from crm.value.figures import ValueRules


def value_rules(settings: Settings) -> ValueRules:
    """What the company says of itself, as settings `BOTTEGA_VALUE_…`."""
    names = ValueRules.__dataclass_fields__
    return ValueRules(**{name: getattr(settings, f"value_{name}") for name in names})


def make_upkeep(settings: Settings, database: Database) -> Upkeep:
    """Keeps profiles up to date while the app runs."""
    return Upkeep(database, value_rules(settings), read_fields(settings.fields))
