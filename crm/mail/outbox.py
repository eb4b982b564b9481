"""Mail is queued in the transaction that causes it and sent afterwards."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db import now
from crm.mail.models import Mail, MailState

ATTEMPTS = 8
FIRST_RETRY = timedelta(seconds=10)
# What a process that died had taken is sent after this time.
TAKEN = timedelta(minutes=2)


def queue_mail(session: Session, to: str, subject: str, text: str) -> Mail:
    """Have a mail sent once the transaction is committed."""
    mail = Mail(to=to, subject=subject, text=text)
    session.add(mail)
    return mail


def take_mails(session: Session, limit: int = 20) -> Sequence[Mail]:
    """The mails that are due, oldest first, kept from other processes while they are sent."""
    query = (
        select(Mail)
        .where(Mail.state == MailState.QUEUED, Mail.next_attempt_at <= now())
        .order_by(Mail.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due = session.scalars(query).all()
    for mail in due:
        mail.next_attempt_at = now() + TAKEN
    return due


def is_any_due(session: Session) -> bool:
    """Whether some mail is to be sent now."""
    query = select(Mail.id).where(Mail.state == MailState.QUEUED, Mail.next_attempt_at <= now())
    return session.scalar(query.limit(1)) is not None


def mark_sent(session: Session, mail_id: int) -> None:
    """Note that the server took a mail."""
    session.get_one(Mail, mail_id).state = MailState.SENT


def mark_refused(session: Session, mail_id: int) -> None:
    """Note a failure: again later, each time after twice as long, in the end never."""
    mail = session.get_one(Mail, mail_id)
    mail.attempts += 1
    mail.next_attempt_at = now() + FIRST_RETRY * 2**mail.attempts
    if mail.attempts >= ATTEMPTS:
        mail.state = MailState.FAILED


def latest_mails(session: Session, limit: int = 100) -> Sequence[Mail]:
    """The newest mails first."""
    return session.scalars(select(Mail).order_by(Mail.id.desc()).limit(limit)).all()
