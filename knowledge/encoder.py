"""Encoders: texts to unit vectors. A static model is served by NumPy alone, any other by torch."""

import hashlib
import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

Vectors = NDArray[np.float32]

log = logging.getLogger(__name__)

_HUB_SECONDS = 5.0
_STATIC = "StaticEmbedding"
_PLAIN_MODULES = {_STATIC, "Normalize"}


class EncoderError(RuntimeError):
    """No encoder can be loaded as asked; the message says which one and what to do."""


class Encoder(Protocol):
    """Turns texts into float32 vectors of shape (n, dim), each of length one (or zero)."""

    name: str
    version: str
    dim: int

    def encode(self, texts: Sequence[str], asked: bool = False) -> Vectors:
        """`asked` marks queries, for the models that tell them from documents."""
        ...


class StaticEncoder:
    """A saved sentence-transformers `StaticEmbedding`, without importing torch."""

    def __init__(self, folder: Path) -> None:
        place = folder / _static_module(folder)
        weights = load_file(place / "model.safetensors")
        self._rows: Vectors = weights["embedding.weight"].astype(np.float32)
        self._tokenizer = Tokenizer.from_file(str(place / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.name = folder.name
        self.version = folder_version(folder)
        self.dim = int(self._rows.shape[1])

    def encode(self, texts: Sequence[str], asked: bool = False) -> Vectors:
        """The mean of the token rows, scaled to length one; zeros for a text without tokens."""
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for vector, pieces in zip(vectors, self._tokenize(texts), strict=True):
            if pieces:
                self._rows[pieces].mean(axis=0, out=vector)
        return to_unit(vectors)

    def _tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        if len(texts) == 1:  # a batch of one would wake a pool of threads
            return [self._tokenizer.encode(texts[0], add_special_tokens=False).ids]
        encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [encoding.ids for encoding in encodings]


class SentenceEncoder:
    """Any other sentence-transformers model; importing torch takes some seconds."""

    def __init__(self, folder: Path, name: str, version: str) -> None:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - takes seconds

        self._model: Any = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        self.name = name
        self.version = version
        self.dim = int(self._model.get_embedding_dimension())

    def encode(self, texts: Sequence[str], asked: bool = False) -> Vectors:
        """The model's own vectors, with its query or document prompt where it has one."""
        encode = self._model.encode_query if asked else self._model.encode_document
        vectors = encode(list(texts), convert_to_numpy=True, show_progress_bar=False)
        return to_unit(np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dim))


def load_encoder(model: str, fallback: Path | None = None) -> Encoder:
    """The model in a folder or on the hub; out of reach, the trained one in `fallback`."""
    folder = Path(model).expanduser()
    if (folder / "modules.json").is_file():
        return open_encoder(folder)
    found = _find_on_hub(model)
    if found is not None:
        return SentenceEncoder(found, model, found.name[:12])
    if fallback is None or not (fallback / "modules.json").is_file():
        raise EncoderError(
            f"Model {model!r} is no folder and cannot be reached on the hub, and there is no "
            f"trained one at {fallback}; run `bottega knowledge train` or set another model."
        )
    log.warning("Model %s cannot be reached: searching with the trained %s.", model, fallback.name)
    return open_encoder(fallback)


def open_encoder(folder: Path) -> Encoder:
    """The model saved in a folder."""
    if _is_static(folder):
        return StaticEncoder(folder)
    return SentenceEncoder(folder, folder.name, folder_version(folder))


def to_unit(vectors: Vectors) -> Vectors:
    """The same rows scaled to length one; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return unit


def folder_version(folder: Path) -> str:
    """Twelve characters that change with any file of the model."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in {".json", ".safetensors", ".bin", ".txt", ".model"}:
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _modules(folder: Path) -> list[dict[str, str]]:
    modules: list[dict[str, str]] = json.loads((folder / "modules.json").read_text("utf-8"))
    return modules


def _is_static(folder: Path) -> bool:
    kinds = [module["type"].rsplit(".", 1)[-1] for module in _modules(folder)]
    return _STATIC in kinds and set(kinds) <= _PLAIN_MODULES


def _static_module(folder: Path) -> str:
    return next(module["path"] for module in _modules(folder) if module["type"].endswith(_STATIC))


def _find_on_hub(model: str) -> Path | None:
    """Where the model lies on disk, fetched if need be; None at once if the hub cannot be reached.

    The library alone would try again for more than a minute before giving up.
    """
    from huggingface_hub import HfApi, snapshot_download  # noqa: PLC0415 - rarely needed

    try:
        return Path(snapshot_download(model, local_files_only=True))
    except (OSError, ValueError):
        if os.environ.get("HF_HUB_OFFLINE") == "1":
            return None
    try:
        HfApi().model_info(model, timeout=_HUB_SECONDS)
        return Path(snapshot_download(model))
    except Exception as error:  # its HTTP library differs by release; every failure means the same
        log.info("The hub did not answer for %s: %s", model, type(error).__name__)
        return None
