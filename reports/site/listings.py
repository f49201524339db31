"""The pages of a desk, topic, theme or entity: its weeks, its stories. Long lists continue by month."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from reports.site import addresses
from reports.site.contents import Contents, SeriesId
from reports.site.history import HistoryWeek, history_of
from reports.site.page import File, Link, most, page
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.queries.site_contents import StoryCard

ON_ONE_PAGE = 100
RELATED = 12


@dataclass(slots=True, kw_only=True)
class Listing:
    """A list of stories, newest first; `kind` and `note` say what it lists, `series` how it is counted."""

    path: str
    name: str
    kind: str
    series: SeriesId
    note: str = ""
    stories: list[StoryCard] = field(default_factory=list)


def listing_pages(contents: Contents) -> Iterator[File]:
    """Yields the pages of all desks, topics, themes and entities, and those that list the last two."""
    desks, topics, themes, entities = _collect(contents)
    yield page(addresses.THEMES, "themes", themes=[(one, len(one.stories)) for one in themes.values()])
    kinds = defaultdict(list)
    for entity in entities.values():
        kinds[entity.kind].append(Link(path=entity.path, name=entity.name, many=len(entity.stories)))
    yield page(
        addresses.ENTITIES,
        "entities",
        kinds=[
            (kind, sorted(kinds[kind], key=lambda link: (link.name.casefold(), link.path)))
            for kind in sorted(kinds)
        ],
    )
    for listing in (*desks.values(), *topics.values(), *themes.values(), *entities.values()):
        yield from _pages_of(contents, listing)


_Listings: TypeAlias = dict[str, Listing]


def _collect(contents: Contents) -> tuple[_Listings, _Listings, _Listings, _Listings]:
    taxonomy = load_taxonomy()
    desks = {
        one.id: _listing("desk", addresses.desk(one.id), one.id, one.name, one.watches_for)
        for one in taxonomy.desks.values()
    }
    topics = {
        one.id: _listing(
            "topic",
            addresses.topic(one.id),
            one.id,
            one.name,
            f"A topic of the desk {taxonomy.desks[one.desk].name}.",
        )
        for one in taxonomy.topics.values()
    }
    themes = {
        one.id: _listing("theme", addresses.theme(one.id), one.id, one.name, one.watches_for)
        for one in taxonomy.themes.values()
    }
    entities: dict[str, Listing] = {}
    for card in contents.cards.values():
        if card.desk in desks:
            desks[card.desk].stories.append(card)
        for subject in contents.subjects.get(card.story_id, ()):
            if subject.kind == "theme" and subject.key in themes:
                themes[subject.key].stories.append(card)
            elif subject.kind == "topic" and subject.key in topics:
                topics[subject.key].stories.append(card)
            elif subject.kind not in ("topic", "theme"):
                entity = entities.setdefault(
                    subject.key,
                    Listing(
                        path=addresses.entity(subject.key),
                        name=subject.name,
                        kind=subject.kind,
                        series=("entity", subject.key),
                    ),
                )
                entity.stories.append(card)
    return desks, topics, themes, entities


def _listing(kind: str, path: str, key: str, name: str, note: str) -> Listing:
    return Listing(path=path, name=name, kind=kind, series=(kind, key), note=note)


def _pages_of(contents: Contents, listing: Listing) -> Iterator[File]:
    months: dict[str, list[StoryCard]] = defaultdict(list)
    for card in listing.stories:
        months[addresses.month_of(card.began_at)].append(card)
    is_long = len(listing.stories) > ON_ONE_PAGE
    links = [
        Link(path=addresses.of_month(listing.path, month), name=month, many=len(cards))
        for month, cards in months.items()
    ]
    yield page(
        listing.path,
        "listing",
        listing=listing,
        shown=listing.stories[:ON_ONE_PAGE],
        related=_related(contents, listing),
        months=links if is_long else [],
        month=None,
        history=history_of(contents, listing.series),
        topics=_topics(contents, listing),
    )
    if is_long:
        for link, cards in zip(links, months.values(), strict=True):
            yield page(
                link.path,
                "listing",
                listing=listing,
                shown=cards,
                related=[],
                months=links,
                month=link.name,
                history=(),
                topics={},
            )


def _topics(contents: Contents, listing: Listing) -> dict[Link, Sequence[HistoryWeek]]:
    """The histories of a desk's topics, in the order of the taxonomy; none of anything else."""
    return {
        Link(path=addresses.topic(topic.id), name=topic.name): history
        for topic in load_taxonomy().topics.values()
        if ("desk", topic.desk) == listing.series and (history := history_of(contents, ("topic", topic.id)))
    }


def _related(contents: Contents, listing: Listing) -> list[tuple[str, Sequence[Link]]]:
    """The other subjects of the stories in the list, most frequent first."""
    topics: Counter[tuple[str, str]] = Counter()
    themes: Counter[tuple[str, str]] = Counter()
    entities: Counter[tuple[str, str]] = Counter()
    for card in listing.stories:
        for subject in contents.subjects.get(card.story_id, ()):
            if subject.kind == "topic":
                if topic := load_taxonomy().topics.get(subject.key):
                    topics[addresses.topic(topic.id), topic.name] += 1
            elif subject.kind == "theme":
                if theme := load_taxonomy().themes.get(subject.key):
                    themes[addresses.theme(theme.id), theme.name] += 1
            else:
                entities[addresses.entity(subject.key), subject.name] += 1
    for counted in (topics, themes, entities):
        del counted[listing.path, listing.name]
    return [
        (title, links)
        for title, links in (
            # A desk's page has its topics as charts.
            ("Topics", () if listing.kind == "desk" else most(topics, RELATED)),
            ("Themes", most(themes, RELATED)),
            (
                "Named with it" if listing.kind not in ("desk", "topic", "theme") else "Most named",
                most(entities, RELATED),
            ),
        )
        if links
    ]
