"""Serves the widget: one script, put together from its parts, and its configuration."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from integrations.channels.webchat.chat import LONGEST_TEXT, WebChat
from integrations.channels.webchat.guard import guarded_route
from integrations.channels.webchat.sniff import KINDS
from integrations.channels.webchat.tokens import LOCALES, known_locale

PARTS = Path(__file__).with_name("widget")
# In the order in which they are put together: each part uses only those before it.
SCRIPTS = (
    "strings",
    "elements",
    "icons",
    "colours",
    "text",
    "store",
    "server",
    "socket",
    "polling",
    "line",
    "files",
    "messages",
    "cards",
    "transcript",
    "composer",
    "panel",
    "chat",
    "start",
)
STYLES = ("frame", "messages", "cards", "composer")
WELCOME = "utter_welcome"
SCRIPT_HEADERS = {
    "Cache-Control": "public, max-age=300, must-revalidate",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def widget_routes(chat: WebChat) -> APIRouter:
    """The widget's script and what it must know before the first message."""
    router = APIRouter(route_class=guarded_route(chat))

    @router.get("/widget.js", include_in_schema=False)
    async def script(request: Request) -> Response:
        text, tag = widget_script()
        headers = {**SCRIPT_HEADERS, "ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(text, media_type="text/javascript", headers=headers)

    @router.get("/config")
    async def config(locale: Annotated[str, Query()] = "") -> dict[str, Any]:
        language = known_locale(locale)
        return {
            "locale": language,
            "locales": list(LOCALES),
            "welcome": chat.phrase(WELCOME, language),
            "suggestions": [dict(entry) for entry in chat.suggestions(language)],
            "longest_text": LONGEST_TEXT,
            "largest_file": chat.attachment_bytes,
            "file_types": sorted(kind.type for kind in KINDS.values()),
        }

    return router


@cache
def widget_script() -> tuple[str, str]:
    """The whole widget as one script, and its entity tag."""
    style = "\n".join((PARTS / f"{name}.css").read_text("utf-8") for name in STYLES)
    parts = [(PARTS / f"{name}.js").read_text("utf-8") for name in SCRIPTS]
    text = "\n".join(
        ["(() => {", '"use strict";', f"const STYLE = {json.dumps(style)};", *parts, "})();", ""]
    )
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return text, f'"{digest}"'
