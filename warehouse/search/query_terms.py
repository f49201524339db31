"""From the words of a question to the terms that are looked up: near spellings for unknown words, entities for their names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import duckdb

from warehouse.extract.entities import load_gazetteer

# What a document found by another spelling, or by an entity under whatever name, is worth beside one with the very word.
SPELLING_FACTOR = 0.5
ENTITY_FACTOR = 0.7
LONGEST_NAME = 6  # words

_TERMS = "SELECT term, term IN search_stop_words() FROM (SELECT unnest(search_terms($text)) AS term)"
_KNOWN = "SELECT term, sum(documents)::BIGINT FROM store.search_postings WHERE term IN ({}) GROUP BY term"
# Nobody mistypes the first letter of many words, and with it the sorted postings are soon narrowed down.
_NEAR = """
SELECT term, sum(documents)::BIGINT AS documents, any_value(damerau_levenshtein(term, $term)) AS distance
FROM store.search_postings
WHERE term >= $first AND term < $beyond AND length(term) BETWEEN $shortest AND $longest
    AND damerau_levenshtein(term, $term) BETWEEN 1 AND $most
GROUP BY term HAVING documents >= $enough
ORDER BY distance, documents DESC, term LIMIT 3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Terms with their factors, and what was read for what: a near spelling for a word, an entity for a name."""

    terms: dict[str, float]
    spellings: dict[str, tuple[str, ...]]
    entities: dict[str, str]


def find_terms(con: duckdb.DuckDBPyConnection, words: str) -> Wanted:
    """What to look up for these words; nothing where there is no word in them."""
    terms = dict.fromkeys(terms_of(con, words), 1.0)
    spellings = _near_spellings(con, terms)
    near = {term: SPELLING_FACTOR for found in spellings.values() for term in found}
    entities = named_entities(words)
    named = {f"@{entity}": ENTITY_FACTOR for entity in entities}
    return Wanted(terms=named | near | terms, spellings=spellings, entities=entities)


def spelled_out(words: str, wanted: Wanted) -> str:
    """The words with the full names of the entities they name: a model knows the Bureau of Industry and Security, not BIS."""
    names = [name for name in wanted.entities.values() if name.casefold() not in words.casefold()]
    return f"{words} ({', '.join(names)})" if names else words


def terms_of(con: duckdb.DuckDBPyConnection, words: str) -> list[str]:
    """The terms of the words, those in every text left out unless there are no others."""
    every = dict(con.execute(_TERMS, {"text": words}).fetchall())
    return [term for term, is_common in every.items() if not is_common] or list(every)


def named_entities(words: str) -> dict[str, str]:
    """The entities that the words name, by id, each with its name as shown; of overlapping names the longest counts."""
    exact, folded = _names()
    spoken = re.findall(r"[^\s,;?!()\"]+", words)
    found: dict[str, str] = {}
    start = 0
    while start < len(spoken):
        for many in range(min(LONGEST_NAME, len(spoken) - start), 0, -1):
            name = " ".join(spoken[start : start + many])
            if entity := exact.get(name) or folded.get(name.casefold()):
                found[entity[0]] = entity[1]
                start += many
                break
        else:
            start += 1
    return found


def find_entity(name: str) -> str | None:
    """The id of the entity called so, by id or by any of its names."""
    gazetteer = load_gazetteer()
    if any(entity.id == name for entity in gazetteer.entities):
        return name
    every = {alias.casefold(): entity.id for entity in gazetteer.entities for alias in entity.aliases}
    return every.get(name.casefold())


@cache
def _names() -> tuple[dict[str, tuple[str, str]], dict[str, tuple[str, str]]]:
    """Names as written, and in small letters those that cannot be taken for a word: longer than four letters."""
    exact = {alias: (entity.id, entity.name) for entity in load_gazetteer().entities for alias in entity.aliases}
    return exact, {alias.casefold(): entity for alias, entity in exact.items() if len(alias) > 4}


def _near_spellings(con: duckdb.DuckDBPyConnection, terms: Iterable[str]) -> dict[str, tuple[str, ...]]:
    doubtful = [term for term in terms if len(term) >= 4 and term.isalpha()]
    if not doubtful:
        return {}
    marks = ", ".join("?" * len(doubtful))
    known = dict(con.execute(_KNOWN.format(marks), doubtful).fetchall())
    near = {term: _near(con, term, known.get(term, 0)) for term in doubtful if known.get(term, 0) < 3}
    return {term: found for term, found in near.items() if found}


def _near(con: duckdb.DuckDBPyConnection, term: str, documents: int) -> tuple[str, ...]:
    """Up to three terms one letter away, or two from seven letters on, in ten times as many documents."""
    most = 1 if len(term) < 7 else 2
    asked = {
        "term": term,
        "first": term[0],
        "beyond": chr(ord(term[0]) + 1),
        "shortest": len(term) - most,
        "longest": len(term) + most,
        "most": most,
        "enough": max(2, 10 * documents),
    }
    return tuple(near for near, _, _ in con.execute(_NEAR, asked).fetchall())
