"""`bottega nlu`: the training data and how well the assistant understands."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.rasa_process import PYTHON, QUIET
from app.settings import ROOT

nlu_cli = typer.Typer(no_args_is_help=True)

Data = Annotated[Path, typer.Option(help="Folder of the training data.")]
HeldOut = Annotated[Path, typer.Option(help="Folder of the sentences kept out of the training.")]
NLU_DATA = ROOT / "nlu_data"
HELD_OUT = ROOT / "tests" / "fixtures" / "nlu"


@nlu_cli.callback()
def nlu() -> None:
    """How the assistant understands: training data and report."""


@nlu_cli.command()
def check(data: Data = NLU_DATA, held_out: HeldOut = HELD_OUT) -> None:
    """Look for mistakes in the training data; the exit status is 1 when there are any."""
    sys.exit(_run("check", "--data", data, "--held-out", held_out))


@nlu_cli.command()
def report(
    subject: Annotated[
        Path, typer.Argument(help="A configuration (.yml), a model (.tar.gz) or results (.json).")
    ] = ROOT / "config.yml",
    against: Annotated[
        Path | None, typer.Option(help="A second one of these, to compare with.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("nlu-report.html"),
    results: Annotated[
        Path | None, typer.Option(help="Keep the readings here, to compare with later.")
    ] = None,
    folds: Annotated[
        int, typer.Option(help="Parts of the cross-validation; 0: held-out sentences only.")
    ] = 5,
    data: Data = NLU_DATA,
    held_out: HeldOut = HELD_OUT,
) -> None:
    """Measure the understanding by intent, language and entity; write a page with plots."""
    options: list[str | Path] = ["--subject", subject, "--out", out, "--folds", str(folds)]
    options += ["--data", data, "--held-out", held_out]
    options += ["--against", against] if against else []
    options += ["--results", results] if results else []
    sys.exit(_run("report", *options))


def _run(task: str, *options: str | Path) -> int:
    """Run the task where Rasa is installed; names of files are as seen from here."""
    given = [str(o.absolute()) if isinstance(o, Path) else o for o in options]
    return subprocess.run(  # noqa: S603 - our own command
        [str(PYTHON), "-m", "bot.rasa_ext.report", task, *given],
        cwd=ROOT,
        env={**os.environ, **QUIET, "PYTHONPATH": str(ROOT)},
        check=False,
    ).returncode
