"""`bottega privacy`: the same for who has no desk at hand."""

import json
from pathlib import Path

import pytest

from app.bootstrap import open_database
from app.cli import main
from app.personal_data import periods_of
from app.settings import Settings, load_settings
from crm.privacy.retention import Periods
from tests.crm.privacy.lives import EMAIL, Left, leave


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Left:
    monkeypatch.setenv("BOTTEGA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BOTTEGA_DURABLE", "false")
    settings = load_settings()
    database = open_database(settings)
    with database.writing() as session:
        left = leave(session, settings.folder / "attachments")
    database.close()
    return left


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["bottega", "privacy", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_a_copy_is_printed_or_written_for_its_owner_alone(
    left: Left,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, "export", str(left.customer)) == 0
    assert json.loads(capsys.readouterr().out)["files"][0]["content"]
    out = tmp_path / "copy.html"
    assert run(monkeypatch, "export", str(left.customer), "--html", "--out", str(out)) == 0
    assert EMAIL in out.read_text() and out.stat().st_mode & 0o077 == 0


def test_an_erasure_is_not_done_by_mistake(
    left: Left, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "erase", str(left.customer)) == 2
    assert "--yes" in capsys.readouterr().err
    assert run(monkeypatch, "erase", str(left.customer), "--yes") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["wiped"] and report["files"] == 1
    assert run(monkeypatch, "erase", str(left.customer), "--yes") == 2
    assert "was erased" in capsys.readouterr().err


def test_what_there_is_not_is_told_in_one_sentence(
    left: Left, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (("export", "999"), ("erase", "999", "--yes")):
        assert run(monkeypatch, *words) == 2
        assert capsys.readouterr().err == "bottega: There is no customer 999.\n"


def test_a_dry_run_only_counts(
    left: Left, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind in ("strangers", "messages", "prospects", "customers"):
        monkeypatch.setenv(f"BOTTEGA_RETAIN_{kind.upper()}_DAYS", "0")
    assert run(monkeypatch, "retain", "--dry-run") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "dialogues", "effects", "mails", "codes", "tickets", "offers", "signals", "moments",
        "orders", "files",
    ]  # fmt: skip
    assert all(line.endswith("would go") for line in lines)


def test_the_settings_have_the_same_times_as_the_job() -> None:
    assert periods_of(Settings()) == Periods()
