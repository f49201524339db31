"""Summarises stories: a headline, key terms and whole sentences, all taken from their articles.

A story is summarised again when its articles change.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sentencex import segment

from warehouse.embed.vectors import column_of_vectors
from warehouse.extract.page_chrome import is_page_chrome
from warehouse.rounding import six_digits
from warehouse.store.db import rows_table, transaction
from warehouse.stories.similarity import RECENT_DOCUMENTS
from warehouse.stories.terms import TERM_BUCKETS, strip_outlet, surface_words, term_id, words

MAX_SENTENCES = 3
MAX_TERMS = 6
_SENTENCE_WORDS = (7, 60)
_REPEATS = 0.6  # a sentence of which a larger share of words was said before is left out
_NO_LEAD_GENRES = ("newsletter", "opinion", "vendor")
_LONG_TITLE = 140  # a longer headline is an aggregator's list of several
_WHOLE_SENTENCE = re.compile(r"^[\W\d]*[A-Z].*[.!?][\"'\u201d\u2019)]?$", re.DOTALL)

Rarity = Callable[[Sequence[str]], Sequence[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A text of a story that is no copy; `vector` has length 1.

    `is_document`: it is a primary document that another text of the story reports.
    """

    article_id: int
    publisher: str
    genre: str
    title: str
    text: str
    vector: npt.NDArray[np.float32]
    is_document: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StorySummary:
    """The article whose headline is the title, the key terms, and sentences with the article of each.

    `document_id` is the title's article if that is the primary document that the others report.
    """

    article_id: int
    document_id: int | None = None
    key_terms: tuple[str, ...]
    sentences: tuple[tuple[int, str], ...]


def summarise(members: Sequence[Member], rarity: Rarity) -> StorySummary:
    """Returns the summary of a story of these texts, in order of joining; `rarity` weighs folded words."""
    document = next((member for member in members if member.is_document), None)
    lead = document or _most_central(members)
    weights = _word_weights(members, rarity)
    return StorySummary(
        article_id=lead.article_id,
        document_id=document.article_id if document else None,
        key_terms=_key_terms(members, weights),
        sentences=_best_sentences(members, lead, weights),
    )


def _most_central(members: Sequence[Member]) -> Member:
    """Returns the text nearest to those of other publishers, the earliest of equals; some genres last."""
    matrix = np.stack([member.vector for member in members]).astype(np.float64)
    cosines = np.round(np.einsum("ij,kj->ik", matrix, matrix), 4)
    publishers = np.array([member.publisher for member in members])

    def rank(place: int) -> tuple[bool, bool, bool, float, int]:
        member = members[place]
        others = publishers != member.publisher
        central = float(cosines[place, others].mean()) if others.any() else float(cosines[place].mean())
        return (
            member.genre in _NO_LEAD_GENRES,
            len(member.title) > _LONG_TITLE,
            member.title.isupper(),
            -round(central, 6),
            place,
        )

    return members[min(range(len(members)), key=rank)]


def _word_weights(members: Sequence[Member], rarity: Rarity) -> dict[str, float]:
    """Returns the weight of each word: the share of the story's texts with it, times its rarity elsewhere."""
    counts = Counter(word for member in members for word in set(words(f"{member.title} {member.text}")))
    named = sorted(counts)
    return {
        word: six_digits(counts[word] / len(members) * rare)
        for word, rare in zip(named, rarity(named), strict=True)
        if not word[0].isdigit() and counts[word] >= min(2, len(members))
    }


def _key_terms(members: Sequence[Member], weights: dict[str, float]) -> tuple[str, ...]:
    """The words of the headlines with the highest weights, in their most frequent spelling."""
    written: dict[str, Counter[str]] = {}
    for member in members:
        for raw, word in surface_words(strip_outlet(member.title)):
            written.setdefault(word, Counter())[raw] += 1
    best = sorted((word for word in written if word in weights), key=lambda word: (-weights[word], word))
    return tuple(
        min(written[word].items(), key=lambda item: (-item[1], item[0]))[0] for word in best[:MAX_TERMS]
    )


