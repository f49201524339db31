"""Asks one feed for news over HTTP: conditional, bounded in time and size, every redirect looked at. Parses nothing."""

from __future__ import annotations

import hashlib
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from sources.feeds.publication_dates import parse_date
from sources.http.connections import ConnectionPool
from sources.http.decompress import ACCEPT_ENCODING, BodyTooLargeError, BrokenBodyError, read_body
from sources.http.ssrf import ForbiddenAddressError, GuardedBackend, HostNotFoundError, time_limit
from sources.model import FetchResult, FetchState, Outcome, Source

HEADERS = {
    b"User-Agent": b"watchfloor/0.1 (news and policy monitor; feed reader)",
    b"Accept": b"application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5",
    b"Accept-Encoding": ACCEPT_ENCODING.encode(),
}
MAX_REDIRECTS = 5
KEEP_OPEN_S = 5.0
PERMANENT = (httpx.codes.MOVED_PERMANENTLY, httpx.codes.PERMANENT_REDIRECT)
RATE_LIMITS = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """Bounds on one run: seconds, bytes after decompression, requests at once, the pause between two to one domain.

    `allowed_hosts` may have private addresses: they are our own, so neither the guard nor the pause is for them.
    """

    connect_timeout_s: float = 10.0
    read_timeout_s: float = 20.0
    total_timeout_s: float = 60.0
    max_body_bytes: int = 20_000_000
    requests_at_once: int = 16
    domain_pause_s: float = 1.0
    allowed_hosts: frozenset[str] = field(default_factory=frozenset)


def new_client(limits: FetchLimits) -> httpx.Client:
    """The one pooled client of a run, guarded against private addresses; the caller closes it."""
    return _Client(
        transport=_GuardedTransport(limits.allowed_hosts, limits.requests_at_once),
        timeout=httpx.Timeout(limits.read_timeout_s, connect=limits.connect_timeout_s),
        follow_redirects=False,  # followed by hand: httpx reads a redirect's body whole, however large
    )


class _NoCookies(httpx.Cookies):
    """No feed needs to know us again; to look for cookies and refuse them would be a tenth of what a 304 costs."""

    def extract_cookies(self, response: httpx.Response) -> None:
        pass


class _Client(httpx.Client):
    @property  # type: ignore[misc] # nobody gives it any
    def cookies(self) -> httpx.Cookies:
        return _NoCookies()


class _GuardedTransport(httpx.HTTPTransport):
    """httpx's transport over a pool whose connections the guard opens; httpx itself offers no place for it."""

    def __init__(self, allowed_hosts: Iterable[str], idle_at_most: int) -> None:
        self._pool = ConnectionPool(
            network_backend=GuardedBackend(allowed_hosts), idle_at_most=idle_at_most, keep_open_s=KEEP_OPEN_S
        )


def address_of(source: Source, state: FetchState) -> str:
    """Where the feed is asked: the catalog's address, or where it has moved for good since the catalog gave it."""
    return state.moved_to if state.moved_to and state.catalog_url == source.url else source.url


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What became of a request: the last response, if there was one, and its body, if it was read."""

    outcome: Outcome
    response: httpx.Response | None = None
    body: bytes | None = None
    moved_to: str | None = None
    message: str = ""


def fetch_feed(
    client: httpx.Client,
    source: Source,
    state: FetchState,
    now: datetime,
    limits: FetchLimits,
    *,
    conditional: bool = True,
) -> FetchResult:
    """The feed's answer to a conditional GET. Every trouble of network or server is an outcome, never an exception."""
    started = time.monotonic()
    validators = _validators(state) if conditional else {}
    try:
        with time_limit(limits.total_timeout_s):
            # Not by the client: it would merge addresses, headers and cookies of its own, and has none.
            request = httpx.Request("GET", address_of(source, state), headers=HEADERS | validators)
            answer = _ask(client, request, limits)
    except Exception as error:  # whatever one server does must not cost the other feeds
        answer = _trouble(error)
    headers = _headers(answer.response)
    sha256 = hashlib.sha256(answer.body).hexdigest() if answer.body is not None else None
    unchanged = sha256 is not None and sha256 == state.body_sha256
    return FetchResult(
        source_id=source.id,
        fetched_at=now,
        outcome=Outcome.UNCHANGED if unchanged else answer.outcome,
        elapsed_s=time.monotonic() - started,
        http_status=answer.response.status_code if answer.response is not None else None,
        conditional=bool(validators),
        body=None if unchanged else answer.body,
        content_type=headers.get("content-type", ""),
        body_sha256=sha256,
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
        moved_to=answer.moved_to,
        retry_after_s=_retry_after_s(headers, now),
        fresh_for_s=_fresh_for_s(headers),
        message=answer.message,
    )


