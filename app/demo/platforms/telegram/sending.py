"""The Bot API's methods that say something to a customer."""

import mimetypes
from typing import Any

from starlette.datastructures import UploadFile

from app.demo.platforms.telegram import rules
from app.demo.platforms.telegram.refusals import Refusal, bad, forbidden, too_many
from app.demo.platforms.telegram.world import BotAccount, Customer, Group, Json, StoredFile, World

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif")
FEWEST_IN_ALBUM = 2
MOST_IN_ALBUM = 10


def reach(world: World, bot: BotAccount, chat_id: Any) -> Customer:
    """The customer of a chat, if the bot may write there.

    Raises:
        Refusal
    """
    number = str(chat_id)
    known = number.lstrip("-").isdigit() and world.customers.get(int(number))
    if not known:
        raise bad("chat not found")
    if known.deactivated:
        raise forbidden("user is deactivated")
    if known.blocks and isinstance(known, Group):
        raise forbidden("bot is not a member of the group chat")
    if known.blocks:
        raise forbidden("bot was blocked by the user")
    if not known.has_started:
        raise forbidden("bot can't initiate conversation with a user")
    return known


def keep_pace(world: World, bot: BotAccount, chat_id: int) -> None:
    """Count a message.

    Raises:
        Refusal: 429, with the seconds to wait.
    """
    if world.faults.paced:
        seconds = max(bot.chat_paces[chat_id].take(), bot.pace.take())
        if seconds > 0:
            raise too_many(seconds)


def send_message(world: World, bot: BotAccount, given: Json) -> Json:
    """`sendMessage`."""
    customer = reach(world, bot, given.get("chat_id"))
    if given.get("parse_mode"):
        raise bad("unsupported parse_mode")
    text = rules.check_text(given.get("text"))
    markup = rules.check_markup(given.get("reply_markup"))
    keep_pace(world, bot, customer.id)
    return _say(bot, customer, markup, text=text)


def send_chat_action(world: World, bot: BotAccount, given: Json) -> bool:
    """`sendChatAction`."""
    reach(world, bot, given.get("chat_id"))
    if not str(given.get("action", "")):
        raise bad("wrong parameter action in request")
    return True


async def send_photo(world: World, bot: BotAccount, given: Json) -> Json:
    """`sendPhoto`."""
    customer = reach(world, bot, given.get("chat_id"))
    caption = rules.check_caption(given.get("caption"))
    markup = rules.check_markup(given.get("reply_markup"))
    photo = await _photo(world, given, given.get("photo"))
    keep_pace(world, bot, customer.id)
    return _say(bot, customer, markup, caption=caption, photo=_sizes(photo))


async def send_document(world: World, bot: BotAccount, given: Json) -> Json:
    """`sendDocument`."""
    customer = reach(world, bot, given.get("chat_id"))
    caption = rules.check_caption(given.get("caption"))
    markup = rules.check_markup(given.get("reply_markup"))
    document = await _document(world, given, given.get("document"))
    keep_pace(world, bot, customer.id)
    return _say(bot, customer, markup, caption=caption, document=described(document))


async def send_media_group(world: World, bot: BotAccount, given: Json) -> list[Json]:
    """`sendMediaGroup`, of photos or documents."""
    customer = reach(world, bot, given.get("chat_id"))
    items = rules.structured(given.get("media"), "media")
    if not isinstance(items, list) or not FEWEST_IN_ALBUM <= len(items) <= MOST_IN_ALBUM:
        raise bad("wrong number of media in the group; between 2 and 10 are expected")
    contents = [await _album_item(world, given, item) for item in items]
    keep_pace(world, bot, customer.id)
    group = str(bot.next_message)
    return [_say(bot, customer, None, media_group_id=group, **content) for content in contents]


async def _album_item(world: World, given: Json, item: Any) -> Json:
    if not isinstance(item, dict):
        raise bad("can't parse InputMedia: expected an Object")
    caption = rules.check_caption(item.get("caption"))
    if item.get("type") == "photo":
        photo = await _photo(world, given, item.get("media"))
        return {"caption": caption, "photo": _sizes(photo)}
    if item.get("type") == "document":
        document = await _document(world, given, item.get("media"))
        return {"caption": caption, "document": described(document)}
    raise bad(f"type of file mismatch: {item.get('type')!r}")


def _say(bot: BotAccount, customer: Customer, markup: Json | None, **contents: Any) -> Json:
    given = {name: value for name, value in contents.items() if value}
    if markup and "inline_keyboard" in markup:
        given["reply_markup"] = markup
    elif markup:  # belongs to the chat; the Bot API does not give it back with the message
        given["chat_keyboard"] = markup
    return bot.new_message(customer, bot.user, **given)


async def _photo(world: World, given: Json, photo: Any) -> StoredFile | str:
    upload = _upload(given, photo)
    if upload is None:
        return _by_address(world, str(photo or ""))
    content = await upload.read()
    media_type = rules.check_picture(content)
    ending = mimetypes.guess_extension(media_type) or ".jpg"
    return world.add_file(content, f"photo{ending}", media_type, "photos")


async def _document(world: World, given: Json, document: Any) -> StoredFile:
    upload = _upload(given, document)
    if upload is None:
        if str(document) in world.files:
            return world.files[str(document)]
        raise bad("wrong file identifier/HTTP URL specified")
    content = await upload.read()
    if not content:
        raise bad("file must be non-empty")
    if len(content) > rules.LARGEST_UPLOAD:
        raise Refusal(413, "Request Entity Too Large")
    name = upload.filename or "file"
    media_type = upload.content_type or "application/octet-stream"
    return world.add_file(content, name, media_type, "documents")


def _upload(given: Json, file: Any) -> UploadFile | None:
    """The uploaded file that an argument is or names."""
    if isinstance(file, UploadFile):
        return file
    if isinstance(file, str) and file.startswith("attach://"):
        attached = given.get(file.removeprefix("attach://"))
        if isinstance(attached, UploadFile):
            return attached
        raise bad("can't find attached file")
    return None


def _by_address(world: World, photo: str) -> StoredFile | str:
    """A photo that the platform has, or would fetch."""
    if photo in world.files:
        return world.files[photo]
    if not rules.is_reachable(photo):
        raise bad("wrong file identifier/HTTP URL specified")
    if not world.faults.fetches_pictures:
        raise bad("failed to get HTTP URL content")
    if not photo.partition("?")[0].lower().endswith(PICTURES):
        raise bad("wrong type of the web page content")
    return photo


def _sizes(photo: StoredFile | str) -> list[Json]:
    """PhotoSize objects. A fetched picture keeps its address, for the page to show it."""
    size = {"width": 800, "height": 600}
    if isinstance(photo, str):
        return [{"file_id": photo, "file_unique_id": photo[-12:], "file_size": 1, **size}]
    return [{**photo.body, **size}]


def described(file: StoredFile) -> Json:
    """A Document object."""
    return {**file.body, "file_name": file.name, "mime_type": file.type}
