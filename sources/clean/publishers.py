"""Which publisher family an article's host belongs to, by the catalog. Pure; it knows no outlet by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from sources.clean.urls import host_of, registrable_domain
from sources.model import AGGREGATOR, Article, Source

# Hosts that carry the feeds of many owners, so that a feed there says nothing of the host's other pages.
_SHARED = frozenset(
    "feedburner.com feeds.feedburner.com raw.githubusercontent.com githubusercontent.com substack.com medium.com "
    "wordpress.com blogspot.com github.com youtube.com news.google.com google.com reddit.com".split()
)


def publisher_table(sources: Iterable[Source]) -> dict[str, str]:
    """Publisher family by host, registrable domain and name, without those of several families (`gov.uk`) or many owners."""
    claims: dict[str, set[str]] = defaultdict(set)
    for source in sources:
        if source.kind == AGGREGATOR:
            continue
        for name in (source.name, source.publisher):
            claims[spelling_key(name)].add(source.publisher)
        for host in {host_of(source.url), *source.hosts} - {""}:
            for name in {host, registrable_domain(host)}:
                claims[name].add(source.publisher)
    return {name: min(owners) for name, owners in claims.items() if len(owners) == 1 and name not in _SHARED}


def publisher_of(host: str, table: Mapping[str, str]) -> str:
    """The family of an article's host by a table of `publisher_table`: of the host, else of a domain above it; else empty."""
    domain = registrable_domain(host)
    while host not in table and host != domain and "." in host:
        host = host.partition(".")[2]
    return table.get(host, "")


def credited(articles: Iterable[Article], source: Source, table: Mapping[str, str]) -> tuple[Article, ...]:
    """The articles of a source, each with its publisher family: for an aggregator's, that of the host or name it credits."""
    if source.kind != AGGREGATOR:
        return tuple(articles)
    return tuple(replace(article, publisher=_family(article.publisher, table)) for article in articles)


def _family(credit: str, table: Mapping[str, str]) -> str:
    return publisher_of(credit, table) or table.get(spelling_key(credit), credit)


def spelling_key(name: str) -> str:
    """What spellings of one name share, without case, spaces and punctuation; the name where nothing else is in it."""
    return "".join(filter(str.isalnum, name.casefold())) or name
