"""The demo shop's shelves: products, shops and promotions as its pages show them."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

COMPANY = Path(__file__).parent / "company"
SHELVES = Path(__file__).parent / "pages" / "shelves.yml"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # 240 products: C reads them in a moment


def load_products(folder: Path = COMPANY / "products") -> list[dict[str, Any]]:
    """Every product as written, in the order of the files: sku, category, name{it,en}, price …"""
    return [product for path in sorted(folder.glob("*.yml")) for product in _read(path)]


@cache
def products_by_sku() -> Mapping[str, dict[str, Any]]:
    """The products by their SKU."""
    return {product["sku"]: product for product in load_products()}


@cache
def departments() -> Sequence[dict[str, Any]]:
    """The departments with their categories, in the shop's order."""
    shelves: list[dict[str, Any]] = _read(SHELVES)
    return shelves


def category_names() -> dict[str, dict[str, str]]:
    """What each category is called, by language."""
    return {
        category: {language: names[language] for language in ("it", "en")}
        for department in departments()
        for category, names in department["categories"].items()
    }


def department_of(category: str) -> dict[str, Any]:
    """The department in which a category stands; the first for a category without a place."""
    everywhere = departments()
    return next((one for one in everywhere if category in one["categories"]), everywhere[0])


def products_in(department: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The products of a department, category by category."""
    order = list(department["categories"])
    found = [one for one in products_by_sku().values() if one["category"] in order]
    return sorted(found, key=lambda product: order.index(product["category"]))


def window_products(count_each: int = 2) -> list[dict[str, Any]]:
    """What stands in the window: the first products of every department's first categories."""
    chosen: list[dict[str, Any]] = []
    for department in departments():
        seen: set[str] = set()
        for product in products_in(department):
            if product["category"] not in seen and len(seen) < count_each:
                seen.add(product["category"])
                chosen.append(product)
    return chosen


@cache
def load_company() -> dict[str, Any]:
    """The company's own facts."""
    company: dict[str, Any] = _read(COMPANY / "company.yml")
    return company


@cache
def load_shops() -> Sequence[dict[str, Any]]:
    """The shops, as written."""
    shops: list[dict[str, Any]] = _read(COMPANY / "shops.yml")
    return shops


def running_promotions(loaded_on: date, today: date) -> list[dict[str, Any]]:
    """The promotions of today that anybody may see; their days count from the demo's first day."""
    age = (today - loaded_on).days
    return [
        promotion
        for promotion in _read(COMPANY / "promotions.yml")
        if promotion["starts_days"] <= age <= promotion["ends_days"]
        and promotion["audience"]["tier"] == "any"
    ]


def _read(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader
