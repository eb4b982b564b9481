"""The local Telegram refuses what Telegram refuses, in its words: else it would be no judge."""

from typing import Any

import httpx
import pytest

from app.demo.platforms.telegram import LOCAL_TOKEN, Faults, TelegramPlatform
from app.demo.platforms.telegram.faults import BadFaults, read_faults
from tests.integrations.telegram.listening import Listening
from tests.integrations.telegram.test_sending import PNG


class Caller:
    """Calls the Bot API as any client would."""

    def __init__(self, platform: TelegramPlatform, url: str) -> None:
        self.platform = platform
        self.mario = platform.world.add_customer("Mario", has_started=True)
        self._http = httpx.AsyncClient(base_url=url, trust_env=False, timeout=20)

    async def __call__(
        self, method: str, token: str = LOCAL_TOKEN, files: Any = None, **given: Any
    ) -> tuple[int, Any]:
        if method.startswith("send"):
            given = {"chat_id": self.mario.id, **given}
        body = {"data": given, "files": files} if files else {"json": given}
        answer = await self._http.post(f"/bot{token}/{method}", **body)
        said = answer.json()
        return answer.status_code, said["result"] if said["ok"] else said["description"]

    async def get(self, path: str) -> httpx.Response:
        return await self._http.get(path)

    async def close(self) -> None:
        await self._http.aclose()


@pytest.fixture
async def call() -> Any:
    platform = TelegramPlatform(strict_https=True)
    listening = await Listening(platform.alone).start()
    caller = Caller(platform, listening.url)
    yield caller
    await caller.close()
    await platform.close()
    await listening.stop()


def keys(*rows: list[dict[str, str]]) -> dict[str, Any]:
    return {"reply_markup": {"inline_keyboard": list(rows)}}


KEY = {"text": "Sì", "callback_data": "x"}


@pytest.mark.parametrize(
    ("method", "given", "said"),
    [
        ("sendMessage", {"text": " \u200b\n"}, "message text is empty"),
        ("sendMessage", {"text": "a" * 4097}, "message is too long"),
        ("sendMessage", {"text": "😀" * 2049}, "message is too long"),
        ("sendMessage", {"text": "a", "chat_id": 4}, "chat not found"),
        ("sendMessage", {"text": "a", **keys([{**KEY, "callback_data": "é" * 33}])}, "BUTTON_DATA"),
        ("sendMessage", {"text": "a", **keys([{"text": "x"}])}, "Text buttons are unallowed"),
        ("sendMessage", {"text": "a", **keys([{**KEY, "text": " "}])}, "must have a text"),
        ("sendMessage", {"text": "a", **keys([KEY] * 9)}, "REPLY_MARKUP_TOO_LONG"),
        ("sendMessage", {"text": "a", **keys([{"text": "x", "url": "http://localhost/"}])},
         "Wrong HTTP URL"),
        ("sendPhoto", {"photo": "https://a.it/x.jpg", "caption": "a" * 1025}, "is too long"),
        ("sendPhoto", {"photo": "http://127.0.0.1/x.jpg"}, "wrong file identifier"),
        ("sendPhoto", {"photo": "https://a.it/page"}, "wrong type of the web page content"),
        ("answerCallbackQuery", {"callback_query_id": "1"}, "query is too old"),
        ("editMessageText", {"chat_id": 5_000_001, "message_id": 1, "text": "a"}, "not found"),
        ("getFile", {"file_id": "x"}, "wrong file_id"),
        ("setWebhook", {"url": "http://a.it/"}, "HTTPS URL must be provided"),
        ("setWebhook", {"url": "https://a.it:8000/"}, "only on ports"),
        ("setWebhook", {"url": "https://a.it/", "secret_token": "è"}, "unallowed characters"),
    ],
)  # fmt: skip
async def test_refused_in_telegrams_words(
    call: Caller, method: str, given: dict[str, Any], said: str
) -> None:
    status, description = await call(method, **given)
    assert status == 400
    assert description.startswith("Bad Request: ") and said in description


async def test_tokens_and_methods_that_are_none(call: Caller) -> None:
    assert await call("getMe", token="1:x") == (401, "Unauthorized")
    assert await call("getMe", token="nothing") == (404, "Not Found")
    assert await call("flyToTheMoon") == (404, "Not Found")


async def test_too_fast_in_one_chat(call: Caller) -> None:
    answers = [await call("sendMessage", text=str(number)) for number in range(8)]
    assert answers[-1] == (429, "Too Many Requests: retry after 1")
    assert 5 <= sum(status == 200 for status, _ in answers) < 8


async def test_what_was_sent_can_be_changed(call: Caller) -> None:
    _, message = await call("sendMessage", text="prima", **keys([KEY]))
    place = {"chat_id": call.mario.id, "message_id": message["message_id"]}
    status, changed = await call("editMessageText", **place, text="dopo")
    assert status == 200 and changed["text"] == "dopo" and "reply_markup" not in changed
    status, said = await call("editMessageText", **place, text="dopo")
    assert status == 400 and "message is not modified" in said


async def test_files_go_up_and_come_down(call: Caller) -> None:
    status, message = await call("sendPhoto", files={"photo": ("a.png", PNG, "image/png")})
    assert status == 200
    _, file = await call("getFile", file_id=message["photo"][-1]["file_id"])
    down = await call.get(f"/file/bot{LOCAL_TOKEN}/{file['file_path']}")
    assert down.content == PNG
    assert (await call.get(f"/file/bot1:x/{file['file_path']}")).status_code == 401
    status, said = await call("sendPhoto", files={"photo": ("a.png", b"no", "image/png")})
    assert status == 400 and "IMAGE_PROCESS_FAILED" in said


async def test_updates_stay_until_they_are_confirmed(call: Caller) -> None:
    first = call.platform.bot.new_update(message={})["update_id"]
    call.platform.bot.new_update(message={})
    for _ in range(2):
        assert len((await call("getUpdates"))[1]) == 2
    assert [one["update_id"] for one in (await call("getUpdates", offset=first + 1))[1]] == [
        first + 1
    ]
    await call("setWebhook", url="https://a.it/")
    status, said = await call("getUpdates")
    assert status == 409 and "while webhook is active" in said


async def test_troubles_can_be_repeated() -> None:
    one, other = Faults(seed=9), Faults(seed=9)
    assert [one.happens(0.5) for _ in range(50)] == [other.happens(0.5) for _ in range(50)]


@pytest.mark.parametrize(
    ("given", "said"),
    [({"explosion": 1}, "There is no fault 'explosion'; there are seed"),
     ({"paced": 0.5}, "paced is 0.5; give a bool"), ([], "as an object")],
)  # fmt: skip
def test_troubles_that_there_are_none_of(given: Any, said: str) -> None:
    with pytest.raises(BadFaults, match=said):
        read_faults(given)