def _best_sentences(
    members: Sequence[Member], lead: Member, weights: dict[str, float]
) -> tuple[tuple[int, str], ...]:
    """Returns the sentences that say most of what the texts share, without repeating each other."""
    candidates = [
        (member.article_id, sentence, set(words(sentence)))
        for member in sorted(
            members, key=lambda member: (member.genre in _NO_LEAD_GENRES, member is not lead)
        )
        if member.genre not in _NO_LEAD_GENRES or member is lead
        for sentence in _sentences(member.text)
    ]
    said, chosen = set(words(lead.title)), list[tuple[int, str]]()
    while candidates and len(chosen) < MAX_SENTENCES:
        fresh = [one for one in candidates if len(one[2] & said) <= _REPEATS * len(one[2])]
        if not fresh:
            break
        best = max(fresh, key=lambda one: _weight_for_length(one[2], said, weights))
        chosen.append(best[:2])
        said |= best[2]
        candidates = fresh
        candidates.remove(best)
    return tuple(chosen)


def _weight_for_length(sentence: set[str], said: set[str], weights: dict[str, float]) -> float:
    """Returns what a sentence adds, for its length. Rounded, as the order of summation in a set varies."""
    return six_digits(sum(weights.get(word, 0.0) for word in sentence - said) / len(sentence) ** 0.5)


def _sentences(text: str) -> list[str]:
    """The whole sentences of a text of a paragraph a line, without headings, page chrome and cut-off ends."""
    found = (" ".join(sentence.split()) for line in text.splitlines() for sentence in segment("en", line))
    least, most = _SENTENCE_WORDS
    return [
        sentence
        for sentence in found
        if least <= sentence.count(" ") + 1 <= most
        and _WHOLE_SENTENCE.match(sentence)
        and not is_page_chrome(sentence)
    ]


COMMIT_EVERY = 2_000  # stories

_CHANGED = """
WITH now AS (
    SELECT m.story_id, max(m.position) AS latest,
        (bit_xor(hash(m.article_id, m.copy_of, a.text_hash, f.genre, d.article_id)) >> 1)::BIGINT
            AS members_hash
    FROM store.story_members AS m
    JOIN store.read_articles AS a ON a.article_id = m.article_id
    LEFT JOIN store.classifications AS f ON f.article_id = m.article_id
    LEFT JOIN story_documents AS d ON d.article_id = m.article_id
    GROUP BY m.story_id
)
SELECT now.story_id, now.members_hash, now.latest
FROM now LEFT JOIN store.story_summaries AS known ON known.story_id = now.story_id
WHERE known.members_hash IS DISTINCT FROM now.members_hash
ORDER BY now.latest, now.story_id
"""
# Any model will do, but the same for all articles: the one that has most vectors.
_MEMBERS = """
WITH best AS (SELECT model FROM store.vectors GROUP BY model ORDER BY count(*) DESC, model LIMIT 1)
SELECT m.story_id, m.article_id, a.publisher, coalesce(f.genre, 'news') AS genre, a.title,
    a.opening AS text, v.vector, d.article_id IS NOT NULL AS is_document
FROM changed AS c
JOIN store.story_members AS m ON m.story_id = c.story_id AND m.copy_of IS NULL
JOIN store.read_articles AS a ON a.article_id = m.article_id
JOIN store.vectors AS v ON v.article_id = m.article_id AND v.model = (FROM best)
LEFT JOIN store.classifications AS f ON f.article_id = m.article_id
LEFT JOIN story_documents AS d ON d.article_id = m.article_id
ORDER BY m.story_id, is_document DESC, m.position
"""
_TERMS = """
SELECT m.position, t."all" FROM store.article_terms AS t
    JOIN store.story_members AS m ON m.article_id = t.article_id
WHERE m.position > $since AND m.position <= $until ORDER BY m.position
"""
_DELETE_EMPTY = """
DELETE FROM store.story_sentences WHERE story_id NOT IN (SELECT story_id FROM store.story_members);
DELETE FROM store.story_summaries WHERE story_id NOT IN (SELECT story_id FROM store.story_members)
"""
_SUMMARIES = pa.schema(
    [
        ("story_id", pa.int64()),
        ("members_hash", pa.int64()),
        ("article_id", pa.int64()),
        ("document_id", pa.int64()),
        ("key_terms", pa.list_(pa.string())),
    ]
)
_SENTENCES = pa.schema(
    [
        ("story_id", pa.int64()),
        ("position", pa.int32()),
        ("article_id", pa.int64()),
        ("sentence", pa.string()),
    ]
)
_SAVE = """
DELETE FROM store.story_sentences WHERE story_id IN (SELECT story_id FROM summaries);
INSERT OR REPLACE INTO store.story_summaries (story_id, members_hash, article_id, document_id, key_terms)
SELECT story_id, members_hash, article_id, document_id, key_terms FROM summaries;
INSERT INTO store.story_sentences (story_id, position, article_id, sentence)
SELECT story_id, position, article_id, sentence FROM sentences
"""


