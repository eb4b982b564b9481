"""Puts the staff API together, and into the app at /api/v1."""

import re

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Mount

from desk.api import (
    community,
    conversations,
    customers,
    dead_letters,
    insights,
    merges,
    moments,
    offers,
    privacy,
    relations,
    segments,
    signals,
    tickets,
)
from desk.api.body_limit import BodyLimit
from desk.api.context import Desk
from desk.api.defects import Defects
from desk.api.errors import answers, speak_plainly
from desk.sending import MOST_FILES

PREFIX = "/api/v1"
DESCRIPTION = (
    "Conversations, customers and tickets, for the staff and their programs. "
    "Errors are `{code, message}`; codes are stable."
)


def mount_staff_api(app: FastAPI, desk: Desk) -> None:
    """Serve the API of a desk under /api/v1, whatever stands in the rest of the path."""
    mount = Mount(PREFIX, app=staff_api(desk), name="staff_api")
    # Without this a line break in a path leads past the mount, to an answer in another form.
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    app.router.routes.append(mount)


def staff_api(desk: Desk) -> FastAPI:
    """The API as an application of its own, with its OpenAPI document at `openapi.json`.

    Its pages of documentation are off: they would fetch scripts from third parties.
    """
    api = FastAPI(
        title="Bottega staff API",
        description=DESCRIPTION,
        version=desk.version,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
        responses=answers(401, 403, 413, 422, 503),
    )
    api.state.desk = desk
    speak_plainly(api)
    # Files come in base64, which takes a third more.
    with_files = desk.body_bytes + MOST_FILES * desk.sending.file_bytes * 4 // 3
    api.add_middleware(BodyLimit, most=desk.body_bytes, most_with_files=with_files)
    api.add_middleware(Defects)
    for area in (
        community,
        conversations,
        customers,
        dead_letters,
        insights,
        merges,
        offers,
        moments,
        privacy,
        segments,
        relations,
        signals,
        tickets,
    ):
        api.include_router(area.router)
    api.include_router(tickets.undoing)
    return api


def _operation_id(route: APIRoute) -> str:
    return route.name
