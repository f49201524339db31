"""The phrases that several sections share: counts, trend sentences, days. All follow from checked values."""

from __future__ import annotations

from datetime import date, datetime

from reports.digest.items import Item
from reports.trends.comparison import BASELINE_WEEKS
from warehouse.store.trend_tests import TrendTest, Verdict


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
    among = f" ({trend.panel_stories} of them from feeds watched throughout)" if _is_more(trend) else ""
    week = f"{count(trend.stories, 'story', 'stories')}{among}"
    baseline = f"the {BASELINE_WEEKS} weeks before had {', '.join(map(str, trend.baseline))}"
    match trend.verdict:
        case Verdict.BASELINE_FORMING:
            return f"{week} this week; baseline forming, so no comparison is made: {trend.reason}."
        case Verdict.WITHHELD:
            return f"{week} counted; no comparison is made: {trend.reason}."
        case Verdict.FIRST_SEEN:
            since = f"since {trend.first_before}" if trend.first_before else f"in {BASELINE_WEEKS + 1} weeks"
            return f"First stories {since}: {week} this week."
        case Verdict.NO_MEASURABLE_CHANGE:
            return f"No measurable change: {week} this week; {baseline}."
    word = plain(trend.verdict.value).capitalize()
    return f"{word}: {week} this week; {baseline} ({ratio_line(trend)})."


def _is_more(trend: TrendTest) -> bool:
    return trend.panel_stories < trend.stories and trend.verdict is not Verdict.BASELINE_FORMING


def ratio_line(trend: TrendTest) -> str:
    """The ratio to the mean baseline week with its interval and q."""
    tested = f"q = {trend.q:.2g} among {trend.tested} series"
    if trend.ratio is None or trend.high is None:
        return f"at least {trend.low:.1f} times their mean, {tested}"
    return f"{trend.ratio:.1f} times their mean, 95 % interval {trend.low:.1f} to {trend.high:.1f}, {tested}"


def day(moment: datetime | date | None) -> str:
    """A day as it is printed: `12 Aug 2026`; `undated` for none."""
    return f"{moment.day} {moment:%b %Y}" if moment else "undated"


def minute(moment: datetime) -> str:
    """A moment as it is printed: `2026-08-17 06:00 UTC`."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
