"""Choosing and marking a snippet: pure, and true of whatever is written."""

from __future__ import annotations

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.search.hits import mark, snippet


@settings(max_examples=50)
@given(st.text(max_size=200))
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
