"""The mistakes that end a command with one sentence instead of a traceback."""

from app.processes import NotReady
from app.training import TrainingFailed
from crm.conversation.calling import BadCallingRules
from crm.db.alone import DatabaseTaken
from crm.db.migrate import NewerSchema
from crm.offer.campaign_files import BadCampaign
from crm.offer.policy import BadPolicy
from crm.profile.elastic import BadFields
from crm.profile.matching.kinds import UnknownKind
from crm.profile.matching.link import NoFields
from crm.segment.filters import BadFilter
from crm.segment.folder import SegmentThere
from crm.staff.tokens import BadLabel
from crm.staff.users import BadPassword, NameTaken, UnknownUser
from crm.ticket.rules import BadEscalation
from integrations.channels.telegram import BadTelegramSettings, TelegramUnreachable
from integrations.channels.whatsapp import BadWhatsAppSettings
from integrations.mail.smtp import BadMailServer
from integrations.sources.errors import SourceError
from knowledge.encoder import EncoderError
from knowledge.index import IndexMismatch
from knowledge.readers.sections import ReadError
from knowledge.store import IndexMissing
from knowledge.train import TrainingError


class BadArgument(ValueError):
    """An argument of a command cannot be used."""


EXPECTED = (
    BadArgument,
    BadCallingRules,
    BadEscalation,
    BadCampaign,
    BadFields,
    BadFilter,
    SegmentThere,
    BadLabel,
    BadMailServer,
    BadPassword,
    BadPolicy,
    BadTelegramSettings,
    BadWhatsAppSettings,
    DatabaseTaken,
    EncoderError,
    IndexMismatch,
    IndexMissing,
    NameTaken,
    NewerSchema,
    NoFields,
    NotReady,
    ReadError,
    SourceError,
    TelegramUnreachable,
    TrainingError,
    TrainingFailed,
    UnknownKind,
    UnknownUser,
)
