"""The mistakes that end a command with one sentence instead of a traceback."""

from app.processes import NotReady
from app.training import TrainingFailed
from crm.staff.tokens import BadLabel
from integrations.mail.smtp import BadMailServer


class BadArgument(ValueError):
    """An argument of a command cannot be used."""


EXPECTED = (BadArgument, BadLabel, BadMailServer, NotReady, TrainingFailed)
