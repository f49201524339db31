"""Filing with and without articles' texts: macro-F1, precision and recall of being on topic.

    python benchmarks/text_filing.py

Reads 252 articles on European policy, and the entries of recorded feeds that have a whole text, from
../shared/data. text_desks.jsonl has the desks of those that name AI, chips, drones and the like; the others
are off topic. None was trained on. The summary of a policy article is its first lines, broken off; that of a
feed's entry is the feed's own.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from labelled_articles import SHARED, title_key  # noqa: E402
from raw_feeds import RAW, SEEN, SOURCE  # noqa: E402

from sources.errors import NotAFeedError  # noqa: E402
from sources.feeds.parse import parse_feed  # noqa: E402
from warehouse.classify.desk_classifier import DeskClassifier, Text, load_desk_classifier  # noqa: E402
from warehouse.classify.passages import passages_of  # noqa: E402
from warehouse.embed.encoder import QuantisedEmbedder, text_to_embed  # noqa: E402
from warehouse.store.db import open_warehouse  # noqa: E402

LABELS = ROOT / "benchmarks" / "text_desks.jsonl"
LEAST_WORDS = 200
_BROKEN_OFF = re.compile(r"(?:\*By [^*\n]*\*\s*)?(.{40,400}?\.\.\.)\s", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An article with its desk, and whether it names something of the topic."""

    title: str
    summary: str
    text: str
    desk: str
    is_near: bool


def main() -> None:
    """Prints a table of how articles are filed, by what is read of them."""
    items = articles()
    classifier, embedder = load_desk_classifier(), QuantisedEmbedder()
    read = {
        "title": [replace(one, summary="", text="") for one in items],
        "title, summary": [replace(one, text="") for one in items],
        "title, text": [replace(one, summary="") for one in items],
        "title, summary, text": items,
    }
    for near in (True, False):
        print("near the topic" if near else "all")
        for name, variant in read.items():
            chosen = [one for one in variant if one.is_near or not near]
            print(f"  {name:24}", _scores(chosen, classifier, embedder))


def articles() -> list[Item]:
    """Returns the articles with their texts and desks; needs ../shared/data."""
    return [*_policy(), *_feed_entries()]


def _scores(items: list[Item], classifier: DeskClassifier, embedder: QuantisedEmbedder) -> str:
    leads = _leads(items)
    reading = embedder.read([text_to_embed(one.title, lead) for one, lead in zip(items, leads, strict=True)])
    texts = [
        Text(
            title=one.title,
            summary=lead,
            source_kind="news",
            publisher="",
            url=None,
            vector=vector,
            head_outputs=heads,
            passages=passages_of(one.text),
        )
        for one, lead, vector, heads in zip(items, leads, reading.vectors, reading.head_outputs, strict=True)
    ]
    found = classifier.classify_all(texts)
    on_topic = np.array([1 - one.probabilities["off_topic"] for one in found])
    desk = np.array([one.desks[0].desk for one in found])
    expected = np.array([one.desk for one in items])
    is_on, filed = expected != "off_topic", desk != "off_topic"
    right = (is_on & filed).sum()
    ranked = is_on[np.argsort(-on_topic, kind="stable")]
    average = (ranked.cumsum() / np.arange(1, len(ranked) + 1))[ranked].mean()
    losses = [-np.log(max(one.probabilities[want], 1e-6)) for one, want in zip(found, expected, strict=True)]
    macro = np.mean([_f1(desk == label, expected == label) for label in set(expected)])
    return (
        f"{len(items)} articles, {is_on.sum()} on topic: macro-F1 {macro:.3f}, filed {filed.sum()}, "
        f"precision {right / filed.sum():.2f}, recall {right / is_on.sum():.2f}, "
        f"average precision {average:.3f}, log loss {np.mean(losses):.3f}"
    )


def _f1(found: np.ndarray, expected: np.ndarray) -> float:
    return float(2 * (found & expected).sum() / (found.sum() + expected.sum()))


def _leads(items: list[Item]) -> list[str]:
    with TemporaryDirectory() as folder, open_warehouse(Path(folder) / "empty.duckdb") as con:
        query = "SELECT store.lead_of(?, ?)"
        return [con.execute(query, [one.summary, one.text]).fetchall()[0][0] for one in items]


def _labels(corpus: str) -> dict[str, str]:
    rows = map(json.loads, LABELS.read_text("utf-8").splitlines())
    return {row["id"]: row["desk"] for row in rows if row["corpus"] == corpus}


def _policy() -> Iterator[Item]:
    labels = _labels("eu_policy")
    with gzip.open(
        SHARED / "labelled" / "stories_eu_policy_2025_05.jsonl.gz", "rt", encoding="utf-8"
    ) as lines:
        for row in map(json.loads, lines):
            half = _BROKEN_OFF.match(row["text"])
            yield Item(
                title=row["title"],
                summary=" ".join(half[1].split()) if half else "",
                text=row["text"][half.end() :].strip() if half else row["text"],
                desk=labels.get(row["id"], "off_topic"),
                is_near=row["id"] in labels,
            )


def _feed_entries() -> Iterator[Item]:
    labels, seen = _labels("raw_feeds"), set()
    for path in sorted(RAW.glob("*.gz")):
        try:
            articles = parse_feed(gzip.decompress(path.read_bytes()), "", SOURCE, SEEN).articles
        except NotAFeedError:
            continue
        for article in articles:
            key = title_key(article.title)
            if len(article.text.split()) >= LEAST_WORDS and key not in seen:
                seen.add(key)
                yield Item(
                    title=article.title,
                    summary=article.summary,
                    text=article.text,
                    desk=labels.get(key, "off_topic"),
                    is_near=key in labels,
                )


if __name__ == "__main__":
    main()
