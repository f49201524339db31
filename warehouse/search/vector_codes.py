"""Finds the articles nearest to a vector, by codes in memory: the signs of all are compared, then the numbers of the best."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warehouse.embed.encoder import Vectors
from warehouse.search.postings import Ids

# Candidates for each article wanted: see docs/decisions/0029.
CANDIDATES = 50
_BATCH = 20_000

_MODEL = "SELECT model FROM store.search_codes GROUP BY model ORDER BY count(*) DESC, model LIMIT 1"
_SIZE = "SELECT count(*), coalesce(max(octet_length(numbers)), 0) FROM store.search_codes WHERE model = $model"
_CODES = "SELECT article_id, numbers FROM store.search_codes WHERE model = $model"


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of all vectors of a model: `numbers` of shape (articles, dimension), their signs of shape (words a code, articles).

    `ids` are their articles, `sorted_ids` the same ascending, which stand at the places `sorted_places`.
    """

    model: str
    ids: Ids
    sorted_ids: Ids
    sorted_places: npt.NDArray[np.intp]
    numbers: npt.NDArray[np.int8]
    signs: npt.NDArray[np.uint64]


def rounded(vectors: Vectors) -> npt.NDArray[np.int8]:
    """The vectors in whole numbers of -127 to 127, each scaled by its largest; cosines stay the same to two or three digits."""
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=1e-9)
    numbers: npt.NDArray[np.int8] = np.rint(vectors * (127 / largest)).astype(np.int8)
    return numbers


def main_model(con: duckdb.DuckDBPyConnection) -> str | None:
    """The model that most articles are coded by."""
    row = con.execute(_MODEL).fetchone()
    return str(row[0]) if row else None


def load_codes(con: duckdb.DuckDBPyConnection, model: str) -> Codes:
    """The codes of the model: some 450 bytes an article for 384 numbers a vector, two seconds for a million."""
    ((many, dimension),) = con.execute(_SIZE, {"model": model}).fetchall()
    ids = np.empty(many, np.int64)
    numbers = np.empty((many, dimension), np.int8)
    signs = np.empty((-(-dimension // 64), many), np.uint64)
    first = 0
    for batch in con.execute(_CODES, {"model": model}).to_arrow_reader(_BATCH):
        rows = slice(first, first + len(batch))
        fixed = batch["numbers"].cast(pa.binary(dimension))
        ids[rows] = batch["article_id"].to_numpy()
        numbers[rows] = np.frombuffer(fixed.buffers()[1], np.int8).reshape(len(batch), dimension)
        signs[:, rows] = _signs(numbers[rows])
        first += len(batch)
    order = np.argsort(ids)
    return Codes(model, ids, ids[order], order, numbers, signs)


def nearest(codes: Codes, vector: Vectors, limit: int, among: Ids | None = None) -> list[tuple[int, float]]:
    """The ids of the `limit` articles nearest to the unit vector, of those `among` if given, with cosines, nearest first."""
    places = np.arange(len(codes.ids)) if among is None else _places(codes, among)
    if codes.numbers.shape[1] != len(vector) or not len(places):
        return []
    many = min(len(places), max(CANDIDATES * limit, 200))
    signs = codes.signs if among is None else codes.signs[:, places]
    candidates = places[np.argpartition(_differing(signs, _signs(vector[None, :])[:, 0]), many - 1)[:many]]
    numbers = codes.numbers[candidates].astype(np.float32)
    # One thread: for so few, waking the others costs more than they do.
    lengths = np.sqrt(np.einsum("ij,ij->i", numbers, numbers))
    cosines = np.einsum("ij,j->i", numbers, vector) / lengths
    order = np.lexsort((codes.ids[candidates], -cosines))[:limit]
    return list(zip(codes.ids[candidates[order]].tolist(), cosines[order].tolist(), strict=True))


def _differing(signs: npt.NDArray[np.uint64], own: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint16]:
    differing = np.zeros(signs.shape[1], np.uint16)
    for of_all, mine in zip(signs, own, strict=True):
        differing += np.bitwise_count(of_all ^ mine)
    return differing


def _places(codes: Codes, among: Ids) -> npt.NDArray[np.intp]:
    """Where the articles stand in the codes, those that have one."""
    if not len(codes.ids):
        return codes.sorted_places
    ranks = np.minimum(np.searchsorted(codes.sorted_ids, among), len(codes.ids) - 1)
    places: npt.NDArray[np.intp] = codes.sorted_places[ranks[codes.sorted_ids[ranks] == among]]
    return places


def _signs(numbers: npt.NDArray[np.int8] | Vectors) -> npt.NDArray[np.uint64]:
    """The signs of each row as a column of 64-bit words, the last filled up with zeros."""
    bits = np.packbits(numbers > 0, axis=1)
    filled = np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8)))
    return np.ascontiguousarray(filled.view(np.uint64).T)
