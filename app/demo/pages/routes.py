"""The pages' addresses. They exist only in the demo."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from jinja2 import Environment, FileSystemLoader
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, HTMLResponse, Response

from app.demo import catalogue
from app.demo.pages import wording
from app.demo.pages.illustrations import draw_department, draw_product
from crm.db import Database, now
from crm.mail.outbox import latest_mails

PAGES = Path(__file__).parent
STATIC = {
    "shop.css": "text/css",
    "shelves.css": "text/css",
    "mailbox.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
}
IMAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "public, max-age=3600",
}
Language = Annotated[str, Query(alias="lang")]


def demo_router(
    database: Database,
    *,
    loaded_on: date | None = None,
    links: Sequence[tuple[str, str]] = (),
) -> APIRouter:
    """The shop, its products and drawings, and the mailbox.

    Args:
        loaded_on: the day on which the demo was loaded, from which promotions count; else today.
        links: title and address of further pages of the demo, such as the desk.
    """
    router = APIRouter(include_in_schema=False)
    pages = Pages(links)
    _add_shop(router, pages, loaded_on)
    _add_images(router)
    _add_mailbox(router, pages, database)
    return router


class Pages:
    """Renders the templates in a language."""

    def __init__(self, links: Sequence[tuple[str, str]]) -> None:
        self._links = list(links)
        self._templates = Environment(
            loader=FileSystemLoader(PAGES / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, name: str, lang: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page of a template, with everything that every page has."""
        language = wording.known_language(lang)
        suffix = "" if language == wording.LANGUAGES[0] else f"?lang={language}"
        html = self._templates.get_template(name).render(
            language=language,
            other=next(one for one in wording.LANGUAGES if one != language),
            words=wording.words_in(language),
            at=lambda address: address + suffix,
            price=lambda amount: wording.price(amount, language),
            company=catalogue.load_company(),
            departments=catalogue.departments(),
            links=self._links,
            **values,
        )
        return HTMLResponse(html, status, headers=PAGE_HEADERS)


def _add_shop(router: APIRouter, pages: Pages, loaded_on: date | None) -> None:
    @router.get("/")
    @router.get("/demo/shop")
    def shop(lang: Language = "") -> Response:
        today = now().astimezone(wording.ROME).date()
        language = wording.known_language(lang)
        return pages.render(
            "shop.html",
            lang,
            products=catalogue.window_products(),
            promotions=shown_promotions(loaded_on or today, today, language),
            shops=shown_shops(language, now()),
        )

    @router.get("/demo/departments/{department_id}")
    def department(department_id: str, lang: Language = "", category: str = "") -> Response:
        found = next((one for one in catalogue.departments() if one["id"] == department_id), None)
        if found is None:
            return pages.render("missing.html", lang, status=404, sku=department_id[:40])
        products = catalogue.products_in(found)
        chosen = [one for one in products if category in ("", one["category"])]
        return pages.render(
            "department.html", lang, department=found, category=category, products=chosen
        )

    @router.get("/demo/products/{sku}")
    def product(sku: str, lang: Language = "") -> Response:
        known = catalogue.products_by_sku()
        if sku not in known:
            return pages.render("missing.html", lang, status=404, sku=sku[:40])
        found = known[sku]
        return pages.render(
            "product.html",
            lang,
            product=found,
            department=catalogue.department_of(found["category"]),
            companions=[known[other] for other in found["goes_with"] if other in known],
        )


def shown_promotions(loaded_on: date, today: date, language: str) -> list[dict[str, Any]]:
    """The running promotions with their discount in words."""
    names = {sku: one["name"][language] for sku, one in catalogue.products_by_sku().items()}
    return [
        {**promotion, "badge": wording.discount(promotion["discount"], language, names)}
        for promotion in catalogue.running_promotions(loaded_on, today)
    ]


def shown_shops(language: str, at: datetime) -> list[Mapping[str, Any]]:
    """The shops with their hours in words, and whether they are open at a time."""
    return [
        {
            **shop,
            "lines": wording.opening_lines(shop["hours"], language),
            "is_open": wording.is_open(shop["hours"], at),
        }
        for shop in catalogue.load_shops()
    ]


def _add_images(router: APIRouter) -> None:
    @router.get("/demo/images/departments/{department_id}.svg")
    def department_image(department_id: str) -> Response:
        for department in catalogue.departments():
            if department["id"] == department_id:
                return _svg(draw_department(department))
        return Response(status_code=404)

    @router.get("/demo/images/{sku}.svg")
    def product_image(sku: str) -> Response:
        product = catalogue.products_by_sku().get(sku)
        return _svg(draw_product(product)) if product else Response(status_code=404)

    @router.get("/demo/static/{name}")
    def static(name: str) -> Response:
        if name not in STATIC:
            return Response(status_code=404)
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}
        return FileResponse(PAGES / "static" / name, media_type=STATIC[name], headers=headers)

    @router.get("/favicon.ico")
    def icon() -> Response:
        return static("icon.svg")


def _svg(drawing: str) -> Response:
    return Response(drawing, media_type="image/svg+xml", headers=IMAGE_HEADERS)


def _add_mailbox(router: APIRouter, pages: Pages, database: Database) -> None:
    @router.get("/demo/mailbox")
    async def mailbox(lang: Language = "") -> Response:
        mails = await run_in_threadpool(sent_mails, database)
        return pages.render("mailbox.html", lang, mails=mails)

    @router.get("/demo/mailbox.json")
    async def mailbox_json() -> list[dict[str, str]]:
        return await run_in_threadpool(sent_mails, database)


def sent_mails(database: Database) -> list[dict[str, str]]:
    """What was sent, newest first: ``{"to", "subject", "text", "at"}``."""
    with database.reading() as session:
        return [
            {
                "to": mail.to,
                "subject": mail.subject,
                "text": mail.text,
                "at": mail.at.isoformat(timespec="seconds"),
            }
            for mail in latest_mails(session)
        ]
