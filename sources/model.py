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
    POSTPONED = "postponed"
    HTTP_ERROR = "http_error"
    SERVER_ERROR = "server_error"
    RATE_LIMITED = "rate_limited"
    GONE = "gone"
    TIMEOUT = "timeout"
    DNS_TEMPORARY = "dns_temporary"
    DNS_UNKNOWN = "dns_unknown"
    UNREACHABLE = "unreachable"
    TLS_ERROR = "tls_error"
    BAD_RESPONSE = "bad_response"
    BAD_REDIRECT = "bad_redirect"
    FORBIDDEN_ADDRESS = "forbidden_address"
    TOO_LARGE = "too_large"
    NOT_A_FEED = "not_a_feed"
    PARSER_STOPPED = "parser_stopped"

    @property
    def succeeded(self) -> bool:
        """Whether the feed answered as a feed should, changed or not."""
        return self in (Outcome.OK, Outcome.NOT_MODIFIED, Outcome.UNCHANGED)

    @property
    def failed(self) -> bool:
        """Whether the feed was asked and did not answer as a feed should; a postponed one was not asked."""
        return not self.succeeded and self is not Outcome.POSTPONED


class Rejection(StrEnum):
    """Why an entry of a feed did not become an article."""

    NO_TITLE = "no_title"
    NO_IDENTITY = "no_identity"
    REPEATED_IN_FEED = "repeated_in_feed"
    BEYOND_LIMIT = "beyond_limit"


class SetAside(StrEnum):
    """Why an article is kept but never counted, though its date may be good."""

    FLOOD = "flood"


AGGREGATOR = "aggregator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One feed of the catalog. `publisher` is the family: all feeds of one owner share it.

    A feed of kind `AGGREGATOR` points to others' articles: there the publisher is the host linked to. `hosts` are those
    of the family's articles where they differ from the feed's own. `redistribute`: its terms let others pass its texts on.
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
    redistribute: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchState:
    """What we remember of a feed between fetches. Times are aware UTC.

    `catalog_url` is the address the catalog gave when this was learned; `moved_to` the one asked instead, once a
    permanent redirect to it (`moving_to`, seen `moving_held` times in a row) held often enough.
    `entry_hashes` are the fingerprints of the entries in the feed's last body, `entries_per_day` how many new ones it brings.
    """

    source_id: str
    catalog_url: str = ""
    moved_to: str | None = None
    moving_to: str | None = None
    moving_held: int = 0
    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None
    validators_honest: bool = True
    entry_hashes: frozenset[int] = frozenset()
    entries_per_day: float = 0.0
    interval_s: int | None = None
    failures: int = 0
    failure_weight: float = 0.0
    failing_since: datetime | None = None
    retired: bool = False
    first_success_at: datetime | None = None
    last_success_at: datetime | None = None
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchResult:
    """One answer of a feed's server. `body` is set only when `outcome` is `OK`: new bytes to parse.

    `moved_to` is where a chain of permanent redirects led; `fresh_for_s` how long the server says the answer holds.
    """

    source_id: str
    fetched_at: datetime
    outcome: Outcome
    elapsed_s: float
    http_status: int | None = None
    conditional: bool = False
    body: bytes | None = None
    content_type: str = ""
    body_sha256: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    moved_to: str | None = None
    retry_after_s: int | None = None
    fresh_for_s: int | None = None
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
    set_aside: SetAside | None = None
    register: RegisterDocument | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """All entries of one feed: `articles` in feed order, a reason for each that is none, and how many were known already.

    `fingerprints` are those of the entries read, in feed order: what the next body's entries are compared with.
    """

    articles: tuple[Article, ...]
    rejections: tuple[Rejection, ...]
    known: int = 0
    fingerprints: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryCounts:
    """What became of a feed's entries: `new`, `updated`, `unchanged` and `rejected` add up to their number.

    Among the new, `set_aside` are kept but not counted; among the others, `duplicate` ones stood elsewhere already:
    twice in this feed, or brought by another.
    """

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    set_aside: int = 0
    duplicate: int = 0

    def __add__(self, other: EntryCounts) -> EntryCounts:
        return EntryCounts(
            new=self.new + other.new,
            updated=self.updated + other.updated,
            unchanged=self.unchanged + other.unchanged,
            rejected=self.rejected + other.rejected,
            set_aside=self.set_aside + other.set_aside,
            duplicate=self.duplicate + other.duplicate,
        )

    @property
    def total(self) -> int:
        """The entries of the feed."""
        return self.new + self.updated + self.unchanged + self.rejected


def stable_id(*parts: str) -> int:
    """A positive 63-bit id of the parts: the same on every machine, for ever (BIGINT in the warehouse)."""
    digest = hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
