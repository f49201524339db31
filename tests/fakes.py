"""Fakes for what we do not own, and helpers that make articles and place them in a warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from reports.digest.digest import Digest
from reports.digest.items import Citation, Item, Sentence
from reports.digest.sections.bottom_line import Bullet
from reports.digest.sections.coverage_notes import Coverage
from reports.digest.sections.deadlines_and_events import DueDates
from reports.digest.sections.desk_sections import DeskSection
from reports.digest.sections.masthead import Corpus
from reports.digest.sections.opinion_and_analysis import Commentary
from reports.digest.sections.week_changes import Changes
from reports.trends.comparison import Comparison, Series, compare_all
from reports.trends.panel import read_panel
from reports.trends.trend_ledger import trend_tests_of
from reports.week import Week
from sources.model import (
    Article,
    DateStatus,
    EntryCounts,
    FetchResult,
    Outcome,
    PageResult,
    PageText,
    ParsedFeed,
    Source,
    WantedPage,
    stable_id,
)
from warehouse.embed.encoder import Vectors
from warehouse.store.articles import save_articles
from warehouse.store.db import to_db, transaction
from warehouse.store.feeds import FetchRecord, save_fetches, save_sources
from warehouse.store.trend_tests import TrendTest

WEEK = Week.parse("2026-W33")
NOW = WEEK.end + timedelta(hours=6)


class HashEmbedder:
    """An embedder without a model: each word adds a sign at a hashed position; shared words are near."""

    # Not the real model's 384: the desk classifier ignores vectors of another size, so terms decide.
    dimension = 256

    @property
    def model(self) -> str:
        return "hash@1"

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                number = int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "big")
                vectors[row, number % self.dimension] += 1.0 if number >> 63 else -1.0
            if not vectors[row].any():
                vectors[row, 0] = 1.0
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def at(text: str) -> datetime:
    """The UTC moment written as 2026-08-12 or 2026-08-12T09:30."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def source(
    id_: str = "wire", *, publisher: str | None = None, name: str | None = None, kind: str = "news"
) -> Source:
    """A feed; without more it is its own publisher."""
    return Source(
        id=id_,
        name=name or id_.title(),
        publisher=publisher or id_.title(),
        url=f"https://{id_}.example/feed.xml",
        kind=kind,
        region="INT",
        language="en",
    )


def article(
    title: str,
    summary: str = "",
    *,
    feed: str = "wire",
    publisher: str | None = None,
    url: str | None = "",
    text: str = "",
    published: datetime | None = WEEK.start + timedelta(days=2),
    seen: datetime | None = None,
    status: DateStatus = DateStatus.OK,
    language: str = "en",
) -> Article:
    """Returns an article of week 33, seen an hour after publication, with an address of feed and title."""
    identity = url or f"https://{feed}.example/{stable_id(title):x}"
    return Article(
        article_id=stable_id(identity),
        source_id=feed,
        publisher=publisher or feed.title(),
        url=None if url is None else identity,
        title=title,
        summary=summary,
        text=text,
        language=language,
        published_at=published,
        date_status=status,
        first_seen_at=seen or (published or WEEK.start) + timedelta(hours=1),
        text_hash=stable_id(title, summary, text),
    )


def save(con: duckdb.DuckDBPyConnection, *articles: Article, now: datetime = NOW) -> None:
    """Stores the articles, and a source for each feed they name that is not there yet."""
    known = {id_ for (id_,) in con.execute("SELECT source_id FROM store.sources").fetchall()}
    feeds = {one.source_id: source(one.source_id, publisher=one.publisher) for one in articles}
    with transaction(con):
        save_sources(con, [feeds[id_] for id_ in feeds.keys() - known])
        save_articles(con, [ParsedFeed(articles=articles, rejections=())], now)


