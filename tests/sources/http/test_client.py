"""Fetching a feed: every response ends in one outcome, and no server can hang, flood or crash a run."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from fakes import at, source

from sources.http.client import FetchLimits, address_of, fetch_feed, new_client
from sources.http.policy import after_fetch
from sources.model import EntryCounts, FetchResult, FetchState, Outcome, Source

NOW = at("2026-08-12T12:00")
WIRE = source("wire")
NEW = FetchState(source_id="wire")
LIMITS = FetchLimits(
    connect_timeout_s=2,
    read_timeout_s=0.3,
    total_timeout_s=0.5,
    max_body_bytes=50_000,
    allowed_hosts=frozenset({"127.0.0.1"}),
)
FEED = b"<rss version='2.0'><channel/></rss>"
OURS = "http://feeds.intranet/feed.xml"
Answer = Callable[[httpx.Request], httpx.Response]


def scripted(answer: Answer | httpx.Response | Exception) -> httpx.Client:
    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        made = answer if isinstance(answer, httpx.Response) else answer(request)
        return httpx.Response(made.status_code, headers=made.headers, stream=httpx.ByteStream(made.content))

    return httpx.Client(transport=httpx.MockTransport(handle))


def remember(result: FetchResult, state: FetchState = NEW) -> FetchState:
    return after_fetch(state, result, EntryCounts(), frozenset())


def ask(
    answer: Answer | httpx.Response | Exception, state: FetchState = NEW, feed: Source = WIRE
) -> FetchResult:
    with scripted(answer) as client:
        return fetch_feed(client, feed, state, NOW, LIMITS)


@contextmanager
def served(
    answer: Callable[[BaseHTTPRequestHandler], None], tls: ssl.SSLContext | None = None
) -> Iterator[Source]:
    """A feed on a real server on loopback that answers every GET by `answer` and keeps its connections
    open.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield replace(WIRE, url=f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}/feed.xml")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(request: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    request.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(body)


def ask_server(answer: Callable[[BaseHTTPRequestHandler], None], state: FetchState = NEW) -> FetchResult:
    with served(answer) as feed, new_client(LIMITS) as client:
        return fetch_feed(client, feed, state, NOW, LIMITS)


# Answers


def test_new_body_comes_with_its_digest_and_validators() -> None:
    result = ask(
        httpx.Response(
            200, content=FEED, headers={"ETag": '"1"', "Last-Modified": "x", "Content-Type": "a/b"}
        )
    )
    assert (result.outcome, result.http_status, result.body) == (Outcome.OK, 200, FEED)
    assert (result.etag, result.last_modified, result.content_type) == ('"1"', "x", "a/b")
    assert (result.source_id, result.fetched_at) == ("wire", NOW)
    assert result.body_sha256


def test_same_body_again_is_unchanged_and_not_handed_on() -> None:
    first = ask(httpx.Response(200, content=FEED))
    again = ask(httpx.Response(200, content=FEED), remember(first))
    assert (again.outcome, again.body, again.body_sha256) == (Outcome.UNCHANGED, None, first.body_sha256)


def test_validators_are_sent_as_they_came() -> None:
    sent: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers)
        return httpx.Response(304)

    ask(answer, replace(NEW, etag='W/"1"', last_modified="Tue, 11 Aug 2026 00:00:00 GMT"))
    assert sent[0]["If-None-Match"] == 'W/"1"'
    assert sent[0]["If-Modified-Since"] == "Tue, 11 Aug 2026 00:00:00 GMT"


def test_first_request_is_unconditional() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert not {"if-none-match", "if-modified-since"} & request.headers.keys()
        return httpx.Response(200)

    assert ask(answer).outcome is Outcome.OK


@pytest.mark.parametrize("etag", ['"é"', '"–"', '"\ud800"'])
def test_etag_beyond_ascii_can_be_sent_back(etag: str) -> None:
    assert ask(httpx.Response(304), replace(NEW, etag=etag)).outcome is Outcome.NOT_MODIFIED


