"""Hands mails to an SMTP server named by a URL."""

import smtplib
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

SUBMISSION_PORT = 587
TLS_PORT = 465
TIMEOUT_SECONDS = 20


class BadMailServer(ValueError):
    """The mail server's URL cannot be used."""


class SmtpServer:
    """A mail server: ``smtp://user:password@host:587`` or ``smtps://…:465``.

    Over ``smtp://`` the connection is encrypted with STARTTLS where the server offers it.
    """

    def __init__(self, url: str, sender: str) -> None:
        self._server = urlsplit(url)
        self._sender = sender
        if self._server.scheme not in ("smtp", "smtps") or not self._server.hostname:
            raise BadMailServer(
                f"BOTTEGA_SMTP_URL is {url!r}; expected smtp://user:password@host:587."
            )

    def send(self, to: str, subject: str, text: str) -> None:
        """Hand one mail over.

        Raises:
            smtplib.SMTPException, OSError: the server refused it or cannot be reached.
        """
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._sender, to, subject
        mail["Date"], mail["Message-ID"] = formatdate(localtime=True), make_msgid()
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text)
        with self._connect() as connection:
            connection.send_message(mail)

    def _connect(self) -> smtplib.SMTP:
        host, port = self._server.hostname or "", self._server.port
        if self._server.scheme == "smtps":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port or TLS_PORT, timeout=TIMEOUT_SECONDS
            )
        else:
            connection = smtplib.SMTP(host, port or SUBMISSION_PORT, timeout=TIMEOUT_SECONDS)
            connection.ehlo()
            if connection.has_extn("starttls"):
                connection.starttls()
        if self._server.username:
            connection.login(unquote(self._server.username), unquote(self._server.password or ""))
        return connection
