"""`speed.py site`: the static site of a synthetic warehouse, built new, again, and after a day's articles."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT)]

from reports.site.build import build_site  # noqa: E402
from reports.trends.trend_ledger import trend_test_id  # noqa: E402
from reports.week import Week  # noqa: E402
from warehouse.classify.taxonomy import load_taxonomy  # noqa: E402
from warehouse.store.db import open_read_only, open_warehouse  # noqa: E402
from warehouse.store.trend_tests import TrendTest, Verdict, save_trend_tests  # noqa: E402

# Stories of one to twenty articles, a quarter of them on topic, over a year; each on-topic text with the
# names, themes, topics and sentences that classification finds in real ones on average.
ARTICLES = """
CREATE OR REPLACE TEMP TABLE made AS
WITH stories AS (
    SELECT number, 1 + floor(19 * pow((hash(number, 'size') % 1000) / 1000.0, 6))::INT AS size,
        TIMESTAMP '2025-08-11' + to_seconds(hash(number, 'day') % (364 * 86400)) AS began,
        hash(number, 'topic') % 4 = 0 AS on_topic
    FROM range($first::BIGINT, ($first + $articles)::BIGINT) AS r(number)
),
placed AS (SELECT number, unnest(range(size)) AS place, began, on_topic FROM stories),
picked AS (FROM placed ORDER BY hash(number, 'take') LIMIT $articles)
SELECT (hash(number, place) >> 1)::BIGINT AS article_id, (hash(number, 0) >> 1)::BIGINT AS story_id, place,
    on_topic, began + to_hours(3 * place) AS moment, 'feed-' || hash(number, place, 'feed') % 300 AS feed,
    list_transform(range(9), i ->
        'word' || (pow((hash(number, i, 'word') % 100000) / 100000.0, 3) * 20000)::INT
    ).list_aggregate('string_agg', ' ') AS words
FROM picked
"""
TABLES = [
    "INSERT OR IGNORE INTO store.sources SELECT DISTINCT feed, feed, 'Owner ' || hash(feed) % 200, "
    "'https://x.example/' || feed, 'news', 'INT', 'en' FROM made",
    """
    INSERT INTO store.articles (article_id, source_id, publisher, url, title, summary, text, language,
        published_at, date_status, first_seen_at, updated_at, text_hash, stated_at)
    SELECT article_id, feed, 'Owner ' || hash(feed) % 200, 'https://x.example/' || article_id,
        'Headline ' || words, words, words, 'en', moment, 'ok', moment + INTERVAL 1 HOUR,
        moment + INTERVAL 1 HOUR, article_id, moment FROM made
    """,
    "INSERT OR IGNORE INTO store.stories (story_id, created_at, creation_order) "
    "SELECT story_id, min(moment), row_number() OVER () FROM made GROUP BY story_id",
    "INSERT INTO store.story_members (article_id, story_id, position, similarity, copy_of) "
    "SELECT article_id, story_id, row_number() OVER (ORDER BY moment, "
    "article_id), 0.9, NULL FROM made",
    "INSERT INTO store.classifications (article_id, text_hash, method, genre) "
    "SELECT article_id, article_id, 'made', 'news' FROM made",
    """
    INSERT INTO store.article_desks (article_id, desk, score, is_primary, reasons)
    SELECT article_id, CASE WHEN on_topic
        THEN $desks[1 + (hash(story_id) % len($desks))::INT]
        ELSE 'off_topic' END, 0.9, TRUE, 'made' FROM made
    """,
    """
    INSERT OR IGNORE INTO store.article_entities
    SELECT article_id, 'entity-' || number, 'Entity ' || number, 'firm', NULL, NULL, 'x', 1, TRUE
    FROM (
        SELECT article_id, unnest(list_transform(range(5), i ->
            (800 * pow((hash(story_id, i, 'entity') % 1000) / 1000.0, 2))::INT)) AS number
        FROM made WHERE on_topic
    )
    """,
    "INSERT INTO store.article_themes SELECT article_id, ['cyber', 'dual_use', 'cooperation', "
    "'opacity'][1 + (hash(story_id) % 4)::INT], 3, '' FROM made WHERE on_topic",
    """
    INSERT INTO store.article_topics
    SELECT article_id, t.desk, topics[1 + (hash(story_id) % len(topics))::INT], 3, ''
    FROM made JOIN store.article_desks AS d USING (article_id) JOIN topics AS t ON t.desk = d.desk
    """,
    "INSERT OR IGNORE INTO store.story_sentences SELECT story_id, 1 + place, article_id, words FROM made "
    "WHERE place < 3",
    "INSERT OR IGNORE INTO store.story_summaries SELECT story_id, 1, article_id, ['one', 'two', 'three'] "
    "FROM made WHERE place = 0",
]


SERIES = """
SELECT kind, desk, key, map_from_entries(list((week, stories))) AS counted FROM weekly_series
WHERE kind <> 'act_share' GROUP BY ALL HAVING sum(stories) >= 52 ORDER BY ALL
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("site", help=__doc__)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.set_defaults(run=measure)


