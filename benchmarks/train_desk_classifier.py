"""Trains the linear classifier of the desks and prints its nested cross-validation, without the network.

Reads the labelled articles and the sample. Run from the repository root:
`python benchmarks/train_desk_classifier.py [--write] [--cache DIR] [--heads FILE]`. FILE has what the
encoder's heads say of each labelled article while it is held out (train_article_heads.py --folds --cache):
with it, the decision of both together is measured, and its temperature is fitted.
"""

from __future__ import annotations

import argparse
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

from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.model_selection import StratifiedGroupKFold  # noqa: E402

from benchmarks.labelled_articles import LabelledArticle, load_labelled, story_groups  # noqa: E402
from sources.clean.text import plain_text  # noqa: E402
from warehouse.classify import desk_classifier as engine  # noqa: E402
from warehouse.classify.linear_classifier import as_news, features  # noqa: E402
from warehouse.classify.taxonomy import load_taxonomy  # noqa: E402
from warehouse.embed.encoder import DESK_ODDS, load_embedder, text_to_embed  # noqa: E402
from warehouse.extract.entities import load_gazetteer  # noqa: E402

Array = NDArray[np.float64]
LABELS = load_taxonomy().labels
DESKS = LABELS[:-1]  # the last label is off_topic
OFF = len(DESKS)
# The base name: other precisions of the same weights give nearly the same vectors (cosine >= .99).
MODEL = "all-MiniLM-L6-v2"
# Half of what they weigh for the heads: invented headlines are on topic three times as often as recorded
# articles, and words alone do not tell the two kinds apart. Macro-F1 .723 for .717, in five folds.
OWN_WEIGHT = 0.25


@dataclass(frozen=True)
class Item:
    """A labelled example of a part: real, sample or own; `heads` are the heads' outputs while held out."""

    text: engine.Text
    desk: str
    part: str
    weight: float
    heads: NDArray[np.float32]


def _row(one: LabelledArticle) -> tuple[str, str, str, str, str, str, float]:
    part, weight = ("real", one.weight) if one.is_real else ("own", OWN_WEIGHT)
    return one.title, one.summary, one.source, one.kind, one.desk, part, weight


def load_items(cache: Path, heads: Path | None) -> list[Item]:
    """Returns all examples with vectors: the labelled articles, real and our own, and the invented sample."""
    rows = [_row(one) for one in load_labelled()]
    outputs = np.load(heads) if heads else np.zeros((len(rows), 0), np.float32)
    if len(outputs) != len(rows):
        sys.exit(
            f"{heads} has {len(outputs)} rows for {len(rows)} articles: run train_article_heads.py again."
        )
    feeds = tomllib.loads((ROOT / "flows/demo/feeds.toml").read_text("utf-8"))["feed"]
    kinds = {feed["id"]: feed.get("kind", "news") for feed in feeds}
    labels = {row["link"]: row["desk"] for row in _jsonl(ROOT / "flows/demo/labels.jsonl")}
    rows += [
        (plain_text(row["title"], 500), plain_text(row["summary"], 1000), row["feed"], kinds[row["feed"]],
            labels[row["link"]], "sample", 0.5)
        for row in {row["link"]: row for row in _jsonl(ROOT / "flows/demo/entries.jsonl")}.values()
        if row["link"] in labels
    ]  # fmt: skip
    vectors = embed([text_to_embed(title, summary) for title, summary, *_ in rows], cache)
    outputs = np.vstack([outputs, np.zeros((len(rows) - len(outputs), outputs.shape[1]), np.float32)])
    return [
        Item(
            engine.Text(
                title=title, summary=summary, source_kind=kind, publisher=source, url=None, vector=vector
            ),
            desk,
            part,
            weight,
            held_out,
        )
        for (title, summary, source, kind, desk, part, weight), vector, held_out in zip(
            rows, vectors, outputs, strict=True
        )
    ]


def embed(texts: Sequence[str], cache: Path) -> NDArray[np.float32]:
    """Returns the vectors of `enrich`, kept under `cache` so that a second run takes seconds."""
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


