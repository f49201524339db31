"""Data types of the collector: sources, fetches and articles. Immutable values; masks secrets."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class DateStatus(StrEnum):
    """Validity of an article's stated publication date. Only articles with `OK` dates are counted."""

    OK = "ok"
    MISSING = "missing"
    UNPARSABLE = "unparsable"
    FUTURE = "future"
    TOO_OLD = "too_old"


class Outcome(StrEnum):
    """Outcome of a fetch; every fetch has exactly one."""

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
    # Of pages only.
    ROBOTS_DISALLOWED = "robots_disallowed"
    NOT_A_PAGE = "not_a_page"
    UNRESOLVED_LINK = "unresolved_link"
    PAYWALL = "paywall"
    COOKIE_WALL = "cookie_wall"
    CAPTCHA = "captcha"
    SOFT_404 = "soft_404"
    NEEDS_SCRIPT = "needs_script"
    UNREADABLE_PDF = "unreadable_pdf"
    NO_TEXT = "no_text"

    @property
    def succeeded(self) -> bool:
        """Whether the server answered with a feed, changed or not."""
        return self in (Outcome.OK, Outcome.NOT_MODIFIED, Outcome.UNCHANGED)

    @property
    def failed(self) -> bool:
        """Whether the feed was fetched without success; a postponed feed was not fetched."""
        return not self.succeeded and self is not Outcome.POSTPONED


class Rejection(StrEnum):
    """Reason why an entry of a feed did not become an article."""

    NO_TITLE = "no_title"
    REPEATED_IN_FEED = "repeated_in_feed"
    BEYOND_LIMIT = "beyond_limit"


class SetAside(StrEnum):
    """Reason why an article is kept but never counted, though its date may be valid."""

    FLOOD = "flood"


AGGREGATOR = "aggregator"


class FullText(StrEnum):
    """Of which articles of a source the pages are fetched: those on topic or near it, all, or none."""

    ON_TOPIC = "on_topic"
    ALL = "all"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One feed of the catalog. `publisher` is the publisher family, shared by all feeds of one owner.

    A feed of kind `AGGREGATOR` links to articles of others, whose publisher is the host linked to. `hosts`
    are the hosts of the family's articles where they differ from the feed's. `redistribute`: its terms allow
    passing its texts on. `full_text`: of which of its articles the pages are fetched.
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
    full_text: FullText = FullText.ON_TOPIC

    @property
    def shown_url(self) -> str:
        """The address as it is shown, stored and published: without password and keys."""
        return mask_secrets(self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchState:
    """State of a feed between fetches. Times are aware UTC.

    `catalog_url` is the catalog's address when this was learned; `moved_to` replaces it after enough
    identical permanent redirects (to `moving_to`, seen `moving_held` times in a row). `entry_hashes` are the
    fingerprints of the entries in the last body, `entries_per_day` is the average of new ones.
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
    """Result of one fetch. `body` is set only when `outcome` is `OK`: new bytes to parse.

    `moved_to` is the target of a chain of permanent redirects; `fresh_for_s` the freshness lifetime the
    server states.
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
    """Structured fields of a document in an official register (Federal Register API, v1)."""

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
    """One article as stored in the warehouse: plain text, canonical link, validated date.

    `summary` is at most a paragraph; `text` is the full content where the feed has more, else empty.
    `published_at` is the publisher's statement; read it together with `date_status`. `guid_id` is the id by
    the feed's guid, None if it states none.
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
    guid_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """The entries of one feed: `articles` in feed order, a reason for each rejected one, and the number known
    already.

    `fingerprints` are those of all entries in feed order; the next body's entries are compared with them.
    """

    articles: tuple[Article, ...]
    rejections: tuple[Rejection, ...]
    known: int = 0
    fingerprints: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPage:
    """An article whose page is to be fetched."""

    article_id: int
    source_id: str
    url: str
    title: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """The text of an article's page: its paragraphs, one a line, without the page around it.

    `extractor` is the library that read it, with its version. `canonical_url` is the address that the page
    states for itself, `language` an ISO 639 code, `is_paywalled` whether the page states that it is not free.
    """

    text: str
    extractor: str
    title: str = ""
    author: str = ""
    published_at: datetime | None = None
    language: str = ""
    canonical_url: str | None = None
    is_paywalled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResult:
    """Result of fetching one page; `page` is set only when `outcome` is `OK`.

    `final_url` is the address after redirects, canonical; None if there was no answer.
    """

    wanted: WantedPage
    fetched_at: datetime
    outcome: Outcome
    elapsed_s: float
    http_status: int | None = None
    final_url: str | None = None
    retry_after_s: int | None = None
    message: str = ""
    page: PageText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsFile:
    """The robots.txt of an `origin`, as `https://host` or `http://host:8080`, with its text in `rules`.

    `outcome` is `OK` for a file that was read, `HTTP_ERROR` (4xx) and the like where there is none.
    `retry_after_s` is the pause that its server asked for; it is not stored.
    """

    origin: str
    fetched_at: datetime
    outcome: Outcome
    http_status: int | None = None
    rules: str = ""
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryCounts:
    """Numbers of a feed's entries by what was done with them; `new`, `updated`, `unchanged` and `rejected`
    add up to all.

    Of the new ones, `set_aside` are kept but not counted; of the others, `duplicate` were already stored:
    twice in this feed, or from another.
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
        """Number of entries in the feed."""
        return self.new + self.updated + self.unchanged + self.rejected


MASK = "***"
_USERINFO = re.compile(r"(?i)\b(https?://)[^/?#\s\"'@]*(?:@[^/?#\s\"'@]*)*@")
# A parameter whose name ends so holds a password or a key: `api_key`, `X-Amz-Signature`, `private_token`.
_SECRET = re.compile(
    r"(?i)([?&;](?:[\w.%\[\]-]*?(?:key|token|secret|password|passwd|passphrase|signature|credentials?|jwt|bearer|oauth)"
    r"|pass|pwd|pw|sig|auth|sid|session|session_?id)=)[^&;#\s\"'<>\\]+"
)


def mask_secrets(text: str) -> str:
    """Returns the text with *** for the user, passwords and keys in each address in it."""
    return _SECRET.sub(rf"\g<1>{MASK}", _USERINFO.sub(rf"\g<1>{MASK}@", text))


def stable_id(*parts: str) -> int:
    """Returns a positive 63-bit hash of the parts, the same on every machine (BIGINT in the warehouse)."""
    digest = hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
