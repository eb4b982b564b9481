"""Reads the demo company's own content: products, shops, policy, promotions, questions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from app.demo.working_days import easter_sunday

COMPANY = Path(__file__).parent / "company"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class NoProductsError(RuntimeError):
    """The products folder holds no product."""


@dataclass(frozen=True)
class Product:
    """The facts of a product that decide who buys it."""

    sku: str
    category: str
    brand: str
    price: Decimal
    for_whom: tuple[str, ...]
    skin: tuple[str, ...]
    hair: tuple[str, ...]
    needs: tuple[str, ...]
    goes_with: tuple[str, ...]


@dataclass(frozen=True)
class Shop:
    """A shop and when it is open."""

    id: str
    city: str
    hours: dict[str, tuple[tuple[time, time], ...]]
    closed_days: tuple[str, ...]

    def opening_on(self, day: date) -> tuple[tuple[time, time], ...]:
        """The opening spans of a day; none when the shop is closed."""
        sunday = easter_sunday(day.year)
        names = {sunday: "easter", sunday + timedelta(days=1): "easter_monday"}
        if f"{day:%m-%d}" in self.closed_days or names.get(day) in self.closed_days:
            return ()
        return self.hours[WEEKDAYS[day.weekday()]]


def read_yaml(path: Path) -> Any:
    """The content of a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def product_from(entry: dict[str, Any]) -> Product:
    """A product from its YAML entry."""
    listed = ("for_whom", "skin", "hair", "needs", "goes_with")
    lists = {name: tuple(entry.get(name) or ()) for name in listed}
    return Product(
        sku=entry["sku"],
        category=entry["category"],
        brand=entry["brand"],
        price=Decimal(entry["price"]),
        **lists,
    )


def read_products(folder: Path = COMPANY / "products") -> tuple[Product, ...]:
    """All products, by SKU; raises NoProductsError for an empty folder."""
    entries = [entry for path in sorted(folder.glob("*.yml")) for entry in read_yaml(path) or ()]
    if not entries:
        raise NoProductsError(f"No product found in {folder}: add at least one .yml file there.")
    return tuple(sorted((product_from(entry) for entry in entries), key=lambda p: p.sku))


def shop_from(entry: dict[str, Any]) -> Shop:
    """A shop from its YAML entry."""
    hours = {
        day: tuple(
            (time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in spans
        )
        for day, spans in entry["hours"].items()
    }
    return Shop(entry["id"], entry["city"], hours, tuple(entry["exceptions"]["closed"]))


@cache
def read_shops() -> tuple[Shop, ...]:
    """The shops, in the order of the file."""
    return tuple(shop_from(entry) for entry in read_yaml(COMPANY / "shops.yml"))


@cache
def read_company() -> dict[str, Any]:
    """The company's own facts, its policy included."""
    company: dict[str, Any] = read_yaml(COMPANY / "company.yml")
    return company


def read_promotions() -> list[dict[str, Any]]:
    """The promotions, as written."""
    promotions: list[dict[str, Any]] = read_yaml(COMPANY / "promotions.yml")
    return promotions


def read_questions() -> list[dict[str, Any]]:
    """The questions and answers of every topic file."""
    files = sorted((COMPANY / "questions").glob("*.yml"))
    return [entry for path in files for entry in read_yaml(path)]
