"""What the site shows, in memory: stories on topic with articles, events and subjects; feeds; issues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import duckdb

from reports.digest.written_issues import Issue
from warehouse.queries import site_contents
from warehouse.queries.site_contents import (
    FeedRow,
    StoryArticle,
    StoryCard,
    StoryDeadline,
    StoryEvent,
    Subject,
    SummarySentence,
)
from warehouse.queries.site_threads import SiteStep, site_threads, successors_of_threads
from warehouse.queries.thread_details import ThreadLine
from warehouse.store.trend_tests import TrendTest, latest_trend_tests

FEED_DAYS = 14

# Kind and key of a series, as in the view weekly_series.
SeriesId: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """All values of the site. `merged` maps every id that was merged into a story shown to that story.
    `threads` are the threads with their steps on topic, those followed first; `joined_threads` maps ids
    that were joined to one of them.

    `weekly` are the stories of a series by ISO week, `trend_tests` its latest test on record of each week,
    `watched_weeks` those in which any feed was watched. `site_url` is the public address of the site, with a
    slash at its end, if it has one.
    """

    cards: Mapping[int, StoryCard]
    articles: Mapping[int, Sequence[StoryArticle]]
    events: Mapping[int, Sequence[StoryEvent]]
    sentences: Mapping[int, Sequence[SummarySentence]]
    subjects: Mapping[int, Sequence[Subject]]
    due: Mapping[int, Sequence[StoryDeadline]]
    merged: Mapping[int, int]
    threads: Mapping[int, tuple[ThreadLine, Sequence[SiteStep]]]
    joined_threads: Mapping[int, int]
    weekly: Mapping[SeriesId, Mapping[str, int]]
    trend_tests: Mapping[SeriesId, Mapping[str, TrendTest]]
    watched_weeks: frozenset[str]
    feeds: Sequence[FeedRow]
    issues: Sequence[Issue]
    issues_made: Mapping[str, datetime]
    last_seen_at: datetime | None
    site_url: str | None


def read_contents(con: duckdb.DuckDBPyConnection, issues: Sequence[Issue], site_url: str | None) -> Contents:
    """Reads what the open snapshot has to show beside the issues."""
    cards = {card.story_id: card for card in site_contents.story_cards(con)}
    weekly = site_contents.weekly_stories(con)
    threads = site_threads(con)
    weeks = sorted({week for stories in weekly.values() for week in stories})
    return Contents(
        cards=cards,
        articles=site_contents.story_articles(con),
        events=site_contents.story_events(con),
        sentences=site_contents.summary_sentences(con),
        subjects=site_contents.subjects(con),
        due=site_contents.story_deadlines(con),
        merged={
            old: now
            for old, now in site_contents.successors(con).items()
            if now in cards and old not in cards
        },
        threads=threads,
        joined_threads={old: now for old, now in successors_of_threads(con).items() if now in threads},
        weekly=weekly,
        trend_tests=_by_series(latest_trend_tests(con)),
        watched_weeks=site_contents.watched_weeks(con, weeks[0], weeks[-1]) if weeks else frozenset(),
        feeds=site_contents.feed_rows(con, FEED_DAYS),
        issues=issues,
        issues_made=site_contents.issues_made(con),
        last_seen_at=site_contents.last_seen_at(con),
        site_url=site_url,
    )


def _by_series(tests: Sequence[TrendTest]) -> dict[SeriesId, dict[str, TrendTest]]:
    found: dict[SeriesId, dict[str, TrendTest]] = {}
    for test in tests:
        found.setdefault((test.kind, test.key), {})[test.week] = test
    return found