def test_not_modified_has_no_body() -> None:
    result = ask(httpx.Response(304))
    assert (result.outcome, result.http_status, result.body, result.body_sha256) == (
        Outcome.NOT_MODIFIED,
        304,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, Outcome.HTTP_ERROR),
        (403, Outcome.HTTP_ERROR),
        (404, Outcome.HTTP_ERROR),
        (410, Outcome.GONE),
        (429, Outcome.RATE_LIMITED),
        (500, Outcome.SERVER_ERROR),
        (503, Outcome.RATE_LIMITED),
        (502, Outcome.SERVER_ERROR),
        (999, Outcome.HTTP_ERROR),
    ],
)
def test_error_of_the_server_is_an_outcome_with_its_status(status: int, outcome: Outcome) -> None:
    result = ask(httpx.Response(status, content=b"<html>"))
    assert (result.outcome, result.http_status, result.message, result.body) == (
        outcome,
        status,
        f"HTTP {status}",
        None,
    )


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("120", 120),
        ("Wed, 12 Aug 2026 13:00:00 GMT", 3_600),
        ("Wed, 12 Aug 2026 11:00:00 GMT", -3_600),
        ("Wed, 12 Aug 2026 13:00:00 -0000", 3_600),
        ("9" * 5_000, 999_999_999),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("Wed, 99 Aug 99999 13:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms_or_ignored(stated: str, seconds: int | None) -> None:
    result = ask(httpx.Response(429, headers=[(b"Retry-After", stated.encode())]))
    assert (result.outcome, result.retry_after_s) == (Outcome.RATE_LIMITED, seconds)


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        (httpx.ConnectTimeout("slow"), Outcome.TIMEOUT),
        (httpx.ReadTimeout("slow"), Outcome.TIMEOUT),
        (httpx.PoolTimeout("slow"), Outcome.TIMEOUT),
        (httpx.ConnectError("name unknown"), Outcome.UNREACHABLE),
        (httpx.RemoteProtocolError("broken"), Outcome.BAD_RESPONSE),
        (httpx.InvalidURL("broken"), Outcome.BAD_REDIRECT),
    ],
)
def test_trouble_on_the_way_is_an_outcome(trouble: Exception, outcome: Outcome) -> None:
    result = ask(trouble)
    assert (result.outcome, result.http_status, result.body) == (outcome, None, None)
    assert result.message


# Redirects


def test_redirect_is_followed() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        moved = request.url.path == "/feed.xml"
        return (
            httpx.Response(301, headers={"Location": "/new.xml"})
            if moved
            else httpx.Response(200, content=FEED)
        )

    assert ask(answer).body == FEED


@pytest.mark.parametrize(
    ("location", "outcome"),
    [
        ("/feed.xml", Outcome.BAD_REDIRECT),
        ("file:///etc/passwd", Outcome.BAD_REDIRECT),
        ("ftp://wire.example/", Outcome.BAD_REDIRECT),
        ("http://[::1", Outcome.BAD_RESPONSE),
        ("javascript:alert(1)", Outcome.BAD_REDIRECT),
    ],
)
def test_redirect_to_nowhere_is_an_outcome(location: str, outcome: Outcome) -> None:
    assert ask(httpx.Response(302, headers={"Location": location})).outcome is outcome


@pytest.mark.parametrize("host", ["a..b", "a" * 300 + ".example"])
def test_redirect_to_a_host_without_an_address_is_reported(host: str) -> None:
    result = ask_server(lambda request: send(request, 302, Location=f"http://{host}/"))
    assert result.outcome is Outcome.DNS_UNKNOWN


@pytest.mark.parametrize("status", [300, 301, 302, 305])
def test_redirect_without_location_is_an_outcome(status: int) -> None:
    result = ask(httpx.Response(status, content=b"<html>moved</html>"))
    assert (result.outcome, result.http_status, result.body) == (Outcome.BAD_REDIRECT, status, None)


