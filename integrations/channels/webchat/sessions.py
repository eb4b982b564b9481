"""Sessions: opening one, recognising its token, giving it a new one when the customer is known.

Opening a session stores nothing; the conversation begins with the first message. Once the customer
is recognised, a token of the next generation is offered; the old one works until the new one is
used, and never again.
"""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.conversation.log import open_conversation
from crm.conversation.models import Conversation
from crm.db import now
from crm.profile.assurance import level_of
from crm.profile.models import LEVELS, ChannelIdentity
from integrations.channels.webchat.chat import CHANNEL, WebChat
from integrations.channels.webchat.errors import TokenExpired, TokenReplaced
from integrations.channels.webchat.tokens import Pass, SignedToken, known_locale, new_session_id
from integrations.channels.webchat.visitors import read_visitor

GENERATION = "token_generation"
LONGEST_PAGE = 200


@dataclass(frozen=True)
class Guest:
    """Somebody with a valid token, and their conversation as soon as there is one."""

    pass_: Pass
    conversation: Conversation | None = None

    @property
    def conversation_id(self) -> int | None:
        return self.conversation.id if self.conversation else None

    @property
    def last_seq(self) -> int:
        return self.conversation.last_seq if self.conversation else 0


def open_session(
    chat: WebChat, locale: Any = None, page: str | None = None, visitor: str | None = None
) -> tuple[Pass, SignedToken]:
    """Make a session; a visitor of the surrounding site is written to its channel identity.

    Raises:
        VisitorsUnknown, VisitorExpired, VisitorInvalid
    """
    pass_ = Pass(new_session_id(), known_locale(locale), page_address(page))
    if visitor:
        details = read_visitor(visitor, chat.visitor_secret)
        with chat.database.writing() as session:
            begin_conversation(session, pass_, visitor=details)
    return pass_, chat.signer.sign(pass_)


def page_address(page: str | None) -> str:
    """The address of a page without its query, which may hold personal data."""
    try:
        parts = urlsplit(page or "")
    except ValueError:
        return ""
    return parts._replace(query="", fragment="").geturl()[:LONGEST_PAGE]


def begin_conversation(session: Session, pass_: Pass, **details: Any) -> Conversation:
    """The session's conversation, made when it is not there yet."""
    conversation = find_conversation(session, pass_)
    if conversation is None:
        conversation = open_conversation(session, CHANNEL, pass_.session_id, pass_.locale)
        details = {"locale": pass_.locale, "page": pass_.page, **details}
    if details:
        note(conversation.identity, **details)
    return conversation


def find_conversation(session: Session, pass_: Pass) -> Conversation | None:
    """The session's conversation, if its first message has come."""
    return session.scalar(
        select(Conversation)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(ChannelIdentity.channel == CHANNEL, ChannelIdentity.external_id == pass_.session_id)
    )


def note(identity: ChannelIdentity, **details: Any) -> None:
    """Add to what is kept about a channel identity."""
    identity.details = {**identity.details, **details}


def recognise(chat: WebChat, token: str) -> Guest:
    """Whose token it is. Using a token of a new generation ends the older ones.

    Raises:
        TokenMissing, TokenInvalid, TokenExpired, TokenReplaced
    """
    pass_ = chat.signer.read(token)
    with chat.database.reading() as session:
        conversation = admit(session, chat, pass_)
    if conversation and pass_.generation > generation_of(conversation):
        with chat.database.writing() as session:
            conversation = enter(session, chat, pass_)
    return Guest(pass_, conversation)


def enter(session: Session, chat: WebChat, pass_: Pass) -> Conversation:
    """The conversation of a pass, made when it is not there yet; a new pass ends the older ones.

    Raises:
        TokenExpired, TokenReplaced
    """
    conversation = admit(session, chat, pass_)
    if conversation is None:
        return begin_conversation(session, pass_)
    if pass_.generation > generation_of(conversation):
        _move_on(session, conversation, pass_)
    return conversation


def admit(session: Session, chat: WebChat, pass_: Pass) -> Conversation | None:
    """The conversation that a pass opens now.

    Raises:
        TokenExpired, TokenReplaced
    """
    if chat.signer.is_over(pass_, now()):
        raise TokenExpired
    conversation = find_conversation(session, pass_)
    if conversation and pass_.generation < generation_of(conversation):
        raise TokenReplaced
    return conversation


def generation_of(conversation: Conversation) -> int:
    """The generation of the newest token that was used."""
    return int(conversation.identity.details.get(GENERATION, 0))


def _move_on(session: Session, conversation: Conversation, pass_: Pass) -> None:
    session.refresh(conversation.identity, with_for_update=True)
    if pass_.generation < generation_of(conversation):
        raise TokenReplaced
    note(conversation.identity, **{GENERATION: pass_.generation})


def next_pass(chat: WebChat, conversation: Conversation | None, pass_: Pass) -> Pass | None:
    """The pass to offer in place of this one, if there is a reason for a new one.

    The reasons: the customer is known, or known better, or another one; or the pass grows old.
    """
    if conversation is not None:
        identity = conversation.identity
        level = LEVELS.index(level_of(identity))
        holder = chat.signer.holder(pass_.session_id, identity.customer_id)
        if level > 0 and (level > pass_.level or holder != pass_.holder):
            generation = generation_of(conversation) + 1
            return replace(pass_, generation=generation, level=level, holder=holder)
    return pass_ if chat.signer.is_ageing(pass_, now()) else None
