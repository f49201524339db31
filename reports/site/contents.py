"""All that the site shows, in memory: the stories on topic with what belongs to each, the feeds, the issues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from reports.issue_files import Issue
from warehouse import browse
from warehouse.browse import Due, FeedRow, Quote, StoryCard, Subject, Telling, Turn

FEED_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The site's matter. `merged` leads from every id that was merged into a story shown to that story."""

    cards: Mapping[int, StoryCard]
    tellings: Mapping[int, Sequence[Telling]]
    turns: Mapping[int, Sequence[Turn]]
    quotes: Mapping[int, Sequence[Quote]]
    subjects: Mapping[int, Sequence[Subject]]
    due: Mapping[int, Sequence[Due]]
    merged: Mapping[int, int]
    feeds: Sequence[FeedRow]
    issues: Sequence[Issue]
    issues_made: Mapping[str, datetime]
    heard_until: datetime | None


def read_contents(con: duckdb.DuckDBPyConnection, issues: Sequence[Issue]) -> Contents:
    """What the open snapshot has to show beside the issues."""
    cards = {card.story_id: card for card in browse.story_cards(con)}
    return Contents(
        cards=cards,
        tellings=browse.tellings(con),
        turns=browse.turns(con),
        quotes=browse.quotes(con),
        subjects=browse.subjects(con),
        due=browse.due_dates(con),
        merged={old: now for old, now in browse.successors(con).items() if now in cards and old not in cards},
        feeds=browse.feed_rows(con, FEED_DAYS),
        issues=issues,
        issues_made=browse.issues_made(con),
        heard_until=browse.heard_until(con),
    )
