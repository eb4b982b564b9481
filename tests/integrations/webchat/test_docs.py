"""What the code can refuse, and what the script tag can be told, is in the documentation."""

import re
from pathlib import Path

import pytest

from integrations.channels.webchat import errors, widget

PAGE = (Path(__file__).parents[3] / "docs" / "webchat.md").read_text("utf-8")
REFUSALS = [
    kind for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "code")
]


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_every_code_is_documented(kind: type[errors.Refused]) -> None:
    assert f"`{kind.code}`" in PAGE


def test_every_close_code_is_documented() -> None:
    for code in {*errors.CLOSE_CODES.values(), errors.CLOSE_TOO_SLOW} - {4403}:
        assert f"| {code} |" in PAGE


def test_every_custom_property_and_attribute_is_documented() -> None:
    parts = "\n".join(path.read_text("utf-8") for path in widget.PARTS.glob("*.*"))
    for name in set(re.findall(r"--bottega-[\w-]+", parts)):
        assert name in PAGE
    for name in set(
        re.findall(r"dataset\.(title|locale|accent|position|theme|server|visitor)", parts)
    ):
        assert f"`data-{name}`" in PAGE
