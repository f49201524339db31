"""Stores a byte per number of a vector, and finds the nearest articles by them; signs select candidates.

A product of all bytes of a million vectors takes 0.6 s of CPU in numpy, the comparison of
their signs 0.04 (decision 38).
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warehouse.embed.encoder import Vectors
from warehouse.embed.vectors import column_of_vectors
from warehouse.rounding import six_decimals
from warehouse.store.db import transaction

Ids = npt.NDArray[np.int64]
Signs = npt.NDArray[np.uint64]

CANDIDATES = 50  # for each article wanted: see docs/decisions/0029
_BATCH_ARTICLES = 10_000

_TO_ENCODE = """
SELECT v.article_id, v.text_hash, v.vector FROM store.vectors AS v
WHERE v.model = $model AND NOT EXISTS (
    FROM store.search_codes AS c WHERE c.article_id = v.article_id AND c.model = v.model
        AND c.text_hash = v.text_hash
)
"""
_SAVE = """
INSERT OR REPLACE INTO store.search_codes (article_id, model, text_hash, numbers)
SELECT article_id, $model, text_hash, numbers FROM encoded
"""


def encode_pending(con: duckdb.DuckDBPyConnection, model: str) -> int:
    """Encodes every vector of the model that is new or changed; returns how many."""
    done = 0
    # One query that is read beside the writing: a query for each batch would scan all vectors each time.
    with con.cursor() as reading:
        for batch in reading.execute(_TO_ENCODE, {"model": model}).to_arrow_reader(_BATCH_ARTICLES):
            found = pa.Table.from_batches([batch])
            numbers = to_bytes(column_of_vectors(found["vector"]))
            column = pa.FixedSizeBinaryArray.from_buffers(
                pa.binary(numbers.shape[1]), len(numbers), [None, pa.py_buffer(numbers.tobytes())]
            )
            with transaction(con):
                con.register("encoded", found.drop_columns("vector").append_column("numbers", column))
                con.execute(_SAVE, {"model": model})
                con.unregister("encoded")
            done += len(found)
    return done


def to_bytes(vectors: Vectors) -> npt.NDArray[np.int8]:
    """Returns vectors in integers of -127 to 127, scaled by their largest; cosines keep 2 or 3 digits."""
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=1e-9)
    numbers: npt.NDArray[np.int8] = np.rint(vectors * (127 / largest)).astype(np.int8)
    return numbers


@dataclass(frozen=True, slots=True)
class VectorCodes:
    """The vectors of a model in bytes, (articles, dimension), and their signs, (words, articles).

    `ids` are the articles; `order` sorts them.
    """

    ids: Ids
    order: npt.NDArray[np.intp]
    numbers: npt.NDArray[np.int8]
    signs: Signs

    def nearest(self, vector: Vectors, limit: int, among: Ids | None = None) -> list[tuple[int, float]]:
        """Returns ids and cosines of the articles nearest to a unit vector, of `among` if given."""
        rows = np.arange(len(self.ids)) if among is None else self._rows(among)
        if self.numbers.shape[1] != len(vector) or not len(rows):
            return []
        many = min(len(rows), max(CANDIDATES * limit, 200))
        signs = self.signs if among is None else self.signs[:, rows]
        candidates = rows[
            np.argpartition(_count_different(signs, _signs(vector[None, :])[:, 0]), many - 1)[:many]
        ]
        numbers = self.numbers[candidates].astype(np.float64)
        # einsum uses one thread: for so few rows, starting others takes longer than the sums.
        lengths = np.sqrt(np.einsum("ij,ij->i", numbers, numbers))
        cosines = six_decimals(np.einsum("ij,j->i", numbers, vector.astype(np.float64)) / lengths)
        best = np.lexsort((self.ids[candidates], -cosines))[:limit]
        return list(zip(self.ids[candidates[best]].tolist(), cosines[best].tolist(), strict=True))

    def _rows(self, ids: Ids) -> npt.NDArray[np.intp]:
        """The rows of those articles that have a vector."""
        if not len(self.ids):
            return self.order
        rows = self.order[np.minimum(np.searchsorted(self.ids, ids, sorter=self.order), len(self.ids) - 1)]
        found: npt.NDArray[np.intp] = rows[self.ids[rows] == ids]
        return found


_MAIN_MODEL = "SELECT model FROM store.search_codes GROUP BY model ORDER BY count(*) DESC, model LIMIT 1"
_SIZE = (
    "SELECT count(*), coalesce(max(octet_length(numbers)), 0) FROM store.search_codes WHERE model = $model"
)
_CODES = "SELECT article_id, numbers FROM store.search_codes WHERE model = $model"


def main_model(con: duckdb.DuckDBPyConnection) -> str | None:
    """The model of most vectors that can be searched; None if there are none."""
    row = con.execute(_MAIN_MODEL).fetchone()
    return str(row[0]) if row else None


def load_codes(con: duckdb.DuckDBPyConnection, model: str) -> VectorCodes:
    """Returns the codes of the model: 450 bytes per article of 384 numbers, two seconds for a million."""
    ((many, dimension),) = con.execute(_SIZE, {"model": model}).fetchall()
    ids = np.empty(many, np.int64)
    numbers = np.empty((many, dimension), np.int8)
    signs = np.empty((-(-dimension // 64), many), np.uint64)
    first = 0
    for batch in con.execute(_CODES, {"model": model}).to_arrow_reader(_BATCH_ARTICLES):
        rows = slice(first, first + len(batch))
        fixed = batch["numbers"].cast(pa.binary(dimension))
        ids[rows] = batch["article_id"].to_numpy()
        numbers[rows] = np.frombuffer(fixed.buffers()[1], np.int8).reshape(len(batch), dimension)
        signs[:, rows] = _signs(numbers[rows])
        first += len(batch)
    return VectorCodes(ids, np.argsort(ids), numbers, signs)


def _count_different(signs: Signs, own: Signs) -> npt.NDArray[np.uint16]:
    different = np.zeros(signs.shape[1], np.uint16)
    for of_all, of_own in zip(signs, own, strict=True):
        different += np.bitwise_count(of_all ^ of_own)
    return different


def _signs(numbers: npt.NDArray[np.int8] | Vectors) -> Signs:
    """The signs of each row as a column of 64-bit words, the last padded with zeros."""
    bits = np.packbits(numbers > 0, axis=1)
    padded = np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8)))
    return np.ascontiguousarray(padded.view(np.uint64).T)