def redirecting(*statuses: int) -> Answer:
    """Redirects once for each status, then answers with a feed."""

    def answer(request: httpx.Request) -> httpx.Response:
        step = int(request.url.path.strip("/") or 0) if request.url.path != "/feed.xml" else 0
        if step == len(statuses):
            return httpx.Response(200, content=FEED)
        return httpx.Response(statuses[step], headers={"Location": f"/{step + 1}"})

    return answer


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [
        ((), False),
        ((301,), True),
        ((308, 301), True),
        ((302,), False),
        ((301, 302), False),
        ((307, 308), False),
    ],
)
def test_only_a_chain_of_permanent_redirects_moves_a_feed(statuses: tuple[int, ...], moved: bool) -> None:
    result = ask(redirecting(*statuses))
    assert result.body == FEED
    assert result.moved_to == (f"https://wire.example/{len(statuses)}" if moved else None)


@pytest.mark.parametrize(
    ("location", "moved"),
    [
        ("https://new.example/", True),
        ("https://me:secret@new.example/", False),
        ("https://new.example/?api_key=secret", False),
    ],
)
def test_feed_is_not_remembered_where_it_is_less_private(location: str, moved: bool) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        there = request.url.host == "new.example"
        return (
            httpx.Response(200, content=FEED)
            if there
            else httpx.Response(301, headers={"Location": location})
        )

    result = ask(answer)
    assert (result.body, result.moved_to is not None) == (FEED, moved)


def test_allowed_host_is_not_reached_by_a_public_hosts_redirect() -> None:
    limits = replace(LIMITS, allowed_hosts=frozenset({"feeds.intranet"}))

    def answer(request: httpx.Request) -> httpx.Response:
        there = request.url.host == "feeds.intranet"
        return httpx.Response(200, content=FEED) if there else httpx.Response(302, headers={"Location": OURS})

    with scripted(answer) as client:
        assert fetch_feed(client, WIRE, NEW, NOW, limits).outcome is Outcome.FORBIDDEN_ADDRESS
        assert fetch_feed(client, replace(WIRE, url=OURS), NEW, NOW, limits).outcome is Outcome.OK


def test_five_redirects_are_followed_and_no_more() -> None:
    assert ask(redirecting(*[302] * 5)).outcome is Outcome.OK
    assert ask(redirecting(*[302] * 6)).outcome is Outcome.BAD_REDIRECT


def test_feed_that_moved_is_fetched_at_its_new_address_unless_the_catalog_changed() -> None:
    state = replace(NEW, catalog_url=WIRE.url, moved_to="https://new.example/feed")
    assert address_of(WIRE, state) == "https://new.example/feed"
    assert address_of(replace(WIRE, url="https://corrected.example/"), state) == "https://corrected.example/"


# What a server says of itself


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Cache-Control": "public, max-age=900"}, 900),
        ({"Cache-Control": "MAX-AGE=900"}, 900),
        ({"Cache-Control": 'max-age="900"'}, 900),
        ({"Cache-Control": "max-age=900, no-cache"}, None),
        ({"Cache-Control": "no-store"}, None),
        ({"Cache-Control": "max-age=soon"}, None),
        ({"Cache-Control": "max-age=" + "9" * 400}, 999_999_999),
        ({"Date": "Wed, 12 Aug 2026 12:00:00 GMT", "Expires": "Wed, 12 Aug 2026 12:30:00 GMT"}, 1_800),
        ({"Date": "Wed, 12 Aug 2026 12:00:00 GMT", "Expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0),
        ({"Date": "Wed, 12 Aug 2026 12:00:00 GMT", "Expires": "-1"}, None),
        (
            {
                "Cache-Control": "max-age=60",
                "Date": "Wed, 12 Aug 2026 12:00:00 GMT",
                "Expires": "Wed, 12 Aug 2026 13:00:00 GMT",
            },
            60,
        ),
    ],
)
def test_freshness_is_read_from_max_age_and_else_from_expires(
    headers: dict[str, str], seconds: int | None
) -> None:
    assert ask(httpx.Response(200, content=FEED, headers=headers)).fresh_for_s == seconds


