"""What the collector speaks in: sources, fetches and articles. Frozen values; no behaviour beyond naming."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class DateStatus(StrEnum):
    """What is known of an article's stated publication date. Only `OK` dates are counted."""

    OK = "ok"
    MISSING = "missing"
    UNPARSABLE = "unparsable"
    FUTURE = "future"
    TOO_OLD = "too_old"


class Outcome(StrEnum):
    """How one fetch ended; every fetch ends in exactly one of these."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"
    UNCHANGED = "unchanged"
    HTTP_ERROR = "http_error"
    RATE_LIMITED = "rate_limited"
    GONE = "gone"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    TOO_LARGE = "too_large"
    BAD_REDIRECT = "bad_redirect"
    NOT_A_FEED = "not_a_feed"

    @property
    def succeeded(self) -> bool:
        """Whether the feed answered as a feed should, changed or not."""
        return self in (Outcome.OK, Outcome.NOT_MODIFIED, Outcome.UNCHANGED)


class Rejection(StrEnum):
    """Why an entry of a feed did not become an article."""

    NO_TITLE = "no_title"
    NO_IDENTITY = "no_identity"
    REPEATED_IN_FEED = "repeated_in_feed"


AGGREGATOR = "aggregator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One feed of the catalog. `publisher` is the family: all feeds of one owner share it.

    A feed of kind `AGGREGATOR` points to others' articles: there the publisher is the host linked to. `hosts` are those
    of the family's articles where they differ from the feed's own.
    """

    id: str
    name: str
    publisher: str
    url: str
    kind: str
    region: str
    language: str
    desks: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchState:
    """What we remember of a feed between fetches. Times are aware UTC."""

    source_id: str
    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None
    failures: int = 0
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchResult:
    """One answer of a feed's server. `body` is set only when `outcome` is `OK`: new bytes to parse."""

    source_id: str
    fetched_at: datetime
    outcome: Outcome
    elapsed_s: float
    http_status: int | None = None
    body: bytes | None = None
    content_type: str = ""
    body_sha256: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    retry_after_s: int | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterDocument:
    """What an official register says of a document in fields of its own, not in prose (Federal Register API, v1)."""

    document_number: str
    type: str
    agencies: tuple[str, ...]
    effective_on: date | None
    comments_close_on: date | None
    dockets: tuple[str, ...]
    rins: tuple[str, ...]
    cfr_parts: tuple[str, ...]  # as "15 CFR 744"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One entry as it enters the warehouse: plain text, canonical link, an honest date.

    `summary` is at most a paragraph; `text` is the full content where the feed carried more, else empty.
    `published_at` is what the publisher claims; read it together with `date_status`.
    """

    article_id: int
    source_id: str
    publisher: str
    url: str | None
    title: str
    summary: str
    text: str
    language: str
    published_at: datetime | None
    date_status: DateStatus
    first_seen_at: datetime
    text_hash: int
    register: RegisterDocument | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """All entries of one feed: `articles` in feed order, and one reason for every entry that is not among them."""

    articles: tuple[Article, ...]
    rejections: tuple[Rejection, ...]


def stable_id(*parts: str) -> int:
    """A positive 63-bit id of the parts: the same on every machine, for ever (BIGINT in the warehouse)."""
    digest = hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
