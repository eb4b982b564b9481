"""Files that the staff sends: kept beside those of customers, within the same limits."""

import io
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from integrations.channels.shared_media import EMPTY, TOO_LARGE, UNWANTED, FileRefused, write
from integrations.channels.webchat.attachments import presentable_name
from integrations.channels.webchat.sniff import sniff

Record = dict[str, Any]


def keep_outgoing(folder: Path, limit: int, name: str, content: bytes) -> Record:
    """Write a file into the folder and give its attachment: a picture or a document.

    Raises:
        FileRefused: empty, too large, or of a kind that customers could not send either.
    """
    if not content:
        raise FileRefused(EMPTY)
    if len(content) > limit:
        raise FileRefused(TOO_LARGE)
    kind = sniff(io.BytesIO(content))
    if kind is None:
        raise FileRefused(UNWANTED)
    attachment_id = secrets.token_urlsafe(16)
    file = attachment_id + kind.suffix
    write(folder / file, content)
    return {
        "id": attachment_id,
        "name": presentable_name(name, kind),
        "type": kind.type,
        "size": len(content),
        "file": file,
    }


def drop_outgoing(folder: Path, record: Mapping[str, Any]) -> None:
    """Remove a kept file that was not sent after all."""
    (folder / Path(str(record["file"])).name).unlink(missing_ok=True)
