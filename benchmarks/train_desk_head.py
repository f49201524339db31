"""Trains the learned head of the desks and prints its nested cross-validation. Reads ../shared/data and the sample; no network.

Run from the repository root: `python benchmarks/train_desk_head.py [--write] [--cache DIR]`.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import sys
import tempfile
import tomllib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # ten times faster on tables this small

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from sklearn.cluster import AgglomerativeClustering  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.model_selection import StratifiedGroupKFold  # noqa: E402

from sources.clean.text import plain_text  # noqa: E402
from warehouse.classify import desk_classifier as engine  # noqa: E402
from warehouse.classify.genre import kind_of  # noqa: E402
from warehouse.classify.linear_classifier import features, without_kind  # noqa: E402
from warehouse.embed.encoder import load_embedder  # noqa: E402
from warehouse.extract.entities import load_gazetteer  # noqa: E402

Array = NDArray[np.float64]
LABELS = engine.LABELS
MODEL = (
    "all-MiniLM-L6-v2"  # by its base name: other precisions of the same weights give the same vectors, cosine >= .99
)
ALIKE = 0.6  # cosine from which an example of ours tells what a real item does
LABELLED = ROOT.parent / "shared" / "data" / "labelled" / "desks.jsonl.gz"


@dataclass(frozen=True)
class Item:
    """One labelled example; `part` says where it is from: real, sample or own."""

    text: engine.Text
    desk: str
    part: str
    source: str = ""


def load_items(cache: Path) -> list[Item]:
    """All examples, embedded: the real items, the invented sample's, and our own."""
    rows: list[tuple[str, str, str, str, str, str]] = []
    with gzip.open(LABELLED, "rt", encoding="utf-8") as lines:
        rows += [
            (row["title"], row["summary"] or "", row["source"], kind_of("news", row["source"]), row["desk"], "real")
            for row in map(json.loads, lines)
        ]
    feeds = tomllib.loads((ROOT / "flows/demo/feeds.toml").read_text("utf-8"))["feed"]
    kinds = {feed["id"]: feed.get("kind", "news") for feed in feeds}
    labels = {row["link"]: row["desk"] for row in _jsonl(ROOT / "flows/demo/labels.jsonl")}
    rows += [
        (row["title"], row["summary"], row["feed"], kinds[row["feed"]], labels[row["link"]], "sample")
        for row in {row["link"]: row for row in _jsonl(ROOT / "flows/demo/entries.jsonl")}.values()
        if row["link"] in labels
    ]
    rows += [
        (row["title"], row["summary"], "", row["kind"], row["desk"], "own")
        for row in _jsonl(ROOT / "benchmarks/desk_examples.jsonl")
    ]
    cleaned = [(plain_text(title, 500), plain_text(summary, 1000), *rest) for title, summary, *rest in rows]
    vectors = embed([f"{title}. {summary[:300]}" for title, summary, *_ in cleaned], cache)
    return [
        Item(
            engine.Text(title=title, summary=summary, source_kind=kind, publisher=source, url=None, vector=vector),
            desk,
            part,
            source,
        )
        for (title, summary, source, kind, desk, part), vector in zip(cleaned, vectors, strict=True)
    ]


def embed(texts: Sequence[str], cache: Path) -> NDArray[np.float32]:
    """Unit vectors as `enrich` makes them, kept a text each under `cache` so that a second run takes seconds."""
    embedder = load_embedder()
    cache.mkdir(parents=True, exist_ok=True)
    store = cache / f"{embedder.model}.npz"
    known: dict[str, NDArray[np.float32]] = dict(np.load(store)) if store.exists() else {}
    keys = [hashlib.sha256(text.encode()).hexdigest()[:24] for text in texts]
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if missing:
        known.update(zip(missing, embedder.encode(list(missing.values())), strict=True))
        np.savez(store, **known)
    return np.stack([known[key] for key in keys])


