"""The 24 hours after a customer's message in which anything may be said; later, only templates."""

from datetime import datetime, timedelta

OPEN_FOR = timedelta(hours=24)
# What is sent in the last minute may arrive after it.
MARGIN = timedelta(minutes=1)


def is_open(last_customer_at: datetime | None, at: datetime) -> bool:
    """Whether free text may be sent at a time; by the time of the message, not of its arrival."""
    return last_customer_at is not None and at < last_customer_at + OPEN_FOR - MARGIN
