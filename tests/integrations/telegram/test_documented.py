"""What docs/telegram.md says is there."""

import re

from app.cli_telegram import connect_telegram
from app.settings import ROOT, Settings
from integrations.channels.telegram.settings import WEBHOOK_PATH

TEXT = (ROOT / "docs" / "telegram.md").read_text()


def test_settings_options_and_addresses_exist() -> None:
    assert {name.lower() for name in re.findall(r"BOTTEGA_([A-Z_]+)", TEXT)} <= set(
        Settings.model_fields
    )
    options = {name.replace("-", "_") for name in re.findall(r"(?<!\w)--([a-z]+)\b", TEXT)}
    assert options - {"port"} <= set(connect_telegram.__annotations__)
    assert WEBHOOK_PATH in TEXT and "/demo/telegram/" in TEXT


def test_links_inside_the_page_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    places = {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in headings}
    assert set(re.findall(r"\(#([\w-]+)\)", TEXT)) <= places


def test_what_one_sees_is_what_is_said() -> None:
    """The first column of the table of troubles quotes the program, or Telegram."""
    folder = ROOT / "integrations" / "channels" / "telegram"
    source = "\n".join(path.read_text() for path in folder.glob("*.py"))
    said = re.sub(r'"\s*\n\s*"', "", source)
    troubles = TEXT.partition("## When something is wrong")[2]
    quoted = re.findall(r"^\| `([A-Z][^`]+)` \|", troubles, re.MULTILINE)
    assert len(quoted) == 3
    assert [quote for quote in quoted if quote not in said] == []
