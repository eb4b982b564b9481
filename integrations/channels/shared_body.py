"""Reads a webhook's body without ever holding more of it than is allowed."""

from starlette.requests import Request


class BodyTooLarge(ValueError):
    """More was sent than is taken."""


async def read_body(request: Request, limit: int) -> bytes:
    """The body, at most `limit` bytes.

    Raises:
        BodyTooLarge: at once where the length is announced, else as soon as it is passed.
    """
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > limit:
        raise BodyTooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLarge
    return bytes(body)
