"""The mistakes that end a command with one sentence instead of a traceback."""

from app.processes import NotReady
from app.training import TrainingFailed
from crm.profile.matching.kinds import UnknownKind
from crm.profile.matching.link import NoFields
from crm.staff.tokens import BadLabel
from integrations.mail.smtp import BadMailServer


class BadArgument(ValueError):
    """An argument of a command cannot be used."""


EXPECTED = (BadArgument, BadLabel, BadMailServer, NoFields, NotReady, TrainingFailed, UnknownKind)
