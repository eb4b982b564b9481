"""Gets a customer's file from Telegram."""

from telegram import Bot
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError

from integrations.channels.shared_collector import TryAgain
from integrations.channels.shared_media import GONE, TOO_LARGE, FileRefused, Record


async def fetch_file(bot: Bot, record: Record, limit: int) -> bytes:
    """The content of an attachment that is still on Telegram.

    Raises:
        FileRefused: it is too large, or Telegram no longer has it.
        TryAgain: Telegram does not answer now.
    """
    try:
        file = await bot.get_file(record["remote"])
        if file.file_size is not None and file.file_size > limit:
            raise FileRefused(TOO_LARGE)
        return bytes(await file.download_as_bytearray())
    except BadRequest as problem:
        is_too_large = "too big" in problem.message.lower()
        raise FileRefused(TOO_LARGE if is_too_large else GONE) from None
    except (NetworkError, RetryAfter, InvalidToken):
        raise TryAgain from None
    except TelegramError:
        raise FileRefused(GONE) from None
