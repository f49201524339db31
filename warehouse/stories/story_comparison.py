"""How surely two stories report one event, by their articles as they were compared when grouped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import duckdb
import numpy as np

from warehouse.store.db import to_db
from warehouse.stories.assign import MOMENT, TERM_COLUMNS, document_columns
from warehouse.stories.cluster import PARAMETERS
from warehouse.stories.documents import DAY_S, DocumentColumns, DocumentPairs, Documents, Floats
from warehouse.stories.pair_model import PairModel, load_pair_model
from warehouse.stories.same_event import MOST, SameEvent
from warehouse.stories.similarity import RECENT_DOCUMENTS, PairSimilarity

_NEAREST_SHARE = 0.4  # of the nearest pair in the log-odds of two stories; the rest is the mean of all pairs


_SEEN = f"""
WITH best AS (SELECT model FROM store.vectors GROUP BY model ORDER BY count(*) DESC, model LIMIT 1),
recent AS (
    SELECT t.article_id FROM store.article_terms AS t JOIN store.articles AS a ON a.article_id = t.article_id
    WHERE a.first_seen_at <= $as_of AND {MOMENT} >= $since AND {MOMENT} < $until
    ORDER BY a.first_seen_at DESC, a.article_id DESC LIMIT $recent
)
SELECT a.article_id, a.publisher, a.title, epoch({MOMENT}) / {DAY_S} AS day, v.vector,
    f.genre = 'newsletter' AS is_roundup, {TERM_COLUMNS}
FROM store.article_terms AS t
JOIN store.articles AS a ON a.article_id = t.article_id
JOIN store.vectors AS v ON v.article_id = t.article_id AND v.model = (FROM best)
JOIN store.classifications AS f ON f.article_id = t.article_id
WHERE t.article_id IN (FROM recent) OR t.article_id IN (SELECT unnest($ids::BIGINT[]))
ORDER BY t.article_id IN (FROM recent), a.first_seen_at, a.article_id
"""
_BEFORE = timedelta(days=PARAMETERS.window_days)


def read_comparison(
    con: duckdb.DuckDBPyConnection,
    article_ids: Sequence[int],
    since: datetime,
    until: datetime,
    as_of: datetime,
) -> StoryComparison:
    """Compares stories of these articles, all between `since` and `until`.

    What is rare is counted over all that was grouped then and in the three weeks before, as known at
    `as_of`: the articles on topic of one week are too few to say it.
    """
    parameters = {
        "ids": list(article_ids),
        "since": to_db(since - _BEFORE),
        "until": to_db(until),
        "as_of": to_db(as_of),
        "recent": RECENT_DOCUMENTS,
    }
    return StoryComparison(document_columns(con.execute(_SEEN, parameters).to_arrow_table()))


class StoryComparison:
    """Compares stories by their articles. Statistics are those of all documents given. Pure."""

    def __init__(self, documents: DocumentColumns, model: PairModel | None = None) -> None:
        self._documents = Documents()
        self._documents.add(documents)
        self._row_of = {article_id: row for row, article_id in enumerate(documents.article_ids.tolist())}
        self._similarity = PairSimilarity(
            self._documents,
            word_weight=PARAMETERS.word_weight,
            background_share=PARAMETERS.background_share,
            decay_per_day=PARAMETERS.decay_per_day,
        )
        self._same_event = SameEvent(self._documents, self._similarity, model or load_pair_model())

    def log_odds(self, story: Sequence[int], others: Sequence[Sequence[int]]) -> list[float]:
        """Returns the log-odds that a story reports the event of each of the others, by their article ids.

        Articles that are not among the documents do not count; -4 is given where none is left.
        """
        rows, *groups = (self._rows(one) for one in (story, *others))
        compared = [group for group in groups if rows and group]
        pairs = DocumentPairs(
            moments=np.full(len(rows), len(self._documents) - 1),
            rows=np.array(rows, np.int64),
            sizes=np.full(len(rows), sum(map(len, compared))),
            others=np.array([row for group in compared for row in group] * len(rows), np.int64),
        )
        found = self._log_odds(pairs).reshape(len(rows), -1) if compared else np.empty((0, 0))
        ends = np.cumsum([len(group) for group in compared]).tolist()
        scores = iter([_score(found[:, start:end]) for start, end in zip([0, *ends], ends, strict=False)])
        return [next(scores) if rows and group else -MOST for group in groups]

    def _log_odds(self, pairs: DocumentPairs) -> Floats:
        shared_words = self._similarity.shared_words(pairs)
        similarities = self._similarity.of(pairs, self._documents.cosines(pairs), shared_words)
        return self._same_event.log_odds(pairs, similarities)

    def _rows(self, article_ids: Sequence[int]) -> list[int]:
        return [self._row_of[article_id] for article_id in article_ids if article_id in self._row_of]


def _score(log_odds: Floats) -> float:
    """The log-odds of two stories from those of their pairs of articles."""
    score = _NEAREST_SHARE * log_odds.max() + (1 - _NEAREST_SHARE) * log_odds.mean()
    return round(float(score), 4)
