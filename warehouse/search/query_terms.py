"""Finds the terms for the words of a query: similar spellings for unknown words, entities for names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import duckdb

from warehouse.extract.entities import load_gazetteer

# The weight of a term found by a similar spelling, or of an entity under any of its
# names, beside the word itself.
SPELLING_WEIGHT = 0.5
ENTITY_WEIGHT = 0.7
MAX_NAME_WORDS = 6

_TERMS = "SELECT term, term IN search_stop_words() FROM (SELECT unnest(search_terms($text)) AS term)"
_KNOWN = "SELECT term, sum(documents)::BIGINT FROM store.search_postings WHERE term IN ({}) GROUP BY term"
# Few misspell the first letter of a word, and by it only a part of the sorted postings is read.
_SIMILAR = """
SELECT term, sum(documents)::BIGINT AS documents, any_value(damerau_levenshtein(term, $term)) AS distance
FROM store.search_postings
WHERE term >= $first AND term < $beyond AND length(term) BETWEEN $shortest AND $longest
    AND damerau_levenshtein(term, $term) BETWEEN 1 AND $most
GROUP BY term HAVING documents >= $enough
ORDER BY distance, documents DESC, term LIMIT 3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryTerms:
    """Terms with their weights; the similar spellings by word, and the names of the entities by id."""

    terms: dict[str, float]
    spellings: dict[str, tuple[str, ...]]
    entities: dict[str, str]


def find_terms(con: duckdb.DuckDBPyConnection, words: str) -> QueryTerms:
    """The terms to look up for these words; none if there is no word in them."""
    terms = dict.fromkeys(terms_of(con, words), 1.0)
    spellings = _similar_spellings(con, terms)
    similar = {term: SPELLING_WEIGHT for found in spellings.values() for term in found}
    entities = named_entities(words)
    named = {f"@{entity}": ENTITY_WEIGHT for entity in entities}
    return QueryTerms(terms=named | similar | terms, spellings=spellings, entities=entities)


def with_entity_names(words: str, terms: QueryTerms) -> str:
    """Returns the words with full entity names: the model does not know that BIS is the Bureau."""
    names = [name for name in terms.entities.values() if name.casefold() not in words.casefold()]
    return f"{words} ({', '.join(names)})" if names else words


def terms_of(con: duckdb.DuckDBPyConnection, words: str) -> list[str]:
    """The terms of the words without stop words, unless there are no others."""
    every = dict(con.execute(_TERMS, {"text": words}).fetchall())
    return [term for term, is_common in every.items() if not is_common] or list(every)


def named_entities(words: str) -> dict[str, str]:
    """Returns the entities that the words name, by id, with their names; the longest of overlapping names."""
    exact, folded = _names()
    pieces = re.findall(r"[^\s,;?!()\"]+", words)
    found: dict[str, str] = {}
    start = 0
    while start < len(pieces):
        for length in range(min(MAX_NAME_WORDS, len(pieces) - start), 0, -1):
            name = " ".join(pieces[start : start + length])
            if entity := exact.get(name) or folded.get(name.casefold()):
                found[entity[0]] = entity[1]
                start += length
                break
        else:
            start += 1
    return found


def find_entity(name: str) -> str | None:
    """The id of the entity with this id or name."""
    gazetteer = load_gazetteer()
    if any(entity.id == name for entity in gazetteer.entities):
        return name
    every = {alias.casefold(): entity.id for entity in gazetteer.entities for alias in entity.aliases}
    return every.get(name.casefold())


@cache
def _names() -> tuple[dict[str, tuple[str, str]], dict[str, tuple[str, str]]]:
    """Names as written, and in lower case those that are no word by accident: longer than four letters."""
    exact = {
        alias: (entity.id, entity.name) for entity in load_gazetteer().entities for alias in entity.aliases
    }
    return exact, {alias.casefold(): entity for alias, entity in exact.items() if len(alias) > 4}


def _similar_spellings(con: duckdb.DuckDBPyConnection, terms: Iterable[str]) -> dict[str, tuple[str, ...]]:
    doubtful = [term for term in terms if len(term) >= 4 and term.isalpha()]
    if not doubtful:
        return {}
    marks = ", ".join("?" * len(doubtful))
    known = dict(con.execute(_KNOWN.format(marks), doubtful).fetchall())
    similar = {term: _similar(con, term, known.get(term, 0)) for term in doubtful if known.get(term, 0) < 3}
    return {term: found for term, found in similar.items() if found}


def _similar(con: duckdb.DuckDBPyConnection, term: str, documents: int) -> tuple[str, ...]:
    """Returns up to three terms one letter away (two from seven letters on) in ten times the documents."""
    most = 1 if len(term) < 7 else 2
    values = {
        "term": term,
        "first": term[0],
        "beyond": chr(ord(term[0]) + 1),
        "shortest": len(term) - most,
        "longest": len(term) + most,
        "most": most,
        "enough": max(2, 10 * documents),
    }
    return tuple(similar for similar, _, _ in con.execute(_SIMILAR, values).fetchall())
