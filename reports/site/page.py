"""One page from one template: the layout all pages share, escaping, and links from page to page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

from reports.digest.phrases import count
from reports.digest.render import environment
from reports.escaping import without_commands
from reports.site import addresses, history
from warehouse.classify.taxonomy import load_taxonomy


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of the site: its path from the root, and its bytes."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link to another page of the site; `many` is a number printed beside it, `note` a word."""

    path: str
    name: str
    many: int | None = None
    note: str = ""


def page(path: str, template: str, **values: Any) -> File:
    """Renders the page at `path` from the template; texts of feeds cannot become markup."""
    desks = {desk.id: desk.name for desk in load_taxonomy().desks.values()}
    made = environment(autoescape=True).get_template(f"site/{template}.html.j2")
    text = made.render(path=path, root=addresses.to_root(path), desks=desks, **_SHARED, **values)
    return File(path=path, content=without_commands(text).encode())


def most(counted: Counter[tuple[str, str]], limit: int) -> tuple[Link, ...]:
    """Returns links to what was counted by (path, name), most frequent first."""
    ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0][1], one[0][0]))
    return tuple(Link(path=path, name=name, many=many) for (path, name), many in ordered[:limit])


def readable(id_: str) -> str:
    """Returns an id in words: a topic's name, any other spelled out (Comment closes for `comment_closes`)."""
    if topic := load_taxonomy().topics.get(id_):
        return topic.name
    words = " ".join(word.upper() if word in _CAPITALS else word for word in id_.split("_"))
    return words[:1].upper() + words[1:]


_CAPITALS = {"ai", "eu", "us", "uk"}
_SHARED = {
    "at": addresses,
    "history_charts": history,
    "readable": readable,
    "count": count,
    "story_count": partial(count, singular="story", plural="stories"),
}
