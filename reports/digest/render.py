"""Writes a digest as one self-contained HTML page and as Markdown. Chooses no content."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.digest import phrases
from reports.digest.chart_data import chart_of
from reports.digest.charts import WeeklyChart, to_svg
from reports.digest.digest import Digest
from reports.escaping import escape_markdown, one_line, safe_link, without_commands
from reports.trends.comparison import BASELINE_WEEKS
from reports.trends.panel import HISTORY_WEEKS


def to_html(digest: Digest) -> str:
    """The issue as a page that needs nothing else: styles and charts inside, no script."""
    css = look() + files("reports").joinpath("templates/page.css").read_text("utf-8")
    page = environment(autoescape=True).get_template("digest.html.j2").render(css=Markup(css), **_context(digest))  # noqa: S704 - ours
    return without_commands(page)


def look() -> str:
    """The styles that all our pages share: colours by day, by night and in print, and the letters."""
    return files("reports").joinpath("templates/look.css").read_text("utf-8")


def to_markdown(digest: Digest) -> str:
    """The issue as Markdown; what comes from feeds is escaped, so that it cannot become markup."""
    return _tidy(environment(autoescape=False).get_template("digest.md.j2").render(**_context(digest)))


def _context(digest: Digest) -> dict[str, Any]:
    weeks = [str(digest.week.before(number)) for number in reversed(range(HISTORY_WEEKS))]
    return {
        "digest": digest,
        "weeks": weeks,
        "names": {section.desk: section.name for section in digest.sections},
        "charts": {section.desk: chart_of(section, weeks, digest.coverage) for section in digest.sections},
        "baseline_weeks": BASELINE_WEEKS,
        "method": phrases.method(digest),
        "say": phrases,
    }


_BLANK_LINES = re.compile(r"\n{3,}")


def _tidy(text: str) -> str:
    return _BLANK_LINES.sub("\n\n", text).strip() + "\n"


@cache
def environment(*, autoescape: bool) -> Environment:
    """The templates' environment; without `autoescape` they escape by the filters `md` or `line`."""
    made = Environment(
        loader=PackageLoader("reports"),
        autoescape=autoescape,  # noqa: S701 - see above
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        day=phrases.day, moment=phrases.minute, md=escape_markdown, line=one_line, href=safe_link, svg=_svg
    )
    return made


def _svg(chart: WeeklyChart) -> Markup:
    return Markup(to_svg(chart))  # noqa: S704 - drawn by us of numbers, its texts are escaped
