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


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyChart:
    """Stories per week, in order, None where no feed was watched; `panel`: from feeds watched throughout.

    `band` is the range in which the last week would be no measurable change, over the last `band_weeks`
    weeks; None without a baseline. `down` are weeks in which feeds of the panel failed, `breaks` weeks before
    which the method or the list of sources was another.
    """

    name: str
    weeks: tuple[str, ...]
    stories: tuple[int | None, ...]
    panel: tuple[int, ...]
    band: tuple[float, float] | None
    band_weeks: int
    down: frozenset[str] = frozenset()
    breaks: frozenset[str] = frozenset()


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
    if chart.band:
        parts.append(
            f"From {chart.band[0]:.0f} to {chart.band[1]:.0f} stories the last week would be no measurable "
            "change."
        )
    if chart.down:
        parts.append(f"Feeds were down in {', '.join(sorted(chart.down))}.")
    if chart.breaks:
        parts.append(f"Not comparable with earlier weeks from {', '.join(sorted(chart.breaks))}.")
    return " ".join(parts)


def _draw(axes: Any, chart: WeeklyChart) -> None:
    places = range(len(chart.weeks))
    shown = [stories or 0 for stories in chart.stories]
    top = max(*shown, chart.band[1] if chart.band else 0, 1) * 1.18
    if chart.band:
        since = len(shown) - chart.band_weeks - 0.5
        axes.fill_between([since, len(shown) - 0.5], *chart.band, color=_BAND, linewidth=0, zorder=0)
    for place in places:
        if chart.weeks[place] in chart.down:
            axes.axvspan(
                place - 0.5,
                place + 0.5,
                facecolor="none",
                edgecolor=_LINE,
                hatch="////",
                linewidth=0,
                zorder=0,
            )
        if chart.weeks[place] in chart.breaks:
            axes.axvline(place - 0.5, color=_MARK, linewidth=1.2, linestyle=(0, (3, 2)))
        known, latest = chart.stories[place] is not None, place == places[-1]
        axes.annotate(
            str(chart.stories[place]) if known else "–",
            (place, shown[place]),
            (0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=_INK if latest else _SOFT,
            fontweight="bold" if latest else "normal",
        )
    axes.bar(places, shown, width=0.72, color=_BAR_SOFT, linewidth=0)
    axes.bar(places, chart.panel, width=0.72, color=_BAR, linewidth=0)
    axes.set_xlim(-0.6, len(shown) - 0.4)
    axes.set_ylim(0, top)
    axes.set_yticks([])
    axes.set_xticks(list(places), [week[5:] for week in chart.weeks], color=_SOFT)
    axes.tick_params(length=0)
    axes.patch.set_alpha(0)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(_LINE)


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
