"""Trains what is missing: the assistant's model and the search encoder.

A model is named by a fingerprint of everything it is made from; nothing is trained twice.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from app.fingerprint import fingerprint
from app.processes import console
from app.rasa_process import PYTHON, QUIET
from app.settings import ROOT, Settings
from app.taught import taught_file

SOURCES = ("nlu_data", "bot/domain", "bot/dialogue", "bot/rasa_ext/nlu", "config.yml")


class TrainingFailed(RuntimeError):
    """The training ended with an error; the message says where to read it."""


def assistant_model(settings: Settings) -> Path:
    """Where the model of the present data and configuration lies, trained or not yet."""
    name = fingerprint((ROOT / source for source in SOURCES), _taught(settings))
    return settings.models / "assistant" / f"{name}.tar.gz"


def train_assistant(settings: Settings, *, force: bool = False) -> Path:
    """Train the assistant if its data changed; returns the model's file.

    Raises:
        TrainingFailed: Rasa refused the data or died.
    """
    model = assistant_model(settings)
    if model.exists() and not force:
        return model
    model.parent.mkdir(parents=True, exist_ok=True)
    fresh = model.with_name(f".{os.getpid()}-{model.name}")
    log = settings.folder / "logs" / "train.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with console.status("Training the assistant (about a minute) …"), log.open("wb") as output:
        outcome = subprocess.run(  # noqa: S603 - our own command
            _train_command(fresh, settings),
            cwd=ROOT,
            env={**os.environ, **QUIET, "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if outcome.returncode or not fresh.exists():
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
        raise TrainingFailed(f"Training the assistant failed. The end of {log}:\n{tail}")
    fresh.replace(model)  # whole or not at all: another process may be training the same model
    _keep_newest(model)
    console.print(f"  the assistant is trained ({time.monotonic() - began:.0f} s)")
    return model


def _taught(settings: Settings) -> list[Path]:
    """The examples that the staff has taught, if there are any."""
    path = taught_file(settings)
    return [path] if path.is_file() else []


def _train_command(model: Path, settings: Settings) -> list[str]:
    return [
        str(PYTHON), "-m", "rasa", "train",
        "--config", "config.yml",
        "--domain", "bot/domain",
        "--data", "nlu_data", "bot/dialogue", *map(str, _taught(settings)),
        "--out", str(model.parent),
        "--fixed-model-name", model.name.removesuffix(".tar.gz"),
        "--force",
    ]  # fmt: skip


def _keep_newest(model: Path, keep: int = 3) -> None:
    others = sorted(
        (path for path in model.parent.glob("[!.]*.tar.gz") if path != model),
        key=lambda path: path.stat().st_mtime,
    )
    for path in others[: -(keep - 1)]:
        path.unlink()


def parse_lines(settings: Settings, language: str) -> int:
    """Have standard input read by the model, sentence by sentence; returns the exit status."""
    model = train_assistant(settings)
    with tempfile.TemporaryFile() as noise:
        outcome = subprocess.run(  # noqa: S603 - our own command
            [str(PYTHON), "-m", "bot.rasa_ext.parse", "--model", str(model), "--lang", language],
            cwd=ROOT,
            env={**os.environ, **QUIET, "PYTHONPATH": str(ROOT)},
            stderr=noise,
            check=False,
        )
        if outcome.returncode:
            noise.seek(0)
            sys.stderr.write(noise.read().decode(errors="replace"))
    return outcome.returncode
