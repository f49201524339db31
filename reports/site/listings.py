"""The pages that list stories of a desk, theme or entity. Long lists continue by month: paths are stable."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reports.site import addresses
from reports.site.contents import Contents
from reports.site.page import File, Link, most, page, readable
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.queries.site_contents import StoryCard

ON_ONE_PAGE = 100
RELATED = 12


@dataclass(slots=True, kw_only=True)
class Listing:
    """A list of stories, newest first; `kind` and `note` say what it lists."""

    path: str
    name: str
    kind: str
    note: str = ""
    stories: list[StoryCard] = field(default_factory=list)


def listing_pages(contents: Contents) -> Iterator[File]:
    """Yields the pages of all desks, themes and entities, and the two pages that list themes and entities."""
    desks, themes, entities = _collect(contents)
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
    for listing in (*desks.values(), *themes.values(), *entities.values()):
        yield from _pages_of(contents, listing)


def _collect(contents: Contents) -> tuple[dict[str, Listing], dict[str, Listing], dict[str, Listing]]:
    taxonomy = load_taxonomy()
    desks = {
        desk.id: Listing(path=addresses.desk(desk.id), name=desk.name, kind="desk", note=desk.watches_for)
        for desk in taxonomy.desks.values()
    }
    themes = {
        theme.id: Listing(
            path=addresses.theme(theme.id), name=theme.name, kind="theme", note=theme.watches_for
        )
        for theme in taxonomy.themes.values()
    }
    entities: dict[str, Listing] = {}
    for card in contents.cards.values():
        if card.desk in desks:
            desks[card.desk].stories.append(card)
        for subject in contents.subjects.get(card.story_id, ()):
            if subject.kind == "theme" and subject.key in themes:
                themes[subject.key].stories.append(card)
            elif subject.kind not in ("topic", "theme"):
                entity = entities.setdefault(
                    subject.key,
                    Listing(path=addresses.entity(subject.key), name=subject.name, kind=subject.kind),
                )
                entity.stories.append(card)
    return desks, themes, entities


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
    )
    if is_long:
        for link, cards in zip(links, months.values(), strict=True):
            yield page(
                link.path, "listing", listing=listing, shown=cards, related=[], months=links, month=link.name
            )


def _related(contents: Contents, listing: Listing) -> list[tuple[str, Sequence[Link]]]:
    """The other subjects of the stories in the list, most frequent first."""
    topics: Counter[str] = Counter()
    themes: Counter[tuple[str, str]] = Counter()
    entities: Counter[tuple[str, str]] = Counter()
    for card in listing.stories:
        for subject in contents.subjects.get(card.story_id, ()):
            if subject.kind == "topic":
                topics[readable(subject.key)] += 1
            elif subject.kind == "theme":
                if theme := load_taxonomy().themes.get(subject.key):
                    themes[addresses.theme(theme.id), theme.name] += 1
            else:
                entities[addresses.entity(subject.key), subject.name] += 1
    del themes[listing.path, listing.name], entities[listing.path, listing.name]
    named = [
        Link(path="", name=name, many=many)
        for name, many in sorted(topics.items(), key=lambda t: (-t[1], t[0]))
    ]
    return [
        (title, links)
        for title, links in (
            ("Topics", named[:RELATED]),
            ("Themes", most(themes, RELATED)),
            (
                "Named with it" if listing.kind not in ("desk", "theme") else "Most named",
                most(entities, RELATED),
            ),
        )
        if links
    ]
