"""How much a story matters and how sure it is of its desk: the order in which a digest considers stories. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from warehouse.queries.article_signals import NONE, Signals
from warehouse.queries.week_articles import WeekArticle

# Headlines longer than this are an aggregator's, which strings several together.
LONG_TITLE = 140
# A story is told as news of a desk from this confidence on; see docs/decisions/0021.
SURE = 0.5
# The most that a story of a middling score can have.
UNLIKELY = 0.375
# The desks' scores are calibrated on a corpus a quarter of which is on topic; of real feeds a fiftieth is, so a middling
# score is more often wrong there.
LIKELY, VERY_LIKELY = 0.75, 0.95
PRIMARY_GENRES = ("primary_document", "official_statement")
# What is written about events rather than of them.
TALK_GENRES = ("analysis", "explainer", "research", "event_report")


@dataclass(frozen=True, slots=True)
class Told:
    """A story's counted articles of the week, the one that stands for it first, and what is known of each."""

    articles: tuple[WeekArticle, ...]
    signals: Mapping[int, Signals]

    @property
    def story_id(self) -> int:
        """The story."""
        return self.articles[0].story_id

    @property
    def publishers(self) -> tuple[str, ...]:
        """The publisher families that tell it, in the order of its articles."""
        return tuple(dict.fromkeys(article.publisher for article in self.articles))

    @property
    def texts(self) -> int:
        """How many distinct texts it has."""
        return len({article.text_id for article in self.articles})

    @property
    def is_talk(self) -> bool:
        """Whether all that is written of it is analysis or research."""
        return all(article.genre in TALK_GENRES for article in self.articles)

    def known(self) -> list[Signals]:
        """The signals of its articles, in their order."""
        return [self.signals.get(article.article_id, NONE) for article in self.articles]


def by_story(articles: Iterable[WeekArticle], signals: Mapping[int, Signals]) -> list[Told]:
    """The stories, most important first."""
    stories: defaultdict[int, list[WeekArticle]] = defaultdict(list)
    for article in articles:
        stories[article.story_id].append(article)
    told = [Told(tuple(sorted(story, key=_standing)), signals) for story in stories.values()]
    return sorted(told, key=lambda story: (-importance(story), story.articles[0].published_at, story.story_id))


def importance(story: Told) -> float:
    """How much a story matters to its desk this week: publishers first, then texts, documents, offices, confidence, score."""
    primary = any(article.genre in PRIMARY_GENRES for article in story.articles)
    weight = len(story.publishers) + 0.3 * story.texts + 0.6 * primary - 0.5 * story.is_talk
    return weight + 0.3 * _official(story) + confidence(story) + 0.1 * _best(story)


def confidence(story: Told) -> float:
    """How sure it is, 0 to 1, that the story is news of its desk: the share of four independent signals that say so.

    The filing's score (whole from .95, half from .75; half of that if only headlines were read), a second publisher's text
    that is filed there as likely, a state body that is named, and a topic of the desk or an act (half each). Without a
    likely score it is never sure, whatever the others say.
    """
    known, best = story.known(), _best(story)
    likely = {article.publisher for article in story.articles if article.score >= LIKELY}
    filed = 1.0 if best >= VERY_LIKELY else 0.5 if best >= LIKELY else 0.0
    if not any(article.summary for article in story.articles):
        filed /= 2
    topical = 0.5 * any(signals.topics for signals in known) + 0.5 * any(signals.act for signals in known)
    share = (filed + float(len(likely) > 1) + float(_official(story)) + topical) / 4
    return share if best >= LIKELY else min(share, UNLIKELY)


def _best(story: Told) -> float:
    return max(article.score for article in story.articles)


def _official(story: Told) -> bool:
    return any(signals.officials for signals in story.known())


def independent(story: Told, limit: int, not_first: Iterable[str] = ()) -> list[WeekArticle]:
    """The articles to cite: one a publisher family, the best of each, at most `limit`; none of `not_first` comes first."""
    cited: dict[str, WeekArticle] = {}
    for article in story.articles:
        cited.setdefault(article.publisher, article)
    barred = set(not_first)
    ordered = sorted(cited.values(), key=lambda article: article.publisher in barred)
    return ordered[:limit]


def _standing(article: WeekArticle) -> tuple[bool, bool, bool, bool, float, str, int]:
    return (
        article.is_copy,
        article.genre in TALK_GENRES,
        not article.summary,
        len(article.title) > LONG_TITLE,
        -article.similarity,
        article.published_at.isoformat(),
        article.article_id,
    )


def first_of(values: Sequence[str | None]) -> str | None:
    """The value that most articles give, the earliest of equals; None if none gives one."""
    given = [value for value in values if value]
    return max(given, key=lambda value: (given.count(value), -given.index(value))) if given else None
