"""A WebSocket as the tests use it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection


class Line:
    """A connection that says and hears frames."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def say(self, **frame: Any) -> None:
        self.connection.send(json.dumps(frame))

    def hear(self, timeout: float = 30) -> dict[str, Any]:
        return dict(json.loads(self.connection.recv(timeout=timeout)))

    def hear_kind(self, kind: str) -> dict[str, Any]:
        while (frame := self.hear())["type"] != kind:
            pass
        return frame

    def messages(self, count: int) -> list[dict[str, Any]]:
        """The next messages, so many, in whatever frames they come."""
        heard: list[dict[str, Any]] = []
        while len(heard) < count:
            heard += self.hear_kind("messages")["messages"]
        assert len(heard) == count, heard
        return heard

    def close_code(self) -> int:
        """Read to the end and return how it was closed."""
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                self.connection.recv(timeout=30)
        assert closed.value.rcvd is not None
        return closed.value.rcvd.code


Dial = Callable[..., Line]
