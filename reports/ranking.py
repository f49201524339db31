"""Which stories a digest prints, in what order, and which sentences speak for them. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from sentencex import segment

from warehouse.weekly import WeekArticle

# Headlines longer than this are an aggregator's, which strings several together.
LONG_TITLE = 140
# Shorter ones may stand in a summary by chance.
SHORT_TITLE = 25
_CREDIT = re.compile(r"\s*\([^()]+\)$")
SENTENCE_WORDS = (7, 60)
# A sentence that holds this share of the headline's words says it again.
HEADLINE_SHARE = 0.8
# Markup lost between two sentences: "(9 minute read)China has".
_GLUED = re.compile(r"[).!?][A-Z][a-z]")
_CHROME = ("the post ", "read more", "click here", "subscribe", "sign up", "continue reading", "view in browser")
_PRIMARY_GENRES = ("primary_document", "official_statement")


def by_story(articles: Iterable[WeekArticle]) -> list[list[WeekArticle]]:
    """The articles of each story, the one that stands for it first; most important story first."""
    stories: defaultdict[int, list[WeekArticle]] = defaultdict(list)
    for article in articles:
        stories[article.story_id].append(article)
    told = [sorted(story, key=_standing) for story in stories.values()]
    return sorted(told, key=lambda story: (-importance(story), story[0].published_at, story[0].story_id))


def importance(story: Sequence[WeekArticle]) -> float:
    """How much a story matters to its desk this week: publishers first, then texts, documents, sureness."""
    publishers = len({article.publisher for article in story})
    texts = len({article.text_id for article in story})
    primary = any(article.genre in _PRIMARY_GENRES for article in story)
    research = all(article.genre == "research" for article in story)
    return publishers + 0.3 * texts + 1.0 * primary - 0.5 * research + sureness(story)


def sureness(story: Sequence[WeekArticle]) -> float:
    """How sure it is, 0 to 1, that the story belongs at a desk: the score of its surest article."""
    return max(article.score for article in story)


def _standing(article: WeekArticle) -> tuple[bool, bool, bool, float, str, int]:
    return (
        article.is_copy,
        len(article.title) > LONG_TITLE,
        not article.summary,
        -article.similarity,
        article.published_at.isoformat(),
        article.article_id,
    )


def independent(story: Sequence[WeekArticle], limit: int) -> list[WeekArticle]:
    """The articles to cite: one a publisher family, the best of each, at most `limit`."""
    cited: dict[str, WeekArticle] = {}
    for article in story:
        cited.setdefault(article.publisher, article)
    return list(cited.values())[:limit]


def speaking_sentences(article: WeekArticle, limit: int) -> list[str]:
    """The first whole sentences of an article's summary that say more than its headline."""
    headline = _words(article.title)
    chosen = []
    for segmented in segment(article.language, _after_headline(article.title, article.summary)):
        sentence = segmented.strip()
        if _is_statement(sentence) and not _repeats(headline, _words(sentence)):
            chosen.append(sentence)
        if len(chosen) == limit:
            break
    return chosen


def _after_headline(title: str, summary: str) -> str:
    """The summary without a headline it begins with, as in Techmeme's `Author / Outlet: Headline — The story ...`."""
    headline = _CREDIT.sub("", title)
    _, found, rest = summary.partition(headline)
    return rest.lstrip(" —–-:|.") if found and len(headline) >= SHORT_TITLE else summary


def _repeats(headline: set[str], sentence: set[str]) -> bool:
    return sentence <= headline or len(headline & sentence) >= HEADLINE_SHARE * len(headline)


def _is_statement(sentence: str) -> bool:
    shortest, longest = SENTENCE_WORDS
    return (
        shortest <= len(sentence.split()) <= longest
        and sentence.rstrip("\"'”’)").endswith((".", "!", "?"))
        and not sentence.endswith(("...", "[…]"))
        and not _GLUED.search(sentence)
        and not any(chrome in sentence.lower() for chrome in _CHROME)
    )


def _words(text: str) -> set[str]:
    return {word.strip(".,:;!?\"'“”‘’()").lower() for word in text.split()}
