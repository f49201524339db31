"""The sentences a digest says of itself: counts, trends, gaps. Each is made from values that can be checked."""

from __future__ import annotations

from datetime import date, datetime

from reports.digest.digest import Change, Coverage, Digest, Due, Item, Restatement, Section
from reports.digest.themes import moved
from reports.trends.comparison import BASELINE_WEEKS
from warehouse.store.trend_tests import TrendTest, Verdict

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


def trend_sentence(trend: TrendTest) -> str:
    """What the counts of a series allow to be said, with the numbers it rests on and the ledger's row that has them."""
    return f"{_trend(trend)} [{trend.test_id}]"


def _trend(trend: TrendTest) -> str:
    among = f" ({trend.panel_stories} of them told by feeds watched throughout)" if _is_more(trend) else ""
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


def theme_line(theme: TrendTest) -> str:
    """The ledger's sentence on a theme, after its name."""
    return f"{theme.name}: {trend_sentence(theme)}"


def no_theme_moved(digest: Digest) -> str:
    """What stands before the most told themes if none moved; empty if one did."""
    if any(map(moved, digest.themes)):
        return ""
    if not digest.themes:
        return "No theme was counted this week."
    compared = any(theme.verdict is Verdict.NO_MEASURABLE_CHANGE for theme in digest.themes)
    return f"{'No theme moved measurably' if compared else 'No theme can be compared'}; the most told were:"


def acts_and_talk(section: Section) -> str:
    """How much of the desk's week is something done, and how much is talk of it, against the weeks before."""
    acts = section.acts
    if not acts.out_of:
        return ""
    line = f"Acts against talk: {acts.stories} of {count(acts.out_of, 'story', 'stories')} tell of something done (a rule, an order, a contract)"
    if acts.baseline and sum(acts.baseline_out_of):
        line += f"; {sum(acts.baseline)} of {sum(acts.baseline_out_of)} in the {len(acts.baseline)} weeks before"
    word = "" if acts.verdict not in _SAID else f": {plain(acts.verdict.value)}"
    return f"{line}{word}. [{acts.test_id}]"


_SAID = (Verdict.RISEN, Verdict.FALLEN, Verdict.POSSIBLY_RISEN, Verdict.POSSIBLY_FALLEN, Verdict.NO_MEASURABLE_CHANGE)


def empty_section(section: Section) -> str:
    """What stands at a desk that has nothing sure to tell."""
    return (
        "Only stories of low confidence this week; they are listed below." if section.unsure else "No story this week."
    )


def no_material_change(section: Section) -> str:
    """The bottom line of a desk that has no news to tell."""
    if not section.stories:
        return "no material change; no story was counted."
    if not section.new_stories:
        return f"no material change; nothing new, {count(section.stories, 'story', 'stories')} went on."
    return f"no material change; {count(section.stories, 'story', 'stories')}, none sure enough to be told."


def changed(change: Change) -> str:
    """What happened to a story since last week, before its headline."""
    match change.kind:
        case "new":
            return f"New: {change.after:,} of {count(change.before, 'story', 'stories')} began this week; the most widely told"
        case "resurfaced":
            return "Back after a pause"
        case "quiet":
            return f"Went quiet, after {count(change.before, 'publisher')} had told it"
    if change.stages:
        before, now = (plain(stage) for stage in change.stages)
        return f"Moved on from {before} to {now}"
    return f"Told more widely, by {count(change.after, 'publisher')} after {change.before}"


def nothing_changed(digest: Digest) -> str:
    """What stands where no change does."""
    if not digest.corpus.collected:
        return "Nothing was collected for this week: that is no finding."
    return "Nothing new: no story began, widened, moved on, came back or went quiet."


def restated(restatement: Restatement, names: dict[str, str]) -> str:
    """The correction of last week's numbers."""
    desks = "; ".join(f"{names.get(desk, desk)} {before} to {after}" for desk, before, after in restatement.desks)
    line = f"Last week restated: {restatement.before} to {count(restatement.after, 'story', 'stories')} in {restatement.week}"
    return f"{line} ({desks})." if desks else f"{line}."


