"""The phrases that several sections share: counts, trend sentences, days. All follow from checked values."""

from __future__ import annotations

from datetime import date, datetime

from reports.digest.items import Item
from warehouse.store.trend_tests import TrendTest, Verdict

# Of the weeks before a change the sentence shows so many; the ledger has all.
SHOWN_BEFORE = 8


def count(number: int, singular: str, plural: str = "") -> str:
    """A number with its noun: `1 story`, `1,204 stories`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def plain(value: str) -> str:
    """A value of a facet in words: `in_force` as `in force`."""
    return value.replace("_", " ")


def independence(item: Item) -> str:
    """The counts of a story's articles, distinct texts and publisher families."""
    if item.articles == 1:
        return "single source"
    triple = (
        f"{count(item.articles, 'article')}, {count(item.texts, 'text')}, "
        f"{count(item.publishers, 'publisher')}"
    )
    return f"{triple} (single source)" if item.single_source else triple


def status_line(item: Item) -> str:
    """Whether the story is new, how many independent sources it has, and its genre if it is not news."""
    kind = "" if item.genre == "news" else f"; {plain(item.genre)}"
    return f"{'New' if item.is_new else 'Continued'}; {independence(item)}{kind}"


def trend_sentence(trend: TrendTest) -> str:
    """What a trend test allows to be said, with its numbers and its id."""
    return f"{_trend(trend)} [{trend.test_id}]"


def _trend(trend: TrendTest) -> str:
    week = count(trend.stories, "story", "stories")
    match trend.verdict:
        case Verdict.BASELINE_FORMING:
            return f"{week} this week; baseline forming, so no comparison is made: {trend.reason}."
        case Verdict.WITHHELD:
            return f"{week} counted; no comparison is made: {trend.reason}."
        case Verdict.FIRST_SEEN:
            since = f"since {trend.first_before}" if trend.first_before else f"in {_compared(trend)} weeks"
            return f"First stories {since}: {week} this week."
        case Verdict.NO_MEASURABLE_CHANGE:
            return f"No measurable change: {week} this week{_on_panel(trend)}, {level(trend)}."
    word = plain(trend.verdict.value).capitalize()
    lasting = f" over {len(trend.span_weeks)} weeks" if len(trend.span_weeks) > 1 else ""
    return (
        f"{word}{lasting}: {change(trend)} ({_values(trend)}){_on_panel(trend)}; {week} this week, q = "
        f"{trend.q:.2g}."
    )


def change(trend: TrendTest) -> str:
    """How many times its usual level the span has, with the 95 % interval."""
    return _times(trend.ratio, trend.low, trend.high)


def level(trend: TrendTest) -> str:
    """The level of the tested week, with its 95 % interval."""
    if trend.level is None:
        return f"none in the {_compared(trend) - 1} weeks before"
    return f"{trend.level_low:.1f} to {trend.level_high:.1f} times its usual level"


def _times(ratio: float | None, low: float, high: float | None) -> str:
    if ratio is None or high is None:
        return f"at least {low:.1f} times its usual level"
    return f"{ratio:.1f} times its usual level, {low:.1f} to {high:.1f}"


def _values(trend: TrendTest) -> str:
    """The counts compared: those of the span, after the last ones before it."""
    before = ", ".join(map(str, trend.panel_baseline[-SHOWN_BEFORE:]))
    more = "... " if len(trend.panel_baseline) > SHOWN_BEFORE else ""
    return f"{more}{before}, then {', '.join(map(str, trend.panel_span))}"


def _on_panel(trend: TrendTest) -> str:
    """On which feeds and stories was compared, if not on all of the week."""
    of_all = trend.panel_stories == trend.stories
    if of_all and trend.panel_feeds >= trend.watched_feeds:
        return ""
    feeds = (
        f"{trend.panel_feeds} of {trend.watched_feeds}"
        if trend.panel_feeds < trend.watched_feeds
        else f"{trend.panel_feeds}"
    )
    since = trend.baseline_weeks[0] if trend.baseline_weeks else trend.week
    stories = "" if of_all else f", which tell {trend.panel_stories} of its stories"
    return f", on the {feeds} feeds watched since {since}{stories}"


def _compared(trend: TrendTest) -> int:
    return len(trend.baseline_weeks) + len(trend.span_weeks)


def day(moment: datetime | date | None) -> str:
    """A day as it is printed: `12 Aug 2026`; `undated` for none."""
    return f"{moment.day} {moment:%b %Y}" if moment else "undated"


def minute(moment: datetime) -> str:
    """A moment as it is printed: `2026-08-17 06:00 UTC`."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
