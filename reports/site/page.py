"""One page from one template: the frame all pages share, what is escaped, and what leads from page to page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from reports.digest import DESKS
from reports.inert import inert
from reports.render import safe_link
from reports.site import addresses
from reports.site.names import readable
from reports.wording import count


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of the site: its path from the root, and its bytes."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A way to another page of the site; `many` is a number beside it, `note` a word."""

    path: str
    name: str
    many: int | None = None
    note: str = ""


def page(path: str, template: str, **values: Any) -> File:
    """The page at `path`, made from the template of that name; what comes from feeds cannot become markup."""
    text = _environment().get_template(f"{template}.html.j2").render(path=path, root=addresses.to_root(path), **values)
    return File(path=path, content=inert(text).encode())


def most(counted: Counter[tuple[str, str]], limit: int) -> tuple[Link, ...]:
    """Links to what was counted as (path, name), most frequent first."""
    ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0][1], one[0][0]))
    return tuple(Link(path=path, name=name, many=many) for (path, name), many in ordered[:limit])


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports", "templates/site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(day=_day, moment=_moment, href=safe_link, readable=readable)
    environment.globals.update(
        at=addresses,
        desks=DESKS,
        count=count,
        story_count=partial(count, singular="story", plural="stories"),
    )
    return environment


def _day(moment: datetime | None) -> str:
    return f"{moment.day} {moment:%b %Y}" if moment else "undated"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
