"""Themes across the desks: those that moved, else those with most stories."""

from __future__ import annotations

from collections.abc import Sequence

from reports.digest.context import IssueContext
from reports.digest.phrases import trend_sentence
from warehouse.store.trend_tests import TrendTest, Verdict

MOVED_THEMES, STILL_THEMES = 3, 2
_MOVED = (Verdict.RISEN, Verdict.FALLEN, Verdict.FIRST_SEEN, Verdict.POSSIBLY_RISEN, Verdict.POSSIBLY_FALLEN)


def build(context: IssueContext) -> tuple[TrendTest, ...]:
    """Returns the trend tests of the themes to print."""
    return themes_to_print(context.trend_tests)


def themes_to_print(tests: Sequence[TrendTest]) -> tuple[TrendTest, ...]:
    """At most three themes that moved, the surest first; if none did, the two with most stories."""
    themes = [test for test in tests if test.kind == "theme"]
    changed = sorted(filter(moved, themes), key=lambda test: (_MOVED.index(test.verdict), test.q, test.key))
    most = sorted((test for test in themes if test.stories), key=lambda test: (-test.stories, test.key))
    return tuple(changed[:MOVED_THEMES] or most[:STILL_THEMES])


def moved(test: TrendTest) -> bool:
    """Whether the verdict is that the series changed."""
    return test.verdict in _MOVED


def theme_line(theme: TrendTest) -> str:
    """The trend sentence of a theme, after its name."""
    return f"{theme.name}: {trend_sentence(theme)}"


def no_theme_moved(themes: Sequence[TrendTest]) -> str:
    """What is printed before the themes if none of them moved; empty if one did."""
    if any(map(moved, themes)):
        return ""
    if not themes:
        return "No theme was counted this week."
    compared = any(theme.verdict is Verdict.NO_MEASURABLE_CHANGE for theme in themes)
    return (
        f"{'No theme moved measurably' if compared else 'No theme can be compared'}; "
        "those with most stories were:"
    )