def measure(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        fill(home, 0, options.articles)
        said = {"articles": options.articles, "new": build(home), "again": build(home)}
        fill(home, 10_000_000, max(options.articles // 365, 1))
        print(json.dumps(said | {"a_day_later": build(home)}, indent=2))


def fill(home: Path, first: int, articles: int) -> None:
    with open_warehouse(home / "warehouse.duckdb") as con:
        con.execute(ARTICLES, {"first": first, "articles": articles})
        con.register("topics", topics())
        for table in TABLES:
            con.execute(table, {"desks": list(load_taxonomy().desks)} if "$desks" in table else None)
        save_trend_tests(con, list(tests(con)))


def topics() -> pa.Table:
    """The topics of each desk."""
    desks = list(load_taxonomy().desks)
    of_each = [
        [topic.id for topic in load_taxonomy().topics.values() if topic.desk == desk] for desk in desks
    ]
    return pa.table({"desk": desks, "topics": of_each})


def tests(con: duckdb.DuckDBPyConnection) -> Iterator[TrendTest]:
    """The trend test of every week of the year and every series with a story a week, all with one verdict."""
    weeks = [Week(date(2025, 8, 11)).before(-number) for number in range(52)]
    for kind, desk, key, counted in con.execute(SERIES).fetchall():
        for number, week in enumerate(weeks[13:], start=13):
            span, before = [str(week)], list(map(str, weeks[number - 12 : number]))
            stories = [counted.get(one, 0) for one in (*before, *span)]
            yield TrendTest(
                test_id=trend_test_id(week, kind, key), as_of=week.end, week=span[0], kind=kind, desk=desk,
                key=key, name=key, stories=stories[-1], out_of=None, publishers=3, span_weeks=tuple(span),
                span_stories=tuple(stories[-1:]), baseline_weeks=tuple(before), baseline=tuple(stories[:-1]),
                baseline_out_of=(), history=tuple(stories), panel_history=tuple(stories), panel_feeds=300,
                watched_feeds=300, panel_stories=stories[-1], panel_out_of=None,
                panel_span=tuple(stories[-1:]), panel_span_out_of=(), panel_baseline=tuple(stories[:-1]),
                panel_baseline_out_of=(), ratio=1.0, low=0.5, high=2.0, level=1.0, level_low=0.5,
                level_high=2.0, p=0.5, q=1.0, tested=100, error_share=0.01, dispersion=1.2, coverage=1.0,
                verdict=Verdict.NO_MEASURABLE_CHANGE, reason="", first_before=None, method="made",
            )  # fmt: skip


def build(home: Path) -> dict[str, object]:
    began, used = time.monotonic(), time.process_time()
    with open_read_only(home / "warehouse.duckdb") as con:
        report = build_site(con, home / "digests", home / "site", None)
    size = sum(path.stat().st_size for path in (home / "site").resolve().rglob("*"))
    return {
        "seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(time.process_time() - used, 1),
        "stories": report.stories,
        "written": report.written,
        "kept": report.kept,
        "megabytes": round(size / 1e6),
    }
