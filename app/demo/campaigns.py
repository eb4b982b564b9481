"""The demo company's promotions as campaigns: audience, wordings, zone, caps, cost."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from crm.offer.models import Promotion

# What may be said in the web chat may be shown on the pages around it.
BESIDE = {"webchat": ("webchat", "site", "app")}


def promotion_from(entry: dict[str, Any], today: date) -> Promotion:
    """A promotion of the demo as it is written, from the day on which the demo is loaded."""
    terms = ("discount", "applies_to", "code", "min_spend")
    return Promotion(
        id=entry["id"],
        name=entry["name"],
        text=entry["text"],
        terms={key: entry[key] for key in terms if entry.get(key)},
        starts_on=today + timedelta(days=entry["starts_days"]),
        ends_on=today + timedelta(days=entry["ends_days"]),
        audience=audience_from(entry["audience"]),
        variants=_variants(entry),
        zone=entry["zone"],
        channels=[one for said in entry["channel"] for one in BESIDE.get(said, (said,))],
        cap_per_customer=entry.get("cap_per_customer"),
        cap_total=entry.get("cap_total"),
        goal=entry["goal"],
        cost=Decimal(entry.get("cost", "0")),
    )


def audience_from(written: dict[str, Any]) -> dict[str, Any]:
    """The filter of an audience; for whom the products are made is a matter of the rules."""
    parts: list[dict[str, Any]] = []
    if written["tier"] != "any":
        parts.append({"tier": [written["tier"]]})
    if written["loyalty_only"]:
        parts.append({"trait": {"name": "card_number"}})
    return {"all": parts} if len(parts) > 1 else next(iter(parts), {})


def _variants(entry: dict[str, Any]) -> list[dict[str, Any]]:
    creatives = entry.get("creatives")
    if not creatives:
        return []
    first = {"id": "first", "text": entry["text"]}
    return [{**one, "weight": 1.0} for one in (first, *creatives)]
