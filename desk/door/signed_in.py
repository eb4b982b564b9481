"""Somebody signed in, as every page and socket of the desk knows them."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from crm.conversation.presence import is_noted, note_presence
from crm.staff.models import Role, StaffSession
from crm.staff.sessions import SessionRules, find_session, keep_alive, wants_writing
from desk.api.access import Staff
from desk.office import Office


class SignedOut(Exception):
    """The session has ended; nothing more is shown or done."""


@dataclass(frozen=True)
class SignedIn:
    """One of the staff, with the cookie by which they are known."""

    user_id: int
    name: str
    role: Role
    language: str
    appearance: str
    cookie: str

    @property
    def staff(self) -> Staff:
        """The same person, as the staff API and its veil know them."""
        return Staff(self.name, self.role)

    @property
    def works_with_customers(self) -> bool:
        """Whether they may take over, answer and change."""
        return self.role in (Role.AGENT, Role.ADMIN)

    def require(self, session: Session, rules: SessionRules) -> None:
        """Make sure that they are still signed in, with the role they came with.

        Raises:
            SignedOut
        """
        found = find_session(session, self.cookie, rules)
        if found is None or found.user.role != self.role:
            raise SignedOut


def recognise(office: Office, cookie: str, *, is_active: bool) -> SignedIn | None:
    """Whose cookie it is. `is_active`: they did something, which keeps them signed in."""
    if not cookie:
        return None
    with office.database.reading() as session:
        found = find_session(session, cookie, office.rules)
        if found is None:
            return None
        who, session_id, is_due = _who(found, cookie), found.id, wants_writing(found)
        is_new = is_active and who.works_with_customers and not is_noted(session, who.name)
    if is_active and (is_due or is_new):
        with office.database.writing() as session:
            keep_alive(session, session_id)
            if is_new:
                note_presence(session, who.name)
    return who


def _who(found: StaffSession, cookie: str) -> SignedIn:
    user = found.user
    return SignedIn(user.id, user.name, user.role, user.language, user.appearance, cookie)
