"""What moved a series: the topics and entities that account for most of a called change. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from reports.trends.comparison import baseline_in_spans
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.queries.trend_drivers import DriverCount
from warehouse.rounding import six_digits
from warehouse.store.trend_tests import TrendTest, Verdict

CALLED = (
    Verdict.RISEN,
    Verdict.FALLEN,
    Verdict.FIRST_SEEN,
    Verdict.POSSIBLY_RISEN,
    Verdict.POSSIBLY_FALLEN,
)
# A part is named if it accounts for a fifth of the change, by so many stories at least.
LEAST_SHARE, LEAST_STORIES = 0.2, 3
# What has a country in each second story has it in each second story more: that explains nothing. A part must
# have so many times the stories that its former share of the series gives, or for a fall so many times fewer.
OUT_OF_STEP = 4 / 3
MOST_OF_A_KIND = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A topic or entity within a called series, counted on the panel.

    `stories` are those of the span that speaks, `usual` what as many mean weeks of the baseline have, `share`
    the part of the series' change (0 to 1; parts overlap, and one can change more than the whole).
    """

    kind: str
    key: str
    name: str
    stories: int
    usual: float
    share: float

    @property
    def series(self) -> str:
        """The name of the part as a series, such as `entity:nvidia`."""
        return f"{self.kind}:{self.key}"


def surest_first(tests: Sequence[TrendTest]) -> tuple[TrendTest, ...]:
    """Those of the tests that call a change: the measured ones first, then by q."""
    called = [test for test in tests if test.verdict in CALLED]
    return tuple(sorted(called, key=lambda test: (CALLED.index(test.verdict), test.q, test.key)))


def excess(test: TrendTest) -> float:
    """How many stories the span has more than as many mean weeks of the baseline; negative if fewer."""
    return six_digits(sum(test.panel_span) - _usual(test, sum(test.panel_baseline)))


def main_parts(test: TrendTest, counts: Sequence[DriverCount]) -> tuple[Part, ...]:
    """Returns at most two topics, then two entities, that account for most of a called change.

    `counts` are those of this series. Those of a topic name no topic, and an entity that is half of the
    series anyway is not named for being half of the change.
    """
    change = excess(test)
    by_part: defaultdict[tuple[str, str], list[DriverCount]] = defaultdict(list)
    for one in counts:
        by_part[one.kind, one.key].append(one)
    found = [part for part in (_part(test, mine, change) for mine in by_part.values()) if part]
    found.sort(key=lambda one: (-_beyond(test, one), one.series))
    kinds = ("entity",) if test.kind == "topic" else ("topic", "entity")
    return tuple(
        part for kind in kinds for part in [one for one in found if one.kind == kind][:MOST_OF_A_KIND]
    )


def _part(test: TrendTest, counts: Sequence[DriverCount], change: float) -> Part | None:
    stories = sum(one.panel_stories for one in counts if one.week in test.span_weeks)
    usual = _usual(test, sum(one.panel_stories for one in counts if one.week in test.baseline_weeks))
    more = stories - usual
    if not change or more / change < LEAST_SHARE or abs(more) < LEAST_STORIES:
        return None
    in_step = _in_step(test, usual)
    if stories < OUT_OF_STEP * in_step if change > 0 else stories * OUT_OF_STEP >= in_step:
        return None
    return Part(
        kind=counts[0].kind,
        key=counts[0].key,
        name=_name(counts),
        stories=stories,
        usual=usual,
        share=six_digits(more / change),
    )


def _name(counts: Sequence[DriverCount]) -> str:
    topics = load_taxonomy().topics
    if counts[0].kind == "topic" and counts[0].key in topics:
        return topics[counts[0].key].name
    return min(one.name for one in counts)


def _beyond(test: TrendTest, part: Part) -> float:
    """By how many stories the part changed more than in step with the whole series."""
    return six_digits(abs(part.stories - _in_step(test, part.usual)))


def _in_step(test: TrendTest, usual: float) -> float:
    """How many stories a part would have in the span had it kept its share of the series."""
    whole = _usual(test, sum(test.panel_baseline))
    return sum(test.panel_span) * usual / whole if whole else 0.0


def _usual(test: TrendTest, before: int) -> float:
    return six_digits(before / baseline_in_spans(test.days_watched, len(test.span_weeks)))
