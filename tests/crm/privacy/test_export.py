"""R5: the copy of somebody's data holds everything of theirs and nothing of others."""

import json
from base64 import b64decode
from pathlib import Path

import pytest

from crm.db import Database
from crm.privacy.export import NothingHeld, export
from crm.privacy.outside import Outside
from crm.privacy.page import page
from integrations.attachment_files import AttachmentFolder
from tests.crm.privacy.lives import EMAIL, OTHER_EMAIL, Left, leave


@pytest.fixture
def outside(tmp_path: Path) -> Outside:
    return Outside(files=AttachmentFolder(tmp_path / "attachments"))


@pytest.fixture
def left(database: Database, tmp_path: Path) -> Left:
    with database.writing() as session:
        return leave(session, tmp_path / "attachments")


def test_everything_of_a_person_is_in_it(database: Database, outside: Outside, left: Left) -> None:
    with database.reading() as session:
        copy = export(session, outside, left.customer)
    data = copy["data"]
    assert copy["profiles"] == [left.customer, left.absorbed]
    assert {one["value"] for one in data["values"] if one["name"] == "email"} == {
        EMAIL, OTHER_EMAIL,
    }  # fmt: skip
    assert data["consents"][0]["evidence"] == f"sì, scrivetemi a {EMAIL}"
    assert data["mails"][0]["text"].endswith("123456")
    assert data["signals"][0]["kind"] == "call"
    assert data["orders"][0]["lines"] and data["tickets"][0]["events"]
    messages = data["conversations"][0]["messages"]
    assert [one["role"] for one in messages][:2] == ["customer", "bot"]
    assert b64decode(copy["files"][0]["content"]) == b"picture of Ermenegildo Quaglia"
    assert {one["source"] for one in data["source_records"]} == {"ecommerce", "newsletter"}


def test_nothing_of_others_and_no_secrets_are_in_it(
    database: Database, outside: Outside, left: Left
) -> None:
    with database.reading() as session:
        whole = json.dumps(export(session, outside, left.customer))
        assert "Clotilde" not in whole and "token_hash" not in whole
        neighbours = json.dumps(export(session, outside, left.neighbour))
        assert "EG-77001" not in neighbours and "newsletter" not in neighbours


def test_the_page_shows_texts_as_texts(database: Database, outside: Outside, left: Left) -> None:
    with database.reading() as session:
        copy = export(session, outside, left.customer)
    copy["data"]["values"][0]["value"] = "<script>alert(1)</script>"
    shown = page(copy, "it")
    assert "<script>" not in shown and "&lt;script&gt;" in shown
    assert "Ciao Ermenegildo!" in shown and "data:image/png;base64," in shown
    assert page(copy, "de") == page(copy, "it")


def test_nobody_has_no_copy(database: Database, outside: Outside) -> None:
    with database.reading() as session, pytest.raises(NothingHeld):
        export(session, outside, 1)
