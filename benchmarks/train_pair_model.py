"""Trains the model that judges whether two articles report one event, and prints how well it does.

    python benchmarks/train_pair_model.py [--write] [--shared ../shared] [--cache DIR]

Reads the labelled pairs, events and stories of ../shared/data and the sample; without --write nothing is
changed. Two validations are printed: grouped folds (four models, each trained
without a quarter of the events and without any pair that touches one of their articles) and one corpus left
out. Then, which pairs of articles in two stories of one week a threshold of the digest would link.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import tempfile
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # faster on tables this small

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, log_loss

from flows.demo.sample import load_entries, load_labels, load_outlets
from sources.clean.text import plain_text
from warehouse.embed.encoder import load_embedder, text_to_embed
from warehouse.stories.cluster import PARAMETERS, StoryIndex
from warehouse.stories.documents import Document, DocumentPairs, Documents, columns_of
from warehouse.stories.neighbours import NearestNeighbours
from warehouse.stories.pair_model import PairModel, read_pair_model
from warehouse.stories.same_event import FEATURES, MIN_SIMILARITY, MOST, SameEvent
from warehouse.stories.similarity import PairSimilarity
from warehouse.stories.terms import read_all_terms, title_opening

ROOT = Path(__file__).resolve().parents[1]
ARTEFACT = ROOT / "warehouse" / "stories" / "pair_model.json"
FOLDS = 4
STREAMS = "streams"
# What the pairs of each corpus weigh together; those of the streams weigh one each.
WEIGHTS = {"policy": 900.0, "sport": 900.0, "sample": 500.0}
# Events of the streams give many pairs that are plainly different.
WEIGHT_OF_OTHER_EVENTS, WEIGHT_OF_UNSURE = 0.15, 0.5
# More of one feature never makes "one event" less likely, and more of another never more.
MONOTONE = {"similarity": 1, "shared_weight": 1, "least_missing": -1, "days": -1, "shared_share": 1}

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Row:
    """An article as it is compared; `event` is its labelled event, if it has one."""

    title: str
    lead: str
    publisher: str
    moment: datetime
    event: str | None = None
    is_roundup: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """A labelled pair of rows, the later first."""

    row: int
    other: int
    same: bool
    weight: float
    drawn: bool = False  # from pairs.jsonl


@dataclass
class Corpus:
    """Articles in order of arrival with their labelled pairs, in order of the later one."""

    name: str
    rows: list[Row]
    vectors: NDArray[np.float32]
    drawn: Sequence[Pair] = ()

    @cached_property
    def documents(self) -> list[Document]:
        terms = read_all_terms([(row.title, row.lead) for row in self.rows])
        return [
            Document(
                article_id=number,
                publisher=row.publisher,
                terms=its,
                moment=row.moment,
                vector=vector,
                title_opening=title_opening(row.title),
                is_roundup=row.is_roundup,
            )
            for number, (row, its, vector) in enumerate(zip(self.rows, terms, self.vectors, strict=True))
        ]

    @cached_property
    def stored(self) -> Documents:
        documents = Documents()
        documents.add(columns_of(self.documents))
        return documents

    @cached_property
    def similarity(self) -> PairSimilarity:
        return PairSimilarity(
            self.stored,
            word_weight=PARAMETERS.word_weight,
            background_share=PARAMETERS.background_share,
            decay_per_day=PARAMETERS.decay_per_day,
        )

    @cached_property
    def pairs(self) -> list[Pair]:
        """The labelled pairs: neighbours in a corpus whose every article is labelled, else the drawn ones."""
        if self.drawn:
            return sorted(self.drawn, key=lambda pair: (pair.row, pair.other))
        nearest = NearestNeighbours(self.stored, PARAMETERS.window_days)
        found, _ = nearest.before(0)
        events = [row.event for row in self.rows]
        sizes = Counter(events)
        weights = [
            min(sizes[events[row]], sizes[events[other]]) ** -0.5 if events[row] == events[other] else 0.5
            for row, other in zip(found.firsts, found.others, strict=True)
        ]
        scale = WEIGHTS[self.name] / sum(weights)
        return [
            Pair(int(row), int(other), events[row] == events[other], weight * scale)
            for row, other, weight in zip(found.firsts, found.others, weights, strict=True)
        ]

    @cached_property
    def _document_pairs(self) -> DocumentPairs:
        rows, sizes = np.unique([pair.row for pair in self.pairs], return_counts=True)
        others = np.array([pair.other for pair in self.pairs])
        return DocumentPairs(moments=rows, rows=rows, sizes=sizes, others=others)

    @cached_property
    def cosines(self) -> Floats:
        return self.stored.cosines(self._document_pairs)

    @cached_property
    def features(self) -> Floats:
        """A row of `FEATURES` for each pair."""
        pairs, similarity = self._document_pairs, self.similarity
        similarities = similarity.of(pairs, self.cosines, similarity.shared_words(pairs))
        no_model = PairModel(features=FEATURES, intercept=0, slope=1, trees=read_pair_model(NO_TREES).trees)
        return SameEvent(self.stored, similarity, no_model).features(pairs, similarities)

    @cached_property
    def folds(self) -> NDArray[np.int64]:
        """The fold of each article: that of its event, which for drawn pairs is what "same" connects."""
        parent = list(range(len(self.rows)))

        def root(row: int) -> int:
            while parent[row] != row:
                row = parent[row]
            return row

        first = {row.event: number for number, row in reversed(list(enumerate(self.rows))) if row.event}
        for number, row in enumerate(self.rows):
            if row.event:
                parent[root(number)] = root(first[row.event])
        for pair in self.pairs:
            if pair.same:
                parent[root(pair.row)] = root(pair.other)
        return np.array([zlib.crc32(f"{self.name} {root(n)}".encode()) % FOLDS for n in range(len(parent))])

    def near(self) -> Flags:
        return self.features[:, 0] > MIN_SIMILARITY

    def touches(self, fold: int) -> Flags:
        """Which pairs have an article of the fold."""
        both = np.array([(pair.row, pair.other) for pair in self.pairs])
        touching: Flags = (self.folds[both] == fold).any(axis=1)
        return touching


NO_TREES = json.dumps(
    {"features": FEATURES, "intercept": 0, "slope": 1, "depth": 1, "trees": [[[0, 0, 0, 0, 0]]]}
)


def train(parts: Sequence[tuple[Corpus, Flags]]) -> str:
    """The artefact of a model trained on the chosen pairs of each corpus.

    It is the mean of a line in the similarity and of trees: trees alone follow the corpora they saw too
    closely.
    """
    kept = [(corpus, chosen & corpus.near()) for corpus, chosen in parts]
    features = np.concatenate([corpus.features[rows] for corpus, rows in kept])
    pairs = [
        pair for corpus, rows in kept for pair, kept_one in zip(corpus.pairs, rows, strict=True) if kept_one
    ]
    same, weights = np.array([pair.same for pair in pairs]), np.array([pair.weight for pair in pairs])
    line = LogisticRegression(C=10, max_iter=500)
    line.fit(features[:, :1], same, sample_weight=weights)
    boosted = HistGradientBoostingClassifier(
        max_iter=50,
        learning_rate=0.1,
        max_leaf_nodes=4,
        min_samples_leaf=100,
        l2_regularization=5,
        max_bins=64,
        monotonic_cst=[MONOTONE.get(name, 0) for name in FEATURES],
        early_stopping=False,
        random_state=0,
    ).fit(features, same, sample_weight=weights)
    trees = [_nodes(predictors[0].nodes) for predictors in boosted._predictors]  # no public way to the trees
    artefact = {
        "features": FEATURES,
        "intercept": round((float(line.intercept_[0]) + float(boosted._baseline_prediction.item())) / 2, 6),
        "slope": round(float(line.coef_[0, 0]) / 2, 6),
        "depth": 3,
        "trees": trees,
    }
    return json.dumps(artefact)


def _nodes(nodes: NDArray[np.void]) -> list[list[float]]:
    """The nodes of a tree: feature, threshold, left, right, and half the value; a leaf leads to itself."""
    found = [
        [0, 0.0, number, number, round(float(node["value"]) / 2, 6)]
        if node["is_leaf"]
        else [
            int(node["feature_idx"]),
            round(float(node["num_threshold"]), 6),
            int(node["left"]),
            int(node["right"]),
            0.0,
        ]
        for number, node in enumerate(nodes)
    ]
    return found + [[0, 0.0, number, number, 0.0] for number in range(len(found), 7)]


def group(corpus: Corpus) -> list[int]:
    """The story of each article as they are grouped today."""
    index = StoryIndex(new_story_id=lambda article_id: article_id)
    stories: dict[int, int] = {}
    for one in index.assign_all(corpus.documents):
        stories[one.article_id] = one.story_id
        if one.merged:
            stories = {
                article: one.story_id if story in one.merged else story for article, story in stories.items()
            }
    return [stories[number] for number in range(len(corpus.rows))]


def validate(corpora: Sequence[Corpus]) -> None:
    """Prints both validations, and what links between stories of the streams would be right."""
    everything = {corpus.name: np.ones(len(corpus.pairs), bool) for corpus in corpora}
    print(
        "average precision of pairs: cosine, similarity, model; log loss and share of right ones of the model"
    )
    print("one corpus left out")
    for corpus in corpora:
        rest = [(one, everything[one.name]) for one in corpora if one is not corpus]
        _print_pairs(corpus, read_pair_model(train(rest)).log_odds(corpus.features))
    print(f"{FOLDS} grouped folds")
    models = [read_pair_model(train([(one, ~one.touches(fold)) for one in corpora])) for fold in range(FOLDS)]
    for corpus in corpora:
        log_odds, times = np.zeros((2, len(corpus.pairs)))
        for fold, model in enumerate(models):
            touching = corpus.touches(fold)
            log_odds[touching] += model.log_odds(corpus.features)[touching]
            times[touching] += 1
        _print_pairs(corpus, log_odds / times)
        if corpus.name == STREAMS:
            _print_links(corpus, log_odds / times)


def _print_pairs(corpus: Corpus, log_odds: Floats) -> None:
    """Prints how well pairs are told apart; of the streams only those drawn evenly over cosines."""
    drawn = np.array([pair.drawn or corpus.name != STREAMS for pair in corpus.pairs])
    same = np.array([pair.same for pair in corpus.pairs])[drawn]
    ranked = (corpus.cosines, corpus.features[:, 0], log_odds)
    figures = "  ".join(f"{average_precision_score(same, its[drawn]):.3f}" for its in ranked)
    loss = log_loss(same, 1 / (1 + np.exp(-np.clip(log_odds[drawn], -MOST, MOST))))
    right = ((log_odds[drawn] > 0) == same).mean()
    print(f"  {corpus.name:8} {figures}   {loss:.3f}  {right:.3f}", flush=True)


def _print_links(corpus: Corpus, log_odds: Floats) -> None:
    """Prints, of pairs that are in two stories, how many a threshold links and how many of them rightly."""
    stories = group(corpus)
    days = corpus.features[:, FEATURES.index("days")]
    apart = np.array([stories[pair.row] != stories[pair.other] for pair in corpus.pairs]) & (days <= 7)
    same, drawn = np.array([(pair.same, pair.drawn) for pair in corpus.pairs]).T
    for name, kind in (("drawn pairs", drawn), ("pairs of labelled events", ~drawn)):
        rows = apart & kind
        print(f"{name} in two stories of a week: {rows.sum()}, of one event {(rows & same).sum()}")
        for measure, values, thresholds in (
            ("cosine", corpus.cosines, (0.65, 0.7, 0.75)),
            ("log-odds", log_odds, (-2.0, -1.5, -1.0, -0.7, -0.4, 0.0, 0.5)),
        ):
            linked = [rows & (values >= threshold) for threshold in thresholds]
            cells = [
                f"{t}: {one.sum()} ({(one & same).sum()})" for t, one in zip(thresholds, linked, strict=True)
            ]
            print(f"  {measure} linked (rightly)  {'   '.join(cells)}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help=f"write {ARTEFACT.name}")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path(tempfile.gettempdir()) / "watchfloor-pair-model",
        help="where vectors are kept",
    )
    options = parser.parse_args()
    corpora = load_corpora(options.shared / "data", options.cache)
    for corpus in corpora:
        print(f"{corpus.name}: {len(corpus.rows)} articles, {len(corpus.pairs)} pairs, ", end="")
        print(f"{sum(pair.same for pair in corpus.pairs)} of one event")
    if options.write:
        ARTEFACT.write_text(train([(one, np.ones(len(one.pairs), bool)) for one in corpora]) + "\n", "utf-8")
    validate(corpora)


def load_corpora(data: Path, cache: Path) -> list[Corpus]:
    labelled = data / "labelled"
    policy = [_story_row(row) for row in _read(labelled / "stories_eu_policy_2025_05.jsonl.gz")]
    sport = [_story_row(row) for row in _read(labelled / "stories_sport_titles_2021.jsonl.gz")]
    streams, drawn = _streams(data)
    rows = {"policy": policy, "sport": sport, "sample": _sample(), STREAMS: streams}
    corpora = []
    for name, its in rows.items():
        order = sorted(its, key=lambda row: row.moment) if name != STREAMS else its
        corpora.append(Corpus(name, order, _vectors(order, cache), drawn if name == STREAMS else ()))
    return corpora


def _read(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _story_row(row: dict[str, str]) -> Row:
    publisher = row.get("source") or "corpus"
    return Row(row["title"], row.get("text") or "", publisher, _moment(row["published"]), row["cluster"])


def _sample() -> list[Row]:
    labels, outlets = load_labels(), {outlet.source.id: outlet.source.publisher for outlet in load_outlets()}
    entries = {entry.link: entry for entry in reversed(load_entries()) if entry.link in labels}
    return [
        Row(
            plain_text(entry.title, 1_000),
            plain_text(entry.summary, 10_000),
            outlets[entry.feed],
            entry.appears,
            labels[link].story,
            labels[link].genre == "newsletter",
        )
        for link, entry in entries.items()
    ]


def _streams(data: Path) -> tuple[list[Row], list[Pair]]:
    """All recorded articles in order of first sight, and the labelled pairs among them."""
    events = {
        (row["source"], row["title"]): row["event_id"]
        for row in _read(data / "labelled" / "threads.jsonl.gz")
    }
    seen: dict[tuple[str, str], tuple[datetime, Row]] = {}
    for path in sorted((data / "streams").glob("*.gz")):
        for row in _read(path):
            key, text = (row["source"], row["title"]), row.get("published") or row.get("first_seen")
            if text and key not in seen:
                found = Row(row["title"], row["summary"] or "", row["source"], _moment(text), events.get(key))
                seen[key] = (_moment(row.get("first_seen") or text), found)
    ordered = sorted(seen, key=lambda key: (seen[key][0], seen[key][1].moment, key))
    place = {key: number for number, key in enumerate(ordered)}
    rows = [seen[key][1] for key in ordered]
    pairs = []
    for labelled in _read(data / "labelled" / "pairs.jsonl.gz"):
        one, other = (place.get((labelled[side]["source"], labelled[side]["title"])) for side in "ab")
        if one is not None and other is not None and one != other:
            weight = 1.0 if labelled["sure"] else WEIGHT_OF_UNSURE
            same = labelled["label"] == "same"
            pairs.append(Pair(max(one, other), min(one, other), same, weight, drawn=True))
    known = {(pair.row, pair.other) for pair in pairs}
    numbered = [number for number, row in enumerate(rows) if row.event]
    for number in numbered:
        for other in numbered:
            near = abs((rows[number].moment - rows[other].moment).total_seconds()) <= 86_400 * 21
            if other < number and near and (number, other) not in known:
                same = rows[number].event == rows[other].event
                pairs.append(Pair(number, other, same, 1.0 if same else WEIGHT_OF_OTHER_EVENTS))
    return rows, list({(pair.row, pair.other): pair for pair in reversed(pairs)}.values())


def _vectors(rows: Sequence[Row], cache: Path) -> NDArray[np.float32]:
    """The vectors of the articles, kept in the cache by their texts."""
    embedder = load_embedder()
    texts = [text_to_embed(row.title, row.lead) for row in rows]
    path = cache / f"{zlib.crc32(chr(0).join([embedder.model, *texts]).encode()):08x}.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(path, embedder.encode(texts))
    return np.load(path)


if __name__ == "__main__":
    main()
