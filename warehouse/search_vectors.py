"""Finds the articles nearest to a vector: all codes are compared in memory, the best candidates by their whole vectors."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

from warehouse.enrich.embed import Vectors

# Candidates for each article wanted: see docs/decisions/0029.
CANDIDATES = 10

Ids = npt.NDArray[np.int64]

_MODEL = "SELECT model FROM store.search_codes GROUP BY model ORDER BY count(*) DESC, model LIMIT 1"
_CODES = "SELECT article_id, code FROM store.search_codes WHERE model = $model ORDER BY article_id"
_NEAREST = """
SELECT article_id, list_cosine_similarity(vector, $vector::FLOAT[]) AS similarity
FROM store.vectors WHERE model = $model AND article_id IN (SELECT unnest($candidates::BIGINT[]))
ORDER BY similarity DESC, article_id LIMIT $limit
"""


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of all vectors of a model: `ids` ascending, `words` of shape (words a code, articles)."""

    model: str
    ids: Ids
    words: npt.NDArray[np.uint64]


def main_model(con: duckdb.DuckDBPyConnection) -> str | None:
    """The model that most articles are coded by."""
    row = con.execute(_MODEL).fetchone()
    return str(row[0]) if row else None


def load_codes(con: duckdb.DuckDBPyConnection, model: str) -> Codes:
    """The codes of the model: 48 bytes an article for 384 numbers a vector, a tenth of a second for a million."""
    found = con.execute(_CODES, {"model": model}).to_arrow_table()
    ids: Ids = found["article_id"].to_numpy()
    joined = b"".join(found["code"].to_pylist())
    bytes_ = np.frombuffer(joined, np.uint8).reshape(len(ids), -1) if len(ids) else np.zeros((0, 8), np.uint8)
    return Codes(model, ids, _as_words(bytes_))


def nearest(
    con: duckdb.DuckDBPyConnection, codes: Codes, vector: Vectors, limit: int, among: Ids | None = None
) -> list[tuple[int, float]]:
    """The ids of the `limit` articles nearest to the unit vector, of those `among` if given, with cosines, nearest first."""
    where = slice(None) if among is None else _places(codes.ids, among)
    ids, words = codes.ids[where], codes.words[:, where]
    own = _as_words(np.packbits(vector > 0)[None, :])
    if words.shape[0] != own.shape[0] or not len(ids):
        return []
    differing = np.zeros(len(ids), np.uint16)
    for of_all, mine in zip(words, own[:, 0], strict=True):
        differing += np.bitwise_count(of_all ^ mine)
    many = min(len(ids), max(CANDIDATES * limit, 200))
    candidates = ids[np.argpartition(differing, many - 1)[:many]]
    asked = {"vector": vector.tolist(), "model": codes.model, "candidates": candidates.tolist(), "limit": limit}
    return con.execute(_NEAREST, asked).fetchall()


def _places(ids: Ids, among: Ids) -> npt.NDArray[np.intp]:
    places = np.searchsorted(ids, among)
    places[places == len(ids)] = 0
    known: npt.NDArray[np.intp] = places[ids[places] == among] if len(ids) else places[:0]
    return known


def _as_words(bytes_: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Rows of bytes as columns of 64-bit words, the last filled up with zeros."""
    missing = -bytes_.shape[1] % 8
    filled = np.ascontiguousarray(np.pad(bytes_, ((0, 0), (0, missing)))).view(np.uint64)
    return np.ascontiguousarray(filled.T)
