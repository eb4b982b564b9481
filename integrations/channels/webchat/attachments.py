"""Files that customers send: looked into, stored under a random name, given back to them alone."""

import re
import secrets
import shutil
import uuid
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from pydantic import AfterValidator, Field
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse

from crm.conversation.models import Message
from integrations.channels.webchat.chat import WebChat
from integrations.channels.webchat.errors import (
    FileEmpty,
    FileTooLarge,
    FileTypeRefused,
    NothingHere,
)
from integrations.channels.webchat.guard import JSON_LIMIT, bearer_token, guarded_route
from integrations.channels.webchat.intake import LONGEST_CLIENT_ID, Entry, check, clean, store
from integrations.channels.webchat.sessions import Guest, recognise
from integrations.channels.webchat.sniff import KINDS, Kind, sniff
from integrations.channels.webchat.tokens import Pass
from integrations.channels.webchat.view import ATTACHMENTS, shown_attachment

LONGEST_NAME = 120
NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f<>:\"/\\|?*\u202a-\u202e\u2066-\u2069]")
FILE_HEADERS = {
    "Cache-Control": "private, max-age=86400",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
Text = Annotated[str, AfterValidator(clean)]
ClientId = Annotated[Text, Field(min_length=1, max_length=LONGEST_CLIENT_ID)]


def attachment_routes(chat: WebChat) -> APIRouter:
    """Sending a file, and getting it back."""
    router = APIRouter(route_class=guarded_route(chat, chat.attachment_bytes + JSON_LIMIT))

    async def whose(request: Request, token: Annotated[str, Query()] = "") -> Guest:
        return await run_in_threadpool(recognise, chat, bearer_token(request) or token)

    @router.post("/attachments", status_code=202)
    async def send(
        guest: Annotated[Guest, Depends(whose)],
        file: Annotated[UploadFile, File()],
        client_message_id: Annotated[ClientId | None, Form()] = None,
        text: Annotated[Text, Form()] = "",
    ) -> dict[str, Any]:
        entry = Entry(client_message_id or str(uuid.uuid4()), text)
        check(entry)
        chat.message_limit.take(guest.pass_.session_id)
        message = await run_in_threadpool(take_in, chat, guest.pass_, entry, file)
        chat.announce(guest.pass_.session_id, message.conversation_id)
        files = [shown_attachment(stored) for stored in message.attachments]
        return {"seq": message.seq, "attachment": files[0] if files else None}

    @router.get("/attachments/{attachment_id}")
    async def give_back(
        attachment_id: str, guest: Annotated[Guest, Depends(whose)]
    ) -> FileResponse:
        stored = await run_in_threadpool(
            find_attachment, chat, guest.conversation_id, attachment_id
        )
        return _answer(chat.attachments / stored["file"], stored)

    return router


def take_in(chat: WebChat, pass_: Pass, entry: Entry, upload: UploadFile) -> Message:
    """Store a file and the message that brings it; a file sent again is stored once.

    Raises:
        FileEmpty, FileTooLarge, FileTypeRefused
    """
    kind = inspect(upload, chat.attachment_bytes)
    stored = describe(upload, kind)
    path = chat.attachments / stored["file"]
    save(upload.file, path)
    try:
        message = store(chat, pass_, Entry(entry.client_message_id, entry.text, None, [stored]))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if stored not in message.attachments:
        path.unlink(missing_ok=True)
    return message


def inspect(upload: UploadFile, limit: int) -> Kind:
    """What kind of file it is, if it may be sent.

    Raises:
        FileEmpty, FileTooLarge, FileTypeRefused
    """
    if not upload.size:
        raise FileEmpty
    if upload.size > limit:
        raise FileTooLarge(limit=limit)
    kind = sniff(upload.file)
    if kind is None:
        raise FileTypeRefused(allowed=", ".join(KINDS))
    return kind


def describe(upload: UploadFile, kind: Kind) -> dict[str, Any]:
    """What the message keeps of a file; `file` is its random name in the folder."""
    attachment_id = secrets.token_urlsafe(16)
    return {
        "id": attachment_id,
        "name": presentable_name(upload.filename or "", kind),
        "type": kind.type,
        "size": upload.size,
        "file": attachment_id + kind.suffix,
    }


def presentable_name(given: str, kind: Kind) -> str:
    """The name that a file came with, without a path and without characters that deceive."""
    name = NOT_IN_NAMES.sub("", clean(PurePosixPath(given.replace("\\", "/")).name)).strip(". ")
    stem = name.rpartition(".")[0] or name or "file"
    return stem[:LONGEST_NAME] + kind.suffix


def save(file: BinaryIO, path: Path) -> None:
    """Write a file, readable for us alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.seek(0)
    with path.open("xb") as target:
        path.chmod(0o600)
        shutil.copyfileobj(file, target)


def find_attachment(
    chat: WebChat, conversation_id: int | None, attachment_id: str
) -> dict[str, Any]:
    """What is kept of a file in a conversation.

    Raises:
        NothingHere: there is none of that id, or not in this conversation.
    """
    query = select(Message.attachments).where(Message.conversation_id == conversation_id)
    with chat.database.reading() as session:
        for files in session.scalars(query):
            for stored in files:
                if stored.get("id") == attachment_id and "file" in stored:
                    return dict(stored)
    raise NothingHere(path=f"{ATTACHMENTS}/…")


def _answer(path: Path, stored: dict[str, Any]) -> FileResponse:
    if not path.is_file():
        raise NothingHere(path=f"{ATTACHMENTS}/…")
    is_image = str(stored["type"]).startswith("image/")
    return FileResponse(
        path,
        media_type=stored["type"],
        filename=stored["name"],
        content_disposition_type="inline" if is_image else "attachment",
        headers=FILE_HEADERS,
    )
