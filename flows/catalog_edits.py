"""Adds to the catalog: a feed that is tried first, or the feeds of a subscription list."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from flows.settings import Settings
from sources.catalog import KINDS, append_sources, feed_key, find_problems, load_catalog, to_toml
from sources.clean.publishers import publisher_of, publisher_table, spelling_key
from sources.clean.urls import host_of
from sources.discovery import FoundFeed, find_feed
from sources.errors import CatalogError
from sources.feeds.parse import parse_feed
from sources.http.client import fetch_feed, new_client
from sources.model import DateStatus, FetchResult, FetchState, FullText, ParsedFeed, Source, mask_secrets
from sources.opml import MAX_OPML_BYTES, ListedFeed, from_opml
from warehouse.classify.taxonomy import load_taxonomy

SAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class AddReport:
    """A feed that was tried: its catalog entry, what it holds, and warnings."""

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
    """A subscription list compared with the catalog: new, known (by id) and refused feeds, with reasons."""

    new: tuple[Source, ...]
    known: tuple[str, ...]
    refused: tuple[str, ...]
    saved_to: Path | None


def known_desks() -> frozenset[str]:
    """Returns the ids of the desks that a catalog may name."""
    return frozenset(load_taxonomy().desks)


def add_source(
    settings: Settings, url: str, now: datetime, given: dict[str, object], *, save: bool
) -> AddReport:
    """Asks the address as the collector would and returns its catalog entry; with `save` it is added."""
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
    guess = _Guesser(catalog).guess(found.url, found.title, found.language)
    source = replace(guess, **given)  # type: ignore[arg-type]
    if any(known.id == source.id for known in catalog):
        raise CatalogError(source.id, "this id is taken; give another with --id.")
    if problems := _problems([source], catalog):
        raise CatalogError(source.shown_url, f"{'; '.join(problems.values())}.")
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
        warnings=_warnings(found, source.language, stated="language" in given),
        saved_to=saved_to,
    )


def import_opml(settings: Settings, file: Path, *, save: bool) -> OpmlReport:
    """Compares a subscription list with the catalog; with `save` its new feeds are added."""
    catalog = load_catalog(settings.catalog_path)
    ids_by_key = {feed_key(source.url): source.id for source in catalog}
    guesser = _Guesser(catalog)
    listed: list[Source] = []
    known: list[str] = []
    refused: list[str] = []
    with file.open("rb") as opened:
        content = opened.read(MAX_OPML_BYTES + 1)  # one byte more: a longer list is refused
    for feed in from_opml(content, str(file)):
        key = feed_key(feed.url)
        if not key or not feed.url.startswith(("http://", "https://")):
            refused.append(f"{mask_secrets(feed.url)}: no http(s) address")
        elif key in ids_by_key:
            known.append(ids_by_key[key])
        else:
            source = _listed(feed, guesser)
            ids_by_key[key] = source.id
            listed.append(source)
    problems = _problems(listed, catalog)
    new = tuple(source for source in listed if source.id not in problems)
    refused += [f"{source.shown_url}: {problems[source.id]}" for source in listed if source.id in problems]
    saved_to = _save(settings, new) if save and new else None
    return OpmlReport(new=new, known=tuple(known), refused=tuple(refused), saved_to=saved_to)


def _stub(url: str) -> Source:
    return Source(id="new", name=url, publisher="new", url=url, kind="news", region="INT", language="en")


def _refuse_known(url: str, catalog: Iterable[Source]) -> None:
    key = feed_key(url)
    for source in catalog:
        if key and feed_key(source.url) == key:
            raise CatalogError(
                mask_secrets(url), f"is in the catalog already, as {source.id} ({source.name})."
            )


class _Guesser:
    """Guesses a feed's catalog entry from its address and title, given the sources of a catalog."""

    def __init__(self, catalog: Iterable[Source]) -> None:
        sources = list(catalog)
        self.ids = {source.id for source in sources}
        self.numbers: Counter[str] = Counter()
        self.publishers = publisher_table(sources)
        self.spellings = {spelling_key(source.publisher): source.publisher for source in sources}

    def guess(self, url: str, title: str, language: str) -> Source:
        host = host_of(url)
        name = title or host
        return Source(
            id=self.free_id(_id_of(name)),
            name=name,
            publisher=publisher_of(host, self.publishers)
            or self.spellings.setdefault(spelling_key(name), name),
            url=url,
            kind="news",
            region="INT",
            language=language or "en",
        )

    def free_id(self, wanted: str) -> str:
        """Returns the id, numbered where another source has it."""
        number = self.numbers[wanted]
        while (id_ := f"{wanted}-{number}" if number > 1 else wanted) in self.ids:
            number += 1
        self.numbers[wanted] = number
        self.ids.add(id_)
        return id_


def _id_of(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain)[:6]) or "feed"


def _listed(feed: ListedFeed, guesser: _Guesser) -> Source:
    """Returns the source a list describes: its fields if the list is an export of ours, else a guess."""
    stated = {
        name: feed.fields.get(name, "") for name in ("id", "name", "publisher", "kind", "region", "language")
    }
    if all(stated.values()):
        lists = {name: tuple(feed.fields.get(name, "").split()) for name in ("desks", "hosts")}
        pages = feed.fields.get("full_text")
        others = {
            "redistribute": feed.fields.get("redistribute") == "true",
            "full_text": FullText(pages) if pages in list(FullText) else FullText.ON_TOPIC,
        }
        named = {**stated, "id": guesser.free_id(stated["id"])}
        return Source(url=feed.url, **named, **lists, **others)  # type: ignore[arg-type]
    guess = guesser.guess(feed.url, feed.title, "")
    kind = next((group for group in feed.groups if group in KINDS), guess.kind)
    return replace(guess, kind=kind)


def _problems(new: Sequence[Source], catalog: Iterable[Source]) -> dict[str, str]:
    """Returns the problems of new sources beside a correct catalog, by id or else by position."""
    tables = [
        {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(source).items()}
        for source in (*catalog, *new)
    ]
    messages: dict[str, list[str]] = defaultdict(list)
    for problem in find_problems(tables, known_desks()):
        messages[problem.source_id].append(f"{problem.field} {problem.message}")
    return {id_: "; ".join(lines) for id_, lines in messages.items()}


def _save(settings: Settings, sources: Iterable[Source]) -> Path:
    path = settings.catalog_path or settings.home_dir / "catalog.toml"
    append_sources(path, sources)
    return path


def _warnings(found: FoundFeed, language: str, *, stated: bool) -> tuple[str, ...]:
    articles, rejected = found.parsed.articles, len(found.parsed.rejections)
    undated = sum(article.date_status is not DateStatus.OK for article in articles)
    unlinked = sum(article.url is None for article in articles)
    checks = (
        (not articles, "it has no entry now"),
        (undated > 0, f"{undated} of {len(articles)} entries have no usable date and will not be counted"),
        (unlinked > 0, f"{unlinked} of {len(articles)} entries have no link"),
        (rejected > 0, f"{rejected} entries were rejected"),
        (
            not found.language,
            f"it states no language; `{language}` is {'taken as given' if stated else 'assumed'}",
        ),
    )
    return tuple(text for holds, text in checks if holds)
