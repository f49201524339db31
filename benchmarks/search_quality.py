"""Measures nDCG@10 of the three search modes on 30 queries with judged answers over the recorded feeds.

    python benchmarks/replay.py --home replay --keep 2000      # makes the snapshot to search
    python benchmarks/search_quality.py [--home replay] [--each]

The first ten hits of all modes were judged together, without knowing which mode had found them, by title and,
where that was short, summary: 3 answers the query, 2 answers a part, 1 mentions it, 0 does not. Half the
queries are for tuning. Hits without a judgement count as 0; their share is printed.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from warehouse.embed.encoder import load_embedder
from warehouse.search.searcher import Mode, Searcher
from warehouse.store.db import open_read_only

JUDGEMENTS = Path(__file__).with_name("search_judgements.jsonl")
DEPTH = 10


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, default=Path("replay"))
    parser.add_argument("--each", action="store_true", help="show every query")
    options = parser.parse_args()
    grades, parts = read_judgements()
    with open_read_only(options.home / "snapshot.duckdb") as con:
        searcher = Searcher(con, load_embedder)
        scores: dict[tuple[str, Mode], list[float]] = defaultdict(list)
        unjudged: list[bool] = []
        for query, known in grades.items():
            line = []
            for mode in Mode:
                ids = [hit.article_id for hit in searcher.search(query, mode, DEPTH).hits]
                unjudged += [id_ not in known for id_ in ids]
                score = ndcg([known.get(id_, 0) for id_ in ids], list(known.values()))
                scores[parts[query], mode].append(score)
                line.append(f"{mode.value} {score:.3f}")
            if options.each:
                print(f"{parts[query]}  {'  '.join(line)}  {query}")
    print("part  " + "  ".join(f"{mode.value:>8}" for mode in Mode))
    for part in ("tune", "test"):
        print(f"{part}  " + "  ".join(f"{statistics.mean(scores[part, mode]):8.3f}" for mode in Mode))
    print(
        "all   "
        + "  ".join(f"{statistics.mean(scores['tune', mode] + scores['test', mode]):8.3f}" for mode in Mode)
    )
    print(f"not judged: {statistics.mean(unjudged):.1%} of the answers")


def read_judgements() -> tuple[dict[str, dict[int, int]], dict[str, str]]:
    """The grades by query and article, and the part of each query."""
    grades: dict[str, dict[int, int]] = defaultdict(dict)
    parts = {}
    for line in JUDGEMENTS.read_text("utf-8").splitlines():
        row = json.loads(line)
        grades[row["query"]][row["article_id"]] = row["grade"]
        parts[row["query"]] = row["part"]
    return grades, parts


def ndcg(found: Sequence[int], all_grades: Sequence[int]) -> float:
    """Jarvelin and Kekalainen's nDCG with gains of 2^grade - 1, over the first ten."""
    best = gain(sorted(all_grades, reverse=True)[:DEPTH])
    return gain(found) / best if best else 0.0


def gain(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))


if __name__ == "__main__":
    main()
