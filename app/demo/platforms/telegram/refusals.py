"""What Telegram refuses, in its own words."""

import math
from typing import Any


class Refusal(Exception):
    """A call that fails; the description is the text of the real platform."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    @property
    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        body = {"ok": False, "error_code": self.code, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


class CutConnection(Exception):
    """The connection ends before the answer is complete."""


def bad(text: str) -> Refusal:
    """400, as for everything that is wrong with a call's arguments."""
    return Refusal(400, f"Bad Request: {text}")


def forbidden(text: str) -> Refusal:
    """403: this user is out of reach."""
    return Refusal(403, f"Forbidden: {text}")


def conflict(text: str) -> Refusal:
    """409: somebody else gets the updates."""
    return Refusal(409, f"Conflict: {text}")


def too_many(seconds: float) -> Refusal:
    """429: the pace is too high."""
    wait = max(1, math.ceil(seconds))
    return Refusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
