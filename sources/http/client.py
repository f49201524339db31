"""Fetches one feed or page over HTTP: a GET with bounds on time and size. Parses nothing."""

from __future__ import annotations

import hashlib
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpcore
import httpx

from sources.feeds.publication_dates import parse_date
from sources.http.decompress import ACCEPT_ENCODING, BodyTooLargeError, BrokenBodyError, read_body
from sources.http.ssrf import (
    ForbiddenAddressError,
    GuardedBackend,
    HostNotFoundError,
    time_limit,
    tls_context,
)
from sources.model import FetchResult, FetchState, Outcome, Source, mask_secrets

PRODUCT = "watchfloor"  # the product token, which robots.txt names (RFC 9309, section 2.2.1)
_FEED_TYPES = (
    b"application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
)
_PAGE_TYPES = b"text/html,application/xhtml+xml,application/pdf;q=0.9,text/plain;q=0.8,*/*;q=0.1"
Client = httpx.Client  # for those who pass one on
MAX_REDIRECTS = 5
KEEP_ALIVE_S = 5.0
PERMANENT = (httpx.codes.MOVED_PERMANENTLY, httpx.codes.PERMANENT_REDIRECT)
RATE_LIMITS = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """Limits of one run: seconds, bytes after decompression, concurrent requests, seconds between two
    requests to a domain.

    Hosts in `allowed_hosts` are our own: they may have private addresses, and requests to them are not paced.
    `contact` is the operator's address, which servers are told.
    """

    connect_timeout_s: float = 10.0
    read_timeout_s: float = 20.0
    total_timeout_s: float = 60.0
    max_body_bytes: int = 20_000_000
    requests_at_once: int = 16
    domain_pause_s: float = 1.0
    allowed_hosts: frozenset[str] = field(default_factory=frozenset)
    contact: str = ""


# A page is an order smaller than an archive feed; 5 MB hold all but books. Half a minute is patience enough
# for one article.
PAGE_BYTES, PAGE_SECONDS = 5_000_000, 30.0


def page_limits(limits: FetchLimits) -> FetchLimits:
    """Returns the limits of a run for pages."""
    return replace(limits, max_body_bytes=PAGE_BYTES, total_timeout_s=PAGE_SECONDS)


def user_agent(contact: str = "") -> bytes:
    """Returns the User-Agent: the product, what it is, and whom to write to."""
    about = f"+{contact}; news and policy monitor" if contact else "news and policy monitor"
    return f"{PRODUCT}/0.1 ({about}; feed reader)".encode()


def _headers_for(accept: bytes, limits: FetchLimits) -> dict[bytes, bytes]:
    return {
        b"User-Agent": user_agent(limits.contact),
        b"Accept": accept,
        b"Accept-Encoding": ACCEPT_ENCODING.encode(),
    }


def new_client(limits: FetchLimits) -> httpx.Client:
    """Returns the client of a run: it keeps connections alive, reaches no private address and stores no
    cookies.

    The caller closes it.
    """
    return httpx.Client(
        transport=_GuardedTransport(limits),
        timeout=httpx.Timeout(limits.read_timeout_s, connect=limits.connect_timeout_s),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        # `_send` follows them: httpx reads a redirect's body whole, however large.
        follow_redirects=False,
    )


class _GuardedTransport(httpx.BaseTransport):
    """Sends httpx's requests over an httpcore pool whose connections `GuardedBackend` opens.

    `httpx.HTTPTransport` would do the same, but takes no network backend.
    """

    def __init__(self, limits: FetchLimits) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls_context(),  # once a run: reading the certificates takes 30 ms
            max_connections=None,  # the scheduler bounds the requests under way
            max_keepalive_connections=2 * limits.requests_at_once,  # httpcore counts the ones in use too
            keepalive_expiry=KEEP_ALIVE_S,
            network_backend=GuardedBackend(limits.allowed_hosts),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        opened: list[str] = []

        def trace(event: str, _: Mapping[str, object]) -> None:
            if event == "connection.connect_tcp.started":
                opened.append(event)

        url = request.url
        sent = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions={**request.extensions, "trace": trace},
        )
        with _errors_of_httpx():
            try:
                answer = self._pool.handle_request(sent)
            except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
                if opened:
                    raise
                # The server closed an idle connection at the moment it was used again (RFC 9112, section
                # 9.3.1).
                answer = self._pool.handle_request(sent)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), extensions=dict(answer.extensions)
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """The body of an httpcore response; closing it returns the connection to the pool."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _errors_of_httpx():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextmanager
def _errors_of_httpx() -> Iterator[None]:
    """Raises httpx's exception of the same name for one of httpcore's."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.UnsupportedProtocol,
    ) as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error