def _ask(client: httpx.Client, request: httpx.Request, limits: FetchLimits) -> _Answer:
    moved_for_good, hops, asked = True, 0, request.url
    while True:
        if request.url.host in limits.allowed_hosts and asked.host not in limits.allowed_hosts:
            raise ForbiddenAddressError(f"{asked.host} redirects to {request.url.host}, which is ours")
        response = client.send(request, stream=True)
        try:
            if response.next_request is None:
                moved_to = str(request.url) if hops and moved_for_good and _is_as_good(request.url, asked) else None
                return _read(response, moved_to, limits)
        finally:
            response.close()
        moved_for_good = moved_for_good and response.status_code in PERMANENT
        request, hops = response.next_request, hops + 1
        if hops > MAX_REDIRECTS:
            return _Answer(
                outcome=Outcome.BAD_REDIRECT, response=response, message=f"more than {MAX_REDIRECTS} redirects"
            )


def _is_as_good(new: httpx.URL, old: httpx.URL) -> bool:
    """Whether an address can be remembered in the place of another: no less private, and without a password."""
    return not new.userinfo and (new.scheme == "https" or old.scheme == "http")


def _read(response: httpx.Response, moved_to: str | None, limits: FetchLimits) -> _Answer:
    status = response.status_code
    if status == httpx.codes.NOT_MODIFIED:
        return _Answer(outcome=Outcome.NOT_MODIFIED, response=response, moved_to=moved_to)
    if response.is_redirect:
        return _Answer(outcome=Outcome.BAD_REDIRECT, response=response, message=f"HTTP {status} without a place to go")
    if not response.is_success:
        return _Answer(outcome=_error_outcome(response), response=response, message=f"HTTP {status}")
    length = response.headers.get("content-length", "")
    if length.isdecimal() and int(length[:18]) > limits.max_body_bytes:
        return _Answer(
            outcome=Outcome.TOO_LARGE, response=response, message=f"{length} bytes, more than {limits.max_body_bytes:,}"
        )
    encoding = response.headers.get("content-encoding", "")
    body = read_body(response.iter_raw(), encoding, limits.max_body_bytes)
    return _Answer(outcome=Outcome.OK, response=response, body=body, moved_to=moved_to)


def _error_outcome(response: httpx.Response) -> Outcome:
    status = response.status_code
    if status == httpx.codes.GONE:
        return Outcome.GONE
    # 403 with a pause named is "too many requests" from servers that know no 429.
    if status in RATE_LIMITS or (status == httpx.codes.FORBIDDEN and "retry-after" in response.headers):
        return Outcome.RATE_LIMITED
    return Outcome.SERVER_ERROR if response.is_server_error else Outcome.HTTP_ERROR


def _trouble(error: Exception) -> _Answer:
    """What an exception on the way means for the feed."""
    outcome, message = Outcome.BAD_RESPONSE, f"{type(error).__name__}: {error}"
    match error:
        case httpx.TimeoutException():
            outcome, message = Outcome.TIMEOUT, f"no answer in time ({error})" if str(error) else "no answer in time"
        case ForbiddenAddressError():
            outcome, message = Outcome.FORBIDDEN_ADDRESS, f"{error}. WATCHFLOOR_ALLOWED_HOSTS can admit the host."
        case HostNotFoundError():
            outcome, message = Outcome.DNS_TEMPORARY if error.temporary else Outcome.DNS_UNKNOWN, str(error)
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            outcome = Outcome.BAD_REDIRECT
        case httpx.NetworkError():
            outcome = Outcome.TLS_ERROR if _caused_by(error, ssl.SSLError) else Outcome.UNREACHABLE
        case BodyTooLargeError():
            outcome, message = Outcome.TOO_LARGE, str(error)
        case BrokenBodyError():
            message = str(error)
    return _Answer(outcome=outcome, message=message)


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False


def _validators(state: FetchState) -> dict[bytes, bytes]:
    if not state.validators_honest:
        return {}
    validators = {b"If-None-Match": state.etag, b"If-Modified-Since": state.last_modified}
    # As bytes, for httpx raises at text beyond ASCII, and an ETag may hold some (RFC 9110, section 8.8.3).
    return {name: value.encode("latin-1", "replace") for name, value in validators.items() if value}


def _headers(response: httpx.Response | None) -> Mapping[str, str]:
    """The headers by name in lower case, the last of each; httpx's own look the encoding up again at every access."""
    raw = response.headers.raw if response is not None else ()
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


def _retry_after_s(headers: Mapping[str, str], now: datetime) -> int | None:
    """Seconds to wait, from a Retry-After of either form (RFC 9110, section 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():  # `isdigit` is also true of "²", which `int` refuses
        return int(value[:9])
    moment = parse_date(value) if value else None
    return int((moment - now).total_seconds()) if moment else None


def _fresh_for_s(headers: Mapping[str, str]) -> int | None:
    """Seconds the answer stays fresh: max-age, else Expires less Date (RFC 9111, section 4.2.1); None if not said."""
    directives = [part.strip().lower() for part in headers.get("cache-control", "").split(",")]
    if {"no-cache", "no-store"} & set(directives):
        return None
    for directive in directives:
        name, _, value = directive.partition("=")
        if name == "max-age" and value.strip('"').isdecimal():
            return int(value.strip('"')[:9])
    if "expires" not in headers:
        return None
    expires, date = parse_date(headers["expires"]), parse_date(headers.get("date", ""))
    return max(0, int((expires - date).total_seconds())) if expires and date else None
