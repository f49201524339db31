"""The pages of stories: their articles, publishers and events; and redirects for ids that were merged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reports.site import addresses
from reports.site.contents import Contents
from reports.site.page import File, Link, page, readable
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.queries.site_contents import StoryCard, StoryEvent


def story_pages(contents: Contents) -> Iterator[File]:
    """Yields a page for every story on topic, and a redirect for every id that was merged into such a story."""
    weeks = _weeks_by_story(contents)
    for card in contents.cards.values():
        yield _story(contents, card, weeks.get(card.story_id, []))
    for old, now in contents.merged.items():
        yield page(addresses.story(old), "pointer", story_id=old, to=contents.cards[now])


def _weeks_by_story(contents: Contents) -> dict[int, list[str]]:
    weeks: dict[int, list[str]] = defaultdict(list)
    for issue in contents.issues:
        for story_id in issue.story_titles:
            weeks[contents.merged.get(story_id, story_id)].append(issue.week)
    return weeks


def _story(contents: Contents, card: StoryCard, weeks: list[str]) -> File:
    articles = contents.articles[card.story_id]
    by_publisher = defaultdict(list)
    for telling in articles:
        by_publisher[telling.publisher].append(telling)
    subjects = contents.subjects.get(card.story_id, ())
    by_article = {telling.article_id: telling for telling in articles}
    return page(
        addresses.story(card.story_id),
        "story",
        card=card,
        timeline=articles,
        publishers=sorted(by_publisher.items(), key=lambda one: (-len(one[1]), one[0])),
        quotes=[
            (quote.sentence, by_article[quote.article_id])
            for quote in contents.sentences.get(card.story_id, ())
            if quote.article_id in by_article
        ],
        topics=[readable(subject.key) for subject in subjects if subject.kind == "topic"],
        themes=[
            Link(path=addresses.theme(subject.key), name=theme.name)
            for subject in subjects
            if subject.kind == "theme" and (theme := load_taxonomy().themes.get(subject.key))
        ],
        entities=[
            Link(path=addresses.entity(subject.key), name=subject.name)
            for subject in subjects
            if subject.kind not in ("topic", "theme")
        ],
        due=contents.due.get(card.story_id, ()),
        lineage=[_lineage(contents, card.story_id, turn) for turn in contents.events.get(card.story_id, ())],
        weeks=sorted(weeks, reverse=True),
    )


_EVENTS = {"created": "First seen", "continued": "Went on", "dormant": "Went quiet", "resurfaced": "Came back"}


def _lineage(contents: Contents, story_id: int, turn: StoryEvent) -> tuple[StoryEvent, str, Link | None]:
    """An event in words, with a link to the other story if that is shown."""
    other = turn.other_story_id if turn.story_id == story_id else turn.story_id
    if turn.other_story_id is None or other is None:
        return turn, _EVENTS.get(turn.event, readable(turn.event)), None
    words = {
        ("merged", True): "Became a part of another story",
        ("merged", False): "Took in another story",
        ("split", True): "A part became a story of its own",
        ("split", False): "Was split off from another story",
    }.get((turn.event, turn.story_id == story_id), readable(turn.event))
    shown = other in contents.cards or other in contents.merged
    return turn, words, Link(path=addresses.story(other), name=f"story {other}") if shown else None
