"""The importance of a story and the confidence in its desk: the order in which a digest considers stories."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from warehouse.queries.article_signals import NO_SIGNALS, Signals
from warehouse.queries.week_articles import WeekArticle

# Longer headlines are those of an aggregator that joins several into one.
LONG_TITLE = 140
# From this probability of being on topic on a story is printed as news of its desk; see docs/decisions/0047.
SURE = 0.7
# Genres that comment on events instead of reporting them.
TALK_GENRES = ("analysis", "explainer", "research", "event_report")
BINDING_ACTS = ("rule", "order", "licence", "enforcement")
# The log-odds that an annotator gives a story importance 2 or 3, "deserves a line": what each signal adds.
# benchmarks/fit_importance.py fits them to the labels.
INTERCEPT = -3.48
EXPECTED = 2.18  # a point of importance that its texts lead to expect
# A doubling of publishers, and of texts a publisher. The fit gives -0.07 for publishers, as wide stories are
# often wrong merges; an event that many tell must not rank behind the same told once.
PUBLISHERS, REPEATS = 0.15, -0.34
BINDING = 0.69
TALK = -1.13
# A step of a matter of which two steps were told, or that is followed. No label is of such; of sixteen with
# one told step a doubling gives 1.6, standard error 0.63 (benchmarks/fit_told_before.py).
BIG_MATTER, TOLD_OFTEN = 0.3, 2
MOST_PUBLISHERS, MOST_REPEATS = 16, 8


_TALK_HEADLINE = re.compile(
    r"""\?|^(?:how|why|what|when|who|inside|meet|behind)\b|\b(?:interview|a\s+look\s+at|timeline|explained)\b
        |\b(?:says?|said|argues?|believes?|warns?|urges?|calls?\s+(?:for|on)|asks?|protests?|criticis\w+|criticiz\w+
        |defends?|reacts?|responds?|slams?|praises?|touts?|thinks?|predicts?|wants?\s+to)\b""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What the thread of a story says of it: how many steps before it were told, and if it is followed.

    `filed_with` is the thread, if the story has the desk of that and not of its own texts.
    """

    told_before: int = 0
    is_followed: bool = False
    filed_with: int | None = None

    @property
    def is_big(self) -> bool:
        """Whether readers or an analyst know the matter, so that a small step of it is worth telling."""
        return self.is_followed or self.told_before >= TOLD_OFTEN


NO_MATTER = Matter()


@dataclass(frozen=True, slots=True)
class RankedStory:
    """A story's counted articles of the week, the one that represents it first, and the signals of each.

    `matter` is what is known of its thread; a story of none has the same as one of a new matter.
    """

    articles: tuple[WeekArticle, ...]
    signals: Mapping[int, Signals]
    matter: Matter = NO_MATTER

    @property
    def story_id(self) -> int:
        """The story."""
        return self.articles[0].story_id

    @property
    def publishers(self) -> tuple[str, ...]:
        """The publisher families of its articles, in the order of the articles."""
        return tuple(dict.fromkeys(article.publisher for article in self.articles))

    @property
    def texts(self) -> int:
        """How many distinct texts it has."""
        return len({article.text_id for article in self.articles})

    @property
    def is_talk(self) -> bool:
        """Whether all its articles are analysis or research."""
        return all(article.genre in TALK_GENRES for article in self.articles)

    def article_signals(self) -> list[Signals]:
        """The signals of its articles, in their order."""
        return [self.signals.get(article.article_id, NO_SIGNALS) for article in self.articles]


def ranked_stories(
    articles: Iterable[WeekArticle],
    signals: Mapping[int, Signals],
    matters: Mapping[int, Matter] = MappingProxyType({}),
) -> list[RankedStory]:
    """Returns the stories of the articles, most important first; `matters` is by story."""
    stories: defaultdict[int, list[WeekArticle]] = defaultdict(list)
    for article in articles:
        stories[article.story_id].append(article)
    ranked = [
        RankedStory(
            tuple(sorted(story, key=_representative_first)), signals, matters.get(story_id, NO_MATTER)
        )
        for story_id, story in stories.items()
    ]
    return sorted(
        ranked, key=lambda story: (-importance(story), story.articles[0].published_at, story.story_id)
    )


def importance(story: RankedStory) -> float:
    """Returns the probability (0 to 1) that the story deserves a line in its desk's section."""
    texts = [article for article in story.articles if article.is_clear and not article.is_copy]
    texts = texts or [story.articles[0]]
    read = [article.significance for article in texts]
    publishers = len({article.publisher for article in texts})
    log_odds = (
        INTERCEPT
        + EXPECTED * (max(read) + sum(read) / len(read)) / 2
        + PUBLISHERS * math.log2(min(publishers, MOST_PUBLISHERS))
        + REPEATS * math.log2(min(len(texts) / publishers, MOST_REPEATS))
        + BINDING * any(signals.act in BINDING_ACTS for signals in story.article_signals())
        + TALK * story.is_talk
        + BIG_MATTER * story.matter.is_big
    )
    # Rounded: what is equal on paper must not be ordered by the last bits of sums.
    return round(1 / (1 + math.exp(-log_odds)), 6)


def confidence(story: RankedStory) -> float:
    """Returns the probability (0 to 1) that the story is on topic, from all its texts together."""
    return story.articles[0].on_topic


def is_talk_headline(title: str) -> bool:
    """Whether a headline asks, explains or reports what somebody says, rather than what was done."""
    return _TALK_HEADLINE.search(title) is not None


def independent(story: RankedStory, limit: int, not_first: Iterable[str] = ()) -> list[WeekArticle]:
    """Returns the articles to cite: the best of each family, at most `limit`, none of `not_first` first.

    The document that the story reports is first all the same.
    """
    cited: dict[str, WeekArticle] = {}
    for article in story.articles:
        cited.setdefault(article.publisher, article)
    last = set(not_first)
    return sorted(cited.values(), key=lambda one: one.publisher in last and not one.is_document)[:limit]


def _representative_first(article: WeekArticle) -> tuple[bool | float | str, ...]:
    return (
        not article.is_document,  # the document itself leads the coverage of it
        article.is_copy,
        not article.is_clear,
        article.genre in TALK_GENRES,
        -round(2 * article.significance),  # by half points of importance: what is nearer is as near
        not article.summary,
        len(article.title) > LONG_TITLE,
        -article.similarity,
        article.published_at.isoformat(),
        article.article_id,
    )


def most_frequent(values: Sequence[str | None]) -> str | None:
    """Returns the value that most articles have, the earliest of equally frequent ones, or None."""
    given = [value for value in values if value]
    return max(given, key=lambda value: (given.count(value), -given.index(value))) if given else None
