"""Where else a person left traces: conversations that name them, mails, files, dialogues."""

import re
from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.consent.models import Consent
from crm.conversation.models import Conversation, Message
from crm.db.base import Base
from crm.mail.models import Mail, MailState
from crm.offer.models import OfferEvent
from crm.privacy.person import Person
from crm.privacy.reach import Key, Reached, rows_of
from crm.privacy.redaction import Mention, pattern_of
from crm.profile.models import ChannelIdentity, Trait
from crm.ticket.models import Ticket

SOURCE = re.compile(r"conversation:(\d+)$")


def channels_left(session: Session, profiles: Collection[int]) -> set[int]:
    """Channel identities under which this person spoke, and which are nobody's now.

    Whoever said "forget me" left the conversation, but what they had said is still in it.
    """
    query = (
        select(Conversation.identity_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(Conversation.id.in_(_spoken_in(session, profiles)))
        .where(ChannelIdentity.customer_id.is_(None))
    )
    return set(session.scalars(query))


def _spoken_in(session: Session, profiles: Collection[int]) -> set[int]:
    found: set[int] = set()
    for kind in (Trait, Consent):
        sources = session.scalars(
            select(kind.source).where(kind.customer_id.in_(profiles)).distinct()
        )
        found |= {int(named[1]) for source in sources if (named := SOURCE.match(source))}
    for owned in (Ticket, OfferEvent):
        ids = session.scalars(
            select(owned.conversation_id).where(owned.customer_id.in_(profiles)).distinct()
        )
        found |= {one for one in ids if one is not None}
    return found


def mails_to(session: Session, whole: Person) -> set[Key]:
    """The mails to a person; of those to a mailbox that is shared, what has left or names them."""
    own, all_addresses = whole.own.emails, whole.marks.emails
    lower = func.lower(Mail.to)
    to_own = select(Mail.id).where(lower.in_({one.lower() for one in own}))
    found = {(one,) for one in session.scalars(to_own)}
    shared = {one.lower() for one in all_addresses - own}
    names = pattern_of(whole.marks)
    for mail in session.scalars(select(Mail).where(lower.in_(shared))):
        if mail.state != MailState.QUEUED or names.search(mail.text):
            found.add((mail.id,))
    return found


def files_of(session: Session, reached: Reached) -> set[str]:
    """The names of the files that came with a person's messages."""
    rows = rows_of(session, Base.metadata.tables["message"], reached.get("message", set()))
    return {stored["file"] for row in rows for stored in row["attachments"] if "file" in stored}


def dialogues_touched(
    session: Session, whole: Person, reached: Reached, mentions: Sequence[Mention]
) -> set[int]:
    """The conversations whose dialogue the assistant must forget."""
    own = {key[0] for key in reached.get("conversation", ())}
    return own | _spoken_in(session, whole.profiles) | set(_of_mentions(session, mentions))


def _of_mentions(session: Session, mentions: Sequence[Mention]) -> Iterator[int]:
    said = {key[0] for table, key in mentions if table in ("message", "turn_effect")}
    yield from session.scalars(
        select(Message.conversation_id).where(Message.id.in_(said)).distinct()
    )
