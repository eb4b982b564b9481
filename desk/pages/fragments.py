"""Parts of pages written as templates: everything in them is escaped, whoever wrote it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from nicegui import ui

from crm.db import now
from desk.visit import Visit

TEMPLATES = Path(__file__).parent.parent / "templates"


class Fragment:
    """A part of a page that is drawn anew when its content has changed."""

    def __init__(self, template: str, visit: Visit, classes: str = "") -> None:
        self._template = template
        self._visit = visit
        self._element = ui.html("", sanitize=False).classes(f"fragment {classes}")

    def draw(self, **values: Any) -> bool:
        """Show new values; whether anything changed by it."""
        html = render(self._template, self._visit, **values)
        if html == self._element.content:
            return False
        self._element.set_content(html)
        return True


def render(template: str, visit: Visit, **values: Any) -> str:
    """A template as HTML, with what every template may use."""
    return _environment().get_template(template).render(**_common(visit), **values)


def _common(visit: Visit) -> Mapping[str, Any]:
    at = now()
    return {
        "words": visit.words,
        "root": visit.root,
        "who": visit.who,
        "moment": visit.moment,
        "day": lambda when: visit.words.day(when, visit.office.zone),
        "age": lambda since: visit.words.age(since, at),
    }


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
