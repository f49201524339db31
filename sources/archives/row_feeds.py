"""Names the feed that an archive's row came from: by its address if the row gives one, else by its outlet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sources.clean.publishers import publisher_table, spelling_key, with_publishers
from sources.clean.text import plain_text, shorten
from sources.clean.urls import canonical_url, host_of, url_key
from sources.feeds.entries import first_text
from sources.model import AGGREGATOR, Article, Source, stable_id

LABEL_CHARS = 200
# Stands before the outlet in each citation.
_NAME_CHARS = 40
_WITHIN = re.compile(r"\s*\bwhen:\w+")


def slug(name: str) -> str:
    """Returns a source id for a name: its ASCII words, or a number if it has none."""
    words = "".join(char if char.isascii() and char.isalnum() else " " for char in name.lower()).split()
    return "-".join(words) or f"source-{stable_id(name):x}"


class RowFeeds:
    """The feeds of an archive's rows, of which the catalog knows some.

    A feed that brings several outlets, as a search does, is an aggregator; that is known from its second
    outlet on.
    """

    def __init__(self, catalog: Sequence[Source] = ()) -> None:
        """Takes the feeds that are collected, whose names and publisher families hold here too."""
        addresses = ((canonical_url(source.url), source) for source in catalog)
        self._catalog = {url_key(address): source for address, source in addresses if address}
        self._families = publisher_table(catalog)
        self._first_outlet: dict[str, str] = {}
        self._aggregators: set[str] = set()

    def feed_of(self, row: dict[str, Any]) -> Source:
        """Returns the row's feed as it is known so far."""
        address = canonical_url(first_text(row, "feed_url"))
        outlet = _label(row, "source")
        if address is None:
            return _described(row, name=outlet or "archive", url="")
        known = self._catalog.get(url_key(address))
        if known:
            return known
        source_id = f"{slug(host_of(address))}-{stable_id('feed', url_key(address)):x}"
        searched = _searched(address)
        if searched or self._first_outlet.setdefault(source_id, outlet) != outlet:
            self._aggregators.add(source_id)
        if source_id not in self._aggregators:
            return replace(_described(row, name=outlet or host_of(address), url=address), id=source_id)
        name = plain_text(f"{host_of(address)} {searched}", LABEL_CHARS)
        named = _described(row, name=shorten(name, _NAME_CHARS), url=address)
        return replace(named, id=source_id, kind=AGGREGATOR, publisher=host_of(address))

    def credited(self, article: Article, row: dict[str, Any], feed: Source) -> Article:
        """Returns an aggregator's article with its publisher: the outlet that the row names, if it names
        one."""
        outlet = _label(row, "publisher") or _label(row, "source")
        own = {spelling_key(feed.name), spelling_key(feed.publisher), ""}
        if feed.kind == AGGREGATOR and spelling_key(outlet) not in own:
            article = replace(article, publisher=outlet)
        (found,) = with_publishers((article,), feed, self._families)
        return found


def _described(row: dict[str, Any], *, name: str, url: str) -> Source:
    return Source(
        id=slug(name),
        name=name,
        publisher=_label(row, "publisher") or name,
        url=url,
        kind=_label(row, "kind") or "news",
        region=_label(row, "region") or "INT",
        language=(_label(row, "lang", "language") or "en")[:2].lower(),
    )


def _label(row: dict[str, Any], *keys: str) -> str:
    return plain_text(first_text(row, *keys), LABEL_CHARS)


def _searched(address: str) -> str:
    """Returns what a search feed searches for, without how far back; empty if it is none."""
    parts = urlsplit(address)
    if "search" not in parts.path:
        return ""
    return _WITHIN.sub("", " ".join(parse_qs(parts.query).get("q", ())))
