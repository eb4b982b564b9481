"""The whole demo, Rasa included, talked to over its own Telegram."""

import time
from typing import Any

import httpx
import pytest

from tests.live.instance import Instance

pytestmark = pytest.mark.rasa

PATIENCE_SECONDS = 60


class Player:
    """One of the demo's customers, in their Telegram app."""

    def __init__(self, url: str, name: str, **details: str) -> None:
        self._control = f"{url}/demo/telegram/control"
        everybody = self._ask("GET", "/customers")["customers"]
        known = next((one for one in everybody if one["first_name"] == name), None)
        self.me = known or self._ask("POST", "/customers", {"first_name": name, **details})
        self._seen = len(self.chat())

    def chat(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self._ask("GET", self._at("chat"))["messages"]
        return messages

    def say(self, text: str) -> str:
        return self._do("messages", {"text": text})

    def share_contact(self) -> str:
        return self._do("messages", {"contact": "own"})

    def contact_keys(self) -> list[str]:
        """The keys for sharing one's own contact that the chat shows now."""
        keyboards = [one["chat_keyboard"]["keyboard"] for one in self.chat()
                     if "chat_keyboard" in one]  # fmt: skip
        return [key["text"] for row in (keyboards or [[]])[-1] for key in row
                if key["request_contact"]]  # fmt: skip

    def press(self, title: str) -> str:
        for message in reversed(self.chat()):
            for row in message.get("reply_markup", {}).get("inline_keyboard", ()):
                for key in row:
                    if key["text"] == title:
                        pressed = {
                            "message_id": message["message_id"],
                            "data": key["callback_data"],
                        }
                        return self._do("presses", pressed)
        raise AssertionError(f"no button {title!r}")

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(method, self._control + path, json=body, timeout=60)
        assert answer.is_success, answer.text
        return answer.json()

    def _at(self, path: str) -> str:
        return f"/customers/{self.me['id']}/{path}"

    def _do(self, path: str, body: dict[str, Any]) -> str:
        """Do something; what the bot then says, once it is silent again."""
        self._seen = len(self.chat())
        self._ask("POST", self._at(path), body)
        end, said = time.monotonic() + PATIENCE_SECONDS, ""
        while time.monotonic() < end:
            time.sleep(1.5)
            before, said = said, self._said()
            if said and said == before:
                return said
        raise AssertionError(f"no answer to {body}")

    def _said(self) -> str:
        new = [one for one in self.chat()[self._seen :] if one["from"]["is_bot"]]
        return "\n".join(one.get("text") or one.get("caption") or "" for one in new)


def test_who_shares_their_contact_needs_no_code(bottega: Instance) -> None:
    giulia = Player(bottega.url, "Giulia")
    assert "Giulia" in giulia.share_contact()
    assert "EG-" in giulia.say("dove si trova il mio ordine?")


def test_asked_who_they_are_one_key_is_enough(bottega: Instance) -> None:
    mario = Player(bottega.url, "Mario")
    mario.say("dove si trova il mio ordine?")
    assert mario.contact_keys() == ["Condividi il mio numero"]
    assert "EG-" in mario.share_contact()


def test_a_stranger_who_shares_their_contact_learns_nothing(bottega: Instance) -> None:
    stranger = Player(bottega.url, "Ladro", phone="+393471111111", language_code="it")
    assert "da questo numero" in stranger.share_contact()
    assert "EG-" not in stranger.say("dove si trova il mio ordine?")


def test_products_with_buttons(bottega: Instance) -> None:
    anna = Player(bottega.url, "Anna", language_code="it")
    assert anna.say("/start")
    assert "€" in anna.say("cerco una crema per il viso")
    assert anna.press("Dimmi di più")


def test_english_begins_in_english(bottega: Instance) -> None:
    assert "help you" in Player(bottega.url, "Kate", language_code="en").say("/start")
