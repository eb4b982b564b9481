"""Replies kept ready: found by their shortcut, filled in for the customer at hand."""

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db import now
from crm.staff.models import CannedReply

VARIABLES = ("given_name", "agent", "ticket", "order")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
SHORTCUT = re.compile(r"[a-z0-9][a-z0-9_-]{0,29}")


class BadCannedReply(ValueError):
    """The shortcut or a text cannot be used."""


def canned_replies(session: Session) -> Sequence[CannedReply]:
    """All of them, by shortcut."""
    return session.scalars(select(CannedReply).order_by(CannedReply.shortcut)).all()


def save_canned_reply(
    session: Session, shortcut: str, texts: Mapping[str, str], actor: str
) -> CannedReply:
    """Write a reply down under a shortcut, or change the one that is there.

    Raises:
        BadCannedReply: no such shortcut can be, no text is given, or a variable is not known.
    """
    _check(shortcut, texts)
    reply = session.scalar(select(CannedReply).filter_by(shortcut=shortcut))
    if reply is None:
        reply = CannedReply(shortcut=shortcut, updated_by=actor)
        session.add(reply)
    reply.texts, reply.updated_by, reply.updated_at = dict(texts), actor, now()
    session.flush()
    return reply


def _check(shortcut: str, texts: Mapping[str, str]) -> None:
    if not SHORTCUT.fullmatch(shortcut):
        raise BadCannedReply(f"The shortcut is {shortcut!r}; use small letters, digits, - and _.")
    if not any(text.strip() for text in texts.values()):
        raise BadCannedReply(f"The reply {shortcut!r} has no text; write one.")
    for text in texts.values():
        for name in PLACEHOLDER.findall(text):
            if name not in VARIABLES:
                known = ", ".join(f"{{{one}}}" for one in VARIABLES)
                raise BadCannedReply(f"{{{name}}} is not a variable; use {known}.")


def delete_canned_reply(session: Session, shortcut: str) -> None:
    """Remove a reply; nothing happens when there is none."""
    reply = session.scalar(select(CannedReply).filter_by(shortcut=shortcut))
    if reply is not None:
        session.delete(reply)


def fill_in(reply: CannedReply, language: str, values: Mapping[str, str | None]) -> str:
    """The text in a language, with the values known; a variable without one stays to be seen."""
    texts: dict[str, str] = reply.texts
    text = texts.get(language) or next(filter(None, texts.values()), "")
    return PLACEHOLDER.sub(lambda found: values.get(found.group(1)) or found.group(), text)


def left_open(text: str) -> list[str]:
    """The variables in a text that nobody has filled in."""
    return [name for name in PLACEHOLDER.findall(text) if name in VARIABLES]
