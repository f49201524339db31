"""Turns text into vectors: by the bundled model, without torch, or by any of sentence-transformers.

The bundled model also answers three questions of an article, by heads that were trained on labelled articles
(docs/model-cards/article-heads.md). Loads a model only when there is something to embed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from warehouse.errors import ModelError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

DEFAULT_MODEL = "all-MiniLM-L6-v2"
BATCH_TEXTS = 32
LEAD_CHARS = 300
MAX_TOKENS = 256  # sentence_bert_config.json of the default model
# What benchmarks/export_model.py wrote; docs/model-cards/all-minilm-l6-v2.md.
SHIPPED = Path(__file__).resolve().with_name("model")
SHIPPED_SHA256 = {
    "model.onnx": "7b54d4e8f1cda7d52543e884bebb71adc57fab0fae0a893434f1f76fa5862e24",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}

# The columns of the heads' outputs: log-odds of the labels of the taxonomy, in its order; of being at least
# of importance 1, 2 and 3; and of the genres, in the order of genre.py.
DESK_ODDS, IMPORTANCE_ODDS, GENRE_ODDS = slice(0, 4), slice(4, 7), slice(7, 17)
HEAD_OUTPUTS = 17

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model makes of texts: unit vectors (texts, dimension) and the heads' outputs, both float32.

    `head_outputs` is (texts, HEAD_OUTPUTS), or (texts, 0) for a model without heads.
    """

    vectors: Vectors
    head_outputs: Vectors


class Embedder(Protocol):
    """Turns texts into unit vectors; `model` is name@revision and is stored beside each vector."""

    @property
    def model(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32, shape (len(texts), dimension), in the order of the texts."""
        ...


def load_embedder(name: str = DEFAULT_MODEL) -> Embedder:
    """The embedder of a model by name or folder; ModelError says what to do if its files are not there."""
    return QuantisedEmbedder() if name == DEFAULT_MODEL else SentenceTransformerEmbedder(name)


@runtime_checkable
class HasHeads(Protocol):
    """An embedder that also says what the trained heads make of texts."""

    def read(self, texts: Sequence[str]) -> Reading: ...


def read_articles(embedder: Embedder, texts: Sequence[str]) -> Reading:
    """Returns the vectors of texts, and what the heads say of them if the embedder has heads."""
    if isinstance(embedder, HasHeads):
        return embedder.read(texts)
    vectors = embedder.encode(texts)
    return Reading(vectors, np.empty((len(texts), 0), np.float32))


def text_to_embed(title: str, summary: str) -> str:
    """Returns what of an article is embedded: headline and lead. More text makes boilerplate dominate."""
    return f"{title}. {summary[:LEAD_CHARS]}" if summary else title


class QuantisedEmbedder:
    """The default model with 8-bit weights: the same bits in any batch, without torch.

    It is another model than the one it is made of, by name as well: their vectors
    (mean cosine .993) are never mixed.
    """

    model = f"{DEFAULT_MODEL}-int8@{SHIPPED_SHA256['model.onnx'][:12]}"

    def __init__(self, folder: Path = SHIPPED) -> None:
        """Checks (in 50 ms) that the files are those of this release; other files give other vectors."""
        self._folder = folder
        for name, expected in SHIPPED_SHA256.items():
            if _sha256(folder / name) != expected:
                raise ModelError(
                    str(folder / name),
                    "is missing or is not the file of this release (its SHA-256 differs). Install again: "
                    "pip install --force-reinstall --no-deps watchfloor",
                )

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Returns unit vectors, float32, (len(texts), dimension). The first call loads the model (1 s)."""
        return self._run(texts, ("vector",))[0]

    def read(self, texts: Sequence[str]) -> Reading:
        """Returns the vectors and what the trained heads say of the texts, for half as much work again."""
        return Reading(*self._run(texts, ("vector", "heads")))

    def _run(self, texts: Sequence[str], outputs: Sequence[str]) -> list[Vectors]:
        session, tokenizer = self._loaded
        distinct = {
            text: row for row, text in enumerate(dict.fromkeys(texts))
        }  # wires are printed word for word
        rows = [np.array(encoding.ids, np.int64) for encoding in tokenizer.encode_batch(list(distinct))]

        # One text a core: nothing is padded and no core waits for another.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            made = list(pool.map(lambda ids: session.run(list(outputs), {"ids": ids}), rows))
        if not made:
            return [np.empty((0, 0), np.float32) for _ in outputs]
        order = [distinct[text] for text in texts]
        return [np.stack(column).astype(np.float32, copy=False)[order] for column in zip(*made, strict=True)]

    @cached_property
    def _loaded(self) -> tuple[InferenceSession, Tokenizer]:
        import onnxruntime
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_TOKENS)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        # This level joins each product with its quantisation: a tenth faster than the one below.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        graph = self._folder / "model.onnx"
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"]), tokenizer


class SentenceTransformerEmbedder:
    """A sentence-transformers model by name or folder, as it comes; the reference for the quantised one."""

    def __init__(self, name: str) -> None:
        """Finds the model's files, so that it can be named. Raises ModelError with the next step."""
        if importlib.util.find_spec("sentence_transformers") is None:
            raise ModelError(
                name,
                "needs sentence-transformers: pip install 'watchfloor[models]'. "
                "Without WATCHFLOOR_EMBEDDING_MODEL the model that comes with Watchfloor is used.",
            )
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
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name))
    except (HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise ModelError(
            name,
            "is neither a folder nor a model that can be downloaded. Set WATCHFLOOR_EMBEDDING_MODEL to a "
            "folder with its files.",
        ) from error


def _revision(folder: Path) -> str:
    """Twelve hex digits over the weights: the same name with other weights is another model."""
    weights = sorted(folder.rglob("*.safetensors")) or sorted(folder.rglob("*.bin"))
    if not weights:
        raise ModelError(
            str(folder),
            "has no weights (*.safetensors or *.bin). Set WATCHFLOOR_EMBEDDING_MODEL to a folder with them.",
        )
    digest = hashlib.sha256()
    for path in weights:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _sha256(path: Path) -> str | None:
    """None if there is no such file."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
