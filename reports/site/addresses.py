"""The paths of the site's pages from its root. A path depends on an id only, so that it never changes."""

from __future__ import annotations

import re
from datetime import datetime

HOME = "index.html"
SEARCH = "search.html"
THREADS = "threads.html"
THEMES = "themes.html"
ENTITIES = "entities.html"
FEEDS = "feeds.html"
DATA = "data.html"
ATOM = "issues.atom"
STYLE = "assets/site.css"
SCRIPT = "assets/search.js"


def issue(week: str) -> str:
    """The page of an issue."""
    return f"issues/{week}.html"


def download(name: str) -> str:
    """A file of an issue, with the bytes that were written."""
    return f"data/{name}"


def desk(desk_id: str) -> str:
    """The page of a desk."""
    return f"desks/{_plain(desk_id)}.html"


def topic(topic_id: str) -> str:
    """The page of a topic."""
    return f"topics/{_plain(topic_id)}.html"


def theme(theme_id: str) -> str:
    """The page of a theme."""
    return f"themes/{_plain(theme_id)}.html"


def entity(entity_id: str) -> str:
    """The page of an entity."""
    return f"entities/{_plain(entity_id)}.html"


def story(story_id: int) -> str:
    """The page of a story, also of one that was merged away."""
    return f"stories/{story_id}.html"


def thread(thread_id: int) -> str:
    """The page of a thread."""
    return f"threads/{thread_id}.html"


def month_of(moment: datetime) -> str:
    """The month of a moment, as 2026-07."""
    return f"{moment:%Y-%m}"


def of_month(listing: str, month: str) -> str:
    """The page of one month of a long listing."""
    return f"{listing.removesuffix('.html')}/{month}.html"


def shard(month: str) -> str:
    """The titles of the stories that began in a month, for the search."""
    return f"search/{month}.js"


def to_root(path: str) -> str:
    """The relative path from a page to the root: the site works in any folder, and from a disk."""
    return "../" * path.count("/")


def _plain(id_: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", id_)
