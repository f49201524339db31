"""What the site shows, in memory: stories on topic with articles, events and subjects; feeds; issues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

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

FEED_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """All values of the site. `merged` maps every id that was merged into a story shown to that story.

    `site_url` is the public address of the site, with a slash at its end, if it has one.
    """

    cards: Mapping[int, StoryCard]
    articles: Mapping[int, Sequence[StoryArticle]]
    events: Mapping[int, Sequence[StoryEvent]]
    sentences: Mapping[int, Sequence[SummarySentence]]
    subjects: Mapping[int, Sequence[Subject]]
    due: Mapping[int, Sequence[StoryDeadline]]
    merged: Mapping[int, int]
    feeds: Sequence[FeedRow]
    issues: Sequence[Issue]
    issues_made: Mapping[str, datetime]
    last_seen_at: datetime | None
    site_url: str | None


def read_contents(con: duckdb.DuckDBPyConnection, issues: Sequence[Issue], site_url: str | None) -> Contents:
    """Reads what the open snapshot has to show beside the issues."""
    cards = {card.story_id: card for card in site_contents.story_cards(con)}
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
        feeds=site_contents.feed_rows(con, FEED_DAYS),
        issues=issues,
        issues_made=site_contents.issues_made(con),
        last_seen_at=site_contents.last_seen_at(con),
        site_url=site_url,
    )
