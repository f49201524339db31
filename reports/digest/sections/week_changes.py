"""What changed since last week: stories new, wider, moved on, back or quiet, quiet threads, restatements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.digest.context import IssueContext
from reports.digest.items import Citation, Item
from reports.digest.phrases import count, level_of_span, plain
from reports.digest.sections.masthead import Corpus
from reports.trends.restatements import RestatedTrend, restated_trends
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.queries import story_history, week_articles
from warehouse.queries.quiet_threads import QUIET_DAYS, quiet_threads
from warehouse.queries.story_history import DormantStory, EarlierCoverage
from warehouse.store.issues import IssueRecord
from warehouse.store.trend_tests import TrendTest, Verdict

MOST_CHANGES = 5  # the sixth line is the restatement
ESCALATED, RESURFACED, QUIET = 2, 1, 1
QUIET_CONSIDERED = 5
MOST_THREADS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One story or thread that is different from last week.

    `kind` is new, escalated, resurfaced, quiet or thread_quiet, and `source` the article that represents the
    story, or the latest of the thread. `before` and `after` are counts of publisher families, or of stories
    for new and for a thread; `stages` are the stage before and now, if it moved.
    """

    kind: str
    title: str
    source: Citation
    before: int
    after: int
    stages: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    """What last week's issue counted, and what is counted of that week now; by desk where it differs."""

    week: str
    before: int
    after: int
    desks: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """At most five changed stories, and the restatement of last week if its counts changed.

    `trends` are last week's called trends as the data of now have them, at most three; `threads` are followed
    ones that went quiet, at most five.
    """

    stories: tuple[Change, ...] = ()
    restatement: Restatement | None = None
    trends: tuple[RestatedTrend, ...] = ()
    threads: tuple[Change, ...] = ()

    @property
    def lines(self) -> tuple[Change, ...]:
        """The stories, then the threads."""
        return self.stories + self.threads


def build(context: IssueContext) -> Changes:
    """Compares the stories printed as news with what was known of them before the week."""
    con, week, as_of = context.con, context.week, context.as_of
    items = sorted(
        (item for items in context.items.values() for item in items),
        key=lambda item: (-item.publishers, item.story_id),
    )
    ids = [item.story_id for item in items]
    quiet = story_history.dormant_stories(con, week.start, week.end, as_of, QUIET_CONSIDERED)
    stories = changed_stories(
        items,
        (sum(map(len, context.stories.values())), sum(map(context.new_stories, context.stories))),
        story_history.earlier_coverage(con, ids, week.start, as_of),
        story_history.resurfaced(con, ids, week.start, week.end, as_of),
        quiet,
        context.citations([one.article_id for one in quiet]),
    )
    return Changes(
        stories=stories,
        restatement=_restatement(context),
        trends=restated_trends(context.called_before, context.tests_before),
        threads=_quiet_threads(context),
    )


def _quiet_threads(context: IssueContext) -> tuple[Change, ...]:
    """What a date of a thread announced and nobody told stands under the dates instead, and not here."""
    week = context.week
    quiet = quiet_threads(context.con, week.start, week.end, context.as_of, MOST_THREADS)
    cited = context.citations([one.article_id for one in quiet])
    return tuple(
        Change(
            kind="thread_quiet",
            title=cited[one.article_id].title,
            source=cited[one.article_id],
            before=one.stories,
            after=0,
        )
        for one in quiet
    )


def changed_stories(
    items: Sequence[Item],
    counted: tuple[int, int],
    before: Mapping[int, EarlierCoverage],
    resurfaced: set[int],
    quiet: Sequence[DormantStory],
    cited: Mapping[int, Citation],
) -> tuple[Change, ...]:
    """Returns at most five changes.

    `items` are the stories printed as news. `counted` is how many stories the week has and how many of them
    began in it. `cited` has the articles that represent the quiet ones.
    """
    begun = [item for item in items if item.is_new]
    went_on = [item for item in items if item.story_id in before]
    back = [item for item in went_on if item.story_id in resurfaced]
    escalated = [item for item in went_on if item not in back and _escalated(item, before[item.story_id])]
    changes = [_change("new", item, *counted) for item in begun[:1]]
    changes += [_escalation(item, before[item.story_id]) for item in escalated[:ESCALATED]]
    changes += [
        _change("resurfaced", item, before[item.story_id].publishers, item.publishers)
        for item in back[:RESURFACED]
    ]
    changes += [
        Change(
            kind="quiet",
            title=cited[one.article_id].title,
            source=cited[one.article_id],
            before=one.publishers,
            after=0,
        )
        for one in quiet[:QUIET]
    ]
    return tuple(changes[:MOST_CHANGES])


