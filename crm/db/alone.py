"""A SQLite file serves one app process: the second one is turned away before it does anything."""

import fcntl
import os
from pathlib import Path


class DatabaseTaken(RuntimeError):
    """Another app process serves this SQLite file."""

    def __init__(self, path: Path, holder: str) -> None:
        super().__init__(
            f"{path} is being served by another app process ({holder}); stop that one, give this "
            "one a BOTTEGA_HOME of its own, or let several processes share a PostgreSQL "
            "(BOTTEGA_DATABASE_URL)."
        )


class Occupation:
    """Holds a SQLite file for this process; a process that dies lets go of it.

    Raises:
        DatabaseTaken: another process holds it.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.with_name(path.name + ".lock").open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.read().strip() or "starting"
            self._file.close()
            raise DatabaseTaken(path, holder) from None
        self._file.truncate(0)
        self._file.write(f"process {os.getpid()}")
        self._file.flush()

    def end(self) -> None:
        """Let go of the file."""
        self._file.close()
