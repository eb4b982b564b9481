"""Files that customers sent, for who works with customers."""

import asyncio
from http import HTTPStatus
from typing import Any

from nicegui import app
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from crm.conversation.models import Message
from desk.office import Office
from desk.visit import Visit, visit_of

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=3600",
    "X-Content-Type-Options": "nosniff",
}


def add_file_route(office: Office) -> None:
    """Serve the files of conversations."""

    @app.get("/conversations/{conversation_id}/attachments/{attachment_id}")
    async def file(request: Request, conversation_id: int, attachment_id: str) -> Response:
        visit = visit_of(request)
        if not visit.who.works_with_customers:
            return PlainTextResponse(visit.words("refused.not_allowed"), HTTPStatus.FORBIDDEN)
        stored = await asyncio.to_thread(_find, visit, conversation_id, attachment_id)
        path = office.attachments / stored["file"] if stored else None
        if stored is None or path is None or not path.is_file():
            return PlainTextResponse(visit.words("conversation.no_file"), HTTPStatus.NOT_FOUND)
        is_image = str(stored["type"]).startswith("image/")
        return FileResponse(
            path,
            media_type=stored["type"],
            filename=stored["name"],
            content_disposition_type="inline" if is_image else "attachment",
            headers=HEADERS,
        )


def _find(visit: Visit, conversation_id: int, attachment_id: str) -> dict[str, Any] | None:
    with visit.office.database.reading() as session:
        return _stored(session, conversation_id, attachment_id)


def _stored(session: Session, conversation_id: int, attachment_id: str) -> dict[str, Any] | None:
    query = select(Message.attachments).where(
        Message.conversation_id == conversation_id, Message.attachments.is_not(None)
    )
    for files in session.scalars(query):
        for stored in files:
            if stored.get("id") == attachment_id and "file" in stored:
                return dict(stored)
    return None
