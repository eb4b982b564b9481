"""The account's templates page by page, as the Graph API lists things: cursors, and a next page."""

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import urlencode

from app.demo.platforms.whatsapp.errors import GraphError
from app.demo.platforms.whatsapp.world import ApprovedTemplate, Json, World

USUAL_PAGE = 25
# More may be asked for; no page has more.
LARGEST_PAGE = 100
MOST_TEMPLATES = 6000
FILTERS = ("status", "name", "language")
USUAL_FIELDS = ("name", "parameter_format", "components", "language", "status", "category")


def template_page(world: World, asked: Mapping[str, str], address: str) -> Json:
    """One page of the templates.

    Args:
        asked: the query: fields, limit, after, before, status, name, language.
        address: where the list is; the next page's address begins with it.

    Raises:
        GraphError: a cursor or limit that cannot be read.
    """
    found = [(number, one) for number, one in enumerate(world.templates) if _fits(one, asked)]
    limit = min(_number(asked.get("limit", str(USUAL_PAGE))), LARGEST_PAGE)
    first = _first(asked, limit)
    page = found[first : first + limit]
    summary = _summary(world, asked, len(found))
    if not page:
        return {"data": [], **summary}
    fields = ["id", *(asked["fields"].split(",") if asked.get("fields") else USUAL_FIELDS)]
    return {
        "data": [_shown(number, one, fields) for number, one in page],
        "paging": _paging(asked, address, first, first + len(page), len(found)),
        **summary,
    }


def _summary(world: World, asked: Mapping[str, str], total: int) -> Json:
    """Counts, if they are asked for."""
    whole = {
        "total_count": total,
        "message_template_count": len(world.templates),
        "message_template_limit": MOST_TEMPLATES,
        "are_translations_complete": True,
    }
    wanted = asked.get("summary", "").split(",")
    counts = {name: value for name, value in whole.items() if name in wanted}
    return {"summary": counts} if counts else {}


def _fits(template: ApprovedTemplate, asked: Mapping[str, str]) -> bool:
    """Whether a template has one of the values of every filter."""
    return all(
        getattr(template, name) in asked[name].split(",") for name in FILTERS if asked.get(name)
    )


def _shown(number: int, template: ApprovedTemplate, fields: list[str]) -> Json:
    whole = {
        "id": str(1667192013751005 + number),
        "name": template.name,
        "language": template.language,
        "status": template.status,
        "rejected_reason": template.rejected_reason,
        "category": "UTILITY",
        "parameter_format": "POSITIONAL",
        "components": [
            {"type": "BODY", "text": template.body, "example": {"body_text": [["Un esempio."]]}}
        ],
    }
    return {name: whole[name] for name in fields if name in whole}


def _paging(asked: Mapping[str, str], address: str, first: int, end: int, total: int) -> Json:
    """Cursors of the page's first and last entry; an address on each side that has more."""
    before, after = _cursor(first), _cursor(end)
    paging: Json = {"cursors": {"before": before, "after": after}}
    rest = {name: value for name, value in asked.items() if name not in ("after", "before")}
    if end < total:
        paging["next"] = f"{address}?{urlencode({**rest, 'after': after})}"
    if first > 0:
        paging["previous"] = f"{address}?{urlencode({**rest, 'before': before})}"
    return paging


def _first(asked: Mapping[str, str], limit: int) -> int:
    if asked.get("after"):
        return _place(asked["after"])
    return max(_place(asked["before"]) - limit, 0) if asked.get("before") else 0


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(str(place).encode()).decode()


def _place(cursor: str) -> int:
    try:
        return _number(base64.urlsafe_b64decode(cursor).decode("ascii"))
    except (binascii.Error, UnicodeError):
        raise GraphError(100, "Invalid cursors values.") from None


def _number(written: str) -> int:
    if not (written.isascii() and written.isdigit()):
        raise GraphError(100, f"{written[:20]!r} is not a number.")
    return int(written)