@dataclass(frozen=True)
class Setting:
    """The settings that the inner cross-validation chooses."""

    penalty: float
    balance: float


GRID = [Setting(c, 0.25) for c in (0.1, 0.3)]  # 1.0 wins by chance inside and is .01 worse outside


def fit(table: Array, labels: NDArray[np.int_], weights: Array, setting: Setting) -> tuple[Array, Array]:
    """Returns weights and bias of a multinomial logistic regression, in the order of LABELS."""
    counts = np.array([weights[labels == label].sum() for label in range(len(LABELS))])
    class_weight = (counts.max() / counts) ** setting.balance
    model = LogisticRegression(C=setting.penalty, max_iter=400)
    model.fit(table, labels, sample_weight=weights * class_weight[labels])
    return model.coef_, model.intercept_


def scores(truth: NDArray[np.int_], guess: NDArray[np.int_]) -> dict[str, float]:
    """Returns precision, recall and F1 per desk, macro-F1 over desks that occur, and on-topic F1."""
    result: dict[str, float] = {}
    ones = []
    for label, name in enumerate(LABELS):
        hit = int(((truth == label) & (guess == label)).sum())
        precision, recall = (
            hit / max(1, int((guess == label).sum())),
            hit / max(1, int((truth == label).sum())),
        )
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        if (truth == label).any() or (guess == label).any():
            ones.append(f1)
        result |= {f"{name} P": precision, f"{name} R": recall, f"{name} F1": f1}
    hit = int(((truth < OFF) & (guess < OFF)).sum())
    precision, recall = hit / max(1, int((guess < OFF).sum())), hit / max(1, int((truth < OFF).sum()))
    return result | {
        "macro-F1": float(np.mean(ones)),
        "on P": precision,
        "on R": recall,
        "on F1": 2 * precision * recall / max(1e-9, precision + recall),
    }


def decide(probability: Array, threshold: float) -> NDArray[np.int_]:
    """Returns a desk if all desks together reach the threshold, else off topic."""
    guess = probability[:, :OFF].argmax(axis=1)
    return np.where(probability[:, :OFF].sum(axis=1) >= threshold, guess, OFF)


def best_temperature(probability: Array, truth: NDArray[np.int_]) -> float:
    """Returns the divisor of the log-odds with the least log loss on held-out items."""
    logits = np.log(probability + 1e-12)

    def loss(temperature: float) -> float:
        odds = np.exp(logits / temperature)
        return float(
            -np.log((odds / odds.sum(axis=1, keepdims=True))[np.arange(len(truth)), truth] + 1e-12).mean()
        )

    return min((round(1 + step / 20, 2) for step in range(-10, 61)), key=loss)


def calibration_error(probability: Array, truth: NDArray[np.int_]) -> float:
    """Returns the expected calibration error of the on-topic probability, in ten bins."""
    chance, is_on = probability[:, :OFF].sum(axis=1), truth < OFF
    bins = np.minimum((chance * 10).astype(int), 9)
    gaps = [
        abs(chance[bins == b].mean() - is_on[bins == b].mean()) * (bins == b).mean()
        for b in set(bins.tolist())
    ]
    return float(sum(gaps))


