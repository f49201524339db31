"""A synthetic corpus of any size for measuring search: classified and grouped texts with vectors. Seeded.

Lengths, shares and counts are those of 9,414 articles of 120 recorded feeds: 13 words a title, 65 a summary,
a text of 215 words in 22 %, 1.6 names an article; words by Zipf's law over a vocabulary that keeps growing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.classify.taxonomy import load_taxonomy
from warehouse.extract.entities import load_gazetteer
from warehouse.store.db import transaction

MODEL = "synthetic@1"
DIMENSION = 384
START = datetime.fromisoformat("2024-01-01")  # naive UTC, as it is stored
WEEKS = 130
_CHUNK = 20_000
_SOURCES = 200
_COMMON = "the of to and in a for is on that with as by are from at".split()
_SHARES = [0.05, 0.05, 0.1, 0.8]  # of the desks, off_topic last
_SYLLABLES = (
    "ba ce di fo gu ha ji ko la me ni po qua re si tu va wo xe yo za bri cla dro fle gra pli sta tre".split()
)


def vocabulary(size: int) -> np.ndarray:
    """Different pronounceable words, the most common ones shortest."""
    rng = np.random.default_rng(3)
    syllables = np.array(_SYLLABLES)[rng.integers(0, len(_SYLLABLES), (2 * size, 5))]
    lengths = 2 + np.arange(2 * size) // (size // 2 + 1)
    made = dict.fromkeys("".join(row[:many]) for row, many in zip(syllables, lengths, strict=True))
    return np.array(list(made)[:size])


def fill(con: duckdb.DuckDBPyConnection, articles: int) -> None:
    """Fills an empty warehouse: articles, vectors, stories, classifications, entities, weekly fetches."""
    rng = np.random.default_rng(1)
    words = pa.array([*_COMMON, *vocabulary(min(400_000, 50_000 + articles // 4))])
    weights = np.concatenate(
        [np.full(len(_COMMON), 1.0), 6 / np.arange(10, len(words) - len(_COMMON) + 10) ** 1.05]
    )
    cumulative = np.cumsum(weights) / weights.sum()
    everyone, subjects = _unit(rng, 1), _unit(rng, 40)
    con.execute(_FEEDS, {"sources": _SOURCES})
    con.execute(_FETCHES, {"sources": _SOURCES, "weeks": WEEKS, "start": START})
    con.execute("INSERT INTO store.embedding_models VALUES ($1, 'synthetic', '1', $2)", [MODEL, DIMENSION])
    for first in range(0, articles, _CHUNK):
        many = min(_CHUNK, articles - first)
        with transaction(con):
            con.register("made", _made(rng, words, cumulative, first, many, articles))
            con.register("vectors", _vectors(rng, everyone, subjects, first, many))
            for statement in _STORE:
                con.execute(statement)
            con.unregister("made")
            con.unregister("vectors")
    con.execute("CHECKPOINT")


def _made(
    rng: np.random.Generator, words: pa.Array, cumulative: np.ndarray, first: int, many: int, of: int
) -> pa.Table:
    def texts(lengths: np.ndarray) -> pa.Array:
        drawn = words.take(pa.array(np.searchsorted(cumulative, rng.random(lengths.sum()))))
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), drawn), " ")

    entities = load_gazetteer().entities
    named = rng.poisson(1.6, many)
    chosen = np.minimum(rng.zipf(1.3, named.sum()) - 1, len(entities) - 1)
    offsets = np.concatenate([[0], np.cumsum(named)]).astype(np.int32)
    seconds = (first + np.arange(many)) / of * WEEKS * 7 * 86_400
    moments = pa.array([START + timedelta(seconds=float(second)) for second in seconds], pa.timestamp("us"))
    return pa.table(
        {
            "number": np.arange(first, first + many),
            "article_id": _ids(first, many),
            "title": texts(rng.integers(6, 21, many)),
            "summary": texts(rng.integers(20, 111, many)),
            "text": texts(np.where(rng.random(many) < 0.22, rng.integers(80, 351, many), 0)),
            "moment": moments,
            "source": rng.integers(0, _SOURCES, many),
            "story_id": _ids(first, many)[
                np.maximum(0, np.arange(many) - (rng.random(many) < 0.4) * rng.integers(1, 50, many))
            ],
            "desk": np.array(load_taxonomy().labels)[rng.choice(len(_SHARES), many, p=_SHARES)],
            "entities": pa.ListArray.from_arrays(
                pa.array(offsets), pa.array([entities[one].id for one in chosen])
            ),
        }
    )


def _ids(first: int, many: int) -> np.ndarray:
    numbers = np.arange(first + 1, first + many + 1, dtype=np.uint64)
    return ((numbers * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(1)).astype(np.int64)


def _vectors(
    rng: np.random.Generator, everyone: np.ndarray, subjects: np.ndarray, first: int, many: int
) -> pa.Table:
    """Vectors of events of four articles: subject, event and article weigh as in synthetic_stories.py."""
    kernels = _unit(rng, many // 4 + 1)[rng.integers(0, many // 4 + 1, many)]
    made = (
        0.32 * everyone
        + 0.5 * subjects[rng.integers(0, len(subjects), many)]
        + 0.63 * kernels
        + 0.5 * _unit(rng, many)
    )
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    column = pa.FixedSizeListArray.from_arrays(pa.array(made.astype(np.float32).reshape(-1)), DIMENSION)
    return pa.table({"article_id": _ids(first, many), "vector": column})


def _unit(rng: np.random.Generator, many: int) -> np.ndarray:
    vectors = rng.standard_normal((many, DIMENSION), np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


_FEEDS = """
INSERT INTO store.sources
SELECT 'feed-' || n, 'Feed ' || n, 'Publisher ' || n // 2, 'https://feed-' || n || '.example/rss', 'news',
    'INT', 'en'
