"""Customers' values with the company's settings."""

from typing import TYPE_CHECKING

from app.settings import Settings
from app.workers.upkeep import Upkeep
from crm.profile.elastic import read_fields
from crm.value.figures import ValueRules

if TYPE_CHECKING:
    from app.bootstrap import Bottega


def value_rules(settings: Settings) -> ValueRules:
    """What the company says of itself, as settings `BOTTEGA_VALUE_…`."""
    names = ValueRules.__dataclass_fields__
    return ValueRules(**{name: getattr(settings, f"value_{name}") for name in names})


def make_upkeep(bottega: "Bottega") -> Upkeep:
    """Keeps profiles up to date while the app runs."""
    settings = bottega.settings
    return Upkeep(bottega.database, value_rules(settings), read_fields(settings.fields))
