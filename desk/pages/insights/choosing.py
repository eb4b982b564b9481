"""Chooses the customers that figures look at: a segment, a propensity (R8)."""

from nicegui import ui
from sqlalchemy import select

from crm.insights.catalogue import Catalogue
from crm.offer.models import Product
from crm.segment.filters import BadFilter
from desk.pages.insights.question import Question
from desk.visit import Visit


async def build_choice_of_people(visit: Visit, question: Question) -> None:
    """The two selections; a segment that cannot be read is told instead of being left out."""
    words, catalogue = visit.words, visit.office.catalogue
    try:
        segments = segment_titles(catalogue, words.language)
    except BadFilter as problem:
        ui.label(f"{words('insights.bad_segment')} {problem}").classes("desk-notice")
        segments = {}
    categories = await visit.read(
        lambda session: session.scalars(select(Product.category).distinct()).all()
    )
    names = {one: catalogue.category_name(one, words.language) for one in categories}
    by_name = dict(sorted(names.items(), key=lambda item: item[1].casefold()))
    everybody = words("insights.everybody")
    _choice(question, "segment", words("insights.segment"), {"": everybody} | segments)
    _choice(question, "prone_to", words("insights.prone_to"), {"": everybody} | by_name)


def segment_titles(catalogue: Catalogue, language: str) -> dict[str, str]:
    """What the company's segments are called.

    Raises:
        BadFilter: one of them cannot be understood.
    """
    return {
        name: one.title.get(language) or one.title.get("it") or name.replace("_", " ")
        for name, one in catalogue.segments().items()
    }


def _choice(question: Question, name: str, label: str, options: dict[str, str]) -> None:
    chosen = getattr(question.people, name)
    ui.select(
        options,
        value=chosen if chosen in options else "",
        label=label,
        on_change=lambda event: ui.navigate.to(question.address(**{name: event.value})),
    ).props("dense outlined").classes("desk-filter")
