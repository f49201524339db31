"""The phrases that several sections share: counts, trend sentences, days. All follow from checked values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from reports.digest.items import Difference, EarlierStep, Item
from reports.trends.comparison import POSSIBLY_Q
from reports.trends.drivers import CALLED
from warehouse.store.trend_tests import TrendTest, Verdict

# Of the weeks before a change the sentence shows so many; the ledger has all.
SHOWN_BEFORE = 4
# Over fewer stories before, a ratio is more noise than number: only its lower bound is told.
LEAST_BEFORE = 5


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
    """Whether the story is new, its independent sources, its genre if not news, and who filed it."""
    kind = "" if item.genre == "news" else f"; {plain(item.genre)}"
    filed = "" if item.filed_with is None else "; filed with its thread"
    return f"{novelty(item)}; {independence(item)}{kind}{filed}"


def novelty(item: Item) -> str:
    """`New` for a new matter, `Next step` for a new story of an earlier one; else the story is continued."""
    return "New" if item.is_new else "Next step" if item.earlier else "Continued"


def earlier_step(step: EarlierStep) -> str:
    """The words before the citation of the step before: `Step 4 since 12 May 2026; last told W31:`.

    The citation has the date of that step, which of a second step is that of the first.
    """
    since = "" if step.since == step.happened_on else f" since {day(step.since)}"
    told = f"last told {step.told_in[5:]}" if step.told_in else "before"
    return f"{'Step' if step.is_sure else 'Likely step'} {step.step}{since}; {told}:"


def differing(difference: Difference) -> str:
    """The words before two passages that state different numbers: `Outlets differ on people:`."""
    noun = {"amount": "the amount", "share": "the share"}.get(difference.of, f"the number of {difference.of}")
    when = ", on different days" if difference.is_of_two_days else ""
    return f"Outlets differ on {noun}{when}:"


def trend_sentence(trend: TrendTest) -> str:
    """What a trend test allows to be said, with its numbers and its id."""
    return f"{_trend(trend)}. [{trend.test_id}]"


def named_trend(trend: TrendTest) -> str:
    """The trend sentence after the name of its series, in short where nothing is called."""
    if trend.verdict is Verdict.NO_MEASURABLE_CHANGE:
        sentence = f"{_this_week(trend)}{_level_of_week(trend)}{_though(trend)}. [{trend.test_id}]"
    else:
        sentence = trend_sentence(trend)
    return f"{trend.name}: {sentence[0].lower()}{sentence[1:]}"


def _trend(trend: TrendTest) -> str:
    match trend.verdict:
        case Verdict.BASELINE_FORMING:
            return f"{_this_week(trend)}; baseline forming, so no comparison is made: {trend.reason}"
        case Verdict.WITHHELD:
            return f"{_this_week(trend)}; no comparison is made: {trend.reason}"
        case Verdict.FIRST_SEEN:
            return _first(trend)
        case Verdict.NO_MEASURABLE_CHANGE:
            return _unchanged(trend)
    told = f"{_values(trend)} stories a week"
    if panel := on_panel(trend):
        told += f" {panel}"
    if trend.panel_stories != trend.stories:
        told += f", {trend.stories:,} this week on all feeds"
    return f"{moved(trend)} to {level_of_span(trend)}: {told}; q = {trend.q:.2g}"


def _this_week(trend: TrendTest) -> str:
    return f"{count(trend.stories, 'story', 'stories')} this week"


def moved(trend: TrendTest) -> str:
    """The verdict of a called change, with its weeks if there are several: `Risen over 4 weeks,`."""
    word = plain(trend.verdict.value).capitalize()
    return f"{word} over {len(trend.span_weeks)} weeks," if len(trend.span_weeks) > 1 else word


def called(trend: TrendTest) -> str:
    """What the span that speaks is called, `risen over 4 weeks`; empty if it is called nothing."""
    if trend.verdict not in CALLED:
        return ""
    word = "first stories" if trend.verdict is Verdict.FIRST_SEEN else plain(trend.verdict.value)
    return f"{word} over {len(trend.span_weeks)} weeks" if len(trend.span_weeks) > 1 else word


def level_of_span(trend: TrendTest) -> str:
    """How many times its usual level the span that speaks has, with the 95 % interval."""
    return "nothing" if trend.ratio == 0 else f"{times(trend)} its usual level{interval(trend)}"


def times(trend: TrendTest) -> str:
    """The ratio of the span to its baseline; at least its lower bound if that has next to nothing."""
    if _has_ratio(trend):
        return f"{_number(trend.ratio or 0)} times"
    return f"at least {_number(trend.low)} times"


def interval(trend: TrendTest) -> str:
    """The 95 % interval of the ratio, in brackets after a blank; empty if the ratio is not told."""
    if not _has_ratio(trend) or trend.high is None:
        return ""
    return f" (95 % interval {_number(trend.low)} to {_number(trend.high)})"


def _has_ratio(trend: TrendTest) -> bool:
    return trend.ratio is not None and sum(trend.panel_baseline) >= LEAST_BEFORE


def on_panel(trend: TrendTest) -> str:
    """On which feeds was compared, if they do not tell all of the week."""
    if trend.panel_stories == trend.stories and trend.panel_feeds >= trend.watched_feeds:
        return ""
    of_all = f" of {trend.watched_feeds:,}" if trend.panel_feeds < trend.watched_feeds else ""
    since = trend.baseline_weeks[0] if trend.baseline_weeks else trend.week
    return f"on the {trend.panel_feeds:,}{of_all} feeds watched since {since}"


def _first(trend: TrendTest) -> str:
    since = f"since {trend.first_before}" if trend.first_before else "on record"
    if len(trend.span_weeks) == 1:
        return f"First stories {since}: {trend.stories:,} this week; q = {trend.q:.2g}"
    weeks = ", ".join(f"{stories:,}" for stories in trend.span_stories)
    return f"First stories {since}: {weeks} in the last {len(trend.span_weeks)} weeks; q = {trend.q:.2g}"


def _unchanged(trend: TrendTest) -> str:
    if not trend.tested:
        before = f"{sum(trend.baseline):,} in {_before(trend)}"
        return f"Too few stories to measure a change: {_this_week(trend)}, {before}"
    panel = on_panel(trend)
    told = "" if trend.panel_stories == trend.stories else f", which tell {trend.panel_stories:,} of them"
    week = f"{_this_week(trend)}; {panel}{told}" if panel else _this_week(trend)
    return f"No measurable change: {week}{_level_of_week(trend)}{_though(trend)}"


def _level_of_week(trend: TrendTest) -> str:
    """The interval of the week's level, after a comma."""
    if trend.level is None or trend.level_high is None:
        return f", none in {_before(trend)}"
    return f", {_number(trend.level_low)} to {_number(trend.level_high)} times its usual level"


