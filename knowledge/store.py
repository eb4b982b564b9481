"""Versions of an index in a folder: written beside the old one, then swapped in one step."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_POINTER = "current"
_VERSIONS = "versions"
_KEPT = 2


class IndexMissing(FileNotFoundError):
    """No index has been built where one is looked for."""


def current_version(root: Path) -> Path:
    """The folder of the version in force."""
    try:
        name = (root / _POINTER).read_text("utf-8").strip()
    except FileNotFoundError:
        raise IndexMissing(f"There is no index in {root}; run `bottega knowledge index`.") from None
    return root / _VERSIONS / name


def stamp(root: Path) -> int:
    """Changes whenever another version comes into force; 0 where there is none."""
    try:
        return (root / _POINTER).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


@contextmanager
def one_writer(root: Path) -> Iterator[None]:
    """Whoever else wants to write this index waits, also in another process."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def publish(root: Path, write: Callable[[Path], None]) -> Path:
    """Let `write` fill a new version, then make it the one in force; readers never see half."""
    versions = root / _VERSIONS
    versions.mkdir(parents=True, exist_ok=True)
    fresh = versions / _next_name(versions)
    draft = fresh.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        write(draft)
        draft.rename(fresh)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    _point_to(root, fresh.name)
    _remove_old(versions)
    return fresh


def link_folder(source: Path, target: Path) -> None:
    """The same files under another name, without copying where the file system can link."""
    shutil.copytree(source, target, copy_function=_link_or_copy)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _next_name(versions: Path) -> str:
    taken = [int(path.name) for path in versions.iterdir() if path.name.isdigit()]
    return f"{max(taken, default=0) + 1:08d}"


def _point_to(root: Path, name: str) -> None:
    draft = root / f"{_POINTER}.draft"
    draft.write_text(name + "\n", "utf-8")
    draft.replace(root / _POINTER)


def _remove_old(versions: Path) -> None:
    """Keep the last two; whoever still reads an older one has its files open or mapped."""
    names = sorted(path for path in versions.iterdir() if path.name.isdigit())
    for path in names[:-_KEPT]:
        with suppress(OSError):
            shutil.rmtree(path)
