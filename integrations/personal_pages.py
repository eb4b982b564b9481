"""The pages behind the links that are mailed to customers: their data, their consent.

Opening a page does nothing yet: mail programs look into links before people do. The button does it,
once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from crm.consent.opt_in import confirm_opt_in
from crm.db import Database
from crm.privacy.export import export
from crm.privacy.links import LinkOver, find_link, use_link
from crm.privacy.models import LinkPurpose
from crm.privacy.outside import Outside
from crm.privacy.page import page

EXPORT_PATH = "/privacy/data"
OPT_IN_PATH = "/privacy/consent"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
STYLE = (
    ":root{color-scheme:light dark}body{font:18px/1.5 system-ui,sans-serif;max-width:34rem;"
    "margin:10vh auto;padding:0 1.5rem}button{font:inherit;padding:.7rem 1.4rem;min-height:44px;"
    "border-radius:.6rem;border:1px solid currentColor;background:none;color:inherit;"
    "cursor:pointer}button:focus-visible{outline:3px solid Highlight;outline-offset:2px}"
)


@dataclass(frozen=True)
class PersonalPages:
    """What the pages need: the database, what lies outside it, the bot's texts by language."""

    database: Database
    outside: Outside
    phrase: Callable[[str, str], str]


def personal_router(pages: PersonalPages) -> APIRouter:
    """The pages' addresses."""
    router = APIRouter(include_in_schema=False)

    @router.get(EXPORT_PATH + "/{token}")
    def offer_data(token: str) -> HTMLResponse:
        return _offer(pages, LinkPurpose.EXPORT, token, "utter_page_export", "utter_page_export_go")

    @router.post(EXPORT_PATH + "/{token}")
    def give_data(token: str) -> HTMLResponse:
        return _give_data(pages, token)

    @router.get(OPT_IN_PATH + "/{token}")
    def offer_consent(token: str) -> HTMLResponse:
        return _offer(pages, LinkPurpose.OPT_IN, token, "utter_page_opt_in", "utter_page_opt_in_go")

    @router.post(OPT_IN_PATH + "/{token}")
    def take_consent(token: str) -> HTMLResponse:
        return _take_consent(pages, token)

    return router


def _offer(
    pages: PersonalPages, purpose: LinkPurpose, token: str, text: str, button: str
) -> HTMLResponse:
    try:
        with pages.database.reading() as session:
            language = find_link(session, purpose, token).language
    except LinkOver:
        return _over(pages)
    return _simple(pages.phrase(text, language), language, pages.phrase(button, language))


def _give_data(pages: PersonalPages, token: str) -> HTMLResponse:
    try:
        with pages.database.writing() as session:
            link = use_link(session, LinkPurpose.EXPORT, token)
            copy = export(session, pages.outside, link.customer_id)
    except LinkOver:
        return _over(pages)
    return HTMLResponse(page(copy, link.language), headers=HEADERS)


def _take_consent(pages: PersonalPages, token: str) -> HTMLResponse:
    try:
        with pages.database.writing() as session:
            language = find_link(session, LinkPurpose.OPT_IN, token).language
            confirm_opt_in(session, token)
    except LinkOver:
        return _over(pages)
    return _simple(pages.phrase("utter_page_opt_in_done", language), language)


def _over(pages: PersonalPages) -> HTMLResponse:
    """Whoever opens a link that is over is told so in both languages; whose it was is not said."""
    texts = [pages.phrase("utter_page_link_over", language) for language in ("it", "en")]
    return _simple("\n".join(texts), "it", status=410)


def _simple(text: str, language: str, button: str = "", status: int = 200) -> HTMLResponse:
    lines = "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())
    form = f'<form method="post"><button>{escape(button)}</button></form>' if button else ""
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(text.splitlines()[0])}</title><style>{STYLE}</style></head>"
        f"<body><main>{lines}{form}</main></body></html>"
    )
    return HTMLResponse(html, status_code=status, headers=HEADERS)
