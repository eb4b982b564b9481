"""What became of a call that failed: refused, to be tried later, or nobody knows.

Nobody knows when the request may have arrived and the answer did not: sending has no idempotency
key, so trying again could say the same thing twice.
"""

from collections.abc import Callable

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from integrations.channels.port import Later, Refused, Unknown
from integrations.channels.telegram.client import as_seconds, told

Failure = Refused | Later | Unknown

AWAY_SECONDS = 2.0
MISCONFIGURED_SECONDS = 60.0
LONGEST_REASON = 180

# What fails before the request has left.
UNSENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    RuntimeError,  # the client is not open
)
FORBIDDEN = {"blocked": "blocked", "deactivated": "deactivated", "initiate": "not_started"}
REFUSALS = {"chat not found": "chat_not_found", "user not found": "chat_not_found"}
ABOUT_THE_CHAT = frozenset((*FORBIDDEN.values(), "forbidden", "chat_not_found", "chat_migrated"))


def failure_of(problem: TelegramError, token: str) -> Failure:
    """What a failed call comes to."""
    reason = told(problem, token)[:LONGEST_REASON]
    for kind, judge in JUDGEMENTS.items():
        if isinstance(problem, kind):
            return judge(problem, reason)
    return Unknown(reason)


def _too_many(problem: TelegramError, reason: str) -> Failure:
    assert isinstance(problem, RetryAfter)
    return Later(as_seconds(problem.retry_after), reason)


def _forbidden(_: TelegramError, reason: str) -> Failure:
    return Refused(_code(FORBIDDEN, reason, "forbidden"), reason)


def _bad_request(_: TelegramError, reason: str) -> Failure:
    return Refused(_code(REFUSALS, reason, "bad_request"), reason)


def _code(codes: dict[str, str], reason: str, other: str) -> str:
    found = (code for words, code in codes.items() if words in reason.lower())
    return next(found, other)


def _network_failure(problem: TelegramError, reason: str) -> Failure:
    cause = problem.__cause__
    if isinstance(cause, UNSENT):
        return Later(AWAY_SECONDS, type(cause).__name__)
    if isinstance(cause, httpx.HTTPError):
        return Unknown(type(cause).__name__)
    if "too large" in reason.lower():  # 413, for which the library has no error of its own
        return Refused("too_large", reason)
    if "too many requests" in reason.lower():  # 429 without the seconds
        return Later(AWAY_SECONDS, reason)
    return Unknown(reason)


# The library's errors, a narrower one before the one that it derives from.
JUDGEMENTS: dict[type[TelegramError], Callable[[TelegramError, str], Failure]] = {
    RetryAfter: _too_many,
    Forbidden: _forbidden,
    BadRequest: _bad_request,
    ChatMigrated: lambda _, reason: Refused("chat_migrated", "the chat has become another one"),
    InvalidToken: lambda _, reason: Later(MISCONFIGURED_SECONDS, "the bot's token is not accepted"),
    Conflict: lambda _, reason: Later(AWAY_SECONDS, reason),
    NetworkError: _network_failure,
}


def is_about_media(failure: Failure) -> bool:
    """Whether something else could be sent to the same chat instead."""
    return isinstance(failure, Refused) and failure.code not in ABOUT_THE_CHAT