def _restatement(context: IssueContext) -> Restatement | None:
    record, last = context.issue_before, context.week.before(1)
    if record is None:
        return None
    articles = week_articles.week_articles(context.con, last.start, last.end, context.as_of)
    counts = {
        desk: len({one.story_id for one in articles if one.desk == desk}) for desk in load_taxonomy().desks
    }
    return restated(record, counts, sum(counts.values()))


def restated(record: IssueRecord | None, counts: Mapping[str, int], stories: int) -> Restatement | None:
    """Returns how last week's counts differ from its issue; None if it has no issue or none differ."""
    if record is None or (
        record.stories == stories and all(record.desks.get(d, n) == n for d, n in counts.items())
    ):
        return None
    return Restatement(
        week=record.week,
        before=record.stories,
        after=stories,
        desks=tuple(
            (desk, record.desks[desk], now)
            for desk, now in counts.items()
            if desk in record.desks and record.desks[desk] != now
        ),
    )


def _escalated(item: Item, before: EarlierCoverage) -> bool:
    return item.publishers > before.publishers or _move(item, before) is not None


def _move(item: Item, before: EarlierCoverage) -> tuple[str, str] | None:
    return (before.stage, item.stage) if before.stage and item.stage and item.stage != before.stage else None


def _escalation(item: Item, before: EarlierCoverage) -> Change:
    return _change("escalated", item, before.publishers, item.publishers, _move(item, before))


def _change(kind: str, item: Item, before: int, after: int, stages: tuple[str, str] | None = None) -> Change:
    return Change(
        kind=kind, title=item.title, source=item.citations[0], before=before, after=after, stages=stages
    )


def change_line(change: Change) -> str:
    """What happened to a story since last week, to be printed before its headline."""
    match change.kind:
        case "new":
            return (
                f"New: {change.after:,} of {count(change.before, 'story', 'stories')} are of matters "
                "not found before this week; the most widely reported"
            )
        case "resurfaced":
            return "Back after a pause"
        case "quiet":
            return f"Went quiet, after {count(change.before, 'publisher')} had reported it"
        case "thread_quiet":
            return (
                f"Followed thread of {count(change.before, 'story', 'stories')} without a new article for "
                f"{QUIET_DAYS} days; its last"
            )
    if change.stages:
        before, now = (plain(stage) for stage in change.stages)
        return f"Moved on from {before} to {now}"
    return f"Reported more widely, by {count(change.after, 'publisher')} after {change.before}"


def nothing_changed(corpus: Corpus) -> str:
    """What is printed if no story changed."""
    if not corpus.collected:
        return "Nothing was collected for this week, so nothing can be said of it."
    return "Nothing new: no story began, widened, moved on, came back or went quiet."


def restatement_line(restatement: Restatement, desk_names: Mapping[str, str]) -> str:
    """The correction of last week's numbers."""
    desks = "; ".join(
        f"{desk_names.get(desk, desk)} {before} to {after}" for desk, before, after in restatement.desks
    )
    line = (
        f"Last week restated: {restatement.before} to {count(restatement.after, 'story', 'stories')} in "
        f"{restatement.week}"
    )
    return f"{line} ({desks})." if desks else f"{line}."


def trend_line(restated: RestatedTrend) -> str:
    """What became of a trend that last week's issue called, with the id of its test."""
    before, now = restated.before, restated.now
    possible = "" if before.verdict in (Verdict.RISEN, Verdict.FALLEN) else "possible "
    moved = "rise" if before.verdict in (Verdict.RISEN, Verdict.POSSIBLY_RISEN) else "fall"
    match restated.outcome:
        case "held":
            said = f"held: {level_of_span(now)}, q = {now.q:.2g}"
        case "confirmed":
            said = f"is measured now: {level_of_span(now)}, q = {now.q:.2g}"
        case "weakened":
            said = f"was weakened to a possible one: {_counted_now(before, now)}"
        case _:
            said = f"was withdrawn: {_counted_now(before, now)}"
    return f"{now.week[5:]}'s {possible}{moved} of {now.name} {said}. [{now.test_id}]"


def _counted_now(before: TrendTest, now: TrendTest) -> str:
    """Why a call fell: other counts of its week, or else of the weeks before it; or why none is made."""
    if now.verdict in (Verdict.WITHHELD, Verdict.BASELINE_FORMING):
        return now.reason
    if now.stories != before.stories:
        counted = f"{count(now.stories, 'story', 'stories')}, not {before.stories:,}, "
        return f"{counted}{'is' if now.stories == 1 else 'are'} now counted, q = {now.q:.2g}"
    return f"the weeks before it are counted anew, q = {now.q:.2g}"
