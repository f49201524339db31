"""Fits the importance of a story (reports/digest/rank.py) to labels, and prints the coefficients.

    python benchmarks/fit_importance.py HOME HELD_OUT

HOME is a home into which the recorded streams were imported and enriched. HELD_OUT has what the encoder's
heads say of each labelled article while it is held out (train_article_heads.py --folds --cache): what the
home has of it was read by heads that were trained on it. Tested on weeks that were not fitted.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.labelled_articles import load_labelled, title_key
from reports.digest.rank import BINDING_ACTS, MOST_PUBLISHERS, MOST_REPEATS, TALK_GENRES
from warehouse.embed.encoder import DESK_ODDS, IMPORTANCE_ODDS

LEAST_ON_TOPIC = 0.15
FEATURES = "EXPECTED PUBLISHERS REPEATS BINDING TALK".split()
_TEXTS = """
SELECT m.story_id, strftime(a.published_at, '%G-W%V') AS week, a.title, a.publisher, f.genre, f.significance,
    1 - d.score AS on_topic,
    coalesce(list_has_any($binding, list(x.value) FILTER (x.facet = 'act')), FALSE) AS binding
FROM store.articles AS a
JOIN store.story_members AS m ON m.article_id = a.article_id AND m.copy_of IS NULL
JOIN store.classifications AS f ON f.article_id = a.article_id
JOIN store.article_desks AS d ON d.article_id = a.article_id AND d.desk = 'off_topic'
LEFT JOIN store.article_facets AS x ON x.article_id = a.article_id
WHERE a.date_status = 'ok' AND f.genre NOT IN ('opinion', 'newsletter', 'vendor')
GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryText:
    """A text of a story, as read while held out if it is labelled; `importance` is its label or None."""

    publisher: str
    genre: str
    significance: float
    on_topic: float
    binding: bool
    importance: int | None


def main() -> None:
    """Reads, fits and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("home", type=Path)
    parser.add_argument("held_out", type=Path)
    options = parser.parse_args()
    stories = read_stories(options.home / "warehouse.duckdb", np.load(options.held_out))
    table, important, weeks = [], [], []
    for (_, week), texts in stories.items():
        row = features(texts)
        labels = [text.importance for text in texts if text.importance is not None]
        if _pooled([text.on_topic for text in texts]) >= LEAST_ON_TOPIC:
            table += [row] * len(labels)
            important += [label >= 2 for label in labels]
            weeks += [week] * len(labels)
    model = LogisticRegression(max_iter=500)
    held = cross_val_predict(
        model, table, important, groups=weeks, cv=GroupKFold(8), method="decision_function"
    )
    area = roc_auc_score(important, held)
    print(f"{len(table)} labels, {sum(important)} of them 2 or 3; area under ROC {area:.3f}")
    model.fit(table, important)
    print("INTERCEPT", round(float(model.intercept_[0]), 2))
    for name, weight in zip(FEATURES, model.coef_[0], strict=True):
        print(name, round(float(weight), 2))


def read_stories(warehouse: Path, held_out: NDArray[np.float32]) -> dict[tuple[int, str], list[StoryText]]:
    """Returns the texts of each story in each week."""
    expected = (1 / (1 + np.exp(-held_out[:, IMPORTANCE_ODDS]))).sum(1)
    odds = np.exp(held_out[:, DESK_ODDS].astype(np.float64))
    on_topic = 1 - odds[:, -1] / odds.sum(1)
    labelled = {
        title_key(article.title): (float(expected[row]), float(on_topic[row]), article.importance)
        for row, article in enumerate(load_labelled())
        if article.is_real
    }
    with duckdb.connect(warehouse, read_only=True) as con:
        rows = con.execute(_TEXTS, {"binding": list(BINDING_ACTS)}).fetchall()
    stories = defaultdict(list)
    for story_id, week, title, publisher, genre, significance, on, binding in rows:
        read = labelled.get(title_key(title), (significance, on, None))
        stories[story_id, week].append(
            StoryText(
                publisher=publisher,
                genre=genre,
                significance=read[0],
                on_topic=read[1],
                binding=binding,
                importance=read[2],
            )
        )
    return dict(stories)


def features(texts: Sequence[StoryText]) -> list[float]:
    """Returns the features of a story's week, as rank.py computes them."""
    publishers = len({text.publisher for text in texts})
    return [
        _pooled([text.significance for text in texts]),
        float(np.log2(min(publishers, MOST_PUBLISHERS))),
        float(np.log2(min(len(texts) / publishers, MOST_REPEATS))),
        float(any(text.binding for text in texts)),
        float(all(text.genre in TALK_GENRES for text in texts)),
    ]


def _pooled(values: Sequence[float]) -> float:
    return (max(values) + sum(values) / len(values)) / 2


if __name__ == "__main__":
    main()