FROM range($sources) AS r(n)
"""
_FETCHES = """
INSERT INTO store.fetches (fetch_id, source_id, fetched_at, outcome, http_status, entries_new,
    entries_updated, entries_unchanged, entries_rejected, elapsed_s, message)
SELECT n * 1000 + w, 'feed-' || n, $start + INTERVAL (w) WEEK, 'ok', 200, 1, 0, 1, 0, 0.1, ''
FROM range($sources) AS r(n), range($weeks) AS s(w)
"""
_STORE = (
    """
    INSERT INTO store.articles (article_id, source_id, publisher, url, title, summary, text, language,
        published_at, date_status, first_seen_at, updated_at, text_hash, stated_at)
    SELECT article_id, 'feed-' || source, 'Publisher ' || source // 2,
        'https://feed-' || source || '.example/' || number, title, summary, text, 'en', moment, 'ok', moment,
        moment, number, moment FROM made
    """,
    "INSERT INTO store.vectors (article_id, model, text_hash, vector) "
    f"SELECT v.article_id, '{MODEL}', number, vector FROM vectors AS v JOIN made USING (article_id)",
    "INSERT INTO store.stories (story_id, created_at, creation_order) "
    "SELECT story_id, min(moment), min(number) FROM made GROUP BY story_id",
    "INSERT INTO store.story_members (article_id, story_id, position, similarity, copy_of) "
    "SELECT article_id, story_id, number, 1.0, NULL FROM made",
    "INSERT INTO store.classifications (article_id, text_hash, method, genre) "
    "SELECT article_id, number, 'synthetic', 'news' FROM made",
    "INSERT INTO store.article_desks (article_id, desk, score, is_primary, reasons) "
    "SELECT article_id, desk, 0.9, TRUE, 'synthetic' FROM made",
    "INSERT INTO store.article_topics SELECT article_id, desk, desk || '_' || number % 6, 0.9, 'synthetic' "
    "FROM made WHERE desk <> 'off_topic'",
    "INSERT INTO store.extractions SELECT article_id, 'entities', number, 'synthetic' FROM made",
    """
    INSERT INTO store.article_entities
    SELECT article_id, entity, entity, 'firm', NULL, NULL, entity, 1, FALSE
    FROM (SELECT article_id, unnest(list_distinct(entities)) AS entity FROM made)
    """,
)
