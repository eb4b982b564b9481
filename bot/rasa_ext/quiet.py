"""Keeps what the libraries say about themselves off the terminal: import it before Rasa."""

import logging
import os
import warnings
from typing import Any

import structlog

os.environ.update(
    {
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }
)


def _say_nothing(*_: Any, **__: Any) -> None:
    """Take a warning and leave it."""


warnings.showwarning = _say_nothing  # a filter does not last: libraries set their own
logging.disable(logging.WARNING)
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
