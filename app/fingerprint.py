"""Names what was made by a hash of what it was made from, so that nothing is made twice."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.settings import ROOT

READ = {".yml", ".csv", ".tsv", ".py", ".txt"}


def fingerprint(paths: Iterable[Path], others: Iterable[Path] = ()) -> str:
    """A short hash over the names and contents of files and folders of the project.

    Args:
        others: files from outside the project; only what is in them counts.
    """
    digest = hashlib.sha256()
    for path in _files(paths):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    for path in others:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(
                file for file in path.rglob("*") if file.suffix in READ and file.is_file()
            )
        else:
            yield path
