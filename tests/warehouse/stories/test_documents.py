"""The matrix of the terms of documents: rows are added, taken and compared."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.stories.documents import TermMatrix, term_matrix

ROWS = st.lists(st.sets(st.integers(0, 200_000), max_size=12).map(sorted), min_size=1, max_size=8)


@settings(max_examples=40)
@given(st.lists(ROWS, min_size=1, max_size=3), st.data())
def test_rows_are_taken_as_they_were_appended(blocks: list[list[list[int]]], data: st.DataObject) -> None:
    matrix, rows = TermMatrix(), [row for block in blocks for row in block]
    for block in blocks:
        matrix.append(term_matrix([np.array(row, np.int32) for row in block]))
    wanted = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=10))
    taken = matrix.take(np.array(wanted, np.int64))
    assert taken.indices.tolist() == [term for row in wanted for term in rows[row]]
    assert taken.data.tolist() == [1] * taken.nnz
    assert matrix.sizes(np.array(wanted, np.int64)).tolist() == [len(rows[row]) for row in wanted]
    assert matrix.between(0, len(rows)).tolist() == [term for row in rows for term in row]
    assert [matrix[row].tolist() for row in wanted] == [rows[row] for row in wanted]


def test_matrix_that_outgrows_its_memory_keeps_its_rows() -> None:
    matrix = TermMatrix()
    rows = [np.arange(start, start + 50, dtype=np.int32) for start in range(2_000)]
    for row in rows:
        matrix.append(term_matrix([row]))
    assert all(np.array_equal(matrix[place], row) for place, row in enumerate(rows))
