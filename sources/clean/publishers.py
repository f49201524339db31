"""Finds the publisher family of an article's host by the catalog's sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from sources.clean.urls import host_of, registrable_domain
from sources.model import AGGREGATOR, Article, Source

# Hosts of feeds by many owners: a feed there says nothing about the host's other pages.
_SHARED = frozenset(
    "feedburner.com feeds.feedburner.com raw.githubusercontent.com githubusercontent.com substack.com "
    "medium.com wordpress.com blogspot.com github.com youtube.com news.google.com google.com "
    "reddit.com".split()
)


def publisher_table(sources: Iterable[Source]) -> dict[str, str]:
    """Returns the publisher family by host, registrable domain and name.

    Leaves out hosts shared by several families (`gov.uk`) or by many owners.
    """
    owners_by_name: dict[str, set[str]] = defaultdict(set)
    for source in sources:
        if source.kind == AGGREGATOR:
            continue
        for name in (source.name, source.publisher):
            owners_by_name[spelling_key(name)].add(source.publisher)
        for host in {host_of(source.url), *source.hosts} - {""}:
            for name in {host, registrable_domain(host)}:
                owners_by_name[name].add(source.publisher)
    return {
        name: min(owners)
        for name, owners in owners_by_name.items()
        if len(owners) == 1 and name not in _SHARED
    }


def own_domains(source: Source) -> frozenset[str]:
    """Returns the domains of a source's own pages: those of its feed and of its `hosts`.

    Of a host that many owners share it is the host itself; an aggregator has no pages of its own.
    """
    if source.kind == AGGREGATOR:
        return frozenset()
    hosts = {host_of(source.url), *source.hosts} - {""}
    return frozenset(host if (domain := registrable_domain(host)) in _SHARED else domain for host in hosts)


def publisher_of(host: str, table: Mapping[str, str]) -> str:
    """Returns the family of a host, or of the closest domain above it, by a `publisher_table`.

    An empty string if unknown.
    """
    domain = registrable_domain(host)
    while host not in table and host != domain and "." in host:
        host = host.partition(".")[2]
    return table.get(host, "")


def with_publishers(
    articles: Iterable[Article], source: Source, table: Mapping[str, str]
) -> tuple[Article, ...]:
    """Returns the articles with their publisher family.

    An aggregator's articles get that of the host or name credited.
    """
    if source.kind != AGGREGATOR:
        return tuple(articles)
    return tuple(replace(article, publisher=_family(article.publisher, table)) for article in articles)


def _family(credit: str, table: Mapping[str, str]) -> str:
    return publisher_of(credit, table) or table.get(spelling_key(credit), credit)


def spelling_key(name: str) -> str:
    """Returns the name without case, spaces and punctuation, equal for all its spellings.

    The name itself if nothing is left.
    """
    return "".join(filter(str.isalnum, name.casefold())) or name
