"""The quantised default model: near its reference, the same bits in any company, without torch."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from paths import ROOT

from warehouse.embed.encoder import QuantisedEmbedder, SentenceTransformerEmbedder, load_embedder

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


def test_vectors_are_near_those_of_the_reference(embedder: QuantisedEmbedder) -> None:
    cosines = np.sum(embedder.encode(TEXTS) * SentenceTransformerEmbedder().encode(TEXTS), axis=1)
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


def test_quantised_model_has_a_name_of_its_own() -> None:
    assert load_embedder().model != SentenceTransformerEmbedder().model


def test_embedding_needs_no_torch() -> None:
    probe = (
        "import sys; from warehouse.embed.encoder import load_embedder; load_embedder().encode(['one']); "
        "sys.exit(', '.join({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)) or 0)"
    )
    root = ROOT
    done = subprocess.run([sys.executable, "-c", probe], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
