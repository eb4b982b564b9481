"""What the demo company's assistant knows: answers, products, shops."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.demo.content import COMPANY, WEEKDAYS, read_yaml
from knowledge.documents import Document
from knowledge.readers.catalogue import read_products, read_questions

DAY_NAMES = {
    "it": ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
CLOSED = {"it": "chiuso", "en": "closed"}


def demo_documents() -> list[Document]:
    """Everything that is indexed for the demo company, in both languages."""
    return [
        *read_questions(COMPANY / "questions"),
        *read_products(COMPANY / "products"),
        *(shop_document(shop, language) for shop in read_shops() for language in DAY_NAMES),
    ]


def read_shops() -> list[dict[str, Any]]:
    """The shops as they are written."""
    shops: list[dict[str, Any]] = read_yaml(COMPANY / "shops.yml")
    return shops


def shop_document(shop: Mapping[str, Any], language: str) -> Document:
    """A shop with its address, telephone number and opening hours."""
    return Document(
        id=shop["id"],
        kind="shop",
        language=language,
        title=shop["name"],
        text="\n".join(
            (
                f"{shop['address']}, {shop['cap']} {shop['city']} ({shop['province']})",
                f"☎ {shop['phone']}",
                *opening_lines(shop["hours"], language),
            )
        ),
        also=(shop["city"],),
        data={"city": shop["city"], "cap": shop["cap"], "province": shop["province"]},
    )


def opening_lines(hours: Mapping[str, list[list[str]]], language: str) -> Iterable[str]:
    """Opening hours in words, days with the same hours together."""
    start = 0
    for end in range(1, len(WEEKDAYS) + 1):
        if end == len(WEEKDAYS) or hours[WEEKDAYS[end]] != hours[WEEKDAYS[start]]:
            yield f"{_days(start, end - 1, language)}: {_spans(hours[WEEKDAYS[start]], language)}"
            start = end


def _days(first: int, last: int, language: str) -> str:
    names = DAY_NAMES[language]
    return names[first] if first == last else f"{names[first]}–{names[last]}"


def _spans(spans: list[list[str]], language: str) -> str:
    return ", ".join(f"{opens}–{closes}" for opens, closes in spans) or CLOSED[language]
