"""The mistakes that end a command with one sentence instead of a traceback."""

from app.processes import NotReady
from app.training import TrainingFailed
from crm.db.alone import DatabaseTaken
from crm.db.migrate import NewerSchema
from crm.profile.matching.kinds import UnknownKind
from crm.profile.matching.link import NoFields
from crm.staff.tokens import BadLabel
from integrations.channels.telegram import BadTelegramSettings, TelegramUnreachable
from integrations.channels.whatsapp import BadWhatsAppSettings
from integrations.mail.smtp import BadMailServer
from knowledge.encoder import EncoderError
from knowledge.index import IndexMismatch
from knowledge.readers.sections import ReadError
from knowledge.store import IndexMissing
from knowledge.train import TrainingError


class BadArgument(ValueError):
    """An argument of a command cannot be used."""


EXPECTED = (
    BadArgument,
    BadLabel,
    BadMailServer,
    BadTelegramSettings,
    BadWhatsAppSettings,
    DatabaseTaken,
    EncoderError,
    IndexMismatch,
    IndexMissing,
    NewerSchema,
    NoFields,
    NotReady,
    ReadError,
    TelegramUnreachable,
    TrainingError,
    TrainingFailed,
    UnknownKind,
)