def summarise_stories(con: duckdb.DuckDBPyConnection) -> int:
    """Summarises every story whose articles changed since it was last summarised; returns how many."""
    changed = con.execute(_CHANGED).fetchall()
    if not changed:
        return 0
    for start in range(0, len(changed), COMMIT_EVERY):
        batch = changed[start : start + COMMIT_EVERY]
        frequencies = _WordFrequencies(con, first=batch[0][2], last=batch[-1][2])
        members = _members(con, [story for story, _, _ in batch])
        summaries = {
            story: summarise(members[story], frequencies.rarity_at(latest))
            for story, _, latest in batch
            if story in members
        }
        with transaction(con):
            con.execute(_DELETE_EMPTY)
            _save(con, summaries, {story: members_hash for story, members_hash, _ in batch})
    return len(changed)


def _members(con: duckdb.DuckDBPyConnection, stories: list[int]) -> dict[int, list[Member]]:
    con.register("changed", pa.table({"story_id": pa.array(stories, pa.int64())}))
    table = con.execute(_MEMBERS).to_arrow_table()
    con.unregister("changed")
    vectors = column_of_vectors(table.column("vector"))
    members: defaultdict[int, list[Member]] = defaultdict(list)
    for row, vector in zip(table.drop_columns(["vector"]).to_pylist(), vectors, strict=True):
        members[row.pop("story_id")].append(Member(**row, vector=vector))
    return members


class _WordFrequencies:
    """Returns how many articles up to a story's latest have a word; summaries do not depend on time."""

    def __init__(self, con: duckdb.DuckDBPyConnection, first: int, last: int) -> None:
        """Serves the positions from `first` to `last`."""
        table = con.execute(_TERMS, {"since": first - RECENT_DOCUMENTS, "until": last}).to_arrow_table()
        self._positions = table.column("position").to_numpy()
        lists = table.column("all").combine_chunks()
        self._ids = lists.flatten().to_numpy(zero_copy_only=False)
        self._ends = np.concatenate([[0], np.cumsum(np.diff(lists.offsets.to_numpy()))])
        self._frequency = np.zeros(TERM_BUCKETS, np.int64)
        self._since = self._until = 0  # the rows that are counted

    def rarity_at(self, position: int) -> Rarity:
        """Returns the idf of words among the latest articles at a position. Call in ascending order."""
        until = int(np.searchsorted(self._positions, position, side="right"))
        since = int(np.searchsorted(self._positions, position - RECENT_DOCUMENTS, side="right"))
        np.add.at(self._frequency, self._ids[self._ends[self._until] : self._ends[until]], 1)
        np.subtract.at(self._frequency, self._ids[self._ends[self._since] : self._ends[since]], 1)
        self._since, self._until = since, until
        documents = until - since

        def weigh(words: Sequence[str]) -> Sequence[float]:
            counts = self._frequency[[term_id(word) for word in words]]
            weights: list[float] = np.log((documents + 1) / (counts + 0.5)).tolist()
            return weights

        return weigh


def _save(con: duckdb.DuckDBPyConnection, summaries: dict[int, StorySummary], hashes: dict[int, int]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "story_id": story,
            "members_hash": hashes[story],
            "article_id": summary.article_id,
            "document_id": summary.document_id,
            "key_terms": summary.key_terms,
        }
        for story, summary in summaries.items()
    ]
    sentences = [
        {"story_id": story, "position": place, "article_id": article_id, "sentence": sentence}
        for story, summary in summaries.items()
        for place, (article_id, sentence) in enumerate(summary.sentences, start=1)
    ]
    con.register("summaries", rows_table(rows, _SUMMARIES))
    con.register("sentences", rows_table(sentences, _SENTENCES))
    con.execute(_SAVE)
    con.unregister("summaries")
    con.unregister("sentences")
