"""What a page states of its article as data: JSON-LD of schema.org, and the head's meta elements."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

ARTICLE_TYPES = ("Article", "NewsArticle", "BlogPosting", "Posting", "Report", "WebPage", "LiveBlogPosting")
MAX_NODES = 2_000
MAX_STATEMENTS = 8  # a page states some titles and descriptions
MAX_STATEMENT_CHARS = 1_000
MAX_SCRIPT_CHARS = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What the page states: `body` is the article's whole text, `not_free` whether it must be paid for.

    `titles` and `descriptions` are those of the article and of the page, the most trusted first; `published`
    is a date as it is spelt, `is_article` whether it is stated to be one.
    """

    titles: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()
    body: str = ""
    published: str = ""
    not_free: bool = False
    is_article: bool = False


def stated_in(tree: Any) -> Stated:
    """Returns what the page's head and its JSON-LD state."""
    nodes = list(_nodes(tree))
    articles = [node for node in nodes if _is_article(node)]
    metas = _metas(tree)
    titles = [*(_text(node.get("headline")) for node in articles), *metas.get("og:title", ())]
    titles += [*metas.get("twitter:title", ()), *(element.text_content() for element in tree.iter("h1"))]
    titles += [element.text or "" for element in tree.iter("title")]
    described = [*(_text(node.get("description")) for node in articles), *metas.get("description", ())]
    described += [*metas.get("og:description", ()), *metas.get("twitter:description", ())]
    tiers = [value.lower() for value in metas.get("article:content_tier", ())]
    return Stated(
        titles=_distinct(titles),
        descriptions=_distinct(described),
        body=max((_text(node.get("articleBody")) for node in articles), key=len, default=""),
        published=next(
            filter(None, (_text(node.get("datePublished")) for node in articles)),
            next(iter(metas.get("article:published_time", ())), ""),
        ),
        is_article=any(node.get("@type") != "WebPage" for node in articles)
        or "article" in metas.get("og:type", ()),
        not_free=any(_is_false(node.get("isAccessibleForFree")) for node in articles)
        or any(tier in ("locked", "metered", "paid", "premium") for tier in tiers),
    )


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Yields the objects of the page's JSON-LD, also those inside others, at most `MAX_NODES`."""
    waiting: list[Any] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and 0 < len(script.text or "") <= MAX_SCRIPT_CHARS:
            try:
                waiting.append(json.loads(script.text.strip().rstrip(";"), strict=False))
            except (ValueError, RecursionError):
                continue
    for _ in range(MAX_NODES):
        if not waiting:
            return
        node = waiting.pop(0)
        if isinstance(node, list):
            waiting[:0] = node[:MAX_NODES]
        elif isinstance(node, dict):
            yield node
            waiting += [node[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in node]


def _is_article(node: dict[str, Any]) -> bool:
    kinds = node.get("@type")
    return any(
        isinstance(kind, str) and kind.endswith(ARTICLE_TYPES)
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    )


def _metas(tree: Any) -> dict[str, list[str]]:
    metas: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or "").lower()
        if name and meta.get("content"):
            metas.setdefault(name, []).append(meta.get("content"))
    return metas


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _is_false(value: Any) -> bool:
    return value is False or (isinstance(value, str) and value.strip().lower() in ("false", "no"))


def _distinct(texts: list[str]) -> tuple[str, ...]:
    lines = (" ".join(text[:MAX_STATEMENT_CHARS].split()) for text in texts)
    return tuple(islice(dict.fromkeys(line for line in lines if line), MAX_STATEMENTS))
