"""The folder with the files that customers sent."""

import time
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path


class AttachmentFolder:
    """Files by their random names; a name with a path in it is nobody's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> bytes | None:
        """A file's content, if it is there."""
        path = self._path(name)
        return path.read_bytes() if path and path.is_file() else None

    def remove(self, name: str) -> bool:
        """Delete a file; whether it was there."""
        path = self._path(name)
        if path is None or not path.is_file():
            return False
        path.unlink()
        return True

    def names(self, older: timedelta) -> Collection[str]:
        """The names of the files that are older than this."""
        if not self._folder.is_dir():
            return ()
        last = time.time() - older.total_seconds()
        files = (path for path in self._folder.iterdir() if path.is_file())
        return sorted(path.name for path in files if path.stat().st_mtime < last)

    def _path(self, name: str) -> Path | None:
        return self._folder / name if name == Path(name).name and name not in ("", "..") else None
