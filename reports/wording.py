"""The sentences a digest says of itself: counts, trends, gaps. Each is made from values that can be checked."""

from __future__ import annotations

from reports.model import Coverage, Digest, Item, Section
from reports.trends import BASELINE_WEEKS, Comparison
from warehouse.claims import Verdict

_SET_ASIDE = {
    "missing": "without a date",
    "unparsable": "with an unreadable date",
    "future": "dated in the future",
    "too_old": "from the archive",
    "flood": "in a flood of its archive",
}


def count(number: int, singular: str, plural: str = "") -> str:
    """A number with its noun: `1 story`, `1,204 stories`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def corpus_line(digest: Digest) -> str:
    """The masthead's line on what the issue was made from."""
    corpus, coverage = digest.corpus, digest.coverage
    line = (
        f"{count(corpus.articles, 'article')}, {count(corpus.texts, 'text')}, "
        f"{count(corpus.stories, 'story', 'stories')}, {count(corpus.publishers, 'publisher')}"
    )
    feeds = f"; {len(coverage.down)} of {coverage.feeds} feeds down" if coverage.feeds else ""
    return f"{line}, of {count(corpus.collected, 'article')} collected{feeds}"


def independence(item: Item) -> str:
    """How many tell a story, and how many of them in words and ownership of their own."""
    if item.articles == 1:
        return "single source"
    triple = f"{count(item.articles, 'article')}, {count(item.texts, 'text')}, {count(item.publishers, 'publisher')}"
    return f"{triple} (single source)" if item.single_source else triple


def trend_sentence(section: Section) -> str:
    """What the counts of a desk allow to be said, with the numbers it rests on."""
    trend = section.trend
    watched = trend.series.panel[-1]
    among = f" ({watched} of them told by feeds watched throughout)" if watched < trend.week_count else ""
    week = f"{count(trend.week_count, 'story', 'stories')}{among}"
    baseline = f"the {BASELINE_WEEKS} weeks before had {', '.join(map(str, trend.baseline))}"
    match trend.verdict:
        case Verdict.BASELINE_FORMING:
            return f"{week} this week; baseline forming ({_watched(trend)} weeks watched), so no comparison is made."
        case Verdict.WITHHELD if not trend.series.is_over:
            return f"{week} so far; no comparison is made, because the data end before the week does."
        case Verdict.WITHHELD:
            return f"{week} this week; no comparison is made, because only {trend.series.panel_up:.0%} of the baseline's feeds answered."
        case Verdict.FIRST_SEEN:
            return f"{week} this week, the first in {BASELINE_WEEKS + 1} weeks."
        case Verdict.NO_MEASURABLE_CHANGE:
            return f"No measurable change: {week} this week; {baseline}."
    word = trend.verdict.value.replace("_", " ").capitalize()
    return f"{word}: {week} this week; {baseline} ({ratio_line(trend)})."


def _watched(trend: Comparison) -> str:
    return f"{max(trend.series.watched_weeks, 0)} of {BASELINE_WEEKS}"


def ratio_line(trend: Comparison) -> str:
    """The ratio to the mean baseline week with its interval and q."""
    if trend.ratio is None or trend.high is None:
        return f"at least {trend.low:.1f} times their mean, q = {trend.q:.2g}"
    return f"{trend.ratio:.1f} times their mean, 95 % interval {trend.low:.1f} to {trend.high:.1f}, q = {trend.q:.2g}"


def new_and_continued(section: Section) -> str:
    """How many of the desk's stories began in the week."""
    total = section.trend.week_count
    if total == 0:
        return "No story this week."
    return f"{section.new_stories:,} of {count(total, 'story', 'stories')} began this week."


def empty_section(section: Section) -> str:
    """What stands at a desk that has nothing sure to tell."""
    return (
        "Only stories of low confidence this week; they are listed below." if section.unsure else "No story this week."
    )


def verdict_words(section: Section) -> str:
    """The desk's trend in a few words; the numbers stand in its section."""
    words = {
        Verdict.BASELINE_FORMING: "No comparison yet: baseline forming.",
        Verdict.WITHHELD: "No comparison: too little was collected.",
        Verdict.FIRST_SEEN: f"The first in {BASELINE_WEEKS + 1} weeks.",
        Verdict.NO_MEASURABLE_CHANGE: "No measurable change in their number.",
    }
    verdict = section.trend.verdict
    return words.get(verdict) or f"Their number has {verdict.value.replace('_', ' ')}."


def coverage_notes(coverage: Coverage) -> list[str]:
    """What the reader must know of the gaps, a line each."""
    notes = []
    if not coverage.feeds:
        notes.append("No feed was asked for this week: what stands here was imported or collected later.")
    if coverage.down:
        notes.append(f"Down all week: {', '.join(coverage.down)}.")
    notes += [
        f"Set aside from {name}: {count(articles, 'article')} {_SET_ASIDE.get(status, status)}."
        for name, status, articles in coverage.set_aside
    ]
    if coverage.languages:
        notes.append(f"Languages of the counted articles: {', '.join(coverage.languages)}.")
    return notes or ["Every feed answered, and every date was usable."]