def address_of(source: Source, state: FetchState) -> str:
    """Returns the address to fetch: the catalog's, or the one that a permanent redirect from it leads to."""
    return state.moved_to if state.moved_to and state.catalog_url == source.shown_url else source.url


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """The outcome of a request: the last response, if there was one, and its body, if it was read.

    `url` is the address asked last, `redirect_to` a redirect's target that was not followed.
    """

    outcome: Outcome
    response: httpx.Response | None = None
    body: bytes | None = None
    moved_to: str | None = None
    message: str = ""
    url: str = ""
    redirect_to: str | None = None
    hops: int = 0


def fetch_feed(
    client: httpx.Client,
    source: Source,
    state: FetchState,
    now: datetime,
    limits: FetchLimits,
    *,
    conditional: bool = True,
) -> FetchResult:
    """Returns the result of a conditional GET.

    Faults of the network or the server are outcomes, never exceptions.
    """
    started = time.monotonic()
    validators = _validators(state) if conditional else {}
    try:
        with time_limit(limits.total_timeout_s):
            # Not built by the client, which would add headers of its own.
            request = httpx.Request(
                "GET", address_of(source, state), headers=_headers_for(_FEED_TYPES, limits) | validators
            )
            answer = _send(client, request, limits)
    except Exception as error:  # one server's fault must not stop the other feeds
        answer = _failure(error)
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
        message=mask_secrets(answer.message),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedPage:
    """What asking for a page brought. `body` is set only when `outcome` is `OK` and `redirect_to` is None.

    `url` is the address asked last, after `hops` redirects; `redirect_to` the target of a redirect that was
    not to be followed.
    """

    outcome: Outcome
    url: str
    elapsed_s: float
    http_status: int | None = None
    body: bytes | None = None
    content_type: str = ""
    redirect_to: str | None = None
    hops: int = 0
    retry_after_s: int | None = None
    message: str = ""


def fetch_page(
    client: httpx.Client,
    url: str,
    now: datetime,
    limits: FetchLimits,
    *,
    follows: Callable[[str], bool] = lambda _: True,
    first: str = "",
    hops: int = 0,
    cut: bool = False,
) -> FetchedPage:
    """Returns what a GET brings: a page, or a redirect whose target `follows` denies.

    `first` is the address that redirected to `url`, after `hops`. A body larger than the limit is
    `TOO_LARGE`, or with `cut` its beginning. Faults of the network or the server are outcomes, never
    exceptions.
    """
    started = time.monotonic()
    try:
        with time_limit(limits.total_timeout_s):
            request = httpx.Request("GET", url, headers=_headers_for(_PAGE_TYPES, limits))
            answer = _send(client, request, limits, follows, first=first, hops=hops, cut=cut)
    except Exception as error:  # one server's fault must not stop the other pages
        answer = _failure(error)
    headers = _headers(answer.response)
    status = answer.response.status_code if answer.response is not None else None
    outcome, message = answer.outcome, answer.message
    if not outcome.succeeded and headers.get("cf-mitigated") == "challenge":
        outcome, message = Outcome.CAPTCHA, f"HTTP {status} with a challenge of Cloudflare's"
    elif status == httpx.codes.PAYMENT_REQUIRED:
        outcome = Outcome.PAYWALL
    return FetchedPage(
        outcome=outcome,
        url=answer.url or url,
        elapsed_s=time.monotonic() - started,
        http_status=status,
        body=answer.body,
        content_type=headers.get("content-type", ""),
        redirect_to=answer.redirect_to,
        hops=answer.hops,
        retry_after_s=_retry_after_s(headers, now),
        message=mask_secrets(message),
    )


def _send(
    client: httpx.Client,
    request: httpx.Request,
    limits: FetchLimits,
    follows: Callable[[str], bool] = lambda _: True,
    *,
    first: str = "",
    hops: int = 0,
    cut: bool = False,
) -> _Answer:
    """Sends the request and follows its redirects where `follows` says so, from https to https only.

    A public host cannot redirect to one of `allowed_hosts`. Cookies are sent back within this chain, as some
    servers redirect until they are, and then forgotten.
    """
    cookies = httpx.Cookies()
    permanent, start = True, httpx.URL(first) if first else request.url
    while True:
        response = client.send(request, stream=True)
        try:
            if response.next_request is None:
                moved = hops and permanent and _may_replace(request.url, start)
                answer = _read(response, str(request.url) if moved else None, limits, cut=cut)
                return replace(answer, url=str(request.url), hops=hops)
        finally:
            response.close()
        permanent = permanent and response.status_code in PERMANENT
        cookies.extract_cookies(response)
        left, request, hops = request.url, response.next_request, hops + 1
        why_not = _why_not_follow(start, request.url, hops, limits)
        if why_not or not follows(str(request.url)):
            return _Answer(
                outcome=Outcome.BAD_REDIRECT if why_not else Outcome.OK,
                response=response,
                message=why_not,
                url=str(left),
                redirect_to=None if why_not else str(request.url),
                hops=hops,
            )
        cookies.set_cookie_header(request)


