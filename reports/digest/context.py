"""What all sections of an issue are built from: articles, stories, selection, panel, trend tests."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from reports.digest import items
from reports.digest.earlier_steps import read_earlier_steps
from reports.digest.items import Citation, EarlierStep, Item
from reports.digest.rank import Matter, RankedStory, confidence, ranked_stories
from reports.digest.select import Choice, Selection, select
from reports.trends.panel import Panel, read_panel
from reports.trends.restatements import called_before
from reports.trends.trend_ledger import trend_tests_of
from reports.week import Week
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.queries import citations, week_articles
from warehouse.queries.article_signals import signals_of
from warehouse.queries.earlier_steps import StepBefore, steps_before
from warehouse.queries.followed_stories import followed_stories
from warehouse.queries.inherited_desks import InheritedDesk, inherited_desks
from warehouse.queries.story_texts import ArticleText, texts_as_of
from warehouse.queries.uncounted import near_topic_articles, uncounted_on_topic
from warehouse.queries.week_articles import WeekArticle
from warehouse.store.issues import IssueRecord, first_issue
from warehouse.store.trend_tests import TrendTest, read_trend_tests
from warehouse.stories.story_comparison import read_comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueContext:
    """A week as known at `as_of`.

    `articles` are those counted, `stories` their stories by desk, most important first, `items` those of them
    that are printed as news by desk, the lead first. `earlier` has, by story, the step before it in its
    thread. `inherited` are stories perhaps on topic that are told at the desk of their thread, and counted
    nowhere; `near_topic` the others that are perhaps on topic, the most probable first. `uncounted` are texts
    on topic that never count, the most probable first, each as a story of its own. `trend_tests` are all of
    the week. `issue_before` is last week's issue as it was read, `called_before` are the trends that it
    called, `tests_before` its week's tests on what is known now: empty if it called nothing.
    """

    con: duckdb.DuckDBPyConnection
    week: Week
    as_of: datetime
    articles: Sequence[WeekArticle]
    stories: Mapping[str, Sequence[RankedStory]]
    earlier: Mapping[int, EarlierStep]
    selection: Selection
    items: Mapping[str, tuple[Item, ...]]
    inherited: Sequence[RankedStory]
    near_topic: Sequence[RankedStory]
    uncounted: Sequence[RankedStory]
    panel: Panel
    trend_tests: Sequence[TrendTest]
    issue_before: IssueRecord | None
    called_before: Sequence[TrendTest]
    tests_before: Sequence[TrendTest]

    def new_stories(self, desk: str) -> int:
        """How many stories of the desk began in the week and are no step of an earlier matter."""
        return sum(
            story.articles[0].story_since >= self.week.start and story.story_id not in self.earlier
            for story in self.stories[desk]
        )

    def headline_item(self, story: RankedStory) -> Item:
        """The story as an item without sentences, with the stories of the same matter."""
        related = self.selection.related.get(story.story_id, ())
        return items.item(story, self.week.start, related=related, earlier=self.earlier.get(story.story_id))

    def bare_item(self, story: RankedStory) -> Item:
        """The story as an item without sentences and without related stories."""
        return items.item(story, self.week.start, earlier=self.earlier.get(story.story_id))

    @property
    def represented(self) -> dict[int, int]:
        """The article that represents each story of the week, by story."""
        return {
            story.story_id: story.articles[0].article_id
            for of_desk in self.stories.values()
            for story in of_desk
        }

    def citations(self, article_ids: Sequence[int]) -> dict[int, Citation]:
        """The citations of articles by their ids."""
        return {
            id_: items.citation(one) for id_, one in citations.cited_articles(self.con, article_ids).items()
        }


def read_context(con: duckdb.DuckDBPyConnection, week: Week, as_of: datetime) -> IssueContext:
    """Reads the week, ranks its stories, selects what each desk prints, and makes the trend tests."""
    articles = week_articles.week_articles(con, week.start, week.end, as_of)
    panel = read_panel(con, week, as_of)
    near_topic = near_topic_articles(con, week.start, week.end, as_of)
    inherited = inherited_desks(con, {one.story_id for one in near_topic}, as_of)
    near_topic = [
        replace(one, desk=inherited[one.story_id].desk) if one.story_id in inherited else one
        for one in near_topic
    ]
    uncounted = uncounted_on_topic(con, week.start, week.end, as_of)
    signals = signals_of(con, [one.article_id for one in (*articles, *near_topic, *uncounted)])
    story_ids = sorted({article.story_id for article in articles} | inherited.keys())
    before = steps_before(con, story_ids, week.start, as_of)
    matters = _matters(before, followed_stories(con, story_ids, as_of), inherited)
    stories = {
        desk: ranked_stories((one for one in articles if one.desk == desk), signals, matters)
        for desk in load_taxonomy().desks
    }
    earlier = read_earlier_steps(con, before, as_of)
    issue_before = first_issue(con, str(week.before(1)), week.start, as_of)
    called = _called(con, issue_before)
    perhaps = ranked_stories(near_topic, signals, matters)
    filed = [story for story in perhaps if story.matter.filed_with is not None]
    candidates = {
        desk: [*of_desk, *(story for story in filed if story.articles[0].desk == desk)]
        for desk, of_desk in stories.items()
    }
    ids = [one.article_id for of_desk in candidates.values() for story in of_desk for one in story.articles]
    selection = select(candidates, read_comparison(con, ids, week.start, week.end, as_of).log_odds)
    told = [story for story in filed if selection.outcomes[story.story_id].is_told]
    return IssueContext(
        con=con,
        week=week,
        as_of=as_of,
        articles=articles,
        stories=stories,
        earlier=earlier,
        selection=selection,
        items=_news(con, selection, week, as_of, earlier),
        inherited=told,
        near_topic=_most_probable_first(story for story in perhaps if story not in told),
        uncounted=_most_probable_first(RankedStory((one,), signals) for one in uncounted),
        panel=panel,
        trend_tests=trend_tests_of(con, panel, as_of, is_over=as_of >= week.end),
        issue_before=issue_before,
        called_before=called,
        tests_before=_tests_of(con, week.before(1), as_of) if called else (),
    )


def _matters(
    before: Mapping[int, StepBefore], followed: Collection[int], inherited: Mapping[int, InheritedDesk]
) -> dict[int, Matter]:
    return {
        story_id: Matter(
            told_before=before[story_id].counted if story_id in before else 0,
            is_followed=story_id in followed,
            filed_with=inherited[story_id].thread_id if story_id in inherited else None,
        )
        for story_id in {*before, *followed, *inherited}
    }


def _called(con: duckdb.DuckDBPyConnection, issue: IssueRecord | None) -> list[TrendTest]:
    return called_before(read_trend_tests(con, issue.week, issue.watermark)) if issue else []


def _tests_of(con: duckdb.DuckDBPyConnection, week: Week, as_of: datetime) -> list[TrendTest]:
    return trend_tests_of(con, read_panel(con, week, as_of), as_of, is_over=True)


def _most_probable_first(stories: Iterable[RankedStory]) -> list[RankedStory]:
    return sorted(stories, key=lambda story: (-confidence(story), story.articles[0].article_id))


def _news(
    con: duckdb.DuckDBPyConnection,
    selection: Selection,
    week: Week,
    as_of: datetime,
    earlier: Mapping[int, EarlierStep],
) -> dict[str, tuple[Item, ...]]:
    """The items of each desk, with sentences. The texts of no other stories are read."""
    told = [story for choice in selection.choices for story in choice.items]
    read = [one.article_id for story in told for one in items.quotable_articles(story)]
    texts = texts_as_of(con, read, as_of)
    return {
        choice.desk: tuple(
            _item(story, selection, choice, week, texts, earlier.get(story.story_id))
            for story in choice.items
        )
        for choice in selection.choices
    }


def _item(
    story: RankedStory,
    selection: Selection,
    choice: Choice,
    week: Week,
    texts: Mapping[int, ArticleText],
    earlier: EarlierStep | None,
) -> Item:
    """The story; the lead is cited first from the publisher family that leads this desk and no other."""
    is_lead = story is choice.lead
    leader = selection.leading[choice.desk] if is_lead else None
    return items.item(
        story,
        week.start,
        quoting=items.LEAD if is_lead else items.ITEM,
        texts=texts,
        not_first=[one for one in story.publishers if one != leader] if is_lead else (),
        related=selection.related.get(story.story_id, ()),
        earlier=earlier,
    )
