"""The terms and the entities of a query."""

from __future__ import annotations

import duckdb
import pytest

from warehouse.search.query_terms import QueryTerms, named_entities, with_entity_names


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
