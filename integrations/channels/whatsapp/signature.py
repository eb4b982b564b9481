"""Is it the platform that speaks? Pure functions over what was received."""

import hashlib
import hmac
import re

HEADER = "X-Hub-Signature-256"
SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})", re.ASCII)


def sign(secret: str, body: bytes) -> str:
    """The header's value for a body."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def is_well_formed(header: str | None) -> bool:
    """Whether a header could be a signature at all: what can be known before the body is read."""
    return header is not None and SIGNATURE.fullmatch(header) is not None


def is_genuine(secret: str, body: bytes, header: str | None) -> bool:
    """Whether the raw body was signed with the secret; never without a secret or a header."""
    if not secret or header is None or not is_well_formed(header):
        return False
    return hmac.compare_digest(sign(secret, body).encode(), header.encode())


def is_our_word(verify_token: str, given: str) -> bool:
    """Whether whoever registers the webhook knows the word that we chose."""
    return bool(verify_token) and hmac.compare_digest(verify_token.encode(), given.encode())