def plain(value: str) -> str:
    """A value of a facet in words: `in_force` as `in force`."""
    return value.replace("_", " ")


def standing(item: Item) -> str:
    """Whether the story is new, and how independent its tellings are."""
    kind = "" if item.genre == "news" else f"; {plain(item.genre)}"
    return f"{'New' if item.is_new else 'Continued'}; {independence(item)}{kind}"


_DUE = {
    "comment_closes": "comments close",
    "takes_effect": "takes effect",
    "applies_from": "applies from",
    "vote": "vote",
    "hearing": "hearing",
    "report_due": "report due",
    "expires": "expires",
}


def due(one: Due) -> str:
    """What happens on a day."""
    return _DUE[one.kind] + (" (year inferred)" if one.year_inferred else "")


def coverage_notes(coverage: Coverage) -> list[str]:
    """What the reader must know of the gaps, a line each."""
    notes = []
    if not coverage.feeds:
        notes.append("No feed was asked for this week: what stands here was imported or collected later.")
    elif len(coverage.down) == coverage.feeds:
        notes.append("Every feed failed: that few stories stand here says nothing about the week.")
    if coverage.down:
        notes.append(f"Down all week: {_some(coverage.down)}.")
    notes += [
        f"We asked no feed on {day(first)}{'' if first == last else f' to {day(last)}'}, though it was time to: what feeds dropped is missing."
        for first, last in coverage.gaps[:GAPS_SHOWN]
    ]
    if coverage.overflowed:
        notes.append(f"Every entry was new, so earlier ones may be missing: {_some(coverage.overflowed)}.")
    notes += [
        f"Set aside from {name}: {count(articles, 'article')} {_SET_ASIDE.get(status, status)}."
        for name, status, articles in coverage.set_aside[:SET_ASIDE_SHOWN]
    ]
    if more := coverage.set_aside[SET_ASIDE_SHOWN:]:
        articles = sum(number for _, _, number in more)
        notes.append(f"Set aside from others: {count(articles, 'article')} of {count(len(more), 'feed')}.")
    if coverage.filed_anew or coverage.ruled_on:
        notes.append(
            f"Corrected by analysts: {count(coverage.filed_anew, 'article')} filed anew, {count(coverage.ruled_on, 'ruling')} on stories."
        )
    if coverage.weeks_down:
        notes.append(f"Too few feeds were watched in {', '.join(coverage.weeks_down)}; those weeks are in no baseline.")
    notes += [f"Nothing is compared across {day(moment)}: {what}." for moment, what in coverage.breaks]
    if coverage.languages:
        notes.append(f"Languages of the counted articles: {', '.join(coverage.languages)}.")
    return notes or ["Every feed answered, and every date was usable."]


GAPS_SHOWN, SET_ASIDE_SHOWN, NAMES_SHOWN = 3, 6, 8


def _some(names: tuple[str, ...]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def day(moment: datetime | date | None) -> str:
    """A day as it is printed: `12 Aug 2026`; `undated` for none."""
    return f"{moment.day} {moment:%b %Y}" if moment else "undated"


def minute(moment: datetime) -> str:
    """A moment as it is printed: `2026-08-17 06:00 UTC`."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def method(digest: Digest) -> tuple[str, ...]:
    """How the numbers came about and how to repeat them, in three lines."""
    return (
        "The unit is the story: all articles on one event, copies counted once; opinion, newsletters, vendors' posts and "
        "items without a usable date are never counted. A story is told as news if independent signals agree that it is "
        "of its desk; the others are counted, and listed as low confidence.",
        f"A week is compared with the {BASELINE_WEEKS} complete weeks before it by an exact test on Poisson counts, widened "
        "by their dispersion, at a false-discovery rate of 10 %; “risen” needs two publisher families and the agreement of "
        "the feeds watched throughout.",
        "Every headline and sentence is a cited article's; who is named, acts and stages are read by machine. The counts come from "
        f"the macro counted_articles and the views stories and issues; `watchfloor verify` checks this page, "
        f"`watchfloor digest --week {digest.week} --as-of {digest.watermark:%Y-%m-%dT%H:%M:%SZ}` makes it again.",
    )
