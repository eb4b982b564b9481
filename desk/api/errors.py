"""Every error is `{"code", "message"}`: a stable word, and a sentence that says what to do."""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from crm.conversation.dead_letters import DeadLetterError
from crm.conversation.handoff import HandoffError
from crm.conversation.tags import BadTag
from crm.profile.relations import RelationRefused
from crm.ticket.models import TicketMergeRefused
from desk.sending import Unsendable

logger = logging.getLogger(__name__)
SHOWN = 60


class Error(BaseModel):
    """What went wrong."""

    code: str
    message: str


class Problem(Exception):
    """A request that cannot be fulfilled, with its answer."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers

    def response(self) -> JSONResponse:
        """The answer."""
        readable = self.message.encode("utf-8", "replace").decode()
        body = {"code": self.code, "message": readable}
        return JSONResponse(body, status_code=self.status, headers=self.headers)


def not_found(what: str, key: object) -> Problem:
    """The answer to an id that nothing has: `not_found("customer", 12)`."""
    sentence = f"There is no {what} {key}; look for it with GET /{what}s?query=…"
    return Problem(404, f"{what.replace('-', '_')}_not_found", sentence)


def conflict(code: str, message: str) -> Problem:
    """The answer to a step that the present state does not allow."""
    return Problem(409, code, message)


TOO_LARGE = Problem(413, "too_large", "The request is too large; send less text at once.")
AWAY = Problem(503, "database_away", "The database does not answer; try again in a moment.")
BROKEN = Problem(500, "internal_error", "Something broke here; the log of the app says what.")

# The answers of the framework itself, in our form.
FRAMEWORK = {
    400: ("bad_request", "The request cannot be read; send JSON encoded in UTF-8."),
    404: (
        "no_such_path",
        "There is nothing at this path; /api/v1/openapi.json lists what there is.",
    ),
    405: ("method_not_allowed", "This path does not know this method; see /api/v1/openapi.json."),
    413: (TOO_LARGE.code, TOO_LARGE.message),
}

MEANINGS = {
    400: "The body cannot be read",
    401: "No token, or one that is not known",
    403: "The token's role may not do this",
    404: "No such thing",
    409: "The present state does not allow it",
    413: "Too large",
    422: "A value cannot be used",
    503: "The database does not answer",
}


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of an endpoint, for the OpenAPI document."""
    return {status: {"model": Error, "description": MEANINGS[status]} for status in statuses}


def speak_plainly(api: FastAPI) -> None:
    """Give every failure of an application the common form."""
    api.add_exception_handler(Problem, _problem)
    api.add_exception_handler(HandoffError, _not_now)
    api.add_exception_handler(DeadLetterError, _not_now)
    api.add_exception_handler(TicketMergeRefused, _not_now)
    api.add_exception_handler(BadTag, _not_now)
    api.add_exception_handler(RelationRefused, _not_now)
    api.add_exception_handler(Unsendable, _not_sendable)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _framework)
    api.add_exception_handler(OperationalError, _away)


async def _problem(_: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, Problem)
    return problem.response()


async def _not_now(_: Request, refused: Exception) -> JSONResponse:
    assert isinstance(
        refused, HandoffError | DeadLetterError | TicketMergeRefused | BadTag | RelationRefused
    )
    return conflict(refused.code, str(refused)).response()


async def _not_sendable(_: Request, refused: Exception) -> JSONResponse:
    assert isinstance(refused, Unsendable)
    return conflict(refused.reason, str(refused)).response()


async def _framework(request: Request, raised: Exception) -> JSONResponse:
    assert isinstance(raised, HTTPException)
    code, message = FRAMEWORK.get(raised.status_code, ("refused", str(raised.detail)))
    headers = _allowed(request) if raised.status_code == 405 else raised.headers
    return Problem(raised.status_code, code, message, headers).response()


def _allowed(request: Request) -> dict[str, str]:
    """Every method of a path; a route by itself knows only its own."""
    path = _path(request)
    methods = {
        method.upper()
        for template, operations in request.app.openapi()["paths"].items()
        if compile_path(template)[0].match(path)
        for method in operations
    }
    return {"Allow": ", ".join(sorted(methods))}


def _path(request: Request) -> str:
    return request.url.path.removeprefix(request.scope.get("root_path", ""))


async def _away(_: Request, problem: Exception) -> JSONResponse:
    logger.error("The database does not answer: %s", type(problem).__name__)
    return AWAY.response()


async def _invalid(request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, RequestValidationError)
    errors = problem.errors()
    if any(error["loc"][0] == "path" for error in errors):
        return _no_such_id(request).response()
    if any(error["type"] == "json_invalid" for error in errors):
        return Problem(422, "bad_json", "The body is not JSON; mind quotes and commas.").response()
    return Problem(422, "invalid", " ".join(dict.fromkeys(map(_sentence, errors)))).response()


def _no_such_id(request: Request) -> Problem:
    collection, key = _path(request).split("/")[1:3]
    return not_found(collection.removesuffix("s"), key)


def _sentence(error: Mapping[str, Any]) -> str:
    """One sentence that names the value and what is expected of it."""
    name = ".".join(str(part) for part in error["loc"][1:] if part != "body") or "The body"
    reason = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    if error["type"] == "missing":
        return f"{name} is missing." if name != "The body" else "Send a JSON body."
    if error["type"] == "extra_forbidden":
        return f"{name} is not known here; leave it out."
    return f"{name} cannot be {_shown(error['input'])}: {reason[:1].lower()}{reason[1:]}."


def _shown(value: object) -> str:
    written = repr(value)
    return written if len(written) <= SHOWN else f"{written[:SHOWN]}…"
