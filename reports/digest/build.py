"""Builds the digest of a week from the warehouse: counts first, on all that was collected; then picks what to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from reports.digest import items
from reports.digest.digest import Change, Citation, Corpus, Coverage, Digest, Due, Item, Restatement, Section
from reports.digest.rank import LIKELY, Told, by_story
from reports.digest.select import Choice, Selection, select
from reports.digest.themes import themes_to_tell
from reports.digest.week_changes import restated, what_changed
from reports.names import DESKS
from reports.trends.panel import Panel, read_panel
from reports.trends.trend_ledger import cut_off, trend_tests_of
from reports.week import Week
from warehouse.queries import citations, deadlines, story_history, week_articles
from warehouse.queries.article_signals import signals_of, vectors_of
from warehouse.queries.deadlines import Deadline
from warehouse.queries.materialise import materialise_counted
from warehouse.queries.week_articles import WeekArticle
from warehouse.store.issues import first_issue
from warehouse.store.trend_tests import TrendTest

OPINION_ITEMS = 8
AGENDA_DAYS, AGENDA_ITEMS = 30, 12
QUIET_CONSIDERED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A digest, and all the claims of its week, of which it tells a few."""

    digest: Digest
    claims: tuple[TrendTest, ...]


def build_digest(con: duckdb.DuckDBPyConnection, week: Week, now: datetime) -> Digest:
    """The digest of `week` from everything seen by `now`, see `make_issue`."""
    return make_issue(con, week, now).digest


def make_issue(con: duckdb.DuckDBPyConnection, week: Week, now: datetime) -> Issue:
    """The issue for `week` from everything seen by `now`; the same warehouse gives the same issue.

    It depends on `now` by its watermark alone: made again as of that, it is the same.
    """
    as_of = cut_off(week_articles.watermark(con, now) or now, week, now)
    with materialise_counted(con, as_of):
        return _issue(con, week, as_of)


def _issue(con: duckdb.DuckDBPyConnection, week: Week, as_of: datetime) -> Issue:
    articles = week_articles.week_articles(con, week.start, week.end, as_of)
    panel = read_panel(con, week, as_of)
    claims = trend_tests_of(con, panel, as_of, is_over=as_of >= week.end)
    ids = [article.article_id for article in articles]
    signals = signals_of(con, ids)
    stories = {desk: by_story((one for one in articles if one.desk == desk), signals) for desk in DESKS}
    chosen = select(stories, vectors_of(con, ids))
    sections = tuple(_section(choice, stories[choice.desk], claims, chosen, week) for choice in chosen.choices)
    due, unobserved = _agenda(con, week, as_of)
    digest = Digest(
        week=week,
        watermark=as_of,
        corpus=_corpus(articles, week_articles.collected(con, week.start, week.end, as_of)),
        coverage=_coverage(con, panel, as_of, articles),
        bottom_line=tuple(items.bullet(section) for section in sections),
        changes=_changes(con, week, as_of, sections),
        restatement=_restatement(con, week, as_of),
        sections=sections,
        themes=themes_to_tell(claims),
        agenda=due,
        unobserved=unobserved,
        opinion=tuple(map(items.citation, citations.opinion(con, week.start, week.end, as_of, OPINION_ITEMS))),
        analysis=tuple(_item(story, week, chosen, 0) for choice in chosen.choices for story in choice.analysis),
        appendix=tuple((desk, tuple(_bare(story, week) for story in told)) for desk, told in stories.items()),
    )
    return Issue(digest=digest, claims=tuple(claims))


def _section(
    choice: Choice, told: Sequence[Told], claims: Sequence[TrendTest], chosen: Selection, week: Week
) -> Section:
    own = {claim.kind: claim for claim in claims if claim.key == choice.desk}
    return Section(
        desk=choice.desk,
        name=DESKS[choice.desk],
        has_lead=choice.lead is not None,
        items=tuple(
            _item(story, week, chosen, items.LEAD_SENTENCES if story is choice.lead else items.ITEM_SENTENCES)
            for story in choice.items
        ),
        single=tuple(_item(story, week, chosen, 0) for story in choice.single),
        unsure=tuple(_item(story, week, chosen, 0) for story in choice.unsure),
        stories=len(told),
        new_stories=sum(story.articles[0].story_since >= week.start for story in told),
        trend=own["desk"],
        acts=own["act_share"],
    )


