"""Coverage notes: feeds down, articles set aside, gaps in collecting, breaks, corrections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from reports.digest.context import IssueContext
from reports.digest.phrases import count, day
from warehouse.queries import story_history, week_articles

GAPS_SHOWN, SET_ASIDE_SHOWN, NAMES_SHOWN = 3, 6, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What may be missing.

    Feeds asked and down in the week; articles first seen in it that were set aside, by feed and reason;
    languages; first and last days on which no feed was asked; feeds whose every entry was new; articles and
    stories corrected by analysts in the week. Of the thirteen weeks: those in which too few feeds were
    watched, and the moments (aware UTC) at which feeds were added or the method changed, with what did.
    """

    feeds: int
    down: tuple[str, ...]
    set_aside: tuple[tuple[str, str, int], ...]
    languages: tuple[str, ...]
    gaps: tuple[tuple[date, date], ...] = ()
    overflowed: tuple[str, ...] = ()
    reclassified_articles: int = 0
    story_corrections: int = 0
    weeks_down: tuple[str, ...] = ()
    breaks: tuple[tuple[datetime, str], ...] = ()


def build(context: IssueContext) -> Coverage:
    """Returns how completely the week, and the weeks it is compared with, were watched."""
    con, week, as_of, panel = context.con, context.week, context.as_of, context.panel
    asked = week_articles.requested_feeds(con, week.start, week.end, as_of)
    reclassified_articles, story_corrections = story_history.corrections_made(
        con, week.start, week.end, as_of
    )
    return Coverage(
        feeds=len(asked),
        down=tuple(name for name, answered in asked if not answered),
        set_aside=tuple(week_articles.uncounted_articles(con, week.start, week.end, as_of)),
        languages=tuple(sorted({article.language for article in context.articles})),
        gaps=tuple((gap.first, gap.last) for gap in panel.gaps if gap.last >= week.monday),
        overflowed=tuple(week_articles.overflowed_feeds(con, week.start, week.end, as_of)),
        reclassified_articles=reclassified_articles,
        story_corrections=story_corrections,
        weeks_down=tuple(map(str, panel.weeks_down)),
        breaks=tuple((one.moment, one.what) for one in panel.breaks),
    )


_SET_ASIDE = {
    "missing": "without a date",
    "unparsable": "with an unreadable date",
    "future": "dated in the future",
    "too_old": "from the archive",
    "flood": "in a flood of its archive",
}


def coverage_notes(coverage: Coverage) -> list[str]:
    """Returns what may be missing, a line per gap."""
    notes = []
    if not coverage.feeds:
        notes.append("No feed was asked for this week: all articles were imported or collected later.")
    elif len(coverage.down) == coverage.feeds:
        notes.append("Every feed failed: the low number of stories says nothing about the week.")
    if coverage.down:
        notes.append(f"Down all week: {_first_names(coverage.down)}.")
    notes += [
        f"We asked no feed on {day(first)}{'' if first == last else f' to {day(last)}'}, though it was due: "
        "articles that feeds dropped meanwhile are missing."
        for first, last in coverage.gaps[:GAPS_SHOWN]
    ]
    if coverage.overflowed:
        notes.append(
            f"Every entry was new, so earlier ones may be missing: {_first_names(coverage.overflowed)}."
        )
    notes += [
        f"Set aside from {name}: {count(articles, 'article')} {_SET_ASIDE.get(status, status)}."
        for name, status, articles in coverage.set_aside[:SET_ASIDE_SHOWN]
    ]
    if more := coverage.set_aside[SET_ASIDE_SHOWN:]:
        articles = sum(number for _, _, number in more)
        notes.append(f"Set aside from others: {count(articles, 'article')} of {count(len(more), 'feed')}.")
    if coverage.reclassified_articles or coverage.story_corrections:
        notes.append(
            f"Corrected by analysts: {count(coverage.reclassified_articles, 'article')} reclassified, "
            f"{count(coverage.story_corrections, 'correction')} of stories."
        )
    if coverage.weeks_down:
        notes.append(
            f"Too few feeds were watched in {', '.join(coverage.weeks_down)}; those weeks are in no baseline."
        )
    notes += [f"Marked in the charts on {day(moment)}: {what}." for moment, what in coverage.breaks]
    if coverage.languages:
        notes.append(f"Languages of the counted articles: {', '.join(coverage.languages)}.")
    return notes or ["Every feed answered, and every date was usable."]


def _first_names(names: Sequence[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
