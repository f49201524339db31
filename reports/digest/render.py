"""Renders a digest as a self-contained HTML page, as Markdown, and for the mail. Chooses no content.

Each section has one template in `templates/sections/` with a macro a form: `page`, `markdown`, and,
if it is part of the mail, `mail` and `mail_text`. In it `digest` is the issue and `say` the module
of the section, for its phrases.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.digest import phrases, trend_drivers
from reports.digest.charts import WeeklyChart, to_svg
from reports.digest.digest import SECTIONS, Digest
from reports.escaping import escape_markdown, one_line, safe_link, without_commands


def to_html(digest: Digest) -> str:
    """Returns the issue as a page that needs no other file: styles and charts inside, no script."""
    css = shared_css() + files("reports").joinpath("templates/page.css").read_text("utf-8")
    page = environment(autoescape=True).get_template("digest.html.j2")
    return without_commands(
        page.render(css=Markup(css), digest=digest, blocks=section_blocks(digest, "page"))  # noqa: S704 - ours
    )


def shared_css() -> str:
    """The styles that all our pages share: fonts, and colours by day, by night and in print."""
    return files("reports").joinpath("templates/look.css").read_text("utf-8")


def to_markdown(digest: Digest) -> str:
    """Returns the issue as Markdown; texts of feeds are escaped, so that they cannot become markup."""
    return joined_blocks(section_blocks(digest, "markdown"))


def section_blocks(digest: Digest, form: str) -> list[str]:
    """Returns the sections in order as the macro `form` of their templates renders them, if they have it."""
    templates = environment(autoescape=form in ("page", "mail"))
    blocks = []
    for section in SECTIONS:
        template = templates.get_template(f"sections/{section.__name__.rpartition('.')[2]}.j2")
        macro = getattr(template.make_module({"digest": digest, "say": section}), form, None)
        if macro:
            blocks.append(macro())
    return blocks


_BLANK_LINES = re.compile(r"\n{3,}")


def joined_blocks(blocks: list[str]) -> str:
    """Plain text of the blocks with one blank line between them, and nowhere more than one."""
    return _BLANK_LINES.sub("\n\n", "\n\n".join(blocks)).strip() + "\n"


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
        day=phrases.day,
        moment=phrases.minute,
        plain=phrases.plain,
        independence=phrases.independence,
        status_line=phrases.status_line,
        differing=phrases.differing,
        novelty=phrases.novelty,
        earlier_step=phrases.earlier_step,
        trend_sentence=phrases.trend_sentence,
        named_trend=phrases.named_trend,
        driven_by=trend_drivers.driven_by,
        md=escape_markdown,
        line=one_line,
        href=safe_link,
        svg=_svg,
    )
    return made


def _svg(chart: WeeklyChart) -> Markup:
    return Markup(to_svg(chart))  # noqa: S704 - drawn by us of numbers, its texts are escaped
