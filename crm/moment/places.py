"""Where a customer can be spoken to: which conversation, and what speaks against it there."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.consent.models import Purpose
from crm.consent.register import current_consents
from crm.conversation.models import Conversation, Message, Mode, PressableButton, Role, State
from crm.moment.customer_rules import Case
from crm.moment.declared import MomentPurpose
from crm.moment.verdict import Against
from crm.profile.assurance import level_of
from crm.profile.models import ChannelIdentity, Level

# Says why a platform would not take a message for a purpose now; None if it would.
Window = Callable[[Conversation, str], str | None]

# Accounts that belong to one person: who has proved to be the customer there still is.
PERSONAL = ("whatsapp", "telegram")
CONSENTS = {
    MomentPurpose.MARKETING: Purpose.MARKETING,
    MomentPurpose.COMMUNITY: Purpose.COMMUNITY,
}
LOOK_AGAIN = timedelta(minutes=10)
# Commands that answer a question: while one is open, nothing else is said.
ANSWERING = ("/affirm", "/deny", "/inform", "/stop", "/cannot_provide")


def conversations_for(case: Case) -> Sequence[Conversation]:
    """Where it may be said, the best place first."""
    if case.moment.conversation_id is not None:
        place = case.session.get(Conversation, case.moment.conversation_id)
        return [place] if place is not None else []
    query = (
        select(Conversation)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(ChannelIdentity.customer_id == case.customer_id)
        .where(Conversation.channel.in_(case.kind.channels))
        .order_by(Conversation.last_customer_at.desc())
    )
    found = case.session.scalars(query).unique().all()
    return sorted(found, key=lambda one: case.kind.channels.index(one.channel))


def choose_place(
    case: Case, windows: Mapping[str, Window]
) -> tuple[Conversation | None, Against | None]:
    """The first place that nothing speaks against; else what speaks against the best one."""
    found: list[Against] = []
    for conversation in conversations_for(case):
        against = against_place(case, conversation, windows)
        if against is None:
            return conversation, None
        found.append(against)
    later = next((one for one in found if one.again_at is not None), None)
    return None, later or (found[0] if found else Against("no_channel"))


def against_place(
    case: Case, conversation: Conversation, windows: Mapping[str, Window]
) -> Against | None:
    """What speaks against saying it here now."""
    return (
        _not_proved(case, conversation)
        or against_consent(case, conversation.channel)
        or against_mode(case, conversation)
        or _in_talk(case, conversation)
        or _window(case, conversation, windows)
    )


def _not_proved(case: Case, conversation: Conversation) -> Against | None:
    if case.kind.purpose == MomentPurpose.REPLY:
        return None
    identity = conversation.identity
    if identity.customer_id != case.customer_id:
        return Against("not_recognised", withdrawn=True)
    if not case.kind.tells_what_is_stored or is_proved(identity):
        return None
    return Against("not_proved")


def is_proved(identity: ChannelIdentity) -> bool:
    """Whether stored facts may be told here: proved just now, or once on one's own account."""
    if level_of(identity) == Level.VERIFIED:
        return True
    return identity.channel in PERSONAL and identity.level == Level.VERIFIED


def against_consent(case: Case, channel: str) -> Against | None:
    """R5: marketing and the community need a yes; an explicit no silences service as well."""
    if case.kind.purpose == MomentPurpose.REPLY or case.customer_id is None:
        return None
    held = current_consents(case.session, case.customer_id)
    marketing = held.get((Purpose.MARKETING, channel))
    if case.kind.purpose == MomentPurpose.SERVICE:
        said_no = marketing is not None and not marketing.granted
        return Against("said_no") if said_no else None
    consent = held.get((CONSENTS[case.kind.purpose], channel))
    if consent is None:
        return Against("no_consent")
    return None if consent.granted else Against("said_no", withdrawn=True)


def against_mode(case: Case, conversation: Conversation) -> Against | None:
    """A person is there or awaited, or the conversation was ended."""
    if conversation.mode == Mode.CLOSED:
        return Against("closed")
    if conversation.mode != Mode.BOT:
        return Against("with_a_person", again_at=case.at + LOOK_AGAIN)
    return None


def _in_talk(case: Case, conversation: Conversation) -> Against | None:
    """In the middle of a talk only what belongs there; and no question on top of a question."""
    last, limits = conversation.last_customer_at, case.limits
    is_talking = last is not None and case.at < last + limits.talking
    if is_talking and not case.kind.in_talk and case.kind.purpose != MomentPurpose.REPLY:
        return Against("talking", again_at=case.at + LOOK_AGAIN)
    if is_talking and is_asked(case.session, conversation):
        return Against("question_open", again_at=case.at + timedelta(minutes=1))
    is_away = last is None or case.at > last + limits.there
    if conversation.channel == "webchat" and is_away and case.kind.purpose != MomentPurpose.REPLY:
        return Against("not_there")
    return None


def is_asked(session: Session, conversation: Conversation) -> bool:
    """Whether the bot has asked something that is not answered yet, or is still answering."""
    last = session.scalar(
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.state != State.SUPPRESSED)
        .order_by(Message.seq.desc())
        .limit(1)
    )
    if last is None or last.role == Role.CUSTOMER:
        return last is not None and last.state == State.RECEIVED
    commands = session.scalars(select(PressableButton.command).filter_by(message_id=last.id))
    return any(command.startswith(ANSWERING) for command in commands)


def _window(
    case: Case, conversation: Conversation, windows: Mapping[str, Window]
) -> Against | None:
    window = windows.get(conversation.channel)
    reason = window(conversation, case.kind.purpose) if window else None
    return Against(reason) if reason else None
