"""A setting that cannot be used is named, with its value, and nothing starts."""

from pathlib import Path

import pytest

from app.settings import BadSettings, Settings, load_settings

FILES = [name for name in Settings.model_fields if name.endswith("_file")]


def test_there_are_files_to_name() -> None:
    assert {"handoff_rules_file", "offers_file", "escalation_file", "fields_file"} < set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_named_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    variable, path = f"BOTTEGA_{name.upper()}", tmp_path / "mine.yml"
    monkeypatch.setenv(variable, str(path))
    with pytest.raises(BadSettings) as refused:
        load_settings()
    assert str(refused.value) == f"{variable} is {str(path)!r}, and there is no such file."
    path.touch()
    assert getattr(load_settings(), name) == str(path)


def test_what_is_not_named_need_not_be_there(tmp_path: Path) -> None:
    assert not load_settings(home=tmp_path).handoff_rules.exists()
