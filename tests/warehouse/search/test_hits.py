"""Choosing and marking a snippet: pure, and true of whatever is written."""

from __future__ import annotations

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.search.hits import mark, passage


@settings(max_examples=50)
@given(st.text(max_size=200))
def test_marks_are_added_and_nothing_else_is_changed(macros: duckdb.DuckDBPyConnection, content: str) -> None:
    content = content.replace("*", "")
    ((words, terms),) = macros.execute("SELECT search_words($1), search_terms($1)", [content]).fetchall()
    assert len(words) == len(terms)
    marked = mark(content, words, terms, set(terms))
    assert marked.replace("**", "") == " ".join(content.split())
    assert marked.count("**") == 2 * len(words)


def passage_of(content: str, *wanted: str) -> str:
    words = [word.strip(".") for word in content.split()]
    return passage(content, words, [word.lower() for word in words], set(wanted))


def test_passage_is_of_whole_sentences() -> None:
    content = "Members spoke. " * 30 + "Then lithography came up.\nA vote was held. " + "They left. " * 30
    shown = passage_of(content, "lithography", "vote")
    assert shown.startswith("… Then **lithography** came up. A **vote** was held. They left.")
    assert shown.endswith("They left. …")
    assert len(shown.split()) <= 42


def test_passage_of_one_long_sentence_is_whole() -> None:
    sentence = " ".join(["Words", *["word"] * 60, "one"])
    assert passage_of(f"First. {sentence}. Last.", "one") == f"… {sentence[:-3]}**one**. …"


def test_passage_without_a_term_is_the_beginning_and_of_nothing_nothing() -> None:
    assert passage_of("First it was.\nThen it is.", "none") == "First it was. Then it is."
    assert passage_of("", "none") == ""


@settings(max_examples=50)
@given(st.text("ab .\nA", max_size=400))
def test_passage_is_a_part_of_the_text_whatever_its_sentences(content: str) -> None:
    shown = passage_of(content, "a").removeprefix("… ").removesuffix(" …").replace("**", "")
    assert shown in " ".join(content.split())


def test_passage_of_a_text_without_sentences_begins_before_the_densest_place() -> None:
    words = [*["far"] * 100, "one", "near", "two", *["far"] * 100, "one", *["far"] * 60]
    shown = passage(" ".join(words), words, words, {"one", "two"})
    assert shown.startswith("… far")
    assert "**one** near **two**" in shown
    assert shown.endswith(" …")
