"""Reads the stories that threads can join: those on topic or near it."""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import suppress
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array

from warehouse.embed.vectors import column_of_vectors
from warehouse.stories.assign import MOMENT
from warehouse.stories.documents import DAY_S
from warehouse.threads.profiles import Rows, Stories, StoryFacts

_TEXTS_OF_A_STORY = 30
_FIRMS = ("ai_lab", "chipmaker", "platform", "arms_maker", "autonomy_maker", "surveillance_firm")
# Instruments that one matter has and another has not; a rule of the CFR or a standard is named in many.
_KINDS = (
    *("us_bill", "state_bill", "uk_bill", "court_case", "docket", "rin", "executive_order", "eccn"),
    *("eu_proposal", "celex", "un_symbol", "uk_instrument", "omb_memo", "public_law", "fr_citation"),
)
_NEAR = f"""
CREATE OR REPLACE TEMP TABLE thread_texts AS
SELECT m.story_id, m.article_id, {MOMENT} AS moment
FROM store.story_members AS m JOIN store.articles AS a ON a.article_id = m.article_id
WHERE m.copy_of IS NULL
    AND m.story_id IN (SELECT story_id FROM story_desks WHERE is_primary AND on_topic >= near_topic_from())
QUALIFY row_number() OVER (PARTITION BY m.story_id ORDER BY m.position) <= $most
"""
_TEXTS = f"""
WITH best AS (SELECT model FROM store.vectors GROUP BY model ORDER BY count(*) DESC, model LIMIT 1)
SELECT x.story_id, x.article_id, epoch(x.moment) / {DAY_S} AS day, v.vector, t.headline_words, t.headline,
    t."all"
FROM thread_texts AS x
JOIN store.vectors AS v ON v.article_id = x.article_id AND v.model = (FROM best)
JOIN store.article_terms AS t ON t.article_id = x.article_id
ORDER BY x.story_id, x.article_id
"""
_NAMED = """
SELECT x.story_id, e.entity_id, e.kind, bool_or(e.in_title)
FROM thread_texts AS x JOIN store.article_entities AS e ON e.article_id = x.article_id
GROUP BY ALL ORDER BY ALL
"""
_INSTRUMENTS = """
SELECT DISTINCT x.story_id, concat_ws(' ', i.kind, i.number)
FROM thread_texts AS x JOIN article_instruments AS i ON i.article_id = x.article_id
WHERE list_contains($kinds, i.kind) ORDER BY ALL
"""
_REGISTER = """
SELECT x.story_id, r.title, r.lead, x.moment
FROM thread_texts AS x JOIN store.read_articles AS r ON r.article_id = x.article_id
WHERE r.publisher = 'Federal Register' OR x.article_id IN (SELECT article_id FROM store.register_documents)
ORDER BY x.story_id, x.article_id
"""
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DAY = re.compile(rf"\b({'|'.join(_MONTHS)}) (\d{{1,2}}), (20\d\d)\b")
# A round of listings: its title is that of all the others, and each is a matter of its own.
_LIST_ROUND = re.compile(
    r"\b(?:additions?|revisions?|removals?)\b.*\blist\b|\blist additions\b", re.IGNORECASE
)
_PROCEDURAL = re.compile(r"\b(?:correction|clarification)s?\b", re.IGNORECASE)
# What is done to an earlier document: its object may be named in other words there.
_STEP = re.compile(
    r"\b(?:corrections?|clarifications?|extensions?|extending|reopening|amend(?:ment|ing)s?|updates?|revised"
    r"|suspension|revocation|rescission|withdrawal)\b",
    re.IGNORECASE,
)


def read_stories(con: duckdb.DuckDBPyConnection) -> Stories:
    """Returns all stories on topic or near it, in order of their ids; of a long one the first 30 texts."""
    con.execute(_NEAR, {"most": _TEXTS_OF_A_STORY})
    table = con.execute(_TEXTS).to_arrow_table()
    story_of = table.column("story_id").to_numpy()
    story_ids, firsts, sizes = np.unique(story_of, return_index=True, return_counts=True)
    row_of = np.arange(len(story_ids)).repeat(sizes)
    days = table.column("day").to_numpy()
    facts = _read_facts(con)
    vectors = np.zeros((len(story_ids), 0), np.float32)
    if len(story_ids):
        vectors = np.add.reduceat(column_of_vectors(table.column("vector")), firsts)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    terms = _term_matrices(table, row_of, len(story_ids))
    return Stories(
        facts=[
            StoryFacts(
                story_id=story,
                first_day=float(days[start : start + size].min()),
                last_day=float(days[start : start + size].max()),
                **facts[story],
            )
            for story, start, size in zip(story_ids.tolist(), firsts.tolist(), sizes.tolist(), strict=True)
        ],
        vectors=vectors,
        title_words=terms["headline_words"],
        title_terms=terms["headline"],
        terms=terms["all"],
    )


def _term_matrices(table: pa.Table, row_of: Rows, stories: int) -> dict[str, csr_array]:
    """By column of the table: 1 where a text of a story has the term. The terms stand in order."""
    lists = {name: table.column(name).combine_chunks() for name in ("headline_words", "headline", "all")}
    encoded = pa.concat_arrays([column.flatten() for column in lists.values()]).dictionary_encode()
    order = np.argsort(encoded.dictionary.to_numpy())
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order))
    ids = place[encoded.indices.to_numpy()]
    matrices, start = {}, 0
    for name, column in lists.items():
        rows = row_of.repeat(np.diff(column.offsets.to_numpy()))
        its = ids[start : start + len(rows)]
        start += len(rows)
        matrix = csr_array((np.ones(len(rows)), (rows, its)), shape=(stories, max(len(order), 1)))
        matrix.sum_duplicates()
        matrix.data[:] = 1.0
        matrices[name] = matrix
    return matrices


def _read_facts(con: duckdb.DuckDBPyConnection) -> dict[int, dict[str, Any]]:
    sets: defaultdict[int, defaultdict[str, set[Any]]] = defaultdict(lambda: defaultdict(set))
    for story, entity, kind, in_title in con.execute(_NAMED).fetchall():
        sets[story]["named"].add(entity)
        if in_title:
            group = "firms" if kind in _FIRMS else "places" if kind == "us_state" else "bodies"
            sets[story][group].add(entity)
    for story, instrument in con.execute(_INSTRUMENTS, {"kinds": list(_KINDS)}).fetchall():
        sets[story]["instruments"].add(instrument)
    facts: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    for story, title, lead, moment in con.execute(_REGISTER).fetchall():
        facts[story]["is_register"] = True
        if _LIST_ROUND.search(title) and not _PROCEDURAL.search(title):
            facts[story]["is_list_round"] = True
        if _STEP.search(title):
            facts[story]["is_step"] = True
        sets[story]["published_days"].add(moment.date())
        sets[story]["cited_days"].update(cited_days(lead))
    for story, groups in sets.items():
        facts[story] |= {name: frozenset(found) for name, found in groups.items()}
    return facts


def cited_days(text: str) -> set[date]:
    """The days written out in a text, as the register cites an earlier document."""
    days = set()
    for month, day, year in _DAY.findall(text):
        with suppress(ValueError):  # June 31
            days.add(date(int(year), _MONTHS.index(month) + 1, int(day)))
    return days
