"""Fits what steps told before add to the importance of a story (reports/digest/rank.py), and prints it.

    python benchmarks/fit_told_before.py HOME LAST_WEEK WEEKS

HOME is a home into which the recorded streams were imported and enriched. The other signals keep their
coefficients, and the home's readings are of heads that were trained on most of these labels: what is fitted
is only by how much more often a story of a matter told before is important than rank.py says without it.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.labelled_articles import load_labelled, title_key
from reports.digest.rank import importance, ranked_stories
from reports.week import Week
from warehouse.queries.article_signals import signals_of
from warehouse.queries.earlier_steps import steps_before
from warehouse.queries.week_articles import materialise_counted, watermark, week_articles
from warehouse.store.db import open_warehouse


def main() -> None:
    """Reads, fits and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("home", type=Path)
    parser.add_argument("last_week", type=Week.parse)
    parser.add_argument("weeks", type=int)
    options = parser.parse_args()
    told, odds, important = read(
        options.home, [options.last_week.before(number) for number in range(options.weeks)]
    )
    print("labels by steps told before:", sorted(Counter(told.tolist()).items()))
    weight, error = offset_fit(np.log2(1 + told), odds, important)
    print(f"a doubling {weight:.2f}, standard error {error:.2f}")


def read(
    home: Path, weeks: list[Week]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Returns, by labelled article, steps told before, log-odds without them, and whether it is important."""
    labels = {title_key(one.title): one.importance for one in load_labelled() if one.importance is not None}
    rows = []
    with open_warehouse(home / "warehouse.duckdb") as con:
        as_of = watermark(con, datetime.fromisoformat("9999-01-01T00:00Z"))
        assert as_of is not None, "the home is empty"
        with materialise_counted(con, as_of):
            for week in weeks:
                articles = week_articles(con, week.start, week.end, as_of)
                stories = ranked_stories(articles, signals_of(con, [one.article_id for one in articles]))
                before = steps_before(con, [one.story_id for one in stories], week.start, as_of)
                for story in stories:
                    told = before[story.story_id].counted if story.story_id in before else 0
                    likely = importance(story)
                    rows += [
                        (told, np.log(likely / (1 - likely)), labels[title_key(one.title)] >= 2)
                        for one in story.articles
                        if title_key(one.title) in labels
                    ]
    told_before, odds, important = np.array(rows, dtype=np.float64).T
    return told_before, odds, important


def offset_fit(
    feature: NDArray[np.float64], offset: NDArray[np.float64], important: NDArray[np.float64]
) -> tuple[float, float]:
    """Returns weight and standard error of a feature beside an intercept and a fixed offset, by Newton."""
    table = np.column_stack([np.ones_like(feature), feature])
    weights = np.zeros(2)
    for _ in range(25):
        likely = 1 / (1 + np.exp(-(offset + table @ weights)))
        information = table.T @ (table * (likely * (1 - likely))[:, None])
        weights += np.linalg.solve(information, table.T @ (important - likely))
    return float(weights[1]), float(np.sqrt(np.linalg.inv(information)[1, 1]))


if __name__ == "__main__":
    main()