def fetched_page(
    of: Article,
    text: str = "",
    *,
    outcome: Outcome = Outcome.OK,
    when: datetime = NOW,
    http_status: int | None = None,
    retry_after_s: int | None = None,
    message: str = "",
    **page: Any,
) -> PageResult:
    """The fetch of an article's page, with its text if there is one; `page` are fields of PageText."""
    wanted = WantedPage(
        article_id=of.article_id,
        source_id=of.source_id,
        url=of.url or "",
        title=of.title,
        language=of.language,
    )
    return PageResult(
        wanted=wanted,
        fetched_at=when,
        outcome=outcome,
        elapsed_s=0.5,
        http_status=http_status,
        final_url=of.url,
        retry_after_s=retry_after_s,
        message=message,
        page=PageText(text=text, extractor="fake 1", **page) if text else None,
    )


_FILE = """
INSERT INTO store.article_desks (article_id, desk, score, is_primary, is_filed, reasons)
SELECT article_id, $desk, $score, TRUE, TRUE, 'by hand' FROM placed
UNION ALL SELECT article_id, 'off_topic', 1 - $score, FALSE, FALSE, '' FROM placed WHERE $desk <> 'off_topic'
"""


def place(
    con: duckdb.DuckDBPyConnection,
    *articles: Article,
    story: int | None = None,
    desk: str | None = "export_controls",
    genre: str = "news",
    copy_of: Article | None = None,
    similarity: float = 1.0,
    score: float | None = None,
    significance: float = 2.0,
    sure: bool = False,
) -> None:
    """Stores and classifies the articles: all in one story if `story` is given, else each in its own.

    If they are `sure` their score is high, and they name a ministry and have a topic and an act.
    """
    score = score or (0.95 if sure else 0.55)
    save(con, *articles)
    rows = pa.table(
        {
            "article_id": [one.article_id for one in articles],
            "story_id": [one.article_id if story is None else story for one in articles],
            "seen_at": [to_db(one.first_seen_at) for one in articles],
            "text_hash": [one.text_hash for one in articles],
            "place": range(len(articles)),
        }
    )
    with transaction(con):
        con.register("placed", rows)
        con.execute(_FOUND)
        con.execute(_PLACE, {"copy_of": copy_of and copy_of.article_id, "similarity": similarity})
        con.execute(
            "INSERT INTO store.classifications SELECT article_id, text_hash, 'by hand', $1, $2 FROM placed",
            [genre, significance],
        )
        if desk is not None:
            con.execute(_FILE, {"desk": desk, "score": score})
        if sure and desk is not None:
            con.execute(_OFFICIAL)
            con.execute(
                "INSERT INTO store.article_facets SELECT article_id, 'act', 'order', 3, 'by hand' FROM placed"
            )
            con.execute(
                "INSERT INTO store.article_topics SELECT article_id, $1, 'by_hand', 3, 'by hand' FROM placed",
                [desk],
            )
        con.unregister("placed")


def place_surely(con: duckdb.DuckDBPyConnection, *articles: Article, **classified: Any) -> None:
    """As `place`, of stories that a digest tells as news."""
    place(con, *articles, **{"sure": True, **classified})


_OFFICIAL = """
INSERT INTO store.article_entities (article_id, entity_id, name, kind, role, jurisdiction, mentions, in_title,
    alias)
SELECT article_id, 'ministry', 'the ministry', 'government', 'government', NULL, 1, FALSE, 'ministry'
FROM placed
"""
_FOUND = """
INSERT OR IGNORE INTO store.stories (story_id, created_at, creation_order)
SELECT story_id, min(seen_at), (SELECT count(*) FROM store.stories) FROM placed GROUP BY story_id
"""
_PLACE = """
INSERT INTO store.story_members (article_id, story_id, position, similarity, copy_of)
SELECT article_id, story_id, place + (SELECT count(*) FROM store.story_members), $similarity, $copy_of
FROM placed
"""


def link(con: duckdb.DuckDBPyConnection, *stories: int, relation: str = "names") -> None:
    """Makes a thread of the stories, each linked with the first, and the first with the second."""
    first, second = stories[:2]
    con.execute("INSERT INTO store.threads (thread_id, created_at) VALUES ($1, '2026-01-01')", [first])
    con.executemany(
        "INSERT INTO store.thread_links (story_id, thread_id, since, other_story_id, score, relation, reason)"
        " VALUES ($1, $2, '2026-01-01', $3, 1, $4, 'by hand')",
        [[one, first, second if one == first else first, relation] for one in stories],
    )