def _why_not_follow(start: httpx.URL, target: httpx.URL, hops: int, limits: FetchLimits) -> str:
    """Returns why a redirect must not be followed; empty if it may be.

    Raises ForbiddenAddressError where a public host redirects to one of our own.
    """
    if hops > MAX_REDIRECTS:
        return f"more than {MAX_REDIRECTS} redirects"
    if target.host in limits.allowed_hosts and start.host not in limits.allowed_hosts:
        raise ForbiddenAddressError(f"{start.host} redirects to {target.host}, a host of our own network")
    if start.scheme == "https" and target.scheme == "http":
        return (
            f"redirects from https to http, at {target.host}, where anyone on the way can change it; if that "
            "is its address, write it as http in the catalog"
        )
    return ""


def _may_replace(new: httpx.URL, old: httpx.URL) -> bool:
    """Returns whether `new` may replace `old`: it has no password or key and does not drop https."""
    return mask_secrets(str(new)) == str(new) and (new.scheme == "https" or old.scheme == "http")


def _read(
    response: httpx.Response, moved_to: str | None, limits: FetchLimits, *, cut: bool = False
) -> _Answer:
    status = response.status_code
    if status == httpx.codes.NOT_MODIFIED:
        # It has no body; only a response read to its end leaves its connection open.
        for _ in response.iter_raw():
            pass
        return _Answer(outcome=Outcome.NOT_MODIFIED, response=response, moved_to=moved_to)
    if response.is_redirect:
        return _Answer(
            outcome=Outcome.BAD_REDIRECT, response=response, message=f"HTTP {status} without a location"
        )
    if not response.is_success:
        return _Answer(outcome=_error_outcome(response), response=response, message=f"HTTP {status}")
    length = response.headers.get("content-length", "")
    if length.isdecimal() and int(length[:18]) > limits.max_body_bytes and not cut:
        return _Answer(
            outcome=Outcome.TOO_LARGE,
            response=response,
            message=f"{length} bytes, more than {limits.max_body_bytes:,}",
        )
    encoding = response.headers.get("content-encoding", "")
    body = read_body(response.iter_raw(), encoding, limits.max_body_bytes, cut=cut)
    return _Answer(outcome=Outcome.OK, response=response, body=body, moved_to=moved_to)


def _error_outcome(response: httpx.Response) -> Outcome:
    status = response.status_code
    if status == httpx.codes.GONE:
        return Outcome.GONE
    # Some servers answer 403 with Retry-After where others answer 429.
    if status in RATE_LIMITS or (status == httpx.codes.FORBIDDEN and "retry-after" in response.headers):
        return Outcome.RATE_LIMITED
    return Outcome.SERVER_ERROR if response.is_server_error else Outcome.HTTP_ERROR


def _failure(error: Exception) -> _Answer:
    """Returns the outcome for an exception."""
    outcome, message = Outcome.BAD_RESPONSE, f"{type(error).__name__}: {error}"
    match error:
        case httpx.TimeoutException():
            outcome, message = (
                Outcome.TIMEOUT,
                f"no answer in time ({error})" if str(error) else "no answer in time",
            )
        case ForbiddenAddressError():
            outcome, message = (
                Outcome.FORBIDDEN_ADDRESS,
                f"{error}. WATCHFLOOR_ALLOWED_HOSTS can admit the host.",
            )
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
    # As bytes: httpx refuses text beyond ASCII, which an ETag may hold (RFC 9110, section 8.8.3).
    return {name: value.encode("latin-1", "replace") for name, value in validators.items() if value}


def _headers(response: httpx.Response | None) -> Mapping[str, str]:
    """Returns the headers by lower-case name, the last of each.

    The mapping of httpx detects the encoding at every access.
    """
    raw = response.headers.raw if response is not None else ()
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


def _retry_after_s(headers: Mapping[str, str], now: datetime) -> int | None:
    """Returns the seconds of a Retry-After header of either form (RFC 9110, section 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():  # `isdigit` is also true of "²", which `int` refuses
        return int(value[:9])
    moment = parse_date(value) if value else None
    return int((moment - now).total_seconds()) if moment else None


def _fresh_for_s(headers: Mapping[str, str]) -> int | None:
    """Returns the freshness lifetime.

    It is max-age, else Expires minus Date (RFC 9111, section 4.2.1); None if not stated.
    """
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