def _jsonl(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def groups_of(items: Sequence[Item]) -> NDArray[np.int_]:
    """A number a cluster of near-duplicates (cosine over 0.75): they go into the same fold."""
    vectors = np.stack([item.text.vector for item in items])
    model = AgglomerativeClustering(n_clusters=None, metric="cosine", linkage="single", distance_threshold=0.25)
    return np.asarray(model.fit_predict(vectors))


@dataclass(frozen=True)
class Setting:
    """What the inner cross-validation chooses."""

    penalty: float
    real_weight: float
    balance: float


GRID = [Setting(c, 2.0, 0.25) for c in (0.1, 0.3)]  # 1.0 wins by chance inside and is .01 worse outside


def fit(table: Array, labels: NDArray[np.int_], weights: Array, setting: Setting) -> tuple[Array, Array]:
    """Weights and bias of a multinomial logistic regression, in the order of LABELS."""
    counts = np.array([weights[labels == label].sum() for label in range(len(LABELS))])
    class_weight = (counts.max() / counts) ** setting.balance
    model = LogisticRegression(C=setting.penalty, max_iter=400)
    model.fit(table, labels, sample_weight=weights * class_weight[labels])
    return model.coef_, model.intercept_


def scores(truth: NDArray[np.int_], guess: NDArray[np.int_]) -> dict[str, float]:
    """Precision, recall and F1 a desk, macro-F1, and F1 of on topic against off topic."""
    result: dict[str, float] = {}
    ones = []
    for label, name in enumerate(LABELS):
        hit = int(((truth == label) & (guess == label)).sum())
        precision, recall = hit / max(1, int((guess == label).sum())), hit / max(1, int((truth == label).sum()))
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        ones.append(f1)
        result |= {f"{name} P": precision, f"{name} R": recall, f"{name} F1": f1}
    hit = int(((truth < 3) & (guess < 3)).sum())
    precision, recall = hit / max(1, int((guess < 3).sum())), hit / max(1, int((truth < 3).sum()))
    return result | {
        "macro-F1": float(np.mean(ones)),
        "on P": precision,
        "on R": recall,
        "on F1": 2 * precision * recall / max(1e-9, precision + recall),
    }


def decide(probability: Array, threshold: float) -> NDArray[np.int_]:
    """Labels by the filer's rule: a desk if all desks together reach the threshold, else off topic."""
    guess = probability[:, :3].argmax(axis=1)
    return np.where(probability[:, :3].sum(axis=1) >= threshold, guess, 3)


def best_temperature(probability: Array, truth: NDArray[np.int_]) -> float:
    """By what to divide the log-odds so that held-out probabilities mean what they say (least log loss)."""
    logits = np.log(probability + 1e-12)

    def loss(temperature: float) -> float:
        odds = np.exp(logits / temperature)
        return float(-np.log((odds / odds.sum(axis=1, keepdims=True))[np.arange(len(truth)), truth] + 1e-12).mean())

    return min((round(1 + step / 20, 2) for step in range(-10, 61)), key=loss)


def calibration_error(probability: Array, truth: NDArray[np.int_]) -> float:
    """Expected calibration error of the on-topic probability, ten bins."""
    chance, is_on = probability[:, :3].sum(axis=1), truth < 3
    bins = np.minimum((chance * 10).astype(int), 9)
    gaps = [abs(chance[bins == b].mean() - is_on[bins == b].mean()) * (bins == b).mean() for b in set(bins.tolist())]
    return float(sum(gaps))


class Bench:
    """All features once, and the rules' shifts; the head is what changes."""

    def __init__(self, items: list[Item], *, with_vectors: bool = True) -> None:
        self.items, self.with_vectors = items, with_vectors
        taxonomy = tomllib.loads((ROOT / "warehouse/classify/desks.toml").read_text("utf-8"))
        self.filer = engine.DeskClassifier(taxonomy, {}, load_gazetteer().names_by_kind(), MODEL, "training")
        texts = [item.text for item in items]
        kinds = [text.source_kind for text in texts]
        reading, names = self.filer.read(texts), self.filer.concepts
        self.vectors = np.stack([text.vector for text in texts])
        bare = [not text.summary for text in texts]
        self.table = features(reading, bare, kinds, names, names, self.vectors if with_vectors else None)
        self.shift = self.filer.shifts(reading, kinds)[0]
        self.temperature = 1.0
        self.threshold = float(taxonomy["decision"]["on_topic_from"])
        self.truth = np.array([LABELS.index(item.desk) for item in items])
        self.real = np.array([item.part == "real" for item in items])

    def train(self, rows: NDArray[np.int_], setting: Setting) -> tuple[Array, Array]:
        """The head of these rows. Each row is there twice, once as news: a source of unknown kind must not upset it."""
        weights = np.where(self.real[rows], setting.real_weight, 1.0)
        plain = without_kind(self.table[rows], len(self.filer.concepts))
        table = np.vstack([self.table[rows], plain])
        labels, weights = np.tile(self.truth[rows], 2), np.tile(weights / 2, 2)
        coefficients, bias = fit(table, labels, weights, setting)
        if not self.with_vectors:
            return coefficients, bias
        # The mean of two linear heads is one: with half of what cues alone would say, on-topic F1 gains .010.
        of_cues, bias_of_cues = fit(table[:, : -self.vectors.shape[1]], labels, weights, setting)
        coefficients[:, : of_cues.shape[1]] += of_cues
        return coefficients / 2, (bias + bias_of_cues) / 2

    def probabilities(self, rows: NDArray[np.int_], head: tuple[Array, Array]) -> Array:
        """What the filer would say of these rows with this head."""
        logits = (self.table[rows] @ head[0].T + head[1] + self.shift[rows]) / self.temperature
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def folds(bench: Bench, rows: NDArray[np.int_], groups: NDArray[np.int_], count: int, seed: int) -> list[Any]:
    """Train and test rows. Tests are real items only; near-duplicates of one, and examples of ours that are like one
    (we had read the real items when we wrote them), are not trained on."""
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    return [
        (rows[train], rows[test][bench.real[rows[test]]])
        for train, test in splitter.split(rows, bench.truth[rows], groups[rows])
    ]


def choose(bench: Bench, rows: NDArray[np.int_], groups: NDArray[np.int_], seed: int) -> Setting:
    """The setting of the grid with the best macro-F1 in an inner cross-validation of `rows`."""
    best: tuple[float, Setting] | None = None
    for setting in GRID:
        parts = folds(bench, rows, groups, 4, seed)
        held = [(test, bench.probabilities(test, bench.train(train, setting))) for train, test in parts]
        truth = bench.truth[np.concatenate([test for test, _ in held])]
        probability = np.vstack([part for _, part in held])
        value = scores(truth, decide(probability, bench.threshold))["macro-F1"]
        if best is None or value > best[0] + 1e-9:
            best = (value, setting)
    assert best is not None
    return best[1]


def nested(bench: Bench, groups: NDArray[np.int_], seed: int, fixed: Setting | None) -> tuple[NDArray[np.int_], Array]:
    """Real rows and their held-out probabilities; each outer fold's setting is chosen inside it."""
    rows = np.arange(len(bench.items))
    held, chances = [], []
    for train, test in folds(bench, rows, groups, 5, seed):
        setting = fixed or choose(bench, train, groups, seed + 1)
        held.append(test)
        chances.append(bench.probabilities(test, bench.train(train, setting)))
    order = np.argsort(np.concatenate(held))
    return np.concatenate(held)[order], np.vstack(chances)[order]


def show(title: str, result: dict[str, float]) -> None:
    """One block of figures."""
    print(
        f"{title}: macro-F1 {result['macro-F1']:.3f}, on topic P {result['on P']:.3f} R {result['on R']:.3f} F1 {result['on F1']:.3f}"
    )
    for name in LABELS:
        print(f"  {name:16} P {result[f'{name} P']:.3f}  R {result[f'{name} R']:.3f}  F1 {result[f'{name} F1']:.3f}")


def write(bench: Bench, cues: Bench, setting: Setting, temperatures: dict[str, float]) -> None:
    """Fits both heads on everything and stores them."""
    rows = np.arange(len(bench.items))
    heads = {}
    for name, source in (("full", bench), ("cues", cues)):
        weights, bias = source.train(rows, setting)
        heads[name] = {
            "vector_size": 384 if name == "full" else 0,
            "temperature": temperatures[name],
            "weights": [[round(float(value), 4) for value in row] for row in weights],
            "bias": [round(float(value), 4) for value in bias],
        }
    stored = {"labels": LABELS, "model": MODEL, "concepts": bench.filer.concepts, "heads": heads}
    path = ROOT / "warehouse/classify/desk_classifier.json"
    path.write_text(json.dumps(stored, separators=(",", ":")) + "\n", "utf-8")
    print(f"wrote {path} ({path.stat().st_size / 1000:.0f} kB), {setting}")


def main() -> None:
    """Trains, measures, and with --write stores the head."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--write", action="store_true", help="store the head in warehouse/classify/desk_classifier.json"
    )
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path(tempfile.gettempdir()) / "watchfloor-desk-head",
        help="where vectors are kept",
    )
    parser.add_argument("--repeats", type=int, default=5, help="how many times the nested cross-validation is run")
    parser.add_argument("--fast", action="store_true", help="one fixed setting instead of the nested choice")
    parser.add_argument("--errors", action="store_true", help="list the errors, worst first")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    items = load_items(options.cache)
    groups = groups_of(items)
    bench, cues = Bench(items), Bench(items, with_vectors=False)
    fixed = Setting(0.3, 2.0, 0.25) if options.fast else None
    temperatures = {}
    for name, which in (("full", bench), ("cues", cues)):
        temperatures[name] = report(name, which, groups, fixed, options)
    if options.write:
        write(bench, cues, fixed or choose(bench, np.arange(len(items)), groups, 1), temperatures)


def report(
    name: str, bench: Bench, groups: NDArray[np.int_], fixed: Setting | None, options: argparse.Namespace
) -> float:
    """Prints the nested cross-validation of one head; returns the temperature that its held-out probabilities ask for."""
    results, chances = [], []
    for seed in range(options.repeats):
        rows, chance = nested(bench, groups, 10 * seed, fixed)
        guess = decide(chance, bench.threshold)
        results.append(scores(bench.truth[rows], guess))
        chances.append(chance)
    truth, mean = bench.truth[rows], np.mean(chances, axis=0)
    show(
        f"head {name!r}, nested, mean of {options.repeats}",
        {key: float(np.mean([r[key] for r in results])) for key in results[0]},
    )
    table = np.zeros((4, 4), dtype=int)
    np.add.at(table, (truth, guess), 1)
    print(
        "  confusion of the last (rows true):", table.tolist(), " macro-F1:", [round(r["macro-F1"], 3) for r in results]
    )
    temperature = best_temperature(np.vstack(chances), np.tile(truth, len(chances)))
    cooled = np.vstack(chances) ** (1 / temperature)
    cooled /= cooled.sum(axis=1, keepdims=True)
    before, after = (calibration_error(part, np.tile(truth, len(chances))) for part in (np.vstack(chances), cooled))
    print(f"  temperature {temperature}, calibration error {before:.3f} without, {after:.3f} with it")
    if options.errors and name == "full":
        guess = decide(mean, bench.threshold)
        for place in sorted(np.flatnonzero(guess != truth), key=lambda place: float(mean[place, truth[place]])):
            item, chance_of_truth = bench.items[rows[place]], float(mean[place, truth[place]])
            print(
                f"  {chance_of_truth:.2f} {item.desk} -> {LABELS[guess[place]]} | {item.source} | {item.text.title[:110]}"
            )
    return temperature


if __name__ == "__main__":
    main()