def watch(
    con: duckdb.DuckDBPyConnection,
    *feeds: str,
    since: Week | None = None,
    until: Week = WEEK,
    outcome: str = "ok",
) -> None:
    """Each feed answers on the morning after every week, from ten weeks before W33 on."""
    first, moments = since or WEEK.before(10), []
    while first <= until:
        moments.append(to_db(first.end + timedelta(hours=6)))
        first = first.before(-1)
    save_sources(con, map(source, feeds))
    con.register("asked", pa.table({"feed": feeds}))
    con.register("mornings", pa.table({"moment": moments}))
    con.execute(_WATCH, {"outcome": outcome})
    con.unregister("asked")
    con.unregister("mornings")


_WATCH = """
INSERT OR REPLACE INTO store.fetches (fetch_id, source_id, fetched_at, outcome, http_status, entries_new,
    entries_updated, entries_unchanged, entries_rejected, elapsed_s, message)
SELECT (hash(feed, moment) >> 1)::BIGINT, feed, moment, $outcome, 200, 0, 0, 1, 0, 0.1, ''
FROM asked, mornings
"""


def log_fetch(
    con: duckdb.DuckDBPyConnection,
    feed: str,
    moment: datetime,
    outcome: Outcome = Outcome.OK,
    counts: EntryCounts | None = None,
    *,
    in_feed: int | None = None,
) -> None:
    """Logs that the feed was asked, and describes it if it was not yet."""
    known = con.execute("SELECT 1 FROM store.sources WHERE source_id = $feed", {"feed": feed}).fetchall()
    if not known:
        save_sources(con, [source(feed)])
    result = FetchResult(source_id=feed, fetched_at=moment, outcome=outcome, elapsed_s=0.1)
    record = FetchRecord(
        result=result, counts=counts or EntryCounts(), entries_in_feed=in_feed, validator_lied=False
    )
    save_fetches(con, [record])


def silent(_done: int, _total: int) -> None:
    """Takes no notice of progress."""


def series(
    *stories: int, publishers: int = 5, watched: int = 8, up: float = 1.0, over: bool = True
) -> Series:
    """The panel's counts per week, the tested week last; enough was watched if `watched` is 8."""
    return Series(
        name="desk",
        kind="desk",
        desk="regulation",
        panel=stories,
        publishers=(publishers,) * len(stories),
        days=(7,) * len(stories),
        panel_up=up,
        is_forming=watched < 8,
        is_over=over,
    )


def trend(*stories: int, **more: object) -> Comparison:
    """The comparison of a series (see `series`) with its last value."""
    return compare_all([series(*stories, **more)])[0]  # type: ignore[arg-type]


