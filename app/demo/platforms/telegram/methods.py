"""The Bot API's other methods: who the bot is, how it gets updates, buttons, files."""

import asyncio
import re
import time
from typing import Any
from urllib.parse import urlsplit

from app.demo.platforms.telegram import rules, sending
from app.demo.platforms.telegram.refusals import bad, conflict
from app.demo.platforms.telegram.world import BotAccount, Group, Json, Webhook, World

WEBHOOK_PORTS = (None, 443, 80, 88, 8443)
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
LONGEST_POLL = 50
MOST_UPDATES = 100
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)


def get_me(world: World, bot: BotAccount, given: Json) -> Json:
    """`getMe`."""
    return {**bot.user, "can_join_groups": False, "can_read_all_group_messages": False,
            "supports_inline_queries": False, "can_connect_to_business": False,
            "has_main_web_app": False}  # fmt: skip


def set_webhook(world: World, bot: BotAccount, given: Json) -> bool:
    """`setWebhook`; an empty address removes it."""
    url = str(given.get("url") or "")
    if not url:
        return delete_webhook(world, bot, given)
    _check_webhook(world, url)
    secret = str(given.get("secret_token") or "")
    if secret and not SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
    _choose_updates(bot, given)
    if _is_true(given.get("drop_pending_updates")):
        bot.updates.clear()
    bot.webhook = Webhook(url, secret, _number(given.get("max_connections"), 40))
    bot.wake()
    return True


def _check_webhook(world: World, url: str) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise bad("bad webhook: invalid webhook URL specified") from None
    if not world.strict_https:
        return
    if parts.scheme != "https":
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if port not in WEBHOOK_PORTS:
        raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def delete_webhook(world: World, bot: BotAccount, given: Json) -> bool:
    """`deleteWebhook`."""
    bot.webhook = None
    if _is_true(given.get("drop_pending_updates")):
        bot.updates.clear()
    bot.wake()
    return True


def get_webhook_info(world: World, bot: BotAccount, given: Json) -> Json:
    """`getWebhookInfo`."""
    hook = bot.webhook
    info: Json = {"url": hook.url if hook else "", "has_custom_certificate": False,
                  "pending_update_count": len(bot.updates)}  # fmt: skip
    if hook and hook.last_error:
        info |= {"last_error_date": hook.last_error_at, "last_error_message": hook.last_error}
    if hook:
        info["max_connections"] = hook.connections
    if bot.allowed:
        info["allowed_updates"] = list(bot.allowed)
    return info


async def get_updates(world: World, bot: BotAccount, given: Json) -> list[Json]:
    """`getUpdates`: waits for the first one; those below the offset are done with."""
    if bot.webhook is not None:
        raise conflict(
            "can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first"
        )
    bot.polls += 1
    mine = bot.polls
    bot.wake()
    _choose_updates(bot, given)
    _confirm(bot, given)
    limit = min(_number(given.get("limit"), MOST_UPDATES), MOST_UPDATES)
    end = time.monotonic() + min(_number(given.get("timeout"), 0), LONGEST_POLL)
    while not bot.updates and not world.is_closed and time.monotonic() < end:
        await wait_for_news(bot, end - time.monotonic())
        if bot.polls != mine:
            raise conflict(
                "terminated by other getUpdates request; "
                "make sure that only one bot instance is running"
            )
    return bot.updates[:limit]


def _confirm(bot: BotAccount, given: Json) -> None:
    if given.get("offset") is None:
        return
    offset = int(given["offset"])
    if offset < 0:
        bot.updates = bot.updates[offset:]
    else:
        bot.updates = [update for update in bot.updates if update["update_id"] >= offset]


def _choose_updates(bot: BotAccount, given: Json) -> None:
    """Which updates the bot wants; an empty list is all the usual ones."""
    wanted = rules.structured(given.get("allowed_updates"), "allowed updates")
    if isinstance(wanted, list):
        bot.allowed = tuple(str(kind) for kind in wanted)


async def wait_for_news(bot: BotAccount, seconds: float) -> None:
    """Wait until something happens to a bot, or the time is over."""
    news = bot.news
    try:
        async with asyncio.timeout(max(seconds, 0)):
            await news.wait()
    except TimeoutError:
        return


def answer_callback_query(world: World, bot: BotAccount, given: Json) -> bool:
    """`answerCallbackQuery`."""
    query_id = str(given.get("callback_query_id"))
    if query_id not in bot.queries:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    text = str(given.get("text") or "")
    if rules.units(text) > rules.LONGEST_ANSWER:
        raise bad("MESSAGE_TOO_LONG")
    bot.queries[query_id] = text
    return True


def edit_message_reply_markup(world: World, bot: BotAccount, given: Json) -> Json:
    """`editMessageReplyMarkup`."""
    customer = sending.reach(world, bot, given.get("chat_id"))
    message = bot.find_message(customer.id, _number(given.get("message_id"), 0))
    if message is None or message["from"]["id"] != bot.id:
        raise bad("message to edit not found")
    markup = rules.check_markup(given.get("reply_markup"))
    if message.get("reply_markup") == markup:
        raise bad(NOT_MODIFIED)
    message.pop("reply_markup", None)
    if markup:
        message["reply_markup"] = markup
    bot.touch(customer.id)
    return message


def edit_message_text(world: World, bot: BotAccount, given: Json) -> Json:
    """`editMessageText`."""
    customer = sending.reach(world, bot, given.get("chat_id"))
    message = bot.find_message(customer.id, _number(given.get("message_id"), 0))
    if message is None or message["from"]["id"] != bot.id or "text" not in message:
        raise bad("message to edit not found")
    text = rules.check_text(given.get("text"))
    markup = rules.check_markup(given.get("reply_markup"))
    if message["text"] == text and message.get("reply_markup") == markup:
        raise bad(NOT_MODIFIED)
    message.pop("reply_markup", None)
    message |= {"text": text, "edit_date": int(time.time())}
    if markup:
        message["reply_markup"] = markup
    bot.touch(customer.id)
    return message


def leave_chat(world: World, bot: BotAccount, given: Json) -> bool:
    """`leaveChat`."""
    group = sending.reach(world, bot, given.get("chat_id"))
    if not isinstance(group, Group):
        raise bad("chat member status can't be changed in private chats")
    group.blocks = True
    return True


def get_file(world: World, bot: BotAccount, given: Json) -> Json:
    """`getFile`."""
    file = world.files.get(str(given.get("file_id")))
    if file is None:
        raise bad("wrong file_id or the file is temporarily unavailable")
    if len(file.content) > rules.LARGEST_DOWNLOAD:
        raise bad("file is too big")
    return {**file.body, "file_path": file.path}


def _number(given: Any, other: int) -> int:
    return int(given) if str(given).lstrip("-").isdigit() else other


def _is_true(given: Any) -> bool:
    return str(given).lower() == "true"


# By name, in lower case: Telegram does not mind how a method is written.
METHODS: dict[str, Any] = {
    "getme": get_me,
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": get_webhook_info,
    "getupdates": get_updates,
    "sendmessage": sending.send_message,
    "sendphoto": sending.send_photo,
    "senddocument": sending.send_document,
    "sendmediagroup": sending.send_media_group,
    "sendchataction": sending.send_chat_action,
    "answercallbackquery": answer_callback_query,
    "editmessagereplymarkup": edit_message_reply_markup,
    "editmessagetext": edit_message_text,
    "leavechat": leave_chat,
    "getfile": get_file,
}
SETTING_UP = frozenset(("getme", "setwebhook", "deletewebhook", "getwebhookinfo"))