class Bench:
    """The features and rule shifts of all items, with which classifiers are trained and tested."""

    def __init__(self, items: list[Item], *, with_vectors: bool = True, heads: bool = False) -> None:
        self.items, self.with_vectors = items, with_vectors
        taxonomy = load_taxonomy()
        engine_ = engine.DeskClassifier(taxonomy, {}, load_gazetteer().names_by_kind(), MODEL, "training")
        texts = [item.text for item in items]
        kinds = [text.source_kind for text in texts]
        matches = engine_.match(texts)
        self.concepts = engine_.lexicon.concepts
        self.vectors = np.stack([text.vector for text in texts])
        without_summary = [not text.summary for text in texts]
        vectors = self.vectors if with_vectors else None
        self.table = features(matches, without_summary, kinds, self.concepts, self.concepts, vectors)
        self.shift = engine_.shifts(matches, kinds)[0]
        if heads:  # they are added to the log-odds, as a rule is
            self.shift = self.shift + np.stack([item.heads for item in items])[:, DESK_ODDS]
        self.temperature = 1.0
        self.threshold = float(taxonomy.tables["thresholds"]["on_topic"])
        self.truth = np.array([LABELS.index(item.desk) for item in items])
        self.real = np.array([item.part == "real" for item in items])
        self.weight = np.array([item.weight for item in items])

    def train(self, rows: NDArray[np.int_], setting: Setting) -> tuple[Array, Array]:
        """Returns the weights and bias of these rows.

        Each row occurs twice, once as news, for sources of unknown kind.
        """
        weights = self.weight[rows]
        plain = as_news(self.table[rows], len(self.concepts))
        table = np.vstack([self.table[rows], plain])
        labels, weights = np.tile(self.truth[rows], 2), np.tile(weights / 2, 2)
        coefficients, bias = fit(table, labels, weights, setting)
        if not self.with_vectors:
            return coefficients, bias
        # The mean of two linear layers is linear. Averaged with a fit without
        # vectors, on-topic F1 gains .010.
        of_terms, bias_of_terms = fit(table[:, : -self.vectors.shape[1]], labels, weights, setting)
        coefficients[:, : of_terms.shape[1]] += of_terms
        return coefficients / 2, (bias + bias_of_terms) / 2

    def probabilities(self, rows: NDArray[np.int_], trained: tuple[Array, Array]) -> Array:
        """Returns the probabilities of these rows by trained weights and bias."""
        logits = (self.table[rows] @ trained[0].T + trained[1] + self.shift[rows]) / self.temperature
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def folds(bench: Bench, rows: NDArray[np.int_], groups: NDArray[np.int_], count: int, seed: int) -> list[Any]:
    """Returns train and test rows. Only real items are tested; their near-duplicates are never trained on."""
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    return [
        (rows[train], rows[test][bench.real[rows[test]]])
        for train, test in splitter.split(rows, bench.truth[rows], groups[rows])
    ]


def choose(bench: Bench, rows: NDArray[np.int_], groups: NDArray[np.int_], seed: int) -> Setting:
    """Returns the setting of the grid with the best macro-F1 in an inner cross-validation of `rows`."""
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


def nested(
    bench: Bench, groups: NDArray[np.int_], seed: int, fixed: Setting | None
) -> tuple[NDArray[np.int_], Array]:
    """Returns real rows and their held-out probabilities.

    Each outer fold chooses its setting within its training rows.
    """
    rows = np.arange(len(bench.items))
    held, chances = [], []
    for train, test in folds(bench, rows, groups, 5, seed):
        setting = fixed or choose(bench, train, groups, seed + 1)
        held.append(test)
        chances.append(bench.probabilities(test, bench.train(train, setting)))
    order = np.argsort(np.concatenate(held))
    return np.concatenate(held)[order], np.vstack(chances)[order]


def show(title: str, result: dict[str, float]) -> None:
    """Prints one block of figures."""
    print(
        f"{title}: macro-F1 {result['macro-F1']:.3f}, on topic P {result['on P']:.3f} R {result['on R']:.3f} "
        f"F1 {result['on F1']:.3f}"
    )
    for name in LABELS:
        print(
            f"  {name:16} P {result[f'{name} P']:.3f}  R {result[f'{name} R']:.3f}  F1 "
            f"{result[f'{name} F1']:.3f}"
        )


def write(benches: dict[str, Bench], setting: Setting, temperatures: dict[str, float]) -> None:
    """Trains both classifiers on all items and writes the artefact."""
    classifiers = {}
    for name, bench in benches.items():
        weights, bias = bench.train(np.arange(len(bench.items)), setting)
        classifiers[name] = {
            "vector_size": bench.vectors.shape[1] if bench.with_vectors else 0,
            "temperature": temperatures[name],
            "weights": [[round(float(value), 4) for value in row] for row in weights],
            "bias": [round(float(value), 4) for value in bias],
        }
    concepts = next(iter(benches.values())).concepts
    artefact = {
        "labels": LABELS,
        "model": MODEL,
        "concepts": concepts,
        "classifiers": classifiers,
        # Without --heads the stored one stays: a new desk has no heads until they are trained for it.
        "temperature_with_heads": temperatures.get("with_heads", stored_temperature()),
    }
    engine.ARTEFACT.write_text(json.dumps(artefact, separators=(",", ":")) + "\n", "utf-8")
    print(f"wrote {engine.ARTEFACT} ({engine.ARTEFACT.stat().st_size / 1000:.0f} kB), {setting}")