def test_feed_with_false_validators_is_fetched_without_them() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert not {"if-none-match", "if-modified-since"} & request.headers.keys()
        return httpx.Response(200, content=FEED)

    result = ask(answer, replace(NEW, etag='"1"', last_modified="x", validators_honest=False))
    assert (result.outcome, result.conditional) == (Outcome.OK, False)


def test_cookies_are_not_kept() -> None:
    seen: list[str | None] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.headers["Cookie"])
        send(request, 200, FEED, Set_Cookie="who=we")

    with served(answer) as feed, new_client(LIMITS) as client:
        fetch_feed(client, feed, NEW, NOW, LIMITS)
        fetch_feed(client, feed, NEW, NOW, LIMITS)
    assert seen == [None, None]


def test_cookies_are_sent_back_within_a_chain_of_redirects_and_then_forgotten() -> None:
    """Some servers redirect to the same address until their cookie comes back."""
    seen: list[str | None] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.headers["Cookie"])
        if request.headers["Cookie"]:
            send(request, 200, FEED)
        else:
            send(request, 302, Set_Cookie="who=we; Path=/", Location="/feed.xml")

    with served(answer) as feed, new_client(LIMITS) as client:
        results = [fetch_feed(client, feed, NEW, NOW, LIMITS) for _ in range(2)]
    assert [result.outcome for result in results] == [Outcome.OK, Outcome.OK]
    assert seen == [None, "who=we", None, "who=we"]


# A real server


def test_request_names_the_program_and_the_formats() -> None:
    seen: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        seen.extend((request.headers["User-Agent"], request.headers["Accept"]))
        send(request, 200, FEED)

    assert ask_server(answer).body == FEED
    assert seen[0].startswith("watchfloor/")
    assert "application/rss+xml" in seen[1]


def test_gzipped_body_is_unpacked() -> None:
    result = ask_server(lambda request: send(request, 200, gzip.compress(FEED), Content_Encoding="gzip"))
    assert result.body == FEED


def test_broken_gzip_is_a_bad_response() -> None:
    result = ask_server(lambda request: send(request, 200, b"\x1f\x8b no gzip", Content_Encoding="gzip"))
    assert result.outcome is Outcome.BAD_RESPONSE


def test_conditional_request_is_answered_not_modified() -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        if request.headers["If-None-Match"] == '"1"':
            send(request, 304)
        else:
            send(request, 200, FEED, ETag='"1"')

    first = ask_server(answer)
    assert ask_server(answer, remember(first)).outcome is Outcome.NOT_MODIFIED


