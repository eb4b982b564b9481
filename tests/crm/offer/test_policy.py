"""The company's settings of offers: read, refused in one sentence, documented; the command line."""

import os
import re
import subprocess
import sys
from datetime import time
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from app.cli import cli
from app.demo.content import COMPANY
from app.settings import ROOT
from crm.db import Database, migrate
from crm.offer.eligibility import RULE_NAMES
from crm.offer.policy import BadPolicy, OfferPolicy, QuietHours, read_policy

from .market import Market

GUIDE = (ROOT / "docs" / "offers.md").read_text()
BOTTEGA = Path(sys.executable).with_name("bottega")


def read(folder: Path, text: str) -> OfferPolicy:
    path = folder / "offers.yml"
    path.write_text(text)
    return read_policy(path, RULE_NAMES)


def test_without_a_file_the_usual_holds(tmp_path: Path) -> None:
    assert read_policy(tmp_path / "offers.yml", RULE_NAMES) == OfferPolicy()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    policy = read(tmp_path, "rules: {good_mood: false}\nquiet_hours: {from: 20:30, to: '07:00'}\n")
    assert not policy.is_on("good_mood") and policy.is_on("consented")
    assert policy.quiet_hours == QuietHours(start=time(20, 30), end=time(7))
    assert read(tmp_path, "quiet_hours: null").quiet_hours is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rules: {be_nice: true}", "there is no rule 'be_nice'; there are: "),
        ("weight: {}", "weight is not a setting of offers"),
        ("weights: {search: 99}", "weights.search: input should be less than or equal to 10"),
        ("timezone: Europe/Rovereto", "timezone: there is no such zone"),
        ("caps: [", "is not YAML"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(BadPolicy, match=re.escape(sentence)):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("hours", "quiet", "loud"),
    [(QuietHours(), time(23), time(12)), (QuietHours(start=time(13), end=time(15)), time(14),
     time(23))],
)  # fmt: skip
def test_quiet_hours_go_over_midnight(hours: QuietHours, quiet: time, loud: time) -> None:
    assert hours.hold(quiet) and not hours.hold(loud)


def test_the_guide_tells_the_defaults_and_every_rule() -> None:
    written = GUIDE.partition("## Settings")[2].partition("```yaml\n")[2].partition("```")[0]
    assert OfferPolicy.model_validate(yaml.safe_load(written)) == OfferPolicy()
    assert set(yaml.safe_load(written)) == set(OfferPolicy.model_fields)
    assert [name for name in sorted(RULE_NAMES) if f"`{name}`" not in GUIDE] == []


def test_the_demo_company_can_be_read() -> None:
    assert read_policy(COMPANY / "offers.yml", RULE_NAMES).shop_of("MB") == "milano"


def test_campaigns_by_the_command_line(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'bottega.db'}", durable=False)
    migrate(database.engine)
    with database.writing() as session:
        Market(session)
    database.close()
    (tmp_path / "campaigns").mkdir()
    good = (COMPANY / "campaigns" / "winter-curls.yml").read_text().replace(", conditioner", "")
    (tmp_path / "campaigns" / "curls.yml").write_text(good)
    assert bottega(tmp_path, "load").stdout == "new      winter-curls\n"
    assert bottega(tmp_path, "load").stdout == "changed  winter-curls\n"
    assert "winter-curls             0 customers" in bottega(tmp_path, "list").stdout
    assert bottega(tmp_path, "results").stdout.startswith("campaign ")
    (tmp_path / "campaigns" / "bad.yml").write_text(good.replace("hair_mask", "bicycles"))
    refused = bottega(tmp_path, "load")
    assert (refused.returncode, refused.stderr) == (
        2, "bottega: winter-curls: the catalogue has no category 'bicycles'.\n"
    )  # fmt: skip


def bottega(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {"BOTTEGA_HOME": str(home), "BOTTEGA_DURABLE": "false", "PATH": "",
           "PYTHONPATH": os.environ.get("PYTHONPATH", "")}  # fmt: skip
    return subprocess.run([BOTTEGA, "campaign", *words], cwd=home, capture_output=True, text=True,
                          check=False, timeout=60, env=env)  # fmt: skip


def test_the_commands_say_what_they_do() -> None:
    told = CliRunner().invoke(cli, ["campaign", "--help"]).stdout
    assert all(word in told for word in ("load", "list", "results"))
