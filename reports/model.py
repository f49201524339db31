"""A weekly digest as values: what is printed, where each line comes from. The templates add only wording and layout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reports.trends import Comparison
from reports.week import Week


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where a statement stands: outlet, headline, date (aware UTC; None if untrusted) and link (None if the feed gave none)."""

    article_id: int
    outlet: str
    title: str
    published_at: datetime | None
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence as it stands in a cited article."""

    text: str
    source: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One story in the digest. The counts are the week's: articles, distinct texts, publisher families."""

    story_id: int
    title: str
    genre: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    articles: int
    texts: int
    publishers: int
    is_new: bool
    latest_at: datetime

    @property
    def single_source(self) -> bool:
        """Whether one publisher family alone tells it."""
        return self.publishers == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A desk's week: one lead, a few more, and the count of stories against the weeks before.

    `unsure` are counted stories whose filing at the desk is less than sure: listed apart, never told as news of the desk.
    """

    desk: str
    name: str
    items: tuple[Item, ...]
    unsure: tuple[Item, ...]
    new_stories: int
    trend: Comparison

    @property
    def lead(self) -> Item | None:
        """The story of the week, if there is one."""
        return self.items[0] if self.items else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """What the issue was made from. `collected` counts all articles dated in the week, the rest only those counted."""

    collected: int
    articles: int
    texts: int
    stories: int
    publishers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What may be missing: feeds asked and down in the week, and articles first seen in it whose dates were not trusted."""

    feeds: int
    down: tuple[str, ...]
    set_aside: tuple[tuple[str, str, int], ...]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One issue. `sections` print a selection; `appendix` holds every counted story of the week by desk."""

    week: Week
    watermark: datetime
    corpus: Corpus
    coverage: Coverage
    sections: tuple[Section, ...]
    opinion: tuple[Citation, ...]
    appendix: tuple[tuple[str, tuple[Item, ...]], ...]
