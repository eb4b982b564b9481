"""Everything the web chat refuses: one class a broken rule, with its status and its code.

The code is stable and meant for programs; the sentence says what to do and is meant for people.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

CLOSE_CODES = {401: 4401, 403: 4403, 413: 4413, 429: 4429}
CLOSE_REFUSED = 4400
CLOSE_TOO_SLOW = 4408


class Refused(Exception):
    """A request that the web chat does not serve."""

    status: ClassVar[int] = HTTPStatus.BAD_REQUEST
    code: ClassVar[str] = "refused"
    sentence: ClassVar[str] = "The request cannot be served."

    def __init__(self, **values: Any) -> None:
        super().__init__(self.sentence.format(**values))
        self.values = values

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers that belong to the answer."""
        if self.status == HTTPStatus.UNAUTHORIZED:
            return {"WWW-Authenticate": "Bearer"}
        return {}

    @property
    def body(self) -> dict[str, Any]:
        """The answer: ``{"code", "message"}``."""
        return {"code": self.code, "message": str(self)}

    @property
    def close_code(self) -> int:
        """The code with which a WebSocket closes for this reason."""
        return CLOSE_CODES.get(self.status, CLOSE_REFUSED)


class TokenMissing(Refused):
    status = HTTPStatus.UNAUTHORIZED
    code = "token_missing"
    sentence = (
        "Send the session's token as 'Authorization: Bearer <token>'; "
        "POST /webchat/sessions makes a session."
    )


class TokenInvalid(Refused):
    status = HTTPStatus.UNAUTHORIZED
    code = "token_invalid"
    sentence = "The token was not made by this server; make a session with POST /webchat/sessions."


class TokenExpired(Refused):
    status = HTTPStatus.UNAUTHORIZED
    code = "token_expired"
    sentence = "The session has expired; make a new one with POST /webchat/sessions."


class TokenReplaced(Refused):
    status = HTTPStatus.UNAUTHORIZED
    code = "token_replaced"
    sentence = "A newer token of this session is in use; go on with that one."


class VisitorInvalid(Refused):
    status = HTTPStatus.UNAUTHORIZED
    code = "visitor_invalid"
    sentence = "The visitor token cannot be used: {reason}."


class VisitorExpired(Refused):
    status = HTTPStatus.UNAUTHORIZED
    code = "visitor_expired"
    sentence = "The visitor token has expired; have the site sign a new one."


class VisitorsUnknown(Refused):
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "visitors_not_configured"
    sentence = "This server has no secret to check visitor tokens with; leave 'visitor' out."


class OriginRefused(Refused):
    status = HTTPStatus.FORBIDDEN
    code = "origin_not_allowed"
    sentence = "Pages of {origin} may not use this chat; allow it in webchat_origins."


class NothingHere(Refused):
    status = HTTPStatus.NOT_FOUND
    code = "not_found"
    sentence = "There is nothing at {path}."


class MethodRefused(Refused):
    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = "method_not_allowed"
    sentence = "{path} does not take {method}; it takes {allowed}."

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Allow": self.values["allowed"]}


class BodyTooLarge(Refused):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "body_too_large"
    sentence = "The request is larger than {limit} bytes; send less at once."


class TextTooLong(Refused):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "text_too_long"
    sentence = "The text has {length} characters, {limit} are allowed; split it."


class FileTooLarge(Refused):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "file_too_large"
    sentence = "The file is larger than {limit} bytes; send a smaller one."


class FileTypeRefused(Refused):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "file_type_not_allowed"
    sentence = "The file's content is none of: {allowed}."


class FileEmpty(Refused):
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "file_empty"
    sentence = "The file has no content."


class BadRequest(Refused):
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid_request"
    sentence = "{problem}"


class TextOrPayload(Refused):
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "text_or_payload"
    sentence = "Give either 'text' or 'payload', not both and not neither."


class ButtonUnknown(Refused):
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "unknown_button"
    sentence = "The payload is not of a button in this conversation."


class FrameUnknown(Refused):
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "unknown_frame"
    sentence = "The frame's type is {type!r}; send resume, message, ack or ping."


class TooMany(Refused):
    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many_requests"
    sentence = "Too many {what} in a minute; try again in {seconds} seconds."

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.values["seconds"])}

    @property
    def body(self) -> dict[str, Any]:
        return {**super().body, "retry_after": self.values["seconds"]}


class ServerFault(Refused):
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code = "internal_error"
    sentence = "The server could not do this; try again."


class TooSlow(Refused):
    """A client that does not read what it is sent."""

    code = "too_slow"
    sentence = "The connection does not take what it is sent; connect again and resume."

    @property
    def close_code(self) -> int:
        return CLOSE_TOO_SLOW
