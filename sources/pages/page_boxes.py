"""Changes a page's tree so that only the article looks like an article: cuts boxes and lists of links, joins
an article that stands in several containers, and puts its standfirst before it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from itertools import pairwise
from typing import Any

# Names of boxes, as the words of an element's class and id. `elated`, `share` and the like are known to the
# extraction itself.
_BOXES = frozenset(
    "related recirc recirculation newsletter newsletters signup promo infobox factbox caption captions "
    "figcaption outbrain taboola toast feedback poll carousel slideshow popular trending recommended "
    "recommendation recommendations readmore disclaimer copyright sponsored advert advertisement tooltip "
    "breadcrumb breadcrumbs byline".split()
)
_BOXES_OF_TWO = frozenset(
    tuple(pair.split())
    for pair in (
        "sign up", "read more", "more link", "also read", "see also", "most read", "most viewed",
        "visually hidden", "sr only", "screen reader", "author bio", "author box", "about author",
        "article card", "more from", "more on", "more topic", "image widget", "follow us", "inline link",
        "scrap modal",
    )
)  # fmt: skip
_EMBEDDED = frozenset(("twitter-tweet", "instagram-media", "tiktok-embed", "bluesky-embed"))
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_BLOCKS = ("p", "li", "h2", "h3", "h4", "h5", "h6")
REST_CHARS, REST_SHARE = 500, 0.25  # of the page's paragraphs, what is left beside a box that is cut
LABEL_CHARS = 25


@lru_cache(4_096)
def _is_box_name(name: str) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    return not _BOXES.isdisjoint(words) or not _BOXES_OF_TWO.isdisjoint(pairwise(words))


def without_boxes(tree: Any) -> None:
    """Cuts boxes by their names, embedded posts and captions, unless most of the page's text is in one."""
    total = sum(len(p.text_content()) for p in tree.iter("p"))
    for element in list(tree.iter()):
        if not isinstance(element.tag, str) or element.tag in ("html", "body", "main", "head", "h1"):
            continue
        names = f"{element.get('class') or ''} {element.get('id') or ''}"
        if element.tag == "figcaption" or _is_box(element, names):
            inside = sum(len(p.text_content()) for p in element.iter("p"))
            if total - inside >= max(REST_CHARS, REST_SHARE * total) or not inside:
                total -= inside
                _cut(element)


def _is_box(element: Any, names: str) -> bool:
    if names == " ":
        return False
    if element.tag == "blockquote":
        return not _EMBEDDED.isdisjoint(names.split())
    return _is_box_name(names[:300]) and next(element.iter("h1"), None) is None


def without_link_lists(tree: Any) -> None:
    """Cuts paragraphs, headings and list items that are nothing but one link, with a label at most."""
    for element in list(tree.iter(*_BLOCKS)):
        # A target within the page is no link: of a heading, it is its name.
        links = [link for link in element.findall(".//a") if (link.get("href") or "#")[0] != "#"]
        if not links or element.getparent() is None:
            continue
        text = len(" ".join(element.text_content().split()))
        linked = sum(len(" ".join(link.text_content().split())) for link in links)
        if linked >= LABEL_CHARS and text - linked <= LABEL_CHARS and len(links) == 1:
            _cut(element)


def join_parts(tree: Any) -> None:
    """Joins the containers of one name in which an article stands in parts, with advertisements between.

    The extraction reads the first container only.
    """
    groups: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for element in tree.iter("div", "section"):
        if (
            element.get("class")
            and sum(1 for p in element.iterchildren("p") if len(p.text_content()) > 80) >= 2
        ):
            groups[element.tag, element.get("class")].append(element)
    for parts in groups.values():
        first = parts[0]
        for part in parts[1:]:
            if _scope(part) is _scope(first) and first not in part.iterancestors():
                first.extend(list(part))


def _scope(element: Any) -> Any:
    return next(element.iterancestors("article", "main", "body"), None)


def _cut(element: Any) -> None:
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + " " + element.tail
        else:
            before.tail = (before.tail or "") + " " + element.tail
    parent.remove(element)
