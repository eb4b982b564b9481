"""What the documentation says about settings and commands is what there is."""

import re

from typer.main import get_command

from app.cli import cli
from app.settings import ROOT, Settings

CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text()
COMMANDS = (ROOT / "docs" / "commands.md").read_text()


def documented_settings() -> dict[str, str]:
    rows = re.findall(r"^\| `BOTTEGA_(\w+)` \| ([^|]*) \|", CONFIGURATION, re.MULTILINE)
    return {name.lower(): default.strip(" `") for name, default in rows}


def test_every_setting_is_documented_and_the_reverse() -> None:
    assert set(documented_settings()) == set(Settings.model_fields)


def test_documented_defaults_are_the_defaults() -> None:
    for name, default in documented_settings().items():
        field = Settings.model_fields[name]
        value = field.get_default(call_default_factory=True, validated_data={})
        written = "" if value in ("", []) else str(value)
        assert default == written, name


def test_every_command_is_documented() -> None:
    def walk(command, prefix: str) -> list[str]:  # type: ignore[no-untyped-def]
        children = getattr(command, "commands", None)
        if not children:
            return [prefix]
        return [name for key, child in children.items() for name in walk(child, f"{prefix} {key}")]

    for name in walk(get_command(cli), "bottega"):
        assert f"`{name}" in COMMANDS, f"{name} is not in docs/commands.md"
