"""What the staff may send beside words: files as customers may, templates as WhatsApp approved."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from app.settings import Settings
from app.whatsapp import attachment_bytes, whatsapp_settings
from desk.sending import WHATSAPP, Record, Sending, Template, Unsendable
from integrations.channels.shared_media import FileRefused
from integrations.channels.shared_sending import drop_outgoing, keep_outgoing
from integrations.channels.webchat.sniff import KINDS
from integrations.channels.whatsapp import Template as Configured
from integrations.channels.whatsapp import WhatsApp, WhatsAppSettings
from integrations.channels.whatsapp.render import takes_file

REFUSALS = {
    "empty": "The file {name!r} is empty.",
    "too_large": "The file {name!r} is larger than {megabytes} MB.",
    "type_not_allowed": "The file {name!r} is of no kind that is sent: {kinds}.",
}


def make_sending(settings: Settings, whatsapp: WhatsApp | None = None) -> Sending:
    """The doors for files and templates, by the settings.

    Args:
        whatsapp: knows which templates are approved; without it all are taken for approved.
    """
    folder = settings.folder / "attachments"
    refusal = whatsapp.approvals.refusal_of if whatsapp else _not_refused
    return Sending(
        keep=partial(_keep, settings),
        drop=partial(drop_outgoing, folder),
        takes=_takes,
        templates=partial(_templates, whatsapp_settings(settings), refusal),
        file_bytes=attachment_bytes(settings),
    )


def _keep(settings: Settings, name: str, content: bytes) -> Record:
    try:
        return keep_outgoing(
            settings.folder / "attachments", attachment_bytes(settings), name, content
        )
    except FileRefused as refused:
        told: dict[str, Any] = {
            "name": name,
            "megabytes": settings.attachment_megabytes,
            "kinds": ", ".join(KINDS),
        }
        reason = f"file_{refused.reason}"
        raise Unsendable(reason, REFUSALS[refused.reason].format(**told), **told) from None


def _takes(channel: str, record: Mapping[str, Any]) -> bool:
    return channel != WHATSAPP or takes_file(record)


def _not_refused(_: Configured) -> str:
    return ""


def _templates(
    whatsapp: WhatsAppSettings | None,
    refusal_of: Callable[[Configured], str],
    channel: str,
    language: str,
) -> Sequence[Template]:
    if whatsapp is None or channel != WHATSAPP:
        return []
    return [
        Template(purpose, template.name, refusal_of(template))
        for (purpose, spoken), template in whatsapp.templates.items()
        if spoken == language
    ]
