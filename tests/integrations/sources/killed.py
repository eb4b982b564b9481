"""Syncs a source and kills itself, as hard as can be, after so many rows are taken in."""

import os
import signal
import sys

from crm.db import Database
from integrations.sources.sync import Report, Syncing, sync

url, name, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])


def die(report: Report, total: int | None) -> None:
    """Leave without a word."""
    if report.counts["rows"] >= rows:
        os.kill(os.getpid(), signal.SIGKILL)


sync(Database(url), name, Syncing(batch=20, progress=die))
