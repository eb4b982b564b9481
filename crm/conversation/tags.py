"""Words that the staff puts on conversations to find them again."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from crm.conversation.log import lock
from crm.conversation.models import Conversation, ConversationEvent, ConversationTag
from crm.profile.models import ChannelIdentity

LONGEST = 30
MOST = 10
TAGGED, UNTAGGED = "tagged", "untagged"


class BadTag(ValueError):
    """A tag cannot be used; `code` is a stable word."""

    code = "bad_tag"


def usable_tag(written: str) -> str:
    """A tag as it is kept: small letters, single spaces.

    Raises:
        BadTag
    """
    tag = " ".join(written.split()).casefold()
    if not 0 < len(tag) <= LONGEST or not tag.isprintable():
        raise BadTag(f"The tag {written[:40]!r} cannot be used; write 1 to {LONGEST} characters.")
    return tag


def add_tag(session: Session, conversation: Conversation, written: str, actor: str) -> str:
    """Put a tag on a conversation; the same one again changes nothing. The tag as it is kept.

    Raises:
        BadTag: it cannot be used, or there are too many.
    """
    tag = usable_tag(written)
    lock(session, conversation)
    present = tags_of(session, [conversation.id]).get(conversation.id, [])
    if tag in present:
        return tag
    if len(present) >= MOST:
        raise BadTag(f"A conversation has {MOST} tags at most; take one away first.")
    session.add(ConversationTag(conversation_id=conversation.id, tag=tag, actor=actor))
    _note(session, conversation, TAGGED, tag, actor)
    return tag


def remove_tag(session: Session, conversation: Conversation, written: str, actor: str) -> None:
    """Take a tag away; nothing happens where it is not."""
    lock(session, conversation)
    found = session.get(ConversationTag, (conversation.id, " ".join(written.split()).casefold()))
    if found is not None:
        _note(session, conversation, UNTAGGED, found.tag, actor)
        session.delete(found)
        session.flush()


def _note(session: Session, conversation: Conversation, what: str, tag: str, actor: str) -> None:
    details = {"tag": tag}
    session.add(
        ConversationEvent(conversation_id=conversation.id, what=what, actor=actor, details=details)
    )
    session.flush()


def tags_of(session: Session, conversation_ids: Collection[int]) -> Mapping[int, Sequence[str]]:
    """The tags of some conversations, in order; those without any are missing."""
    query = (
        select(ConversationTag.conversation_id, ConversationTag.tag)
        .where(ConversationTag.conversation_id.in_(conversation_ids))
        .order_by(ConversationTag.tag)
    )
    found = defaultdict(list)
    for row in session.execute(query):
        found[row.conversation_id].append(row.tag)
    return found


def known_tags(session: Session) -> Sequence[str]:
    """Every tag in use."""
    query = select(ConversationTag.tag).distinct().order_by(ConversationTag.tag)
    return session.scalars(query).all()


def last_tagged(session: Session, limit: int) -> Sequence[Conversation]:
    """The last active conversations that have a tag."""
    query = (
        select(Conversation)
        .options(joinedload(Conversation.identity).joinedload(ChannelIdentity.customer))
        .where(Conversation.id.in_(select(ConversationTag.conversation_id)))
        .order_by(Conversation.updated_at.desc(), Conversation.id.desc())
        .limit(limit)
    )
    return session.scalars(query).unique().all()
