"""Reading a query: pure, and true of whatever is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.search.query_syntax import MAX_PIECES, Filter, Query, parse_query

WILD = st.text(max_size=200)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Entity List HBM", Query(words="Entity List HBM")),
        (
            '"Entity List" HBM',
            Query(words="Entity List HBM", filters=(Filter(field="phrase", value="Entity List"),)),
        ),
        (
            "chips -nvidia",
            Query(words="chips", filters=(Filter(field="phrase", value="nvidia", negated=True),)),
        ),
        ("title:huawei", Query(words="huawei", filters=(Filter(field="title", value="huawei"),))),
        (
            "-desk:regulation x",
            Query(words="x", filters=(Filter(field="desk", value="regulation", negated=True),)),
        ),
        (
            'publisher:"New York Times"',
            Query(words="", filters=(Filter(field="publisher", value="New York Times"),)),
        ),
        ("https://a.example", Query(words="https://a.example")),
        ("15 U.S.C. 4801: what?", Query(words="15 U.S.C. 4801: what?")),
        (
            '"never closed',
            Query(words="never closed", filters=(Filter(field="phrase", value="never closed"),)),
        ),
        ('- "" :', Query(words="- :")),
    ],
)
def test_query_is_read(typed: str, expected: Query) -> None:
    assert parse_query(typed) == expected


def test_page_pasted_by_mistake_is_cut_and_said() -> None:
    query = parse_query("word " * 500)
    assert len(query.words.split()) == MAX_PIECES
    assert "only the first" in query.notes[0]


@given(WILD)
def test_every_query_is_read(typed: str) -> None:
    assert isinstance(parse_query(typed), Query)
