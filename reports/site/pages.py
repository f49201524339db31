"""The other pages of the site: front page, search, feeds, downloads, issues, stories, redirects."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator

from reports.digest.written_issues import Issue
from reports.site import addresses
from reports.site.contents import Contents
from reports.site.page import File, Link, page, readable
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.queries.site_contents import StoryCard, StoryEvent
from warehouse.queries.site_threads import SiteStep
from warehouse.queries.thread_details import ThreadLine

NEWEST = 5


def home_page(contents: Contents) -> Iterator[File]:
    """Yields the front page: the latest issue, the newest stories of each desk, all issues."""
    newest = {
        desk: [card for card in contents.cards.values() if card.desk == desk][:NEWEST]
        for desk in load_taxonomy().desks
    }
    yield page(
        addresses.HOME,
        "home",
        issues=contents.issues,
        newest=newest,
        cards=contents.cards,
        merged=contents.merged,
        last_seen_at=contents.last_seen_at,
    )


def data_page(contents: Contents) -> Iterator[File]:
    """Yields the list of downloads."""
    yield page(addresses.DATA, "data", issues=contents.issues)


def feeds_page(contents: Contents) -> Iterator[File]:
    """Yields the table of the feeds' health."""
    yield page(addresses.FEEDS, "feeds", feeds=contents.feeds, last_seen_at=contents.last_seen_at)


def search_page(contents: Contents) -> Iterator[File]:
    """Yields the search page, and the titles it searches."""
    months = sorted({addresses.month_of(card.began_at) for card in contents.cards.values()}, reverse=True)
    yield page(addresses.SEARCH, "search", months=months)
    yield from _title_index(contents)


def _title_index(contents: Contents) -> Iterator[File]:
    """Yields a script per month in which a story on topic began: id, title, desk and day, newest first.

    The search page loads them from the newest until it has found enough. They are scripts and not
    JSON because a page opened from a disk may load only scripts. Each is one call with a literal in
    ASCII, so that no title can end it.
    """
    months: dict[str, list[tuple[str, str, str, str]]] = defaultdict(list)
    for card in contents.cards.values():
        # The id is a text: numbers of JavaScript are exact to 53 bits only.
        row = (str(card.story_id), card.title, card.desk, f"{card.began_at:%Y-%m-%d}")
        months[addresses.month_of(card.began_at)].append(row)
    for month, rows in months.items():
        content = f'watchfloorTitles("{month}", {json.dumps(rows, separators=(",", ":"))});\n'
        yield File(path=addresses.shard(month), content=content.replace("<", "\\u003c").encode("ascii"))


_HEAD_ENDS = re.compile(rb"</head>", re.IGNORECASE)
# The link that skips to the content must remain the first.
_PAGE_BEGINS = re.compile(rb"<(?:header|main)\b", re.IGNORECASE)
_BODY_ENDS = re.compile(rb"</body>", re.IGNORECASE)


def issue_pages(contents: Contents) -> Iterator[File]:
    """Yields for every issue its page and its files, and one list of all issues as JSON."""
    for issue in contents.issues:
        files = {form: path.read_bytes() for form, path in issue.files.items()}
        yield File(path=addresses.issue(issue.week), content=_with_site_links(contents, issue, files["html"]))
        for form, content in files.items():
            yield File(path=addresses.download(f"{issue.week}.{form}"), content=content)
    yield File(path=addresses.download("issues.json"), content=_list_of_issues(contents))


def _with_site_links(contents: Contents, issue: Issue, html: bytes) -> bytes:
    """Returns the issue's page with a bar above and links to its stories below; the rest is unchanged."""
    path = addresses.issue(issue.week)
    shown = [
        Link(path=addresses.story(story_id), name=title)
        for story_id, title in issue.story_titles.items()
        if story_id in contents.cards or story_id in contents.merged
    ]
    for place, template in (
        (_HEAD_ENDS, "issue_style"),
        (_PAGE_BEGINS, "issue_bar"),
        (_BODY_ENDS, "issue_stories"),
    ):
        snippet = page(path, template, issue=issue, shown=shown).content
        if match := place.search(html):
            html = html[: match.start()] + snippet + html[match.start() :]
    return html


def _list_of_issues(contents: Contents) -> bytes:
    site_url = contents.site_url or ""
    issues = [
        {
            "week": issue.week,
            "watermark": issue.watermark.isoformat(),
            "stories": issue.stories,
            "page": f"{site_url}{addresses.issue(issue.week)}",
            "files": {
                form: f"{site_url}{addresses.download(f'{issue.week}.{form}')}" for form in issue.files
            },
        }
        for issue in contents.issues
    ]
    return (json.dumps({"issues": issues}, indent=1) + "\n").encode()


def story_pages(contents: Contents) -> Iterator[File]:
    """Yields a page for every story on topic, and a redirect for every id merged into such a story."""
    weeks = _weeks_by_story(contents)
    steps = {step.story_id: (line, step) for line, all_ in contents.threads.values() for step in all_}
    for card in contents.cards.values():
        yield _story(contents, card, weeks.get(card.story_id, []), steps.get(card.story_id))
    for old, now in contents.merged.items():
        to = {"title": contents.cards[now].title, "address": addresses.story(now)}
        yield page(addresses.story(old), "pointer", kind="story", number=old, **to)


def _weeks_by_story(contents: Contents) -> dict[int, list[str]]:
    weeks: dict[int, list[str]] = defaultdict(list)
    for issue in contents.issues:
        for story_id in issue.story_titles:
            weeks[contents.merged.get(story_id, story_id)].append(issue.week)
    return weeks


def _story(
    contents: Contents, card: StoryCard, weeks: list[str], thread: tuple[ThreadLine, SiteStep] | None
) -> File:
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
        thread=thread,
        timeline=articles,
        publishers=sorted(by_publisher.items(), key=lambda one: (-len(one[1]), one[0])),
        quotes=[
            (quote.sentence, by_article[quote.article_id])
            for quote in contents.sentences.get(card.story_id, ())
            if quote.article_id in by_article
        ],
        topics=[
            Link(path=addresses.topic(subject.key), name=topic.name)
            for subject in subjects
            if subject.kind == "topic" and (topic := load_taxonomy().topics.get(subject.key))
        ],
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


_EVENTS = {
    "created": "First seen",
    "continued": "Went on",
    "dormant": "Went quiet",
    "resurfaced": "Came back",
}


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
