"""Everything about one customer, behind the veil of whoever looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from crm.profile.assurance import reaches
from crm.profile.merging import ledger
from crm.profile.merging.models import Merge
from crm.profile.merging.suggestion import Suggestion, duplicates_of
from crm.profile.models import Customer, Level
from crm.profile.timeline import timeline
from crm.ticket.models import OPEN_STATUSES
from crm.value.models import CustomerValue
from desk.api.customer_views import CustomerView, NextStepView, TouchView, TraitView, touch_view
from desk.api.customers import veil_of, view_of
from desk.api.masking import Veil
from desk.api.merge_views import DuplicateView, duplicate_view
from desk.api.ticket_views import TicketLine
from desk.door.signed_in import SignedIn
from desk.office import Office

TOUCHES = 40


@dataclass(frozen=True)
class Profile:
    """A customer as the desk shows them; `value` is what was computed of them, if anything."""

    view: CustomerView
    value: CustomerValue | None
    touches: Sequence[TouchView]
    more_touches: bool
    duplicates: Sequence[DuplicateView]
    merges: Sequence[Merge]

    @property
    def level(self) -> Level:
        """The surest level that holds on any channel."""
        levels = [identity.level for identity in self.view.identities]
        for level in (Level.VERIFIED, Level.CLAIMED):
            if any(reaches(one, level) for one in levels):
                return level
        return Level.ANONYMOUS

    @property
    def open_tickets(self) -> Sequence[TicketLine]:
        """What is not settled yet."""
        return [ticket for ticket in self.view.tickets if ticket.status in OPEN_STATUSES]

    @property
    def current_traits(self) -> Sequence[TraitView]:
        """The values that hold."""
        return [trait for trait in self.view.traits if trait.current]

    @property
    def former_traits(self) -> Sequence[TraitView]:
        """The values that other sources gave, or that were true before."""
        return [trait for trait in self.view.traits if not trait.current]

    def address(self, step: NextStepView) -> str:
        """Where something is done, on the desk; empty where there is no page for it."""
        kind, _, key = step.subject.partition(":")
        return f"/{kind}s/{key}" if kind in ("ticket", "conversation", "customer") else ""

    def reasons(self, duplicate: DuplicateView) -> Sequence[Any]:
        """What speaks for and against a duplicate, as far as it speaks."""
        return [reason for reason in duplicate.reasons if reason.bits]


def gather_profile(
    session: Session, who: SignedIn, customer_id: int, office: Office, touches: int = TOUCHES
) -> Profile | None:
    """A customer's profile; None when there is nobody of this id."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        return None
    staff = who.staff
    veil = veil_of(session, customer, staff)
    found = duplicates_of(session, customer.id) if who.works_with_customers else ()
    all_touches = timeline(session, customer.id, office.zone)
    return Profile(
        view=view_of(session, customer, staff, office.own_fields, veil=veil, duplicates=found),
        value=session.get(CustomerValue, customer.id),
        touches=[touch_view(touch, veil) for touch in all_touches[:touches]],
        more_touches=len(all_touches) > touches,
        duplicates=_views_of(session, found, veil),
        merges=ledger.merges(session, customer_id=customer.id, limit=10),
    )


def _views_of(session: Session, found: Sequence[Suggestion], veil: Veil) -> Sequence[DuplicateView]:
    return [
        duplicate_view(
            one,
            session.get_one(Customer, one.one_id),
            session.get_one(Customer, one.other_id),
            veil,
        )
        for one in found
        if not one.told_apart
    ]
