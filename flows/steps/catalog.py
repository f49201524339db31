"""The steps that change the catalog: a feed tried and added, a subscription list read in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from flows.settings import Settings
from sources.catalog import KINDS, feed_key, find_problems, load_catalog
from sources.catalog_file import append_sources, to_toml
from sources.discovery import FoundFeed, find_feed
from sources.errors import CatalogError
from sources.families import family_of, family_table
from sources.fetch import fetch_feed, new_client
from sources.model import DateStatus, FetchResult, FetchState, ParsedFeed, Source
from sources.opml import ListedFeed, from_opml
from sources.parse import parse_feed
from sources.urls import host_of

SAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class AddReport:
    """A feed that was tried: the entry it gets, what it holds, and what to know before relying on it."""

    source: Source
    toml: str
    format: str
    entries: int
    newest: tuple[datetime, ...]
    titles: tuple[str, ...]
    warnings: tuple[str, ...]
    saved_to: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlReport:
    """A subscription list against the catalog: what it adds, what stands there already (by id), what cannot be watched."""

    new: tuple[Source, ...]
    known: tuple[str, ...]
    refused: tuple[str, ...]
    saved_to: Path | None


def add_source(settings: Settings, url: str, now: datetime, given: dict[str, object], *, save: bool) -> AddReport:
    """Asks the address as the collector would and says what the catalog would hold; with `save` it holds it."""
    catalog = load_catalog(settings.catalog_path)
    address = url if "://" in url else f"https://{url}"
    _refuse_known(address, catalog)
    limits = settings.fetch_limits
    with new_client(limits) as client:

        def fetch(link: str) -> FetchResult:
            stub = _stub(link)
            return fetch_feed(client, stub, FetchState(source_id=stub.id), now, limits)

        def parse(link: str, answer: FetchResult) -> ParsedFeed:
            return parse_feed(answer.body or b"", answer.content_type, _stub(link), now)

        found = find_feed(address, fetch, parse)
    _refuse_known(found.url, catalog)
    guess = _guess(found.url, found.title, found.language, catalog)
    source = _checked(replace(guess, **given), catalog)  # type: ignore[arg-type]
    saved_to = _save(settings, [source]) if save else None
    articles = found.parsed.articles
    dates = sorted(
        (a.published_at for a in articles if a.published_at and a.date_status is DateStatus.OK), reverse=True
    )
    return AddReport(
        source=source,
        toml=to_toml(source),
        format=found.format,
        entries=len(articles) + len(found.parsed.rejections),
        newest=tuple(dates[:SAMPLES]),
        titles=tuple(article.title for article in articles[:SAMPLES]),
        warnings=_warnings(found),
        saved_to=saved_to,
    )


def import_opml(settings: Settings, file: Path, *, save: bool) -> OpmlReport:
    """What a subscription list brings; with `save` its new feeds are in the catalog."""
    catalog = list(load_catalog(settings.catalog_path))
    known_keys = {feed_key(source.url): source.id for source in catalog}
    new: list[Source] = []
    known: list[str] = []
    refused: list[str] = []
    for feed in from_opml(file.read_bytes(), str(file)):
        key = feed_key(feed.url)
        if not key or not feed.url.startswith(("http://", "https://")):
            refused.append(f"{feed.url}: no http(s) address")
        elif key in known_keys:
            known.append(known_keys[key])
        else:
            try:
                source = _checked(_listed(feed, catalog), catalog)
            except CatalogError as error:
                refused.append(str(error))
                continue
            known_keys[key] = source.id
            catalog.append(source)
            new.append(source)
    saved_to = _save(settings, new) if save and new else None
    return OpmlReport(new=tuple(new), known=tuple(known), refused=tuple(refused), saved_to=saved_to)


def _stub(url: str) -> Source:
    return Source(id="new", name=url, publisher="new", url=url, kind="news", region="INT", language="en")


def _refuse_known(url: str, catalog: Iterable[Source]) -> None:
    key = feed_key(url)
    for source in catalog:
        if key and feed_key(source.url) == key:
            raise CatalogError(url, f"is in the catalog already, as {source.id} ({source.name}).")


def _guess(url: str, title: str, language: str, catalog: Iterable[Source]) -> Source:
    sources = list(catalog)
    host = host_of(url)
    return Source(
        id=_free_id(title or host, {source.id for source in sources}),
        name=title or host,
        publisher=family_of(host, family_table(sources)) or title or host,
        url=url,
        kind="news",
        region="INT",
        language=language or "en",
    )


def _listed(feed: ListedFeed, catalog: list[Source]) -> Source:
    """The source a list describes: its own fields where an export of ours carries them, else a guess."""
    if {"id", "name", "publisher", "kind", "region", "language"} <= feed.fields.keys():
        stated = {name: feed.fields[name] for name in ("id", "name", "publisher", "kind", "region", "language")}
        lists = {name: tuple(feed.fields.get(name, "").split()) for name in ("desks", "hosts")}
        return Source(url=feed.url, **stated, **lists)  # type: ignore[arg-type]
    guess = _guess(feed.url, feed.title, "", catalog)
    kind = next((group for group in feed.groups if group in KINDS), guess.kind)
    return replace(guess, kind=kind)


def _checked(source: Source, catalog: Iterable[Source]) -> Source:
    table = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(source).items()}
    problems = find_problems([*({"id": s.id, "url": s.url, "publisher": s.publisher} for s in catalog), table])
    mine = [problem for problem in problems if problem.source_id == source.id]
    taken = any(known.id == source.id for known in catalog)
    if taken:
        raise CatalogError(source.id, "this id is taken; give another with --id.")
    if mine:
        raise CatalogError(source.url, "; ".join(f"{problem.field} {problem.message}" for problem in mine) + ".")
    return source


def _save(settings: Settings, sources: Iterable[Source]) -> Path:
    path = settings.catalog_path or settings.home_dir / "catalog.toml"
    append_sources(path, sources)
    return path


def _free_id(name: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = "-".join(re.findall(r"[a-z0-9]+", plain)[:6]) or "feed"
    number = 1
    while (id_ := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return id_


def _warnings(found: FoundFeed) -> tuple[str, ...]:
    articles, rejected = found.parsed.articles, len(found.parsed.rejections)
    undated = sum(article.date_status is not DateStatus.OK for article in articles)
    unlinked = sum(article.url is None for article in articles)
    said = (
        (not articles, "it has no entry now"),
        (undated > 0, f"{undated} of {len(articles)} entries have no usable date and will not be counted"),
        (unlinked > 0, f"{unlinked} of {len(articles)} entries have no link"),
        (rejected > 0, f"{rejected} entries were rejected"),
        (not found.language, "it states no language; `en` is assumed"),
    )
    return tuple(text for holds, text in said if holds)
