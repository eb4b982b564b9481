"""One sheet of paper before a visit: who comes, what is open, what drew them here (R11)."""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus

from nicegui import app
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from crm.db import now
from crm.offer.models import Product
from crm.profile.timeline import TouchKind
from crm.staff.audit import Action
from desk.api.customer_views import TouchView
from desk.office import Office
from desk.pages.fragments import render
from desk.pages.people.profile import Profile, gather_profile
from desk.visit import Visit, visit_of

LATEST_OFFERS = 5
# What shows that a promotion worked.
DRAWN = ("opened", "accepted", "sold")
SETTLED = ("delivered", "cancelled", "returned")
HEADERS = {"Cache-Control": "no-store"}


def add_briefing(_: Office) -> None:
    """Serve the briefing of each customer."""

    @app.get("/customers/{customer_id}/briefing")
    async def briefing(request: Request, customer_id: int) -> Response:
        visit = visit_of(request)
        if not visit.who.works_with_customers:
            return PlainTextResponse(visit.words("refused.not_allowed"), HTTPStatus.FORBIDDEN)
        html = await visit.write(lambda session: _write(visit, session, customer_id))
        if html is None:
            return PlainTextResponse(visit.words("customer.nobody"), HTTPStatus.NOT_FOUND)
        return HTMLResponse(html, headers=HEADERS)


def _write(visit: Visit, session: Session, customer_id: int) -> str | None:
    profile = gather_profile(session, visit.who, customer_id, visit.office)
    if profile is None:
        return None
    visit.note(session, Action.PRINTED, f"customer:{customer_id}")
    names = _product_names(session, visit, profile)
    return render(
        "briefing.html",
        visit,
        profile=profile,
        made_at=now(),
        glance=list(at_a_glance(visit, profile, names)),
        offers=list(_offers(visit, profile, names)),
        names=names,
    )


def at_a_glance(visit: Visit, profile: Profile, names: Mapping[str, str]) -> Iterator[str]:
    """What to know in the first minute, in sentences."""
    words, view, value = visit.words, profile.view, profile.value
    if view.places:
        yield words("briefing.from", place=view.places[0].comune)
    if value is not None:
        yield words(
            f"briefing.tier_{value.tier}",
            orders=value.orders,
            spent=words.number(float(value.spent), 2),
        )
    if view.has_open_matter:
        yield words("briefing.first_the_matter")
    under_way = [order.number for order in view.orders if order.status not in SETTLED]
    if under_way:
        yield words("briefing.under_way", numbers=", ".join(under_way[:3]))
    drawn = _drawn_by(profile)
    if drawn is not None:
        yield words(
            "briefing.drawn_by",
            product=names.get(drawn.about, drawn.about),
            at=words.day(drawn.at),
        )
    last = next((one for one in profile.touches if one.kind == TouchKind.MESSAGES), None)
    if last is not None and last.details.get("last_words"):
        yield words("briefing.last_words", words=last.details["last_words"][:120])


def _drawn_by(profile: Profile) -> TouchView | None:
    """The latest promotion that the customer took up: what may have brought them here."""
    taken = (
        one
        for one in profile.touches
        if one.kind == TouchKind.OFFER and one.details.get("outcome") in DRAWN
    )
    return next(taken, None)


def _offers(visit: Visit, profile: Profile, names: Mapping[str, str]) -> Sequence[str]:
    """The latest offers made and what came of them."""
    words = visit.words
    made = [touch for touch in profile.touches if touch.kind == TouchKind.OFFER]
    return [
        f"{words.day(one.at)}: {names.get(one.about, one.about)} — "
        f"{words.of('outcome', one.details['outcome'])}"
        for one in made[:LATEST_OFFERS]
    ]


def _product_names(session: Session, visit: Visit, profile: Profile) -> Mapping[str, str]:
    skus = {line.sku for order in profile.view.orders for line in order.lines}
    skus |= {touch.about for touch in profile.touches if touch.kind == TouchKind.OFFER}
    query = select(Product.sku, Product.name).where(Product.sku.in_(skus))
    language = visit.words.language
    return {row.sku: row.name.get(language, row.sku) for row in session.execute(query)}
