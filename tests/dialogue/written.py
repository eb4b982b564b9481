"""What a conversation left in the database, in the words of the transcripts."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.phrases import LANGUAGES
from crm.consent.register import current_consents
from crm.conversation.models import Conversation, Mode
from crm.db import Database
from crm.mail.models import Mail
from crm.offer.models import OfferEvent, OfferOutcome
from crm.order.models import Order
from crm.profile.assurance import level_of
from crm.profile.models import ChannelIdentity, Customer
from crm.ticket.models import Ticket
from tests.dialogue.transcript import phrases


def written(database: Database, session_id: str) -> dict[str, Any]:
    """Everything that transcripts may ask for, about one web chat session."""
    with database.reading() as session:
        identity = session.scalar(select(ChannelIdentity).filter_by(external_id=session_id))
        assert identity is not None
        conversation = session.scalar(select(Conversation).filter_by(identity_id=identity.id))
        assert conversation is not None
        return {
            "level": str(level_of(identity)),
            "mode": str(Mode(conversation.mode)),
            "language": conversation.language,
            "cause": conversation.handoff_cause,
            "tickets": _tickets(session, conversation.id),
            "rejected": len(_offers(session, conversation.id, OfferOutcome.REJECTED)),
            "accepted": len(_offers(session, conversation.id, OfferOutcome.ACCEPTED)),
            "shown": len(_offers(session, conversation.id, OfferOutcome.SHOWN)),
            **_customer(session, identity.customer),
        }


def _tickets(session: Session, conversation_id: int) -> list[dict[str, Any]]:
    tickets = session.scalars(
        select(Ticket).filter_by(conversation_id=conversation_id).order_by(Ticket.id)
    )
    return [
        {
            "category": str(ticket.category),
            "product": ticket.product,
            "status": str(ticket.status),
            "description": ticket.description,
            "priority": str(ticket.priority),
            "contact": ticket.contact,
            "order": session.scalar(select(Order.number).filter_by(id=ticket.order_id)),
            "of_customer": ticket.customer_id is not None,
        }
        for ticket in tickets
    ]


def _offers(session: Session, conversation_id: int, outcome: OfferOutcome) -> list[str]:
    query = select(OfferEvent.sku).filter_by(conversation_id=conversation_id, outcome=outcome)
    return list(session.scalars(query))


def _customer(session: Session, customer: Customer | None) -> dict[str, Any]:
    if customer is None:
        return {"customer": None, "new_customer": False, "marketing": [], "mails": []}
    consents = current_consents(session, customer.id)
    return {
        "customer": {
            name: getattr(customer, name)
            for name in ("given_name", "family_name", "email", "phone", "cap", "language", "status")
        },
        "new_customer": any(
            trait.source.startswith("conversation:") and trait.name == "email"
            for trait in customer.traits
        )
        and all(trait.source.startswith("conversation:") for trait in customer.traits),
        "mails": _mails(session, customer),
        "marketing": sorted(
            channel
            for (purpose, channel), consent in consents.items()
            if purpose == "marketing" and consent.granted
        ),
    }


def _mails(session: Session, customer: Customer) -> list[str]:
    """The subjects of what was mailed to the customer, without the codes, oldest first."""
    codes = {phrases().text("utter_mail_code_subject", language) for language in LANGUAGES}
    mails = session.scalars(select(Mail).where(Mail.to == customer.email).order_by(Mail.id))
    return [mail.subject for mail in mails if mail.subject not in codes]


def check(expected: Any, found: Any, where: str = "written") -> None:
    """Compare what a transcript expects with what is there; only what is named is compared."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key, value in expected.items():
            assert key in found, f"{where}.{key} is not known"
            check(value, found[key], f"{where}.{key}")
    elif isinstance(expected, list) and isinstance(found, list):
        assert len(expected) == len(found), f"{where}: expected {expected}, found {found}"
        for number, (value, one) in enumerate(zip(expected, found, strict=True)):
            check(value, one, f"{where}[{number}]")
    else:
        assert expected == found, f"{where}: expected {expected!r}, found {found!r}"
