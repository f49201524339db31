"""Asks feeds for news over HTTP, politely: conditional, bounded, one request at a time per host. Parses nothing."""

from __future__ import annotations

import hashlib
import queue
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import httpx

from sources.dates import parse_date
from sources.model import FetchResult, FetchState, Outcome, Source
from sources.urls import host_of

USER_AGENT = "watchfloor/0.1 (news and policy monitor; feed reader)"
ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
MAX_REDIRECTS = 5
REDIRECTS_FROM, HTTP_ERRORS_FROM = 300, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """Bounds on one run: seconds, bytes after decompression, hosts asked at once."""

    connect_timeout_s: float = 10.0
    read_timeout_s: float = 20.0
    total_timeout_s: float = 60.0
    max_body_bytes: int = 20_000_000
    max_hosts_at_once: int = 16


def new_client(limits: FetchLimits) -> httpx.Client:
    """The one pooled client of a run; the caller closes it."""
    return httpx.Client(
        timeout=httpx.Timeout(limits.read_timeout_s, connect=limits.connect_timeout_s),
        limits=httpx.Limits(
            max_connections=limits.max_hosts_at_once, max_keepalive_connections=limits.max_hosts_at_once
        ),
        headers={"User-Agent": USER_AGENT, "Accept": ACCEPT},
        follow_redirects=True,
        max_redirects=MAX_REDIRECTS,
    )


def fetch_all(
    client: httpx.Client, jobs: Iterable[tuple[Source, FetchState]], now: datetime, limits: FetchLimits
) -> Iterator[FetchResult]:
    """One result for every job, as each is done. Hosts are asked side by side, the feeds of one host in turn."""
    by_host: dict[str, list[tuple[Source, FetchState]]] = defaultdict(list)
    for job in jobs:
        by_host[host_of(job[0].url)].append(job)
    done: queue.SimpleQueue[FetchResult | None] = queue.SimpleQueue()  # None: a host is through with its feeds

    def ask_host(host_jobs: list[tuple[Source, FetchState]]) -> None:
        try:
            for source, state in host_jobs:
                done.put(fetch_feed(client, source, state, now, limits))
        finally:
            done.put(None)  # after a surprise too, or the reader would wait for ever

    with ThreadPoolExecutor(limits.max_hosts_at_once, thread_name_prefix="fetch") as pool:
        hosts = [pool.submit(ask_host, host_jobs) for host_jobs in by_host.values()]
        try:
            for _ in hosts:
                yield from iter(done.get, None)
        finally:
            pool.shutdown(cancel_futures=True)
    for host in hosts:
        host.result()


def fetch_feed(
    client: httpx.Client, source: Source, state: FetchState, now: datetime, limits: FetchLimits
) -> FetchResult:
    """The feed's answer to a conditional GET. Every trouble of network or server is an outcome, never an exception."""
    started = time.monotonic()

    def result(outcome: Outcome, message: str = "", response: httpx.Response | None = None) -> FetchResult:
        return FetchResult(
            source_id=source.id,
            fetched_at=now,
            outcome=outcome,
            elapsed_s=time.monotonic() - started,
            http_status=response.status_code if response else None,
            message=message,
            retry_after_s=_retry_after_s(response, now) if response else None,
        )

    try:
        with client.stream("GET", source.url, headers=_validators(state)) as response:
            if response.status_code == httpx.codes.NOT_MODIFIED:
                return result(Outcome.NOT_MODIFIED, response=response)
            if response.status_code >= HTTP_ERRORS_FROM:
                return result(_error_outcome(response.status_code), f"HTTP {response.status_code}", response)
            if response.status_code >= REDIRECTS_FROM:
                return result(Outcome.BAD_REDIRECT, f"HTTP {response.status_code} without a place to go", response)
            if "," in response.headers.get("content-encoding", ""):  # 64 KB of gzip in gzip become 64 GB at once
                return result(Outcome.TOO_LARGE, "compressed more than once", response)
            chunks, size = [], 0
            for chunk in response.iter_bytes():
                chunks.append(chunk)
                size += len(chunk)
                if size > limits.max_body_bytes:
                    return result(Outcome.TOO_LARGE, f"more than {limits.max_body_bytes:,} bytes", response)
                if time.monotonic() - started > limits.total_timeout_s:
                    return result(Outcome.TIMEOUT, f"not done after {limits.total_timeout_s:.0f} s", response)
            body = b"".join(chunks)
    except httpx.TimeoutException:
        return result(Outcome.TIMEOUT, "no answer in time")
    except (httpx.TooManyRedirects, httpx.UnsupportedProtocol) as error:
        return result(Outcome.BAD_REDIRECT, str(error))
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # UnicodeError: a host that no name server knows
        return result(Outcome.UNREACHABLE, f"{type(error).__name__}: {error}")
    sha256 = hashlib.sha256(body).hexdigest()
    unchanged = sha256 == state.body_sha256
    return FetchResult(
        source_id=source.id,
        fetched_at=now,
        outcome=Outcome.UNCHANGED if unchanged else Outcome.OK,
        elapsed_s=time.monotonic() - started,
        http_status=response.status_code,
        body=None if unchanged else body,
        content_type=response.headers.get("content-type", ""),
        body_sha256=sha256,
        etag=response.headers.get("etag"),
        last_modified=response.headers.get("last-modified"),
    )


def _validators(state: FetchState) -> dict[bytes, bytes]:
    validators = {b"If-None-Match": state.etag, b"If-Modified-Since": state.last_modified}
    # As bytes, for httpx raises at text beyond ASCII, and an ETag may hold some (RFC 9110, section 8.8.3).
    return {name: value.encode("utf-8", "replace") for name, value in validators.items() if value}


def _error_outcome(status: int) -> Outcome:
    if status == httpx.codes.GONE:
        return Outcome.GONE
    if status in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
        return Outcome.RATE_LIMITED
    return Outcome.HTTP_ERROR


def _retry_after_s(response: httpx.Response, now: datetime) -> int | None:
    """Seconds to wait, from a Retry-After of either form (RFC 9110, section 10.2.3)."""
    value = response.headers.get("retry-after", "").strip()
    if value.isdecimal():  # `isdigit` is also true of "²", which `int` refuses
        return int(value[:9])
    moment = parse_date(value)
    return int((moment - now).total_seconds()) if moment else None
