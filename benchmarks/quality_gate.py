"""Measures the quality of stories and desks on labelled corpora and fails if a figure is under its floor.

    python benchmarks/quality_gate.py [--shared ../shared] [--json]

Each corpus goes the way a user's data goes (import or collect, enrich) and is read from the public views. The
bundled sample is always measured; the recorded corpora only where ../shared is there. A corpus other than the
one a floor was set on (by its SHA-256) is measured but not judged.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from desk_gate import cross_validate
from scores import score_desks, score_grouping

from flows import pipeline
from flows.collection import store_archives
from flows.demo.play import play
from flows.demo.sample import load_labels
from flows.progress import silent
from flows.settings import Settings
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.embed.encoder import Embedder, load_embedder
from warehouse.store.db import open_read_only

HERE = Path(__file__).resolve().parent
SAMPLE = HERE.parent / "flows" / "demo"
OWN_LABELS = HERE / "article_labels.csv"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
FOUND = """
SELECT a.url, m.story_id, d.desk FROM articles AS a
LEFT JOIN story_articles AS m ON m.article_id = a.article_id
LEFT JOIN article_desks AS d ON d.article_id = a.article_id AND d.is_primary
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The figures of one corpus; `thrown_away` is the share of its articles that ended in no story."""

    corpus: str
    sha256: str
    articles: int
    stories: int
    figures: dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=HERE.parents[1] / "shared")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    floors = json.loads((HERE / "floors.json").read_text("utf-8"))
    measured = list(measure_all(options.shared))
    failures = [failure for one in measured for failure in under_floor(one, floors)]
    if options.json:
        print(json.dumps([asdict(one) for one in measured], indent=2))
    else:
        for one in measured:
            print(
                f"{one.corpus}: {one.articles} articles, {one.stories} labelled stories, sha256 "
                f"{one.sha256[:12]}"
            )
            for name, figure in one.figures.items():
                floor = floors.get(one.corpus, {}).get("floors", {}).get(name)
                print(f"  {name:28} {figure:.3f}{f'   floor {floor:.3f}' if floor is not None else ''}")
    sys.exit("\n".join(failures) or 0)


def measure_all(shared: Path) -> Iterator[Measured]:
    """The sample, then every recorded corpus that is there."""
    embedder = load_embedder()
    yield measure_sample(embedder)
    for path in sorted((shared / "data" / "labelled").glob("stories_*.jsonl.gz")):
        yield measure_stories(path, embedder)
    if desks := sorted((shared / "data" / "labelled").glob("desks*.jsonl.gz")):
        yield measure_desks(desks)


def measure_sample(embedder: Embedder) -> Measured:
    """Stories and desks of the sample, collected week by week as the demonstration does."""
    labels = load_labels()
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        play(settings, silent, embedder)
        found = read_found(settings)
    links = sorted(found.keys() & labels.keys())
    grouping = score_grouping([found[link][0] for link in links], [labels[link].story for link in links])
    desks = score_desks(
        [found[link][1] for link in links], [labels[link].desk for link in links], list(load_taxonomy().desks)
    )
    return Measured(
        corpus="sample",
        sha256=sha256(SAMPLE / "entries.jsonl", SAMPLE / "labels.jsonl"),
        articles=len(links),
        stories=len({labels[link].story for link in links}),
        figures={**asdict(grouping), **desks, "thrown_away": thrown_away(found)},
    )


def measure_stories(path: Path, embedder: Embedder) -> Measured:
    """Stories of a labelled corpus, imported as an archive."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    for number, row in enumerate(rows):
        row["url"] = row.get("url") or f"https://corpus.example/{number}"
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        archive = Path(home) / "corpus.jsonl"
        archive.write_text("\n".join(json.dumps(to_import(row)) for row in rows), "utf-8")
        store_archives(settings, [archive], NOW)
        pipeline.enrich_pending(settings, embedder=embedder)
        found = read_found(settings)
    labelled = {url_of(row): row["cluster"] for row in rows if url_of(row) in found}
    links = sorted(labelled)
    return Measured(
        corpus=path.name.removesuffix(".jsonl.gz"),
        sha256=sha256(path),
        articles=len(links),
        stories=len(set(labelled.values())),
        figures={
            **asdict(score_grouping([found[link][0] for link in links], [labelled[link] for link in links])),
            "thrown_away": thrown_away(found),
        },
    )


def measure_desks(paths: Sequence[Path]) -> Measured:
    """Desks of labelled articles that the linear classifier was not trained on, by cross-validation."""
    items, figures = cross_validate()
    return Measured(
        corpus="desks", sha256=sha256(*paths, OWN_LABELS), articles=items, stories=0, figures=figures
    )


def to_import(row: dict[str, str]) -> dict[str, str]:
    return {
        "source": row.get("source") or "corpus",
        "title": row["title"],
        "url": url_of(row),
        "summary": row.get("text") or "",
        "published": row["published"],
    }


def url_of(row: dict[str, str]) -> str:
    from sources.clean.urls import canonical_url

    return canonical_url(row["url"]) or row["url"]


def read_found(settings: Settings) -> dict[str, tuple[int | None, str]]:
    """Story and primary desk of every article, by its address, from the published snapshot."""
    pipeline.publish(settings, NOW, by_hand=True)
    with open_read_only(settings.snapshot_path) as con:
        return {url: (story, desk) for url, story, desk in con.execute(FOUND).fetchall()}


def thrown_away(found: dict[str, tuple[int | None, str]]) -> float:
    return sum(story is None for story, _ in found.values()) / len(found)


def sha256(*paths: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def under_floor(one: Measured, floors: dict[str, dict[str, object]]) -> list[str]:
    """What to print for each figure that fell under its floor."""
    entry = floors.get(one.corpus)
    if entry is None or entry["sha256"] != one.sha256:
        return [
            f"{one.corpus}: no floor for this version of the corpus ({one.sha256}); set it in floors.json"
        ]
    failures = [
        f"{one.corpus}: {name} is {one.figures[name]:.3f}, its floor is {floor:.3f}"
        for name, floor in entry["floors"].items()
        if one.figures[name] < floor
    ]
    if one.figures.get("thrown_away", 0) > 0:
        failures.append(f"{one.corpus}: {one.figures['thrown_away']:.1%} of the articles are in no story")
    return failures


if __name__ == "__main__":
    main()
