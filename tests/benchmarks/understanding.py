"""Understanding, measured: the public sets, the held-out sentences, times.

The figures come from tests.benchmarks.nlu, which runs where Rasa is installed. The public sets are
read from the folder that BOTTEGA_EVAL names; DIET runs beside them where BOTTEGA_EVAL_DIET is set
(it takes half an hour).
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from app.rasa_process import PYTHON, QUIET
from app.settings import ROOT

FOLDER, WITH_DIET = "BOTTEGA_EVAL", "BOTTEGA_EVAL_DIET"


def run() -> list[dict[str, Any]]:
    """Every figure as name, value, unit, compared_with."""
    with tempfile.TemporaryDirectory() as name:
        figures = Path(name) / "figures.json"
        command = [str(PYTHON), "-m", "tests.benchmarks.nlu", "--json", str(figures)]
        command += [os.environ[FOLDER]] if os.environ.get(FOLDER) else []
        command += ["--diet"] if os.environ.get(WITH_DIET) else []
        environment = {**os.environ, **QUIET, "PYTHONPATH": str(ROOT)}
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        return [rounded(figure) for figure in json.loads(figures.read_text(encoding="utf-8"))]


def rounded(figure: dict[str, Any]) -> dict[str, Any]:
    """A figure as it is printed."""
    return {**figure, "value": round(figure["value"], 3 if figure["value"] < 1 else 1)}
