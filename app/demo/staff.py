"""The demo company's staff, whose passwords are made once and shown at every start."""

import json
import secrets
from pathlib import Path
from typing import Any

import yaml

from crm.db import Database
from crm.staff.canned import canned_replies, save_canned_reply
from crm.staff.models import Role
from crm.staff.users import add_user, users

WRITTEN = Path(__file__).parent / "company" / "staff.yml"
FILE = "demo-staff.json"


def load_staff(database: Database, home: Path) -> None:
    """Add the demo's people and their canned replies; does nothing when there is staff already."""
    written = yaml.safe_load(WRITTEN.read_text("utf-8"))
    with database.writing() as session:
        if users(session):
            return
        people = [_hire(session, person) for person in written["people"]]
        if not canned_replies(session):
            for shortcut, texts in written["canned_replies"].items():
                save_canned_reply(session, shortcut, texts, people[0]["name"])
    path = home / FILE
    path.touch(mode=0o600)
    path.write_text(json.dumps(people, ensure_ascii=False), "utf-8")


def _hire(session: Any, person: dict[str, str]) -> dict[str, str]:
    password = secrets.token_urlsafe(9)
    add_user(session, person["name"], Role(person["role"]), password)
    return {"name": person["name"], "role": person["role"], "password": password}


def demo_staff(home: Path) -> list[dict[str, str]]:
    """Name, role and password of the demo's people, as far as they were made here."""
    path = home / FILE
    return json.loads(path.read_text("utf-8")) if path.exists() else []