def test_body_of_a_304_is_not_taken_for_the_answer_of_the_next_feed() -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 304 Not Modified\r\n\r\n<html>Not modified</html>")

    state = replace(NEW, etag='"1"')
    with served(answer) as feed, new_client(LIMITS) as client:
        outcomes = [fetch_feed(client, feed, state, NOW, LIMITS).outcome for _ in range(3)]
    assert outcomes == [Outcome.NOT_MODIFIED] * 3


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def test_unmodified_feed_is_fetched_over_one_tls_connection(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections: set[object] = set()

    def answer(request: BaseHTTPRequestHandler) -> None:
        connections.add(request.client_address)
        known = request.headers["If-None-Match"]
        send(request, 304 if known else 200, b"" if known else FEED, ETag='"1"')

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with served(answer, tls) as feed, new_client(LIMITS) as client:
        state = remember(fetch_feed(client, feed, NEW, NOW, LIMITS))
        outcomes = [fetch_feed(client, feed, state, NOW, LIMITS).outcome for _ in range(3)]
    assert outcomes == [Outcome.NOT_MODIFIED] * 3
    assert len(connections) == 1


@pytest.mark.parametrize(("host", "is_trusted"), [("127.0.0.1", False), ("localhost", True)])
def test_server_with_an_untrusted_certificate_gets_no_request(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch, host: str, is_trusted: bool
) -> None:
    asked: list[str] = []
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    limits = replace(LIMITS, allowed_hosts=frozenset({"127.0.0.1", "localhost"}))
    with served(lambda request: asked.append(request.path), tls) as feed, new_client(limits) as client:
        feed = replace(feed, url=feed.url.replace("127.0.0.1", host))
        assert fetch_feed(client, feed, NEW, NOW, limits).outcome is Outcome.TLS_ERROR
    assert asked == []


def test_body_longer_than_allowed_is_not_kept() -> None:
    result = ask_server(lambda request: send(request, 200, b"x" * 60_000))
    assert (result.outcome, result.body, result.message) == (
        Outcome.TOO_LARGE,
        None,
        "60000 bytes, more than 50,000",
    )


def test_endless_body_is_cut_off() -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        try:
            while True:
                request.wfile.write(b"x" * 10_000)
        except OSError:
            request.close_connection = True

    assert ask_server(answer).outcome is Outcome.TOO_LARGE


def test_body_that_unpacks_to_more_than_allowed_is_not_kept() -> None:
    bomb = gzip.compress(b"\0" * 5_000_000)
    result = ask_server(lambda request: send(request, 200, bomb, Content_Encoding="gzip"))
    assert (result.outcome, result.body) == (Outcome.TOO_LARGE, None)


def test_body_packed_twice_is_not_unpacked() -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 1_000_000))
    result = ask_server(lambda request: send(request, 200, bomb, Content_Encoding="gzip, gzip"))
    assert (result.outcome, result.message) == (
        Outcome.BAD_RESPONSE,
        "compressed as 'gzip, gzip', which was not asked for",
    )


def test_server_that_never_answers_times_out() -> None:
    over = threading.Event()

    def answer(request: BaseHTTPRequestHandler) -> None:
        over.wait(10)

    with served(answer) as feed, new_client(LIMITS) as client:
        result = fetch_feed(client, feed, NEW, NOW, LIMITS)
        over.set()
    assert result.outcome is Outcome.TIMEOUT
    assert result.elapsed_s < 5


def test_body_that_drips_is_given_up_after_the_total_time() -> None:
    over = threading.Event()

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        try:
            while not over.wait(0.02):  # each drop well within the read timeout
                request.wfile.write(b"x")
        except OSError:
            request.close_connection = True

    with served(answer) as feed, new_client(LIMITS) as client:
        result = fetch_feed(client, feed, NEW, NOW, LIMITS)
        over.set()
    assert result.outcome is Outcome.TIMEOUT
    assert result.elapsed_s < 5


def test_body_shorter_than_announced_is_a_bad_response() -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        send(request, 200, b"half", Content_Length="100")
        request.close_connection = True

    assert ask_server(answer).outcome is Outcome.BAD_RESPONSE


def test_refused_connection_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with new_client(LIMITS) as client:
        result = fetch_feed(client, replace(WIRE, url=f"http://127.0.0.1:{port}/"), NEW, NOW, LIMITS)
    assert (result.outcome, result.http_status) == (Outcome.UNREACHABLE, None)
    assert result.message.startswith("ConnectError")


@pytest.mark.parametrize("url", ["", "feed.xml", "file:///etc/passwd", "http://[::1", "http://"])
def test_feed_without_a_usable_address_is_an_outcome(url: str) -> None:
    with new_client(LIMITS) as client:
        result = fetch_feed(client, replace(WIRE, url=url), NEW, NOW, LIMITS)
    assert not result.outcome.succeeded
