"""The frames of the WebSocket: what clients may say, and how to say things to them."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, BaseModel, Field, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from integrations.channels.webchat.errors import (
    BadRequest,
    BodyTooLarge,
    FrameUnknown,
    Refused,
    TooSlow,
)
from integrations.channels.webchat.guard import JSON_LIMIT, explain
from integrations.channels.webchat.intake import LONGEST_CLIENT_ID, Entry, clean

TYPES = ("resume", "message", "ack", "ping")
HIGHEST_SEQ = 2**31 - 1
SECONDS_TO_TAKE = 15.0
MESSAGES_PER_FRAME = 50
CHARACTERS_PER_FRAME = 100_000
Text = Annotated[str, AfterValidator(clean)]


class Frame(BaseModel):
    """What a client says. `after` goes with resume (go on from there) and ack (have it all)."""

    type: str = "message"
    token: str = ""
    after: Annotated[int, Field(ge=0, le=HIGHEST_SEQ)] | None = None
    client_message_id: Annotated[Text, Field(max_length=LONGEST_CLIENT_ID)] = ""
    text: Text | None = None
    payload: Text | None = None

    @property
    def entry(self) -> Entry:
        """What the frame brings to be stored.

        Raises:
            BadRequest: it has no client message id.
        """
        if not self.client_message_id:
            raise BadRequest(problem="'client_message_id': field required.")
        return Entry(self.client_message_id, self.text, self.payload)


def read_frame(text: str) -> Frame:
    """Read what a client sent.

    Raises:
        BodyTooLarge, BadRequest, FrameUnknown
    """
    if len(text) > JSON_LIMIT:
        raise BodyTooLarge(limit=JSON_LIMIT)
    try:
        content = orjson.loads(text)
        frame = Frame.model_validate(content)
    except orjson.JSONDecodeError:
        raise BadRequest(problem="The frame is not JSON; send an object.") from None
    except ValidationError as problem:
        error = problem.errors()[0]
        raise BadRequest(problem=explain({**error, "loc": ("frame", *error["loc"])})) from None
    if frame.type not in TYPES:
        raise FrameUnknown(type=frame.type[:40])
    if frame.type == "resume" and frame.after is None:
        return frame.model_copy(update={"after": 0})
    return frame


class Outlet:
    """Sends one frame at a time, and gives up on a client that does not take them."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._sending = asyncio.Lock()

    async def receive(self) -> str:
        """The next frame's text.

        Raises:
            WebSocketDisconnect
        """
        event = await self._websocket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1005))
        text, raw = event.get("text"), event.get("bytes")
        return text if text is not None else (raw or b"").decode("utf-8", "replace")

    async def send(self, content: dict[str, Any]) -> None:
        """Send a frame.

        Raises:
            TooSlow, WebSocketDisconnect
        """
        async with self._sending:
            try:
                async with asyncio.timeout(SECONDS_TO_TAKE):
                    await self._websocket.send_text(orjson.dumps(content).decode())
            except TimeoutError:
                raise TooSlow from None
            except RuntimeError:  # it was closed meanwhile
                raise WebSocketDisconnect(1006) from None

    async def refuse_and_close(self, problem: Refused) -> None:
        """Say why, and close with the code for it."""
        if not isinstance(problem, TooSlow):
            with suppress(TooSlow, WebSocketDisconnect):
                await self.send({"type": "error", **problem.body})
        await self.close(problem.close_code, problem.code)

    async def close(self, code: int, reason: str) -> None:
        """Close the connection, if it is still open."""
        if self._websocket.application_state != WebSocketState.CONNECTED:
            return
        with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            async with asyncio.timeout(1.0):
                await self._websocket.close(code, reason)


def portions(messages: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Messages in frames of a size that every client takes."""
    portion: list[dict[str, Any]] = []
    size = 0
    for message in messages:
        if portion and (size > CHARACTERS_PER_FRAME or len(portion) == MESSAGES_PER_FRAME):
            yield portion
            portion, size = [], 0
        portion.append(message)
        size += len(message["text"])
    if portion:
        yield portion
