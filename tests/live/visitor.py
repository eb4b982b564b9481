"""A customer on the web chat, over its public contract."""

import itertools
import time
import weakref
from typing import Any

import httpx

PATIENCE_SECONDS = 60


class Visitor:
    """Talks to the assistant and remembers what came back."""

    def __init__(self, url: str, locale: str = "it") -> None:
        self._http = httpx.Client(base_url=url, timeout=60)
        weakref.finalize(self, self._http.close)
        session = self._http.post("/webchat/sessions", json={"locale": locale}).json()
        self.session_id: str = session["session_id"]
        self._http.headers["Authorization"] = f"Bearer {session['token']}"
        self._numbers = itertools.count(1)
        self._seen = 0
        self.messages: list[dict[str, Any]] = []
        self.mode = "bot"
        self.is_typing = False

    def say(self, text: str) -> str:
        """Write something; the answer's texts, joined by new lines."""
        return self._answer(self.post({"text": text}))

    def press(self, title: str) -> str:
        """Press the newest button with this title (or beginning so), which the bot answers."""
        seq = self.post({"payload": self.button(title)["payload"]})
        return self._answer(seq, may_be_none=False)

    def button(self, title: str) -> dict[str, str]:
        """The newest button with this title (or beginning so)."""
        for message in reversed(self.messages):
            for button in _buttons(message):
                if button["title"].lower().startswith(title.lower()):
                    return button
        raise AssertionError(f"no button {title!r} in {self.messages[-3:]}")

    def post(self, body: dict[str, str]) -> int:
        """Send a message without waiting for the answer; its sequence number."""
        body = {"client_message_id": f"m{next(self._numbers)}", **body}
        answer = self._http.post("/webchat/messages", json=body)
        assert answer.status_code == 202, answer.text
        seq: int = answer.json()["seq"]
        return seq

    def fetch(self, wait: float = 0) -> list[dict[str, Any]]:
        """What is new since the last look."""
        answer = self._http.get("/webchat/messages", params={"after": self._seen, "wait": wait})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        self.mode, self.is_typing = body["mode"], body["typing"]
        new: list[dict[str, Any]] = body["messages"]
        for message in new:
            assert message["seq"] > self._seen, "a message came twice or out of order"
            self._seen = message["seq"]
        self.messages += new
        return new

    def wait_for(self, role: str, after: int) -> list[dict[str, Any]]:
        """The messages of a role that come after a sequence number."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            found = [m for m in self.messages if m["seq"] > after and m["role"] == role]
            if found:
                return found
            self.fetch(wait=5)
        raise AssertionError(f"no {role} message after {after}: {self.messages[-3:]}")

    def _answer(self, seq: int, *, may_be_none: bool = True) -> str:
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            self.fetch(wait=5)
            answered = [m for m in self.messages if m["seq"] > seq and m["role"] != "customer"]
            if answered or (may_be_none and self.mode != "bot" and not self.is_typing):
                return "\n".join(_text(message) for message in answered)
        raise AssertionError(f"no answer to message {seq}: {self.messages[-3:]}")


def _buttons(message: dict[str, Any]) -> list[dict[str, str]]:
    cards = message.get("cards") or []
    found: list[dict[str, str]] = list(message.get("buttons") or [])
    return found + [button for card in cards for button in card.get("buttons") or []]


def _text(message: dict[str, Any]) -> str:
    cards = [card["title"] for card in message.get("cards") or []]
    return "\n".join([message["text"], *cards])
