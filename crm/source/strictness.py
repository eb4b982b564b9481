"""Bringing records together never widens a consent: what one of them refuses is refused (R5)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.consent.models import Consent, Purpose
from crm.source.circle import chunks
from crm.source.models import SourceRecord

IMPORT = "import"
EVIDENCE = "two records of one person answer differently; the stricter answer holds"
MOMENT = timedelta(microseconds=1)
Matter = tuple[int, Purpose, str]


def keep_strictest(session: Session, customer_ids: Collection[int]) -> None:
    """Write a refusal where the newest answer is a record's yes and another source's is a no.

    A yes that the customer gave in person after that, to the bot or the staff, stands.
    """
    for some in chunks(sorted(customer_ids)):
        answers = _answers(session, some)
        origins = _origins(session, some)
        for matter, said in answers.items():
            newest = said[-1]
            if newest.granted and newest.source in origins and _is_refused(said):
                session.add(_refusal(matter, newest))
    session.flush()


def _answers(session: Session, customer_ids: Sequence[int]) -> dict[Matter, list[Consent]]:
    answers: defaultdict[Matter, list[Consent]] = defaultdict(list)
    query = select(Consent).where(Consent.customer_id.in_(customer_ids))
    for consent in session.scalars(query.order_by(Consent.at, Consent.id)):
        answers[consent.customer_id, consent.purpose, consent.channel].append(consent)
    return answers


def _origins(session: Session, customer_ids: Sequence[int]) -> set[str]:
    query = select(SourceRecord.origin).where(SourceRecord.customer_id.in_(customer_ids))
    return set(session.scalars(query))


def _is_refused(said: Sequence[Consent]) -> bool:
    """Whether the last word of any source is a no."""
    last = {consent.source: consent.granted for consent in said if consent.source != IMPORT}
    return not all(last.values())


def _refusal(matter: Matter, newest: Consent) -> Consent:
    customer_id, purpose, channel = matter
    return Consent(
        customer_id=customer_id,
        purpose=purpose,
        channel=channel,
        granted=False,
        source=IMPORT,
        evidence=EVIDENCE,
        at=newest.at + MOMENT,
    )
