"""The copy of somebody's data as a page to read, with nothing fetched from elsewhere."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from jinja2 import Environment, FileSystemLoader

HERE = Path(__file__).parent
ITALY = ZoneInfo("Europe/Rome")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
LANGUAGES = ("it", "en")
FILE_NAME = "data-{customer_id}.json"

# Shown as a table: the columns that say something to a reader.
TABLES = {
    "values": ("name", "value", "kind", "source", "at"),
    "consents": ("purpose", "channel", "granted", "source", "evidence", "at"),
    "offers": ("sku", "outcome", "at"),
    "signals": ("kind", "source", "details", "at"),
    "mails": ("to", "subject", "text", "at"),
}
# Numbers that only machines read; they stand in the JSON.
NOT_SHOWN = frozenset({"customer_id", "identity_id", "fingerprint", "last_seq", "mode_message_id"})
INSIDE = ("messages", "lines", "events")


def page(copy: Mapping[str, Any], language: str = "it") -> str:
    """The page of an export, in Italian or English."""
    language = language if language in LANGUAGES else LANGUAGES[0]
    words = _words()[language]
    whole = json.dumps(copy, ensure_ascii=False, indent=2).encode()
    rendered: str = _template().render(
        language=language,
        words=words,
        made_at=_said("at", copy["made_at"], words),
        file_name=FILE_NAME.format(**copy),
        json_url=_data_url("application/json", b64encode(whole).decode()),
        sections=[_section(name, rows, words) for name, rows in copy["data"].items()],
        files=[_file(file) for file in copy["files"]],
    )
    return rendered


@cache
def _words() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((HERE / "page_words.yml").read_text(encoding="utf-8"))
    return found


@cache
def _template() -> Any:
    return Environment(loader=FileSystemLoader(HERE), autoescape=True).get_template("page.html")


def _data_url(kind: str, content: str) -> str:
    return f"data:{kind};base64,{content}"


def _file(file: Mapping[str, Any]) -> dict[str, Any]:
    url = _data_url(str(file["type"]), file["content"]) if "content" in file else None
    return {"name": file["name"], "url": url}


def _section(name: str, rows: Sequence[Mapping[str, Any]], words: Mapping[str, Any]) -> Any:
    title = words["sections"].get(name, name.replace("_", " ").capitalize())
    if name in TABLES:
        return {
            "title": title,
            "is_table": True,
            "columns": [_called(column, words) for column in TABLES[name]],
            "rows": [[_said(one, row[one], words) for one in TABLES[name]] for row in rows],
        }
    return {"title": title, "is_table": False, "rows": [_record(row, words) for row in rows]}


def _record(row: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
    fields = [
        (_called(name, words), _said(name, value, words))
        for name, value in row.items()
        if name not in NOT_SHOWN and name not in INSIDE and value not in (None, "", [], {})
    ]
    inside = [
        (_called(name, words), list(_entries(row[name], words))) for name in INSIDE if row.get(name)
    ]
    return {"fields": fields, "inside": inside}


def _entries(rows: Sequence[Mapping[str, Any]], words: Mapping[str, Any]) -> Iterator[Any]:
    for row in rows:
        about = ("at", "role", "what", "actor", "sku")
        head = [_said(name, row[name], words) for name in about if row.get(name)]
        text = row.get("text") or row.get("note") or ""
        if "quantity" in row:
            text = f"{row['quantity']} × {row['price']} €"
        yield {"role": row.get("role", ""), "head": " · ".join(head), "text": text}


def _called(name: str, words: Mapping[str, Any]) -> str:
    called: str = words["columns"].get(name, name.replace("_", " ").capitalize())
    return called


def _said(name: str, value: Any, words: Mapping[str, Any]) -> str:
    """A value in the words of its column: times of the shop, terms, names of fields."""
    if isinstance(value, str) and TIME.fullmatch(value):
        moment = datetime.fromisoformat(value.replace("Z", "+00:00")).astimezone(ITALY)
        return f"{moment:%d/%m/%Y %H:%M}"
    if name in ("kind", "purpose", "status", "role"):
        return str(words["terms"].get(value, value))
    return _called(str(value), words) if name == "name" else _shown(value, words)


def _shown(value: Any, words: Mapping[str, Any]) -> str:
    if isinstance(value, bool):
        return str(words["yes" if value else "no"])
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_shown(part, words)}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(_shown(part, words) for part in value)
    return "" if value is None else str(value)
