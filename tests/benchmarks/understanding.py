"""Understanding, measured: the public sets, the held-out sentences, times.

The figures come from tests.benchmarks.nlu, which runs where Rasa is installed; how soon Rasa takes
turns is measured here. The public sets are read from the folder that BOTTEGA_EVAL names; DIET runs
beside them (a quarter of an hour or more) unless BOTTEGA_EVAL_DIET is 0.
"""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from app.rasa_process import PYTHON, QUIET, rasa_command, rasa_environment, rasa_secret
from app.serve import free_port
from app.settings import ROOT, load_settings
from app.training import train_assistant
from integrations.rasa_client import DOOR

FOLDER, WITH_DIET = "BOTTEGA_EVAL", "BOTTEGA_EVAL_DIET"
_GIVEN_UP_AFTER = 180.0


def run() -> list[dict[str, Any]]:
    """Every figure as name, value, unit, compared_with."""
    with tempfile.TemporaryDirectory() as name:
        figures = Path(name) / "figures.json"
        command = [str(PYTHON), "-m", "tests.benchmarks.nlu", "--json", str(figures)]
        command += [os.environ[FOLDER]] if os.environ.get(FOLDER) else []
        command += ["--diet"] if os.environ.get(WITH_DIET, "1") != "0" else []
        environment = {**os.environ, **QUIET, "PYTHONPATH": str(ROOT)}
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        measured = json.loads(figures.read_text(encoding="utf-8"))
        return [rounded(figure) for figure in (rasa_start(Path(name)), *measured)]


def rounded(figure: dict[str, Any]) -> dict[str, Any]:
    """A figure as it is printed."""
    return {**figure, "value": round(figure["value"], 3 if figure["value"] < 1 else 1)}


def rasa_start(home: Path) -> dict[str, Any]:
    """The seconds from starting Rasa with the shipped model until it takes turns."""
    model = train_assistant(load_settings())
    settings = load_settings(home=home / "home")
    (home / "home").mkdir()
    port = free_port()
    began = time.perf_counter()
    with _rasa(rasa_command(model, port), dict(rasa_environment(settings)), home):
        _wait_for(f"http://127.0.0.1:{port}{DOOR}/ready", rasa_secret(settings))
        seconds = time.perf_counter() - began
    return {"name": "rasa: ready after", "value": seconds, "unit": "s",
            "compared_with": "at most 20"}  # fmt: skip


@contextmanager
def _rasa(command: list[str], environment: dict[str, str], folder: Path) -> Iterator[None]:
    with (folder / "rasa.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_for(url: str, secret: str) -> None:
    until = time.monotonic() + _GIVEN_UP_AFTER
    while time.monotonic() < until:
        try:
            if httpx.get(
                url, headers={"Authorization": f"Bearer {secret}"}, timeout=2.0
            ).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"Rasa did not take turns within {_GIVEN_UP_AFTER:.0f} s.")
