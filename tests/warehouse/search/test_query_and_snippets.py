"""Reading a query and choosing a snippet: pure, and true of whatever is typed or written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.search.hits import mark, snippet
from warehouse.search.query_syntax import MAX_PIECES, Filter, Query, parse_query
from warehouse.search.query_terms import QueryTerms, named_entities, with_entity_names

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


@pytest.fixture(scope="module")
def macros(empty_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(empty_warehouse, read_only=True) as con:
        yield con


@settings(max_examples=50)
@given(WILD)
def test_marks_are_added_and_nothing_else_is_changed(macros: duckdb.DuckDBPyConnection, content: str) -> None:
    content = content.replace("*", "")
    ((words, terms),) = macros.execute("SELECT search_words($1), search_terms($1)", [content]).fetchall()
    assert len(words) == len(terms)
    marked = mark(content, words, terms, set(terms))
    assert marked.replace("**", "") == " ".join(content.split())
    assert marked.count("**") == 2 * len(words)


def test_snippet_begins_before_the_densest_place() -> None:
    words = [*["far"] * 100, "one", "near", "two", *["far"] * 100, "one", *["far"] * 60]
    shown = snippet(" ".join(words), words, words, {"one", "two"})
    assert shown.startswith("… far")
    assert "**one** near **two**" in shown
    assert shown.endswith(" …")


@pytest.mark.parametrize(
    ("content", "terms"),
    [
        ("U.S. policies", ["us", "policy"]),
        ("China's chips, (3A090)", ["china", "s", "chip", "3a090"]),
        ("Élysée & Straße", ["elysee", "straße"]),
        ("中国AI芯片", ["中", "国", "ai", "芯", "片"]),
        ("данные—закон", ["данные", "закон"]),
        ("gas business analyses news", ["gas", "business", "analyse", "new"]),
        ("", []),
    ],
)
def test_words_become_terms(macros: duckdb.DuckDBPyConnection, content: str, terms: list[str]) -> None:
    assert macros.execute("SELECT search_terms($1)", [content]).fetchall() == [(terms,)]


def test_names_of_entities_are_known_in_small_letters_where_they_are_no_word() -> None:
    assert named_entities("bureau of industry and security on huawei") == {
        "bis": "Bureau of Industry and Security",
        "huawei": "Huawei",
    }
    assert named_entities("who is it in us") == {}


def test_model_is_given_the_full_names() -> None:
    terms = QueryTerms(terms={}, spellings={}, entities={"bis": "Bureau of Industry and Security"})
    assert with_entity_names("BIS rule", terms) == "BIS rule (Bureau of Industry and Security)"
    assert with_entity_names("bureau of industry and security", terms) == "bureau of industry and security"
