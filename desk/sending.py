"""What the staff puts into a reply beside words, and the doors through which it goes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crm.conversation.buttons import buttons_saying
from crm.conversation.log import Outgoing
from crm.conversation.models import Conversation
from crm.db import now

WHATSAPP = "whatsapp"
REPLY = "reply"
WINDOW = timedelta(hours=24)
MOST_BUTTONS = 10
LONGEST_TITLE = 40
MOST_FILES = 5
# Its variable may have 768; every button brings its number with it.
LONGEST_IN_TEMPLATE = 700
MEGABYTE = 1024 * 1024

Record = dict[str, Any]


class Unsendable(Exception):
    """A reply that the customer's channel could not deliver; `reason` is a stable word."""

    def __init__(self, reason: str, message: str, **values: Any) -> None:
        super().__init__(message)
        self.reason, self.values = reason, values


@dataclass(frozen=True)
class File:
    """A file to be sent, as it was chosen."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Template:
    """A message for which a platform's approval is needed, known by the purpose that it serves.

    Attributes:
        refused: why nothing can be sent in it, as the platform calls it; empty if it is approved.
    """

    purpose: str
    name: str
    refused: str = ""


@dataclass(frozen=True)
class Draft:
    """A reply as somebody of the staff has put it together."""

    text: str = ""
    buttons: Sequence[str] = ()
    files: Sequence[File] = ()
    template: str | None = None


def _no_files(name: str, content: bytes) -> Record:
    raise Unsendable("no_files", f"This desk keeps no files, so {name!r} cannot be sent.")


def _nothing(_: Record) -> None:
    return None


def _none(channel: str, language: str) -> Sequence[Template]:
    return ()


@dataclass(frozen=True)
class Sending:
    """How files are kept and which templates there are.

    Attributes:
        keep: looks into a file, keeps it and gives it as a message holds it; raises `Unsendable`.
        drop: removes a kept file that no message took.
        takes: whether a channel can send a kept file as what it is.
        templates: the templates of a channel in a language.
        file_bytes: the largest file that is kept.
    """

    keep: Callable[[str, bytes], Record] = _no_files
    drop: Callable[[Record], None] = _nothing
    takes: Callable[[str, Mapping[str, Any]], bool] = lambda channel, record: True
    templates: Callable[[str, str], Sequence[Template]] = _none
    file_bytes: int = 8 * MEGABYTE

    @contextmanager
    def keeping(self, files: Sequence[File]) -> Iterator[list[Record]]:
        """Keep files for a message; whatever fails before it is stored removes them again."""
        kept: list[Record] = []
        try:
            for file in files:
                kept.append(self.keep(file.name, file.content))
            yield kept
        except BaseException:
            for record in kept:
                self.drop(record)
            raise

    def compose(
        self, conversation: Conversation, draft: Draft, kept: Sequence[Record] = ()
    ) -> Outgoing:
        """What is said, if the conversation's channel can say it now.

        Raises:
            Unsendable
        """
        self._check_window(conversation, draft)
        for record in kept:
            if not self.takes(conversation.channel, record):
                raise Unsendable(
                    "file_not_taken",
                    f"{conversation.channel} does not take {record['name']!r}; send another kind.",
                    name=record["name"],
                )
        return Outgoing(
            text=draft.text,
            buttons=buttons_saying(draft.buttons),
            attachments=kept,
            template=draft.template,
        )

    def _check_window(self, conversation: Conversation, draft: Draft) -> None:
        """What is said after the 24 hours goes in the template of a reply, if there is one."""
        left = window_left(conversation.channel, conversation.last_customer_at)
        is_free = left is None or bool(left)
        if is_free and draft.template is None:
            return
        self._check_template(conversation, draft.template or REPLY)
        if draft.files:
            raise Unsendable("template_takes_no_files", "A file cannot be sent in a template.")
        if len(" ".join((draft.text, *draft.buttons))) > LONGEST_IN_TEMPLATE:
            raise Unsendable(
                "template_takes_less",
                f"A template takes {LONGEST_IN_TEMPLATE} characters; say it in fewer words.",
                most=LONGEST_IN_TEMPLATE,
            )

    def _check_template(self, conversation: Conversation, purpose: str) -> None:
        found = self.templates(conversation.channel, conversation.language)
        template = next((one for one in found if one.purpose == purpose), None)
        if template is None:
            raise Unsendable(
                "template_needed",
                f"{purpose!r} is no approved template for {conversation.channel} "
                f"in {conversation.language!r}; choose one of BOTTEGA_WHATSAPP_TEMPLATES.",
                name=purpose,
            )
        if template.refused:
            raise Unsendable(
                "template_not_approved",
                f"{conversation.channel} sends nothing in the template {template.name!r}: it is "
                f"{template.refused}; choose another one, or see docs/whatsapp.md.",
                name=template.name,
                status=template.refused,
            )


def window_left(
    channel: str, last_customer_at: datetime | None, at: datetime | None = None
) -> timedelta | None:
    """How long WhatsApp still lets us write freely; None where there is no such window."""
    if channel != WHATSAPP or last_customer_at is None:
        return None
    return max(last_customer_at + WINDOW - (at or now()), timedelta())
