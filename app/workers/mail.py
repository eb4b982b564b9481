"""Sends queued mail; in the demo without a server, the mailbox page is where it arrives."""

import asyncio
import logging
from collections.abc import Callable
from smtplib import SMTPException

from sqlalchemy.exc import SQLAlchemyError

from crm.db import Database
from crm.mail.outbox import is_any_due, mark_refused, mark_sent, take_mails

logger = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
Send = Callable[[str, str, str], None]


def keep_in_mailbox(to: str, subject: str, text: str) -> None:
    """Send nowhere: the mail lies in the database, where the demo's mailbox page shows it."""


class MailWorker:
    """Looks for due mail and sends it, one at a time."""

    def __init__(self, database: Database, send: Send) -> None:
        self._database = database
        self._send = send

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.send_due)
            except SQLAlchemyError as problem:
                logger.warning("Mail waits for the database: %s", type(problem).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    def send_due(self) -> None:
        """Send what is due now."""
        with self._database.reading() as session:
            if not is_any_due(session):
                return
        with self._database.writing() as session:
            due = take_mails(session)
        for mail in due:
            try:
                self._send(mail.to, mail.subject, mail.text)
                outcome = mark_sent
            except (SMTPException, OSError) as problem:
                logger.warning("Mail %s was not sent: %s", mail.id, type(problem).__name__)
                outcome = mark_refused
            with self._database.writing() as session:
                outcome(session, mail.id)
