"""A visitor who is logged in to the surrounding site, passed in as a signed JWT."""

from datetime import UTC, datetime
from typing import Any

import jwt

from integrations.channels.webchat.errors import VisitorExpired, VisitorInvalid, VisitorsUnknown

ALGORITHM = "HS256"
SHORTEST_SECRET = 32
LONGEST_CLAIM = 254
CLOCK_SKEW_SECONDS = 10
CLAIMS = ("sub", "email", "name")


def read_visitor(token: str, secret: str) -> dict[str, Any]:
    """Who the site says its visitor is: ``sub``, ``email`` and ``name`` as far as given.

    Raises:
        VisitorsUnknown: there is no secret to check with.
        VisitorExpired, VisitorInvalid
    """
    if not secret:
        raise VisitorsUnknown
    claims = _verified(token, secret)
    visitor = {name: claims[name] for name in CLAIMS if claims.get(name) is not None}
    if not visitor.keys() & {"sub", "email"}:
        raise VisitorInvalid(reason="it must have 'sub' or 'email'")
    for name, value in visitor.items():
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST_CLAIM:
            raise VisitorInvalid(reason=f"{name!r} must be a text of up to {LONGEST_CLAIM} letters")
    return {**visitor, "at": datetime.now(UTC).isoformat(timespec="seconds")}


def _verified(token: str, secret: str) -> dict[str, Any]:
    try:
        return jwt.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            options={"require": ["exp"], "verify_aud": False},
            leeway=CLOCK_SKEW_SECONDS,
        )
    except jwt.ExpiredSignatureError:
        raise VisitorExpired from None
    except jwt.PyJWTError as problem:
        raise VisitorInvalid(reason=str(problem).rstrip(".")) from None