def stored_temperature() -> float:
    """Returns the temperature of classifier and heads together in the present artefact."""
    return float(json.loads(engine.ARTEFACT.read_text("utf-8"))["temperature_with_heads"])


def main() -> None:
    """Trains, measures, and with --write stores the classifier."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write warehouse/classify/desk_classifier.json")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path(tempfile.gettempdir()) / "watchfloor-desk-classifier",
        help="where vectors are kept",
    )
    parser.add_argument("--heads", type=Path, help="what the heads say of each article while held out")
    parser.add_argument(
        "--repeats", type=int, default=5, help="how many times the nested cross-validation is run"
    )
    parser.add_argument("--fast", action="store_true", help="one fixed setting instead of the nested choice")
    parser.add_argument("--errors", action="store_true", help="list the errors, worst first")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    items = load_items(options.cache, options.heads)
    groups = story_groups(np.stack([item.text.vector for item in items]))
    benches = {"with_vectors": Bench(items), "without_vectors": Bench(items, with_vectors=False)}
    fixed = Setting(0.1, 0.25) if options.fast else None
    temperatures = {name: report(name, bench, groups, fixed, options) for name, bench in benches.items()}
    if options.heads:
        both = Bench(items, heads=True)
        temperatures["with_heads"] = report("with_vectors and heads", both, groups, fixed, options)
    if options.write:
        setting = fixed or choose(benches["with_vectors"], np.arange(len(items)), groups, 1)
        write(benches, setting, temperatures)


def report(
    name: str, bench: Bench, groups: NDArray[np.int_], fixed: Setting | None, options: argparse.Namespace
) -> float:
    """Prints the nested cross-validation of one classifier and returns its best temperature."""
    results, chances = [], []
    for seed in range(options.repeats):
        rows, chance = nested(bench, groups, 10 * seed, fixed)
        guess = decide(chance, bench.threshold)
        results.append(scores(bench.truth[rows], guess))
        chances.append(chance)
    truth, mean = bench.truth[rows], np.mean(chances, axis=0)
    show(
        f"classifier {name!r}, nested, mean of {options.repeats}",
        {key: float(np.mean([r[key] for r in results])) for key in results[0]},
    )
    table = np.zeros((len(LABELS), len(LABELS)), dtype=int)
    np.add.at(table, (truth, guess), 1)
    print(
        "  confusion of the last (rows true):",
        table.tolist(),
        " macro-F1:",
        [round(r["macro-F1"], 3) for r in results],
    )
    temperature = best_temperature(np.vstack(chances), np.tile(truth, len(chances)))
    cooled = np.vstack(chances) ** (1 / temperature)
    cooled /= cooled.sum(axis=1, keepdims=True)
    before, after = (
        calibration_error(part, np.tile(truth, len(chances))) for part in (np.vstack(chances), cooled)
    )
    print(f"  temperature {temperature}, calibration error {before:.3f} without, {after:.3f} with it")
    if options.errors and name == "with_vectors and heads":
        guess = decide(mean, bench.threshold)
        for place in sorted(
            np.flatnonzero(guess != truth), key=lambda place: float(mean[place, truth[place]])
        ):
            item, chance_of_truth = bench.items[rows[place]], float(mean[place, truth[place]])
            print(
                f"  {chance_of_truth:.2f} {item.desk} -> {LABELS[guess[place]]} | {item.text.publisher} | "
                f"{item.text.title[:110]}"
            )
    return temperature


if __name__ == "__main__":
    main()