def _item(story: Told, week: Week, chosen: Selection, sentences: int) -> Item:
    """The story as printed at its desk; a lead is spoken by the family that leads there, which leads nowhere else."""
    is_lead = sentences == items.LEAD_SENTENCES
    speaker = chosen.leading.get(story.articles[0].desk)
    return items.item(
        story,
        week.start,
        sentences,
        items.LEAD_WORDS if is_lead else items.ITEM_WORDS,
        barred=[publisher for publisher in story.publishers if publisher != speaker] if is_lead else (),
        related=chosen.related.get(story.story_id, ()),
    )


def _bare(story: Told, week: Week) -> Item:
    return items.item(story, week.start, 0, 0)


def _corpus(articles: Sequence[WeekArticle], collected: int) -> Corpus:
    return Corpus(
        collected=collected,
        articles=len(articles),
        texts=len({article.text_id for article in articles}),
        stories=len({article.story_id for article in articles}),
        publishers=len({article.publisher for article in articles}),
    )


def _coverage(
    con: duckdb.DuckDBPyConnection, panel: Panel, as_of: datetime, articles: Sequence[WeekArticle]
) -> Coverage:
    week = panel.week
    asked = week_articles.feeds_asked(con, week.start, week.end, as_of)
    filed_anew, ruled_on = story_history.corrections_made(con, week.start, week.end, as_of)
    return Coverage(
        feeds=len(asked),
        down=tuple(name for name, answered in asked if not answered),
        set_aside=tuple(week_articles.set_aside(con, week.start, week.end, as_of)),
        languages=tuple(sorted({article.language for article in articles})),
        gaps=tuple((gap.first, gap.last) for gap in panel.gaps if gap.last >= week.monday),
        overflowed=tuple(week_articles.overflowed(con, week.start, week.end, as_of)),
        filed_anew=filed_anew,
        ruled_on=ruled_on,
        weeks_down=tuple(map(str, panel.weeks_down)),
        breaks=tuple((one.moment, one.what) for one in panel.breaks),
    )


def _changes(
    con: duckdb.DuckDBPyConnection, week: Week, as_of: datetime, sections: Sequence[Section]
) -> tuple[Change, ...]:
    items = sorted(
        (item for section in sections for item in section.items), key=lambda item: (-item.publishers, item.story_id)
    )
    ids = [item.story_id for item in items]
    quiet = story_history.went_quiet(con, week.start, week.end, as_of, QUIET_CONSIDERED)
    return what_changed(
        items,
        (sum(section.stories for section in sections), sum(section.new_stories for section in sections)),
        story_history.before_the_week(con, ids, week.start, as_of),
        story_history.resurfaced(con, ids, week.start, week.end, as_of),
        quiet,
        _citations(con, [one.article_id for one in quiet]),
    )


def _restatement(con: duckdb.DuckDBPyConnection, week: Week, as_of: datetime) -> Restatement | None:
    last = week.before(1)
    record = first_issue(con, str(last), last.end, as_of)
    if record is None:
        return None
    told = week_articles.week_articles(con, last.start, last.end, as_of)
    counts = {desk: len({one.story_id for one in told if one.desk == desk}) for desk in DESKS}
    return restated(record, counts, sum(counts.values()))


def _agenda(con: duckdb.DuckDBPyConnection, week: Week, as_of: datetime) -> tuple[tuple[Due, ...], tuple[Due, ...]]:
    """What is due in the 30 days after the week; and what was due in it of which no article has been seen since."""
    after, ahead = week.end.date(), week.end.date() + timedelta(days=AGENDA_DAYS)
    sure = [one for one in deadlines.deadlines_between(con, week.monday, ahead, as_of) if one.score >= LIKELY]
    sources = _citations(con, [one.article_id for one in sure])
    coming = [_due(one, sources) for one in sure if one.due_on >= after]
    missed = [_due(one, sources) for one in sure if one.due_on < after and not one.heard_since]
    return tuple(coming[:AGENDA_ITEMS]), tuple(missed[:AGENDA_ITEMS])


def _due(one: Deadline, sources: Mapping[int, Citation]) -> Due:
    return Due(
        kind=one.kind,
        due_on=one.due_on,
        year_inferred=one.year_inferred,
        desk=one.desk,
        evidence=one.evidence,
        from_register=one.origin == "register",
        source=sources[one.article_id],
    )


def _citations(con: duckdb.DuckDBPyConnection, ids: Sequence[int]) -> dict[int, Citation]:
    return {id_: items.citation(article) for id_, article in citations.cited_articles(con, ids).items()}
