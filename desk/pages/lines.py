"""Conversations as the inbox lists them, behind the veil of whoever looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from crm.conversation import inbox, queue
from crm.conversation.inbox import Wanted
from crm.conversation.models import Conversation, Mode
from crm.conversation.queue import Urgency
from crm.conversation.tags import known_tags, last_tagged, tags_of
from crm.staff.glances import lookers, seen_seqs
from desk.api.conversation_views import ConversationLine, conversation_line
from desk.api.conversations import readable
from desk.api.masking import Veil, veil_for
from desk.door.signed_in import SignedIn

VIEWS = ("waiting", "mine", "human", "bot", "closed", "all")
PAGE = 40
LATELY_TAGGED = 200


@dataclass(frozen=True)
class Line:
    """A conversation in the inbox; `unread` counts what was said since one last looked."""

    view: ConversationLine
    urgency: Urgency
    unread: int
    name: str
    looking: Sequence[str] = ()

    @property
    def is_waiting(self) -> bool:
        """Whether a customer waits for a person in it."""
        return self.view.mode == Mode.WAITING


@dataclass(frozen=True)
class Filters:
    """What is looked for in the inbox."""

    view: str = "all"
    channel: str = ""
    assignee: str = ""
    words: str = ""
    tag: str = ""
    unread: bool = False
    shown: int = PAGE


@dataclass(frozen=True)
class Found:
    """Lines, how many each view has, and whether there are more."""

    lines: Sequence[Line]
    counts: Mapping[str, int]
    has_more: bool


def find_lines(session: Session, who: SignedIn, filters: Filters) -> Found:
    """The conversations of a view: who waits first, the most urgent on top, then the last active.

    A marketer's search finds only what a marketer can read.
    """
    staff = who.staff
    wanted = _wanted(filters, who)
    ranked = _waiting(session, filters, wanted)
    rest = _rest(session, filters, wanted, filters.shown + 1)
    found = [one for one, _ in ranked] + list(rest)
    veil = veil_for(staff, session, conversations=found)
    if filters.words.strip() and not staff.sees_personal_data:
        found = readable(session, found, filters.words, veil)
    if not veil.shows(filters.tag, filters.tag):
        found = []
    shown = found[: filters.shown]
    return Found(
        lines=lines_of(session, who, shown, veil),
        counts=_counts(session, who),
        has_more=len(found) > filters.shown,
    )


def tags_to_choose(session: Session, who: SignedIn) -> Sequence[str]:
    """The tags by which somebody may narrow; a marketer gets those lately put on that name nobody.

    Whom a tag names is known of the conversations that have it; therefore only so many are read.
    """
    if who.staff.sees_personal_data:
        return known_tags(session)
    talks = last_tagged(session, LATELY_TAGGED)
    veil = veil_for(who.staff, session, conversations=talks)
    tags = {tag for one in tags_of(session, [talk.id for talk in talks]).values() for tag in one}
    return sorted(tag for tag in tags if veil.shows(tag, tag))


def _wanted(filters: Filters, who: SignedIn) -> Wanted:
    modes = {"human": Mode.HUMAN, "mine": Mode.HUMAN, "bot": Mode.BOT, "closed": Mode.CLOSED}
    assignee = who.name if filters.view == "mine" else filters.assignee
    return Wanted(
        mode=modes.get(filters.view),
        channel=filters.channel or None,
        words=filters.words,
        personal=who.staff.sees_personal_data,
        assignee=assignee or None,
        tag=filters.tag or None,
        unread_by=who.user_id if filters.unread else None,
    )


def _waiting(
    session: Session, filters: Filters, wanted: Wanted
) -> Sequence[tuple[Conversation, Urgency]]:
    if filters.view not in ("waiting", "all") or wanted.assignee:
        return ()
    return queue.waiting_line(session, wanted)


def _rest(session: Session, filters: Filters, wanted: Wanted, limit: int) -> Sequence[Conversation]:
    if filters.view == "waiting":
        return ()
    found = inbox.list_conversations(session, wanted, limit=limit)
    return [one for one in found if one.mode != Mode.WAITING]


def lines_of(
    session: Session, who: SignedIn, shown: Sequence[Conversation], veil: Veil | None = None
) -> Sequence[Line]:
    """Conversations as lines of a list, behind the veil of whoever looks."""
    veil = veil or veil_for(who.staff, session, conversations=shown)
    last = inbox.last_messages(session, shown)
    seen = seen_seqs(session, who.user_id, [one.id for one in shown])
    urgencies = queue.urgencies_of(session, shown)
    tagged = tags_of(session, [one.id for one in shown])
    looking = lookers(session, [one.id for one in shown], besides=who.user_id)
    return [
        Line(
            view=conversation_line(one, last.get(one.id), veil).model_copy(
                update={"tags": veil.texts(tagged.get(one.id, []))}
            ),
            urgency=urgencies[one.id],
            unread=max(one.last_seq - seen.get(one.id, 0), 0),
            name=shown_name(one, veil),
            looking=looking.get(one.id, ()),
        )
        for one in shown
    ]


def shown_name(conversation: Conversation, veil: Veil) -> str:
    """What a conversation is called: its customer's name, or nothing for a stranger."""
    customer = conversation.identity.customer
    name = customer.full_name if customer else conversation.identity.details.get("name", "")
    return veil.name(str(name)) or "" if name else ""


def _counts(session: Session, who: SignedIn) -> Mapping[str, int]:
    modes = queue.counts_by_mode(session)
    return {
        "waiting": modes.get(Mode.WAITING, 0),
        "mine": queue.count_held_by(session, who.name),
        "human": modes.get(Mode.HUMAN, 0),
        "bot": modes.get(Mode.BOT, 0),
        "closed": modes.get(Mode.CLOSED, 0),
        "all": sum(modes.values()),
    }
