"""Puts together what looks after personal data: periods, and what lies outside the database."""

from dataclasses import fields

from app.rasa_process import tracker_url
from app.settings import Settings
from app.workers.turns import conversation_key
from crm.privacy.outside import Outside
from crm.privacy.retention import Periods
from integrations.attachment_files import AttachmentFolder
from integrations.rasa_trackers import RasaTrackers

APP_DRIVER = "postgresql+psycopg"


def outside_of(settings: Settings) -> Outside:
    """The dialogues that Rasa remembers, and the files that customers sent."""
    url = tracker_url(settings)
    if not url.startswith("sqlite"):
        url = url.replace("postgresql+psycopg2", APP_DRIVER, 1)
    return Outside(
        dialogues=RasaTrackers(url, conversation_key),
        files=AttachmentFolder(settings.folder / "attachments"),
    )


def periods_of(settings: Settings) -> Periods:
    """How long each kind of data is kept."""
    kinds = (kind.name for kind in fields(Periods))
    return Periods(**{kind: getattr(settings, f"retain_{kind}_days") for kind in kinds})
