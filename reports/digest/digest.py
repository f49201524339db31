"""A weekly digest as values: what is printed, where each line comes from. The templates add only wording and layout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from reports.week import Week
from warehouse.store.trend_tests import TrendTest


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where a statement stands: outlet, headline, date (aware UTC; None if untrusted) and link (None if the feed gave none)."""

    article_id: int
    outlet: str
    title: str
    published_at: datetime | None
    url: str | None
    language: str = "en"
    genre: str = "news"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence as it stands in a cited article; `shortened` if it was cut at a clause, and then it ends with an ellipsis."""

    text: str
    source: Citation
    shortened: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One story in the digest. The counts are the week's: articles, distinct texts, publisher families.

    `title` is the headline of the first citation, without the credit that an aggregator adds. `confidence` is 0 to 1, see
    ranking.py. `actors`, `act` and `stage` are the machine's reading: who is named, what is done, how far it is. `related`
    are stories of the same matter that are not told again.
    """

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
    confidence: float
    actors: tuple[str, ...] = ()
    act: str | None = None
    stage: str | None = None
    related: tuple[Citation, ...] = ()

    @property
    def single_source(self) -> bool:
        """Whether one publisher family alone tells it."""
        return self.publishers == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A desk's week: a lead if there is one, a few more, and the count of stories against the weeks before.

    `items` are told as news, the lead first if `has_lead`. `single` are sure stories of one publisher that found no room
    among them, `unsure` counted stories that are not surely of the desk. `trend` is the ledger's row on the number of its
    stories, `acts` that on how many of them tell of something done (a rule, a contract, enforcement) and not only of talk.
    """

    desk: str
    name: str
    has_lead: bool
    items: tuple[Item, ...]
    single: tuple[Item, ...]
    unsure: tuple[Item, ...]
    stories: int
    new_stories: int
    trend: TrendTest
    acts: TrendTest

    @property
    def lead(self) -> Item | None:
        """The story of the week, if there is one."""
        return self.items[0] if self.has_lead else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullet:
    """The week of a desk in at most 25 words: a headline or sentence of `source`; without one, nothing material changed."""

    desk: str
    name: str
    text: str
    source: Citation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is different from last week.

    `kind` is new, escalated, resurfaced or quiet, and `source` the article that stands for the story. `before` and `after`
    are counts of publisher families, or of stories for new; `stages` the stage before and now, if it moved.
    """

    kind: str
    title: str
    source: Citation
    before: int
    after: int
    stages: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    """What the issue of last week counted, and what is counted of that week now; by desk where it differs."""

    week: str
    before: int
    after: int
    desks: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A day to act on or to watch, with the sentence that gives it (of a register's own field: the headline)."""

    kind: str
    due_on: date
    year_inferred: bool
    desk: str
    evidence: str
    from_register: bool
    source: Citation


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
    """What may be missing.

    Feeds asked and down in the week; articles first seen in it that were set aside, by feed and reason; languages; first
    and last days on which we asked nobody; feeds whose every entry was new; articles filed anew and stories ruled on by
    analysts in the week. Of the thirteen weeks: those in which too few feeds were watched, and the moments (aware UTC)
    across which nothing is compared, with what changed then.
    """

    feeds: int
    down: tuple[str, ...]
    set_aside: tuple[tuple[str, str, int], ...]
    languages: tuple[str, ...]
    gaps: tuple[tuple[date, date], ...] = ()
    overflowed: tuple[str, ...] = ()
    filed_anew: int = 0
    ruled_on: int = 0
    weeks_down: tuple[str, ...] = ()
    breaks: tuple[tuple[datetime, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One issue. `sections` print a selection; `appendix` holds every counted story of the week by desk.

    `themes` are the ledger's rows of themes that moved, or of the most told if none did.
    """

    week: Week
    watermark: datetime
    corpus: Corpus
    coverage: Coverage
    bottom_line: tuple[Bullet, ...]
    changes: tuple[Change, ...]
    restatement: Restatement | None
    sections: tuple[Section, ...]
    themes: tuple[TrendTest, ...]
    agenda: tuple[Due, ...]
    unobserved: tuple[Due, ...]
    opinion: tuple[Citation, ...]
    analysis: tuple[Item, ...]
    appendix: tuple[tuple[str, tuple[Item, ...]], ...]
