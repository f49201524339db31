"""Embedding: one vector an article and model, only what is new or changed, whatever interrupts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest
from fakes import HashEmbedder, article, save, silent

from sources.model import ParsedFeed
from warehouse.embed import vectors as module
from warehouse.embed.encoder import LEAD_CHARS, SentenceTransformerEmbedder, Vectors, text_to_embed
from warehouse.embed.vectors import column_of_vectors, embed_pending
from warehouse.errors import ModelError
from warehouse.store.articles import save_articles

SEVEN = [article(f"Headline number {number}", f"Lead {number}.") for number in range(7)]


class Recorder(HashEmbedder):
    """Remembers what it embedded; fails before the batch that contains `fatal`."""

    def __init__(self, fatal: str = "", name: str = "hash@1") -> None:
        self.asked: list[str] = []
        self.fatal = fatal
        self.name = name

    @property
    def model(self) -> str:
        return self.name

    def encode(self, texts: Sequence[str]) -> Vectors:
        if self.fatal and any(self.fatal in text for text in texts):
            raise KeyboardInterrupt
        self.asked += texts
        return super().encode(texts)


def stored(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return con.execute(
        "SELECT article_id, model, text_hash, vector FROM store.vectors ORDER BY ALL"
    ).fetchall()


def test_every_article_gets_the_unit_vector_of_its_text(con: duckdb.DuckDBPyConnection) -> None:
    save(con, *SEVEN)
    assert embed_pending(con, HashEmbedder(), silent) == 7
    table = con.execute("SELECT article_id, vector FROM store.vectors").to_arrow_table()
    matrix = column_of_vectors(table.column("vector"))
    assert matrix.dtype == np.float32
    assert np.allclose(np.linalg.norm(matrix, axis=1), 1)
    texts = {one.article_id: text_to_embed(one.title, one.summary) for one in SEVEN}
    expected = HashEmbedder().encode(
        [texts[article_id] for article_id in table.column("article_id").to_pylist()]
    )
    assert (matrix == expected).all()


def test_second_run_embeds_nothing(con: duckdb.DuckDBPyConnection) -> None:
    save(con, *SEVEN)
    embed_pending(con, HashEmbedder(), silent)
    before, idle = stored(con), Recorder()
    assert embed_pending(con, idle, silent) == 0
    assert (idle.asked, stored(con)) == ([], before)


def test_empty_warehouse_does_not_wake_the_model(con: duckdb.DuckDBPyConnection) -> None:
    idle = Recorder()
    assert embed_pending(con, idle, silent) == 0
    assert idle.asked == []


def test_changed_text_takes_the_place_of_its_old_vector(con: duckdb.DuckDBPyConnection) -> None:
    save(con, *SEVEN)
    embed_pending(con, HashEmbedder(), silent)
    changed = replace(SEVEN[3], title="Quite another headline", text_hash=42)
    save_articles(con, [ParsedFeed(articles=(changed,), rejections=())], changed.first_seen_at)
    again = Recorder()
    assert embed_pending(con, again, silent) == 1
    assert again.asked == ["Quite another headline. Lead 3."]
    assert len(stored(con)) == 7


def test_other_model_keeps_vectors_of_its_own(con: duckdb.DuckDBPyConnection) -> None:
    save(con, *SEVEN)
    embed_pending(con, HashEmbedder(), silent)
    assert embed_pending(con, Recorder(name="hash@2"), silent) == 7
    query = "SELECT model, count(*) FROM store.vectors GROUP BY model ORDER BY model"
    assert con.execute(query).fetchall() == [("hash@1", 7), ("hash@2", 7)]


@pytest.mark.parametrize("batch", [1, 3, 7, 1000])
def test_batch_size_changes_no_vector(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    save(con, *SEVEN)
    monkeypatch.setattr(module, "COMMIT_EVERY", batch)
    embed_pending(con, HashEmbedder(), silent)
    by_id = sorted(SEVEN, key=lambda one: one.article_id)
    expected = HashEmbedder().encode([text_to_embed(one.title, one.summary) for one in by_id])
    assert [row[3] for row in stored(con)] == expected.tolist()


def test_interrupted_run_keeps_its_batches_and_the_next_does_only_the_rest(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_order = [
        replace(one, first_seen_at=one.first_seen_at.replace(minute=n)) for n, one in enumerate(SEVEN)
    ]
    save(con, *in_order)
    monkeypatch.setattr(module, "COMMIT_EVERY", 2)
    with pytest.raises(KeyboardInterrupt):
        embed_pending(con, Recorder(fatal="number 5"), silent)
    assert len(stored(con)) == 4
    resumed = Recorder()
    assert embed_pending(con, resumed, silent) == 3
    assert [text[:17] for text in resumed.asked] == [f"Headline number {number}" for number in (4, 5, 6)]


def test_progress_counts_up_to_the_total(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(con, *SEVEN)
    monkeypatch.setattr(module, "COMMIT_EVERY", 3)
    heard: list[tuple[int, int]] = []
    embed_pending(con, HashEmbedder(), lambda done, total: heard.append((done, total)))
    assert heard == [(0, 7), (3, 7), (6, 7), (7, 7)]


def test_article_without_a_summary_is_embedded_with_the_head_of_its_text(
    con: duckdb.DuckDBPyConnection,
) -> None:
    save(con, article("Title", text="Body " * 100), article("Bare"))
    asked = Recorder()
    embed_pending(con, asked, silent)
    assert sorted(asked.asked) == ["Bare", "Title. " + ("Body " * 100)[:LEAD_CHARS]]


def test_no_vectors_are_an_empty_matrix(con: duckdb.DuckDBPyConnection) -> None:
    table = con.execute("SELECT vector FROM store.vectors").to_arrow_table()
    assert column_of_vectors(table.column("vector")).shape == (0, 0)


@pytest.mark.parametrize("name", ["no-such/model", "not a model at all", "../nowhere"])
def test_model_that_is_nowhere_is_an_error_that_says_what_to_do(name: str) -> None:
    with pytest.raises(ModelError, match="WATCHFLOOR_EMBEDDING_MODEL"):
        SentenceTransformerEmbedder(name)


def test_other_weights_under_the_same_name_are_another_model(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"one")
    first = SentenceTransformerEmbedder(str(tmp_path)).model
    weights.write_bytes(b"two")
    assert SentenceTransformerEmbedder(str(tmp_path)).model != first


def test_folder_without_weights_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="has no weights"):
        SentenceTransformerEmbedder(str(tmp_path))