def _though(trend: TrendTest) -> str:
    """Why an interval that excludes 1 is no change nevertheless."""
    if trend.level_high is None or trend.level_low <= 1 <= trend.level_high:
        return ""
    if trend.q > POSSIBLY_Q:
        return f"; among {trend.tested:,} series some are so by chance (q = {trend.q:.2g})"
    return f"; {trend.reason}"


def _before(trend: TrendTest) -> str:
    return weeks_before(trend.baseline_weeks, trend.span_weeks)


def weeks_before(baseline: Sequence[str], span: Sequence[str]) -> str:
    """The weeks of the baseline, which end before the span and so perhaps not with the week before."""
    weeks = f"the {count(len(baseline), 'week')}"
    return f"{weeks} before" if len(span) == 1 or not baseline else f"{weeks} to {baseline[-1]}"


def _values(trend: TrendTest) -> str:
    """The counts compared: those of the span, after the last ones before it."""
    before = ", ".join(map(str, trend.panel_baseline[-SHOWN_BEFORE:]))
    more = "... " if len(trend.panel_baseline) > SHOWN_BEFORE else ""
    return f"{more}{before}, then {', '.join(map(str, trend.panel_span))}"


def _number(ratio: float) -> str:
    """A ratio as it is printed, to two digits or three."""
    digits = 0 if ratio >= 10 or not ratio else 1 if ratio >= 1 else 2
    return f"{ratio:,.{digits}f}"


def day(moment: datetime | date | None) -> str:
    """A day as it is printed: `12 Aug 2026`; `undated` for none."""
    return f"{moment.day} {moment:%b %Y}" if moment else "undated"


def minute(moment: datetime) -> str:
    """A moment as it is printed: `2026-08-17 06:00 UTC`."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
