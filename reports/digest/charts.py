"""Draws a desk's thirteen weeks as an SVG in the colours of the page. Equal values give equal bytes."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

# Placeholders for colours of the page, which differ in print and dark mode; matplotlib
# would fix a colour when drawing.
_COLOURS = {
    "#010101": "var(--ink)",
    "#020202": "var(--soft)",
    "#030303": "var(--bar)",
    "#040404": "var(--bar-soft)",
    "#050505": "var(--band)",
    "#060606": "var(--mark)",
    "#070707": "var(--line)",
}
_INK, _SOFT, _BAR, _BAR_SOFT, _BAND, _MARK, _LINE = _COLOURS
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text, for readers and for screen readers
    "font.family": "DejaVu Sans",  # comes with matplotlib, so that the layout is the same everywhere
    "font.size": 9,
    "hatch.linewidth": 0.6,
    "path.simplify": False,
}
WIDTH_IN, HEIGHT_IN = 6.6, 2.2
# How much higher than the highest bar the axes are: for the numbers, and for a bracket above them.
_ROOM_FOR_NUMBERS, _ROOM_FOR_BRACKET = 1.18, 1.45


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyChart:
    """Stories per week, in order, None where no feed was watched; `panel`: from feeds watched throughout.

    `level` is the panel's mean week before the span that speaks, `band` the range in which the last week
    would be no measurable change, both over the last `compared` weeks; None without a baseline. `called` says
    what the last `span` weeks are called, in words; empty if nothing is. `down` are weeks in which feeds of
    the panel failed, `marks` weeks in which feeds were added or the method changed, with what did.
    """

    name: str
    weeks: tuple[str, ...]
    stories: tuple[int | None, ...]
    panel: tuple[int, ...]
    level: float | None
    band: tuple[float, float] | None
    compared: int
    span: int = 1
    called: str = ""
    down: frozenset[str] = frozenset()
    marks: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=16)
def to_svg(chart: WeeklyChart) -> str:
    """The chart as an `<svg>` element with a title and a description."""
    # Half a second to import, and only an issue's page needs it.
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context({**_STYLE, "svg.hashsalt": chart.name}):
        figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN))
        figure.patch.set_alpha(0)
        axes = figure.add_axes((0.01, 0.13, 0.98, 0.80))
        _draw(axes, chart)
        written = io.StringIO()
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(written, metadata={"Date": None, "Creator": None})
    return _embeddable(written.getvalue(), chart)


def described(chart: WeeklyChart) -> str:
    """Returns the chart in words, for screen readers."""
    counts = ", ".join(
        f"{week[5:]} {'not watched' if stories is None else stories}"
        for week, stories in zip(chart.weeks, chart.stories, strict=True)
    )
    parts = [f"Stories a week, {chart.weeks[0]} to {chart.weeks[-1]}: {counts}."]
    if chart.level is not None:
        parts.append(f"The usual level is {chart.level:.1f} a week on the feeds watched throughout.")
    if chart.band:
        parts.append(
            f"From {chart.band[0]:.0f} to {chart.band[1]:.0f} stories the last week would be no measurable "
            "change."
        )
    if chart.called:
        weeks = f"{chart.weeks[-chart.span]} to {chart.weeks[-1]}" if chart.span > 1 else chart.weeks[-1]
        parts.append(f"{weeks}: {chart.called}.")
    if chart.down:
        parts.append(f"Feeds were down in {', '.join(sorted(chart.down))}.")
    parts += [f"{week}: {what}." for week, what in chart.marks]
    return " ".join(parts)


def _draw(axes: Any, chart: WeeklyChart) -> None:
    places = range(len(chart.weeks))
    shown = [stories or 0 for stories in chart.stories]
    top = max(*shown, chart.band[1] if chart.band else 0, 1)
    since, until = len(shown) - chart.compared - 0.5, len(shown) - 0.5
    if chart.band:
        axes.fill_between([since, until], *chart.band, color=_BAND, linewidth=0, zorder=0)
    _draw_events(axes, chart)
    axes.bar(places, shown, width=0.72, color=_BAR_SOFT, linewidth=0)
    axes.bar(places, chart.panel, width=0.72, color=_BAR, linewidth=0)
    if chart.level is not None:
        axes.plot([since, until], [chart.level] * 2, color=_INK, linewidth=0.9, solid_capstyle="butt")
    for place in places:
        speaks = place >= len(shown) - chart.span
        axes.annotate(
            "–" if chart.stories[place] is None else str(chart.stories[place]),
            (place, shown[place]),
            (0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=_INK if speaks else _SOFT,
            fontweight="bold" if speaks else "normal",
        )
    if chart.called:
        _draw_bracket(axes, chart)
    axes.set_xlim(-0.6, len(shown) - 0.4)
    axes.set_ylim(0, top * (_ROOM_FOR_BRACKET if chart.called else _ROOM_FOR_NUMBERS))
    axes.set_yticks([])
    axes.set_xticks(list(places), [week[5:] for week in chart.weeks], color=_SOFT)
    axes.tick_params(length=0)
    axes.patch.set_alpha(0)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(_LINE)


def _draw_events(axes: Any, chart: WeeklyChart) -> None:
    """Hatches weeks in which feeds were down; a dashed line before those with a mark."""
    marked = {week for week, _ in chart.marks}
    for place, week in enumerate(chart.weeks):
        if week in chart.down:
            axes.axvspan(
                place - 0.5,
                place + 0.5,
                facecolor="none",
                edgecolor=_LINE,
                hatch="////",
                linewidth=0,
                zorder=0,
            )
        if week in marked:
            axes.axvline(place - 0.5, color=_MARK, linewidth=1.2, linestyle=(0, (3, 2)))


def _draw_bracket(axes: Any, chart: WeeklyChart) -> None:
    """A bracket over the weeks that speak, with what they are called; its height is a share of the axes."""
    first, last = len(chart.weeks) - chart.span - 0.36, len(chart.weeks) - 0.64
    axes.plot(
        [first, first, last, last],
        [0.86, 0.89, 0.89, 0.86],
        color=_MARK,
        linewidth=1.2,
        transform=axes.get_xaxis_transform(),
    )
    axes.text(
        last,
        0.92,
        chart.called,
        transform=axes.get_xaxis_transform(),
        ha="right",
        va="bottom",
        color=_MARK,
        fontweight="bold",
    )


def _embeddable(svg: str, chart: WeeklyChart) -> str:
    """Returns the `<svg>` element without ids that another chart may have, in the page's colours."""
    element = svg[svg.index("<svg") :].rstrip()
    element = re.sub(
        r"\s*<metadata>.*?</metadata>|\s*<defs>\s*<style.*?</defs>", "", element, flags=re.DOTALL
    )
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', element))
    element = re.sub(r' id="([^"]+)"', lambda match: match[0] if match[1] in used else "", element)
    for drawn, named in _COLOURS.items():
        element = element.replace(drawn, named)
    viewbox = re.search(r'viewBox="[^"]+"', element)
    assert viewbox is not None  # noqa: S101 - matplotlib always writes one
    _, _, body = element.partition(">")
    title, description = escape(f"{chart.name}: stories a week"), escape(described(chart))
    return f'<svg {viewbox[0]} role="img" aria-label="{title}. {description}">\n<title>{title}</title>{body}'
