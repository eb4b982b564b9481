"""What Telegram takes for an empty text, and refuses: spaces, controls, invisible characters."""

import re

_DROPPED = "\u2028-\u202e\u0333\u033f\u030a\r"
_SPACES = (
    "\x00-\x20\xa0\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2800\u3000\ufeff\ufffc"
    "\U000e0000-\U000e007f"
)
_BLANK = re.compile(f"[{_DROPPED}{_SPACES}]*")


def is_blank(text: str) -> bool:
    """Whether nothing of a text would be seen."""
    return _BLANK.fullmatch(text) is not None
