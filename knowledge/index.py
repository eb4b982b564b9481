"""The index on disk and in memory: built, updated, opened, and swapped while it serves."""

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.documents import Document
from knowledge.encoder import Encoder
from knowledge.partition import Partition
from knowledge.settings import SearchSettings
from knowledge.store import current_version, stamp

log = logging.getLogger(__name__)

FORMAT = 1
MANIFEST = "manifest.json"


class IndexMismatch(RuntimeError):
    """The index was made by another encoder or in another format; the message says what to run."""


@dataclass(frozen=True)
class KnowledgeIndex:
    """One version of the index, opened for reading."""

    version: str
    partitions: dict[tuple[str, str], Partition]

    @classmethod
    def open(cls, root: Path, encoder: Encoder, settings: SearchSettings) -> "KnowledgeIndex":
        """The version in force, checked against the encoder that will ask it."""
        folder = current_version(root)
        manifest = read_manifest(folder)
        check_made_by(manifest, encoder, root)
        partitions = {
            (entry["kind"], entry["language"]): Partition.open(
                folder / entry["folder"], entry["kind"], entry["language"], settings
            )
            for entry in manifest["partitions"]
        }
        return cls(folder.name, partitions)

    def find(self, key: str) -> Document | None:
        """The document `kind/id/language`, if it is here."""
        kind, _, rest = key.partition("/")
        partition = self.partitions.get((kind, rest.rpartition("/")[2]))
        row = partition.records.row_of(key) if partition else None
        return None if partition is None or row is None else partition.records[row]

    def __iter__(self) -> Iterator[Document]:
        for partition in self.partitions.values():
            yield from partition.records

    def __len__(self) -> int:
        return sum(len(partition.records) for partition in self.partitions.values())


class LiveIndex:
    """The version in force, opened anew in the background when another one is published."""

    def __init__(self, root: Path, encoder: Encoder, settings: SearchSettings) -> None:
        self._root, self._encoder, self._settings = root, encoder, settings
        self._opening = threading.Lock()
        self._stamp = stamp(root)
        self._index = KnowledgeIndex.open(root, encoder, settings)

    def get(self) -> KnowledgeIndex:
        """The newest version that is ready; never waits for a newer one."""
        if stamp(self._root) != self._stamp and not self._opening.locked():
            threading.Thread(target=self.refresh, name="knowledge-index", daemon=True).start()
        return self._index

    def refresh(self) -> None:
        """Open the version in force, if it is another; keep the old one if it cannot be read."""
        with self._opening:
            found = stamp(self._root)
            if found == self._stamp:
                return
            try:
                self._index = KnowledgeIndex.open(self._root, self._encoder, self._settings)
            except (OSError, IndexMismatch) as error:
                log.error("Still serving index %s: %s", self._index.version, error)
            self._stamp = found


def read_manifest(folder: Path) -> dict[str, Any]:
    """What a version says of itself."""
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
    return manifest


def check_made_by(manifest: dict[str, Any], encoder: Encoder, root: Path) -> None:
    """Refuse an index whose vectors mean something else to this encoder."""
    made_by = manifest["encoder"]
    ours = describe_encoder(encoder)
    if manifest["format"] == FORMAT and made_by == ours:
        return
    raise IndexMismatch(
        f"The index in {root} (format {manifest['format']}) was made with {_label(made_by)}, but "
        f"the encoder in use is {_label(ours)} (format {FORMAT}); run `bottega knowledge index`."
    )


def describe_encoder(encoder: Encoder) -> dict[str, Any]:
    """What an index remembers of the encoder that made it."""
    return {"name": encoder.name, "version": encoder.version, "dim": encoder.dim}


def _label(encoder: dict[str, Any]) -> str:
    return f"{encoder['name']} version {encoder['version']} ({encoder['dim']} dimensions)"
