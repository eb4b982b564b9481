"""What an agent does in a conversation: each one transaction, written down in the audit log."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from crm.conversation import handoff, notes, tags
from crm.conversation.inbox import find_conversation
from crm.conversation.log import Outgoing
from crm.conversation.models import Conversation
from crm.staff import glances
from crm.staff.audit import Action
from crm.staff.models import Role
from desk.sending import Draft
from desk.visit import Visit

FAREWELL = "utter_released"


class Deeds:
    """Done by one of the staff in one conversation. Every one may raise what `crm` refuses."""

    def __init__(self, visit: Visit, conversation_id: int) -> None:
        self._visit = visit
        self._id = conversation_id
        self._subject = f"conversation:{conversation_id}"

    @property
    def _name(self) -> str:
        return self._visit.who.name

    def _conversation(self, session: Session) -> Conversation:
        found = find_conversation(session, self._id)
        assert found is not None
        return found

    async def take_over(self, *, force: bool = False) -> None:
        """From now on this person answers, and the bot is silent."""
        await self._visit.work(
            Action.TOOK_OVER,
            self._subject,
            lambda session: handoff.take_over(
                session, self._conversation(session), self._name, force=force
            ),
            force=force,
        )
        self._visit.office.notify(self._id)

    async def reply(self, draft: Draft) -> None:
        """Say something to the customer; the draft of it is forgotten in the same transaction."""
        sending = self._visit.office.sending

        def say(session: Session) -> None:
            conversation = self._conversation(session)
            with sending.keeping(draft.files) as kept:
                outgoing = sending.compose(conversation, draft, kept)
                handoff.reply(session, conversation, self._name, outgoing)
            glances.keep_draft(session, self._visit.who.user_id, self._id, "")

        await self._visit.work(Action.REPLIED, self._subject, say)
        self._visit.office.notify(self._id)

    async def note(self, text: str) -> None:
        """Write something down for colleagues."""

        def write(session: Session) -> None:
            notes.add_note(session, self._conversation(session), self._name, text)
            glances.keep_draft(session, self._visit.who.user_id, self._id, "")

        await self._visit.work(Action.NOTED, self._subject, write)

    async def tag(self, wanted: Collection[str]) -> None:
        """Let the conversation have these tags and no others."""

        def change(session: Session) -> None:
            conversation = self._conversation(session)
            present = set(tags.tags_of(session, [self._id]).get(self._id, ()))
            kept = {tags.add_tag(session, conversation, one, self._name) for one in wanted}
            for one in present - kept:
                tags.remove_tag(session, conversation, one, self._name)

        await self._visit.work(Action.TAGGED, self._subject, change)

    async def assign(self, to: str) -> None:
        """Give the conversation to a colleague; an admin takes it from anybody for that."""
        force = self._visit.who.role == Role.ADMIN
        await self._visit.work(
            Action.ASSIGNED,
            self._subject,
            lambda session: notes.assign(
                session, self._conversation(session), self._name, to, force=force
            ),
            to=to,
        )
        self._visit.office.notify(self._id)

    async def release(self, settled: str) -> None:
        """Give the conversation back to the bot, which tells the customer so."""

        def give_back(session: Session) -> None:
            conversation = self._conversation(session)
            text = self._visit.office.phrase(FAREWELL, conversation.language)
            farewell = Outgoing(text=text, response=FAREWELL)
            handoff.release(session, conversation, self._name, farewell, settled)

        await self._visit.work(Action.RELEASED, self._subject, give_back)
        self._visit.office.notify(self._id)

    async def close(self, reason: str) -> None:
        """End the conversation; it opens again, with the bot, when the customer writes."""
        await self._visit.work(
            Action.CLOSED,
            self._subject,
            lambda session: handoff.close(session, self._conversation(session), self._name, reason),
        )
        self._visit.office.notify(self._id)
