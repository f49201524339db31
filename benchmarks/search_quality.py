"""nDCG@10 of the three ways to search, on 30 questions with judged answers over the replayed real feeds.

    python benchmarks/replay.py --home replay --keep 2000      # once: the warehouse the questions are asked of
    python benchmarks/search_quality.py [--home replay] [--each]

Judged were the first ten of every mode together, without sight of which had found them, from title and, where that was short, summary: 3 answers the
question, 2 answers a part, 1 touches it, 0 does not. Half the questions are for tuning, half are not. What nobody judged counts as 0;
its share is printed.
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, default=Path("replay"))
    parser.add_argument("--each", action="store_true", help="show every question")
    options = parser.parse_args()
    grades, parts = read_judgements()
    with open_read_only(options.home / "snapshot.duckdb") as con:
        searcher = Searcher(con, load_embedder)
        scores: dict[tuple[str, Mode], list[float]] = defaultdict(list)
        unjudged: list[bool] = []
        for question, known in grades.items():
            line = []
            for mode in Mode:
                ids = [hit.article_id for hit in searcher.search(question, mode, DEPTH).hits]
                unjudged += [id_ not in known for id_ in ids]
                score = ndcg([known.get(id_, 0) for id_ in ids], list(known.values()))
                scores[parts[question], mode].append(score)
                line.append(f"{mode.value} {score:.3f}")
            if options.each:
                print(f"{parts[question]}  {'  '.join(line)}  {question}")
    print("part  " + "  ".join(f"{mode.value:>8}" for mode in Mode))
    for part in ("tune", "test"):
        print(f"{part}  " + "  ".join(f"{statistics.mean(scores[part, mode]):8.3f}" for mode in Mode))
    print("all   " + "  ".join(f"{statistics.mean(scores['tune', mode] + scores['test', mode]):8.3f}" for mode in Mode))
    print(f"not judged: {statistics.mean(unjudged):.1%} of the answers")


def read_judgements() -> tuple[dict[str, dict[int, int]], dict[str, str]]:
    """The grades by question and article, and the part each question belongs to."""
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
