"""How Rasa is run: the interpreter, the files, the environment."""

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.engine import make_url

from app.rasa_actions import PATH
from app.settings import ROOT, Settings

PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore",
    "CUDA_VISIBLE_DEVICES": "",
}


def rasa_environment(settings: Settings) -> Mapping[str, str]:
    """The variables that Rasa's process and its configuration files read."""
    return {
        **QUIET,
        "PYTHONPATH": str(ROOT),
        "BOTTEGA_ACTIONS_URL": f"http://127.0.0.1:{settings.port}{PATH}",
        "BOTTEGA_RASA_SECRET": rasa_secret(settings),
        "BOTTEGA_TRACKER_URL": tracker_url(settings),
        "MAX_NUMBER_OF_PREDICTIONS": "20",
    }


def rasa_secret(settings: Settings) -> str:
    """What the app and Rasa know each other by."""
    return f"rasa-{settings.key}"


def tracker_url(settings: Settings) -> str:
    """The trackers' database: beside the app's SQLite file, or the same PostgreSQL."""
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{settings.folder / 'trackers.db'}"
    return url.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)


def rasa_command(model: Path, port: int) -> list[str]:
    """The command that serves a model on the loopback address.

    It steps back behind the app: a message is taken in however much Rasa has to think about.
    """
    return [
        "nice", "-n", "5",
        str(PYTHON), "-m", "rasa", "run",
        "--model", str(model),
        "--interface", "127.0.0.1",
        "--port", str(port),
        "--endpoints", str(ROOT / "bot" / "endpoints.yml"),
        "--credentials", str(ROOT / "bot" / "credentials.yml"),
    ]  # fmt: skip