def trend_test(
    *stories: int,
    kind: str = "desk",
    key: str = "regulation",
    name: str = "Regulation",
    reason: str = "as counted",
    first_before: str | None = None,
    **more: object,
) -> TrendTest:
    """The ledger's row of a series (see `series`): its last value against those before."""
    made = trend(*stories, **more)
    one, is_share = made.series, kind == "act_share"
    weeks = [str(WEEK.before(back)) for back in reversed(range(max(13, len(stories))))]
    compared, span = weeks[-len(stories) :], made.span
    unwatched = (None,) * (13 - len(stories))
    return TrendTest(
        test_id="W33-k7q2ma",
        as_of=NOW,
        week=str(WEEK),
        kind=kind,
        desk=key if kind in ("desk", "act_share") else None,
        key=key,
        name=name,
        stories=stories[-1],
        out_of=stories[-1] * 2 if is_share else None,
        publishers=one.publishers[-1],
        span_weeks=tuple(compared[-span:]),
        span_stories=stories[-span:],
        baseline_weeks=tuple(compared[:-span]),
        baseline=stories[:-span],
        baseline_out_of=tuple(2 * count for count in stories[:-span]) if is_share else (),
        history=(unwatched + stories)[-13:],
        panel_history=(unwatched + one.panel)[-13:],
        days_watched=(7,) * len(stories),
        panel_feeds=5,
        watched_feeds=5,
        panel_stories=one.panel[-1],
        panel_out_of=stories[-1] * 2 if is_share else None,
        panel_span=one.panel[-span:],
        panel_span_out_of=tuple(2 * count for count in stories[-span:]) if is_share else (),
        panel_baseline=one.panel[:-span],
        panel_baseline_out_of=tuple(2 * count for count in stories[:-span]) if is_share else (),
        ratio=made.ratio,
        low=made.low,
        high=made.high,
        level=made.level,
        level_low=made.level_low,
        level_high=made.level_high,
        p=made.p,
        q=made.q,
        tested=made.tested,
        error_share=made.error_share,
        dispersion=made.dispersion,
        coverage=one.panel_up,
        verdict=made.verdict,
        reason=reason,
        first_before=first_before,
        method="by hand",
    )


def item(
    title: str = "Rule takes effect",
    *sentences: str,
    url: str | None = "https://wire.example/1",
    outlet: str = "Wire",
    articles: int = 1,
    texts: int = 1,
    publishers: int = 1,
    is_new: bool = True,
    genre: str = "news",
) -> Item:
    """A story of one cited article."""
    cited = Citation(article_id=1, outlet=outlet, title=title, published_at=WEEK.start, url=url)
    return Item(
        story_id=1,
        title=title,
        genre=genre,
        sentences=tuple(Sentence(text=text, source=cited) for text in sentences),
        citations=(cited,),
        articles=articles,
        texts=texts,
        publishers=publishers,
        is_new=is_new,
        latest_at=WEEK.start,
        confidence=0.75,
    )


def section(
    *items: Item,
    name: str = "Regulation",
    desk: str = "regulation",
    trend: TrendTest | None = None,
    **more: object,
) -> DeskSection:
    """A desk with these stories, led by the first; `more` are other fields of it."""
    values: dict[str, object] = {
        "desk": desk,
        "name": name,
        "has_lead": bool(items),
        "items": items,
        "single": (),
        "unsure": (),
        "stories": len(items),
        "new_stories": sum(one.is_new for one in items),
        "trend": trend or trend_test(*[0] * 12, len(items), key=desk, name=name),
        "acts": trend_test(*[0] * 12, len(items), kind="act_share", key=desk, name=f"Acts in {name}"),
    }
    return DeskSection(**(values | more))  # type: ignore[arg-type]


def issue(*sections: DeskSection, coverage: Coverage | None = None, **more: object) -> Digest:
    """A digest of these sections, one of them if none is given, with an appendix that has their stories."""
    sections = sections or (section(item()),)
    values: dict[str, object] = {
        "week": WEEK,
        "watermark": NOW,
        "corpus": Corpus(collected=1_234, articles=12, texts=3, stories=1, publishers=2),
        "coverage": coverage or Coverage(feeds=5, down=(), set_aside=(), languages=("en",)),
        "bottom_line": tuple(_bullet(one) for one in sections),
        "changes": Changes(),
        "sections": sections,
        "themes": (),
        "due_dates": DueDates(),
        "commentary": Commentary(),
        "appendix": tuple((one.desk, one.items) for one in sections),
    }
    return Digest(**(values | more))  # type: ignore[arg-type]


def _bullet(one: DeskSection) -> Bullet:
    lead = one.lead
    return Bullet(
        desk=one.desk,
        name=one.name,
        text=lead.title if lead else "",
        source=lead.citations[0] if lead else None,
    )


def make_trend_tests(
    con: duckdb.DuckDBPyConnection, week: Week, as_of: datetime, *, is_over: bool
) -> list[TrendTest]:
    """The trend tests of a week as its issue makes them."""
    return trend_tests_of(con, read_panel(con, week, as_of), as_of, is_over=is_over)
