"""Building and updating an index; what did not change is not encoded again."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.arrays import one_reader
from knowledge.dense import document_vectors
from knowledge.documents import Document, DocumentError
from knowledge.encoder import Encoder, Vectors
from knowledge.index import FORMAT, MANIFEST, describe_encoder, read_manifest
from knowledge.partition import write_partition
from knowledge.progress import Progress, silent
from knowledge.records import Records
from knowledge.settings import SearchSettings
from knowledge.store import IndexMissing, current_version, link_folder, one_writer, publish

Documents = dict[str, Document]


@dataclass
class Built:
    """What a build or an update did."""

    version: str = ""
    documents: int = 0
    encoded: int = 0
    rewritten: int = 0


def build_index(
    documents: Iterable[Document],
    encoder: Encoder,
    root: Path,
    progress: Progress = silent,
    settings: SearchSettings | None = None,
) -> Built:
    """Make the index hold exactly these documents, and put it in force."""
    wanted = _by_key(documents)
    with one_writer(root):
        return _Builder(encoder, root, progress, settings or SearchSettings()).publish(wanted)


def update_index(
    root: Path,
    encoder: Encoder,
    upsert: Iterable[Document] = (),
    remove: Iterable[str] = (),
    progress: Progress = silent,
    settings: SearchSettings | None = None,
) -> Built:
    """Add or replace documents and remove those with these keys (`kind/id/language`)."""
    changed = _by_key(upsert)
    with one_writer(root):
        builder = _Builder(encoder, root, progress, settings or SearchSettings())
        wanted = builder.present_documents() | changed
        for key in remove:
            wanted.pop(key, None)
        return builder.publish(wanted)


class _Builder:
    """Writes one version, taking over from the one before what is still right."""

    def __init__(
        self, encoder: Encoder, root: Path, progress: Progress, settings: SearchSettings
    ) -> None:
        self._encoder, self._root, self._progress = encoder, root, progress
        self._settings = settings
        self._before = _Before(root)
        self._about = {
            "format": FORMAT,
            "encoder": describe_encoder(encoder),
            "settings": settings.build_part(),
        }
        self._same_making = self._before.was_made(self._about)
        self._built = Built()

    def present_documents(self) -> Documents:
        """What the version in force holds."""
        return self._before.documents()

    def publish(self, wanted: Documents) -> Built:
        """Write the wanted documents as the new version."""
        self._built.documents = len(wanted)
        self._built.version = publish(self._root, lambda folder: self._write(folder, wanted)).name
        return self._built

    def _write(self, folder: Path, wanted: Documents) -> None:
        entries = []
        for number, (place, documents) in enumerate(sorted(_by_place(wanted).items())):
            kind, language = place
            entry = {"kind": kind, "language": language, "folder": f"{number:02d}"}
            self._write_partition(folder / entry["folder"], kind, language, documents)
            entries.append(entry | {"documents": len(documents)})
        manifest = self._about | {"partitions": entries}
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")

    def _write_partition(
        self, folder: Path, kind: str, language: str, documents: Sequence[Document]
    ) -> None:
        before = self._before.partition(kind, language) if self._same_making else None
        if before and Records(before).holds_exactly(documents):
            link_folder(before, folder)
            return
        self._progress(f"indexing {kind} ({language})", 0, len(documents))
        write_partition(folder, documents, self._vectors(before, documents), self._settings)
        self._progress(f"indexing {kind} ({language})", len(documents), len(documents))
        self._built.rewritten += 1

    def _vectors(self, before: Path | None, documents: Sequence[Document]) -> Vectors:
        vectors = np.zeros((len(documents), self._encoder.dim), dtype=np.float32)
        known = self._before.vectors(before) if before else {}
        fresh = []
        for row, document in enumerate(documents):
            vector = known.get(document.fingerprint())
            if vector is None:
                fresh.append(row)
            else:
                vectors[row] = vector
        vectors[fresh] = self._encode([documents[row] for row in fresh])
        return vectors

    def _encode(self, documents: Sequence[Document]) -> Vectors:
        self._built.encoded += len(documents)
        weights = self._settings.dense_fields
        return document_vectors(documents, self._encoder, weights, self._progress)


class _Before:
    """The version in force before, or nothing."""

    def __init__(self, root: Path) -> None:
        try:
            self._folder: Path | None = current_version(root)
            self._manifest = read_manifest(self._folder)
        except IndexMissing:
            self._folder, self._manifest = None, {"partitions": []}

    def was_made(self, about: dict[str, Any]) -> bool:
        """Whether it was made in the same way."""
        return all(self._manifest.get(name) == value for name, value in about.items())

    def partition(self, kind: str, language: str) -> Path | None:
        """Where its documents of this kind and language are."""
        for entry in self._manifest["partitions"]:
            if self._folder and (entry["kind"], entry["language"]) == (kind, language):
                return self._folder / str(entry["folder"])
        return None

    def documents(self) -> Documents:
        """All its documents."""
        if self._folder is None:
            return {}
        folders = [self._folder / entry["folder"] for entry in self._manifest["partitions"]]
        return {document.key: document for folder in folders for document in Records(folder)}

    def vectors(self, folder: Path) -> dict[str, Vectors]:
        """Its vectors by the fingerprint of the text they stand for."""
        with one_reader:
            vectors = np.load(folder / "vectors.npy")
        return dict(zip(Records(folder).fingerprints, vectors, strict=True))


def _by_key(documents: Iterable[Document]) -> Documents:
    found: Documents = {}
    for document in documents:
        if document.key in found:
            first = found[document.key].source or "the same source"
            raise DocumentError(
                f"Two documents are called {document.key}: in {first} and in {document.source}; "
                "give one of them another id."
            )
        found[document.key] = document
    return found


def _by_place(documents: Documents) -> dict[tuple[str, str], list[Document]]:
    places: dict[tuple[str, str], list[Document]] = {}
    for document in documents.values():
        places.setdefault((document.kind, document.language), []).append(document)
    return places
