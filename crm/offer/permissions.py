"""What a customer allows: to be offered something, and to have it chosen by what is stored (R5)."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from crm.consent.models import Consent
from crm.consent.models import Purpose as ConsentPurpose
from crm.consent.register import current_consents
from crm.offer.models import Purpose
from crm.offer.request import PLACES, DecisionRequest
from crm.profile.assurance import reaches
from crm.profile.models import Level

Held = Mapping[tuple[ConsentPurpose, str], Consent]


@dataclass(frozen=True, slots=True)
class Permissions:
    """What may be done.

    Attributes:
        consents: marketing is allowed on the channel; nobody in particular needs no consent.
        shows: what is stored may choose and explain: who it is is verified and, for what is
            promoted, profiling is not forbidden.
    """

    consents: bool
    shows: bool


def permissions(session: Session, request: DecisionRequest) -> Permissions:
    """What the customer of a request allows; an answer to a question needs no consent."""
    if request.customer_id is None:
        return Permissions(consents=True, shows=False)
    is_sure = reaches(request.level, Level.VERIFIED)
    if request.purpose == Purpose.ANSWER:
        return Permissions(consents=True, shows=is_sure)
    held = current_consents(session, request.customer_id)
    return Permissions(_consents(held, request.channel), is_sure and not _refuses_profiling(held))


def _consents(held: Held, channel: str) -> bool:
    """Whether marketing is allowed on a channel; at a place, on whichever channel."""
    marketing = {
        said: one for (purpose, said), one in held.items() if purpose == ConsentPurpose.MARKETING
    }
    if channel in PLACES:
        return any(one.granted for one in marketing.values())
    answer = marketing.get(channel) or marketing.get("any")
    return answer is not None and answer.granted


def _refuses_profiling(held: Held) -> bool:
    """Whether a customer forbade to be profiled: then nothing stored chooses promotions."""
    answers = [
        one.granted for (purpose, _), one in held.items() if purpose == ConsentPurpose.PROFILING
    ]
    return bool(answers) and not any(answers)
