"""Trains the model that judges whether two stories are of one matter, and prints how well threads come out.

    python benchmarks/train_thread_model.py [--write] [--draws 6 7 8] [--shared ../shared] [--cache DIR]

Reads the labelled threads of ../shared/data among the articles of one recorded stream. Without --write
nothing is changed. The validation is by thread: five models, each trained without a fifth of the threads and
of the events that are in none, link all stories; what is counted are the articles, threads and confusable
pairs of that fifth, half where only one of a pair is in it. The fifths are drawn several times; settings were
chosen on draws 0 to 5, and the others have the figures.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import tempfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # faster on tables this small

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from flows.pipeline import enrich_pending, import_archives
from flows.settings import Settings
from warehouse.store.db import open_read_only
from warehouse.threads import clustering
from warehouse.threads.clustering import Clustering
from warehouse.threads.crowding import unit_rows
from warehouse.threads.evidence import FEATURES, SIGNS, features
from warehouse.threads.link_model import LinkModel
from warehouse.threads.profiles import Profiles, Stories
from warehouse.threads.read_stories import read_stories

ROOT = Path(__file__).resolve().parents[1]
ARTEFACT = ROOT / "warehouse" / "threads" / "link_model.json"
FOLDS = 5
PENALTY = 1.0
NOW = datetime(2026, 8, 24, 6, tzinfo=UTC)
FIRST_WEEK = 20_640  # 6 July 2026 in days since 1970: half the stories are later
HARD = 60  # stories of other matters that each story is compared with in training: its nearest

Floats = NDArray[np.float64]
Label = dict[str, Any]


def matter(label: Label) -> str:
    """The thread of a labelled article, or its event if it is in none."""
    return str(label["thread_id"] or f"event-{label['event_id'] or label['id']}")


def fold_of(name: str, draw: int) -> int:
    return zlib.crc32(f"{draw}:{name}".encode()) % FOLDS


class Labelled:
    """The stories of the labelled articles, among those of the stream."""

    def __init__(self, shared: Path, cache: Path) -> None:
        with gzip.open(shared / "data" / "labelled" / "threads.jsonl.gz", "rt", encoding="utf-8") as lines:
            self.articles: list[Label] = [json.loads(line) for line in lines]
        confusable = shared / "data" / "labelled" / "threads_confusable.jsonl"
        self.confusable = [json.loads(line) for line in confusable.read_text("utf-8").splitlines()]
        settings = Settings(home=cache)
        if not settings.warehouse_path.exists():
            fill(settings, self.articles, shared)
        with open_read_only(settings.warehouse_path) as con:
            self.stories: Stories = read_stories(con)
            query = (
                "SELECT regexp_extract(url, '[^/]*$'), story_id "
                "FROM articles JOIN story_articles USING (article_id) "
                "WHERE url LIKE 'https://labelled.example/%'"
            )
            self.story_of: dict[str, int] = dict(con.execute(query).fetchall())
        row_of = {facts.story_id: row for row, facts in enumerate(self.stories.facts)}
        votes: defaultdict[int, Counter[str]] = defaultdict(Counter)
        for label in self.articles:
            if (row := row_of.get(self.story_of[label["id"]])) is not None:
                votes[row][matter(label)] += 1
        self.matters = {row: its.most_common(1)[0][0] for row, its in sorted(votes.items())}


def fill(settings: Settings, articles: Sequence[Label], shared: Path) -> None:
    """Imports and enriches the labelled articles and those of a stream that are not among them."""
    settings.home_dir.mkdir(parents=True, exist_ok=True)
    kept = ("source", "title", "summary", "published", "lang")
    rows = [
        {name: label[name] for name in kept}
        | {
            "link": f"https://labelled.example/{label['id']}",
            "guid": label["id"],
            "first_seen": label["first_seen"] or label["published"],
        }
        for label in articles
    ]
    titles = {label["title"] for label in articles}
    with gzip.open(
        shared / "data" / "streams" / "ai_cyber_monitor.jsonl.gz", "rt", encoding="utf-8"
    ) as lines:
        rows += [row for row in map(json.loads, lines) if row["title"] not in titles]
    archive = settings.home_dir / "labelled.jsonl"
    archive.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    import_archives(settings, [archive], NOW)
    enrich_pending(settings)


def examples(labelled: Labelled, known: Callable[[str], bool]) -> tuple[Floats, Floats, Floats]:
    """Features, whether one matter, and weights of pairs of stories whose matters are known.

    All pairs of a thread, those of a large thread weighing less; of others the nearest.
    """
    stories, matters = labelled.stories, labelled.matters
    rows = [row for row, name in matters.items() if known(name)]
    sizes = Counter(matters[row] for row in rows)
    compared = Profiles(stories=stories, groups=[(row,) for row in rows])
    titles = unit_rows(compared.title_words, stories.rarity)
    near: set[tuple[int, int]] = set()
    for similarities in (compared.vectors @ compared.vectors.T, (titles @ titles.T).toarray()):
        for one, row in enumerate(similarities):
            near |= {(min(one, int(other)), max(one, int(other))) for other in np.argsort(-row)[: HARD + 1]}
    pairs, same, weights = [], [], []
    for one, other in combinations(range(len(rows)), 2):
        is_same = matters[rows[one]] == matters[rows[other]]
        if is_same or (one, other) in near:
            pairs.append((one, other))
            same.append(float(is_same))
            weights.append((sizes[matters[rows[one]]] - 1) ** -0.5 if is_same else 1.0)
    firsts, others = np.array(pairs, np.int64).T
    return features(stories, compared, firsts, others), np.array(same), np.array(weights)


def train(found: Floats, same: Floats, weights: Floats) -> LinkModel:
    """A logistic regression in which evidence for a link never weighs against it, nor the other way round."""
    mean, deviation = found.mean(axis=0), found.std(axis=0) + 1e-9
    scaled = (found - mean) / deviation

    def loss(values: Floats) -> tuple[float, Floats]:
        log_odds = scaled @ values[:-1] + values[-1]
        errors = weights * (1 / (1 + np.exp(-log_odds)) - same)
        total = np.sum(weights * (np.logaddexp(0, log_odds) - same * log_odds))
        slope = scaled.T @ errors + 2 * PENALTY * values[:-1]
        return float(total + PENALTY * np.sum(values[:-1] ** 2)), np.append(slope, errors.sum())

    bounds = [(0 if sign > 0 else None, 0 if sign < 0 else None) for sign in SIGNS] + [(None, None)]
    found_values = minimize(loss, np.zeros(len(SIGNS) + 1), jac=True, bounds=bounds, method="L-BFGS-B").x
    per_unit = found_values[:-1] / deviation
    return LinkModel(
        features=FEATURES,
        weights=tuple(round(float(weight), 6) for weight in per_unit),
        intercept=round(float(found_values[-1] - np.sum(per_unit * mean)), 6),
    )


def link(labelled: Labelled, model: LinkModel) -> dict[str, str]:
    """The thread of each labelled article, or its story where that is in none."""
    stories = labelled.stories
    rows = range(len(stories))
    groups = Clustering(stories, model).run([(row,) for row in rows], rows)
    thread_of = {
        stories.facts[row].story_id: f"thread {stories.facts[group[0]].story_id}"
        for group in groups
        for row in group
    }
    return {
        article: thread_of.get(story, f"story {story}")
        for article, story in sorted(labelled.story_of.items())
    }


def weekly(labelled: Labelled, model: LinkModel) -> str:
    """How threads of weekly runs agree with those of one run; the first is of all before `FIRST_WEEK`."""
    stories = labelled.stories
    whole = Clustering(stories, model).run([(row,) for row in range(len(stories))], range(len(stories)))
    weeks = np.array([max(0, int((facts.first_day - FIRST_WEEK) // 7 + 1)) for facts in stories.facts])
    groups: list[tuple[int, ...]] = []
    for week in np.unique(weeks).tolist():
        rows = np.flatnonzero(weeks <= week)
        new = np.flatnonzero(weeks[rows] == week).tolist()
        before = [np.searchsorted(rows, group).tolist() for group in groups]
        known = Clustering(only(stories, rows), model).run([*before, *([row] for row in new)], new)
        groups = [tuple(rows[list(group)].tolist()) for group in known]
    ours, theirs = ({pair for group in found for pair in combinations(group, 2)} for found in (groups, whole))
    thread_of = {stories.facts[row].story_id: f"thread {group[0]}" for group in groups for row in group}
    found = {article: thread_of.get(story, story) for article, story in sorted(labelled.story_of.items())}
    agreed = 2 * len(ours & theirs) / (len(ours) + len(theirs))
    return f"agreement on pairs {agreed:.3f}; {figures([count(labelled, found, lambda _name: True)])}"


def only(stories: Stories, rows: NDArray[np.int64]) -> Stories:
    """Some of the stories, as they were known before the others."""
    return Stories(
        facts=[stories.facts[row] for row in rows.tolist()],
        vectors=stories.vectors[rows],
        title_words=stories.title_words[rows],
        title_terms=stories.title_terms[rows],
        terms=stories.terms[rows],
    )


def count(labelled: Labelled, found: dict[str, str], counts: Callable[[str], bool]) -> Floats:
    """Pairs of articles joined rightly, wrongly and not; event pairs linked, all; confusable merged, all."""
    articles = labelled.articles
    pairs = np.zeros(3)
    for one, other in combinations(articles, 2):
        is_same, joined = matter(one) == matter(other), found[one["id"]] == found[other["id"]]
        if is_same or joined:
            weight = (counts(matter(one)) + counts(matter(other))) / 2
            pairs[0 if is_same and joined else 1 if joined else 2] += weight
    events: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    groups: defaultdict[str, set[str]] = defaultdict(set)
    counted: dict[str, bool] = {}
    for label in articles:
        if label["thread_id"] and counts(label["thread_id"]):
            events[label["thread_id"]][label["event_id"]].add(found[label["id"]])
        for name in filter(None, (label["thread_id"], label["event_id"])):
            groups[name].add(found[label["id"]])
            counted[name] = counts(matter(label))
    linked = [bool(a & b) for its in events.values() for a, b in combinations(its.values(), 2)]
    confusable = [
        ((counted[pair["a"]] + counted[pair["b"]]) / 2, bool(groups[pair["a"]] & groups[pair["b"]]))
        for pair in labelled.confusable
    ]
    merged = sum(weight for weight, is_merged in confusable if is_merged)
    return np.array([*pairs, sum(linked), len(linked), merged, sum(weight for weight, _ in confusable)])


def rates(counted: Floats) -> list[float]:
    right, wrong, missed, linked, events, merged, _ = counted.tolist()
    return [
        2 * right / (2 * right + wrong + missed),
        right / (right + wrong),
        right / (right + missed),
        linked / events,
        merged,
    ]


def figures(by_draw: Sequence[Floats]) -> str:
    """The mean over the draws, and the least and most of them."""
    found = np.array([rates(counted) for counted in by_draw])
    f1, precision, recall, linked, merged = (
        f"{mean:.3f} ({least:.3f} to {most:.3f})"
        for mean, least, most in zip(found.mean(axis=0), found.min(axis=0), found.max(axis=0), strict=True)
    )
    return (
        f"pairwise F1 {f1}, P {precision}, R {recall}, event pairs linked {linked} of {by_draw[0][4]:.0f}, "
        f"confusable merged {merged} of {by_draw[0][6]:.0f}"
    )


def validate(labelled: Labelled, join_scores: Iterable[float], draws: Sequence[int]) -> None:
    models = {
        (draw, fold): train(
            *examples(labelled, lambda name, draw=draw, fold=fold: fold_of(name, draw) != fold)
        )
        for draw in draws
        for fold in range(FOLDS)
    }
    for score in join_scores:
        clustering.JOIN_SCORE = score
        by_draw = [np.zeros(7) for _ in draws]
        for (draw, fold), model in models.items():
            by_draw[draws.index(draw)] += count(
                labelled,
                link(labelled, model),
                lambda name, draw=draw, fold=fold: fold_of(name, draw) == fold,
            )
        print(f"join from {score:5.2f}: {figures(by_draw)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help=f"write {ARTEFACT.name}")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path(tempfile.gettempdir()) / "watchfloor-thread-model",
        help="where the warehouse of the articles is kept",
    )
    parser.add_argument("--scores", type=float, nargs="*", default=[clustering.JOIN_SCORE])
    parser.add_argument("--draws", type=int, nargs="*", default=list(range(6, 18)))
    options = parser.parse_args()
    labelled = Labelled(options.shared, options.cache)
    found, same, weights = examples(labelled, lambda _name: True)
    model = train(found, same, weights)
    print(
        f"{len(labelled.stories)} stories, {len(labelled.matters)} labelled; {len(same)} pairs, "
        f"{int(same.sum())} of one matter"
    )
    print(", ".join(f"{name} {weight:.2f}" for name, weight in zip(FEATURES, model.weights, strict=True)))
    if options.write:
        artefact = {
            "weights": dict(zip(model.features, model.weights, strict=True)),
            "intercept": model.intercept,
        }
        ARTEFACT.write_text(json.dumps(artefact, indent=1) + "\n", "utf-8")
    print("all labels known, weekly runs:", weekly(labelled, model))
    validate(labelled, options.scores, options.draws)


if __name__ == "__main__":
    main()
