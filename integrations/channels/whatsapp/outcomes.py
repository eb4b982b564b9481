"""What became of a call that failed: refused, to be tried later, or nobody knows.

Nobody knows when the request may have arrived and the answer did not: sending has no idempotency
key, so trying again could say the same thing twice.
"""

import httpx
from pywa.errors import WhatsAppError

from integrations.channels.port import Later, Refused, Unknown
from integrations.channels.shared_text import clean

Failure = Refused | Later | Unknown

LONGEST_REASON = 180
AWAY_SECONDS = 2.0

# Too much at once: how long to leave the platform alone, in seconds.
ACCOUNT_LIMITS = {
    4: 60.0,  # calls of the app
    80007: 60.0,  # calls of the business account
    130429: 5.0,  # messages of the number
}
CHAT_LIMITS = {131056: 6.0}  # messages to one person: one in six seconds in the long run
# The platform says itself that it is away for a while; nothing was sent.
AWAY = {1: 5.0, 2: 5.0, 131000: 5.0, 131016: 10.0, 131057: 60.0, 133004: 10.0}

# The token is not accepted or lacks a permission: whoever looks after the account can help.
LOCKED_OUT = (0, 3, 10, 190, *range(200, 300))
LOCKED_OUT_SECONDS = 300.0

# What fails before the request has left.
UNSENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)
TOO_MANY_REQUESTS = 429
SERVER_ERRORS = 500
UNAVAILABLE = 503


def failure_of(problem: Exception) -> Failure:
    """What a failed call comes to."""
    if isinstance(problem, WhatsAppError):
        return _answered(problem)
    if isinstance(problem, UNSENT):
        return Later(AWAY_SECONDS, type(problem).__name__)
    return Unknown(type(problem).__name__)


def _answered(problem: WhatsAppError) -> Failure:
    """The platform has answered with an error, or something before it has in its name."""
    pause = ACCOUNT_LIMITS.get(problem.code) or CHAT_LIMITS.get(problem.code)
    pause = pause or AWAY.get(problem.code)
    if problem.code in LOCKED_OUT:
        pause = LOCKED_OUT_SECONDS
    if pause is not None:
        return Later(pause, reason_of(problem))
    status = problem.status_code or 0
    if status == TOO_MANY_REQUESTS:
        return Later(ACCOUNT_LIMITS[4], reason_of(problem))
    if status < SERVER_ERRORS:
        return Refused(str(problem.code), reason_of(problem))
    if status == UNAVAILABLE or problem.is_transient:
        return Later(AWAY_SECONDS, reason_of(problem))
    return Unknown(reason_of(problem))


def reason_of(problem: WhatsAppError) -> str:
    """The platform's own words, as far as they say something."""
    words = " ".join(clean(str(problem.details or problem.message or "")).split())
    return f"{problem.code} {words}".strip()[:LONGEST_REASON]


def silences_account(problem: Exception) -> bool:
    """Whether nothing at all should be sent for a while."""
    silencing = (*ACCOUNT_LIMITS, *LOCKED_OUT)
    return isinstance(problem, WhatsAppError) and problem.code in silencing
