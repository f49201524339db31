"""What the data of now say of the trends that the issue before called. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.trends.drivers import CALLED
from reports.trends.trend_ledger import METHOD
from warehouse.store.trend_tests import TrendTest, Verdict

MOST_RESTATED = 3
_MEASURED = (Verdict.RISEN, Verdict.FALLEN, Verdict.FIRST_SEEN)
_KINDS = ("desk", "topic")
_MORE = (Verdict.RISEN, Verdict.POSSIBLY_RISEN, Verdict.FIRST_SEEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestatedTrend:
    """A called trend of an earlier issue, as it was printed and as the same test says now."""

    before: TrendTest
    now: TrendTest

    @property
    def outcome(self) -> str:
        """What became of the call: held, confirmed (no longer only possible), weakened or withdrawn."""
        was, is_ = self.before.verdict, self.now.verdict
        if is_ not in CALLED or (was in _MORE) != (is_ in _MORE):
            return "withdrawn"
        if was in _MEASURED and is_ not in _MEASURED:
            return "weakened"
        return "confirmed" if was not in _MEASURED and is_ in _MEASURED else "held"


def called_before(recorded: Sequence[TrendTest]) -> list[TrendTest]:
    """The desks and topics that an issue called, by the method of now: another's calls are not compared."""
    return [
        one
        for one in recorded
        if one.kind in _KINDS
        and one.verdict in CALLED
        and one.verdict is not Verdict.FIRST_SEEN  # that is a fact, which needs no confirmation
        and one.method == METHOD
    ]


def restated_trends(called: Sequence[TrendTest], again: Sequence[TrendTest]) -> tuple[RestatedTrend, ...]:
    """Returns at most three calls with what the tests of the same week, made again, say of them.

    What was only possible and still is, is left out. Desks come first, and of a kind the surest.
    """
    now = {one.series: one for one in again}
    both = [RestatedTrend(before=one, now=now[one.series]) for one in called if one.series in now]
    told = [one for one in both if one.outcome != "held" or one.before.verdict in _MEASURED]
    told.sort(key=lambda one: (_KINDS.index(one.before.kind), one.before.q, one.before.key))
    return tuple(told[:MOST_RESTATED])
