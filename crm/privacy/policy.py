"""What becomes of a person's rows: removed, unless the law or the figures keep them nameless.

A table that is not named here is removed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crm.community.models import QuestionState
from crm.conversation.models import Mode
from crm.profile.models import CustomerStatus, Level
from crm.ticket.models import TicketStatus

Row = Mapping[str, Any]

# What the web chat keeps of a session, so that its older tokens stay refused.
OF_SESSION = "token_generation"


@dataclass(frozen=True)
class Kept:
    """A row that stays without the person: the values it gets, and why it stays.

    `unless_in` names columns that cannot be emptied: a row with a mark in one of them goes.
    """

    values: Callable[[Row], dict[str, Any]]
    why: str = ""
    unless_in: tuple[str, ...] = ()


def _nobody(row: Row) -> dict[str, Any]:
    columns = ("given_name", "family_name", "email", "phone", "cap", "language", "merged_into_id")
    return dict.fromkeys(columns) | {"status": CustomerStatus.ERASED}


def _accounts_only(row: Row) -> dict[str, Any]:
    return {"tracking": None, "carrier": None}


def _numbered(row: Row) -> dict[str, Any]:
    return {
        "customer_id": None,
        "conversation_id": None,
        "order_id": None,
        "product": None,
        "subject": "",
        "description": "",
        "contact": {},
        "status": TicketStatus.CLOSED,
    }


def _of_nobody(row: Row) -> dict[str, Any]:
    return {"customer_id": None, "conversation_id": None, "facts": {}}


def _stranger(row: Row) -> dict[str, Any]:
    """A web chat session goes on as a stranger's; other channels know people by their number."""
    is_session = row["channel"] == "webchat"
    details = {OF_SESSION: row["details"][OF_SESSION]} if OF_SESSION in row["details"] else {}
    return {
        "external_id": row["external_id"] if is_session else f"erased-{row['id']}",
        "customer_id": None,
        "level": Level.ANONYMOUS,
        "verified_until": None,
        "codes_locked_until": None,
        "details": details if is_session else {},
    }


def _silent(row: Row) -> dict[str, Any]:
    return {
        "mode": Mode.CLOSED,
        "mode_message_id": None,
        "handoff_cause": None,
        "handoff_ticket_id": None,
        "assignee": None,
        "last_customer_at": None,
        "failed_tries": 0,
    }


def _of_no_asker(row: Row) -> dict[str, Any]:
    """What the staff has let out stays with its answer; what nobody has looked at does not."""
    is_out = row["state"] == QuestionState.ANSWERED
    return {
        "customer_id": None,
        "conversation_id": None,
        "text": "",
        "public_text": row["public_text"] if is_out else "",
        "state": row["state"] if is_out else QuestionState.CLOSED,
    }


def _unchanged(row: Row) -> dict[str, Any]:
    return {}


def _read_before(row: Row) -> dict[str, Any]:
    return {"facts": {}}


KEPT: Mapping[str, Kept] = {
    "customer": Kept(_nobody),
    "order": Kept(
        _accounts_only,
        "accounts are kept for ten years (art. 2220 of the Italian Civil Code)",
    ),
    "order_line": Kept(
        _unchanged, "accounts are kept for ten years (art. 2220 of the Italian Civil Code)"
    ),
    "ticket": Kept(_numbered, "numbers of tickets are not given twice; nothing of their text"),
    "offer_event": Kept(_of_nobody, "figures of offers count on, without a person"),
    "community_question": Kept(
        _of_no_asker, "a question that the staff has let out stays with its answer, without a name"
    ),
    "channel_identity": Kept(_stranger),
    "conversation": Kept(_silent, "numbers of conversations are not given twice; no messages"),
    "source_record": Kept(
        _read_before,
        "the source's own key, so that it is not read in again",
        unless_in=("key", "origin"),
    ),
}
