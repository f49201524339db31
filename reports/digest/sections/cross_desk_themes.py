"""Themes across the desks: those that moved, else those with most stories."""

from __future__ import annotations

from collections.abc import Sequence

from reports.digest.context import IssueContext
from reports.trends.drivers import CALLED, surest_first
from warehouse.store.trend_tests import TrendTest, Verdict

MOVED_THEMES, STILL_THEMES = 3, 2


def build(context: IssueContext) -> tuple[TrendTest, ...]:
    """Returns the trend tests of the themes to print."""
    return themes_to_print(context.trend_tests)


def themes_to_print(tests: Sequence[TrendTest]) -> tuple[TrendTest, ...]:
    """At most three themes that moved, the surest first; if none did, the two with most stories."""
    themes = [test for test in tests if test.kind == "theme"]
    most = sorted((test for test in themes if test.stories), key=lambda test: (-test.stories, test.key))
    return surest_first(themes)[:MOVED_THEMES] or tuple(most[:STILL_THEMES])


def no_theme_moved(themes: Sequence[TrendTest]) -> str:
    """What is printed before the themes if none of them moved; empty if one did."""
    if any(theme.verdict in CALLED for theme in themes):
        return ""
    if not themes:
        return "No theme was counted this week."
    compared = any(theme.verdict is Verdict.NO_MEASURABLE_CHANGE for theme in themes)
    return (
        f"{'No theme moved measurably' if compared else 'No theme can be compared'}; "
        "those with most stories were:"
    )
