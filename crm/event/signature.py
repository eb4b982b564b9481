"""Proves that a signal comes from a system of the company, and that it was not sent before."""

import hashlib
import hmac
import re
from collections.abc import Sequence

WINDOW = 300.0  # seconds
HEADER = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


class BadSignature(ValueError):
    """The request is not signed as it must be; `code` is a stable word for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """The value of the header `X-Bottega-Signature` for a body."""
    return f"t={timestamp},v1={_digest(secret, timestamp, body)}"


def verify(
    header: str, body: bytes, secrets: Sequence[str], now: float, window: float = WINDOW
) -> None:
    """Check a header against the body as it came, byte for byte.

    Args:
        secrets: any of these may have signed, so that a secret can be changed without a gap.
        now: seconds since 1970.
        window: how old or early, in seconds, a signature may be.

    Raises:
        BadSignature
    """
    found = HEADER.fullmatch(header)
    if found is None:
        raise BadSignature(
            "bad_signature", "X-Bottega-Signature must be 't=<seconds>,v1=<HMAC-SHA256 in hex>'."
        )
    timestamp = int(found.group(1))
    digests = (_digest(secret, timestamp, body) for secret in secrets)
    if not any(hmac.compare_digest(digest, found.group(2)) for digest in digests):
        raise BadSignature(
            "bad_signature", "The signature is not that of this body; sign the bytes as sent."
        )
    if abs(now - timestamp) > window:
        raise BadSignature(
            "signature_expired",
            f"The signature is more than {window:g} seconds off; set the clock.",
        )


def _digest(secret: str, timestamp: int, body: bytes) -> str:
    signed = f"{timestamp}.".encode() + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
