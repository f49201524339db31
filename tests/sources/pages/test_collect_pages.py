"""Fetching pages: what robots.txt forbids is never asked for, and each host is asked one page at a time."""

from __future__ import annotations

import gzip
import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from fakes import at
from hostile_bodies import ending_page_1

from sources.http.client import FetchLimits
from sources.model import Outcome, PageResult, PageText, RobotsFile, WantedPage
from sources.pages import collect_pages as module
from sources.pages.collect_pages import PageBudget, Read, collect_pages
from sources.pages.page_spool import FetchedBody, PageSpool
from sources.parser_pool import ParserPool

NOW = at("2026-08-12T12:00")
LIMITS = FetchLimits(requests_at_once=8, domain_pause_s=0.0)
OWN = replace(
    LIMITS,
    connect_timeout_s=2,
    read_timeout_s=0.3,
    total_timeout_s=1,
    allowed_hosts=frozenset({"127.0.0.1"}),
)
BUDGET = PageBudget()
Answer = httpx.Response | Exception
NOT_FOUND = httpx.Response(404)


def wanted(*urls: str) -> list[WantedPage]:
    return [
        WantedPage(article_id=number, source_id="wire", url=url, title="Chip rule", language="en")
        for number, url in enumerate(urls)
    ]


def read(body: bytes, _content_type: str, _wanted: WantedPage) -> PageText | tuple[Outcome, str]:
    return PageText(text=body.decode("utf-8", "replace"), extractor="test")


class Web:
    """Answers for public hosts, by address; keeps what was asked and when, and how many at once of a host."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, pages: Mapping[str, Answer], spool: PageSpool
    ) -> None:
        self.spool = spool
        self.pages, self.asked, self.times = pages, list[str](), list[float]()
        self.most, self._now, self._lock = Counter[str](), Counter[str](), threading.Lock()
        transport = httpx.MockTransport(self._answer)
        monkeypatch.setattr(module, "new_client", lambda _limits: httpx.Client(transport=transport))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        url, host = str(request.url), request.url.host
        with self._lock:
            self.asked.append(url)
            self.times.append(time.monotonic())
            self._now[host] += 1
            self.most[host] = max(self.most[host], self._now[host])
        threading.Event().wait(0.001)
        with self._lock:
            self._now[host] -= 1
        answer = self.pages.get(url, NOT_FOUND if url.endswith("/robots.txt") else httpx.Response(200))
        if isinstance(answer, Exception):
            raise answer
        stream = httpx.ByteStream(answer.content)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=stream)

    def collect(
        self,
        *urls: str,
        robots: Mapping[str, RobotsFile] | None = None,
        limits: FetchLimits = LIMITS,
        budget: PageBudget = BUDGET,
        read: Read = read,
    ) -> list[PageResult]:
        found = list(collect_pages(wanted(*urls), robots or {}, read, NOW, limits, budget, self.spool))
        self.robots = [one for one in found if isinstance(one, RobotsFile)]
        results = [one for one in found if isinstance(one, PageResult)]
        self.spool.forget(one.wanted.article_id for one in results)
        return sorted(results, key=lambda one: one.wanted.article_id)


NewWeb = Callable[[Mapping[str, Answer]], Web]


@pytest.fixture
def spool(tmp_path: Path) -> PageSpool:
    return PageSpool(tmp_path / "pages")


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch, spool: PageSpool) -> NewWeb:
    return lambda pages: Web(monkeypatch, pages, spool)


def page(text: str = "Text.") -> httpx.Response:
    return httpx.Response(200, html=text)


def moved(to: str, status: int = 301) -> httpx.Response:
    return httpx.Response(status, headers={"Location": to})


def rules(text: str) -> httpx.Response:
    return httpx.Response(200, text=text)


FORBID = rules("User-agent: *\nDisallow: /private/")


def test_page_is_fetched_and_read(web: NewWeb) -> None:
    found = web({"https://one.example/a/1": page("Whole text.")})
    (only,) = found.collect("https://one.example/a/1")
    assert (only.outcome, only.http_status, only.final_url) == (Outcome.OK, 200, "https://one.example/a/1")
    assert only.page and only.page.text == "Whole text."
    assert found.asked == ["https://one.example/robots.txt", "https://one.example/a/1"]


def test_request_names_us_and_the_operator(monkeypatch: pytest.MonkeyPatch, spool: PageSpool) -> None:
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["User-Agent"])
        return httpx.Response(200)

    transport = httpx.MockTransport(handle)
    monkeypatch.setattr(module, "new_client", lambda _: httpx.Client(transport=transport))
    limits = replace(LIMITS, contact="https://ours.example/bot")
    list(collect_pages(wanted("https://one.example/a"), {}, read, NOW, limits, BUDGET, spool))
    assert set(seen) == {"watchfloor/0.1 (+https://ours.example/bot; news and policy monitor; feed reader)"}


# robots.txt


def test_forbidden_page_is_never_asked_for(web: NewWeb) -> None:
    found = web({"https://one.example/robots.txt": FORBID})
    urls = [f"https://one.example/{kind}/{n}" for n in range(5) for kind in ("private", "open")]
    outcomes = Counter(one.outcome for one in found.collect(*urls))
    assert outcomes == {Outcome.ROBOTS_DISALLOWED: 5, Outcome.OK: 5}
    assert not [url for url in found.asked if "/private/" in url]
    assert found.asked.count("https://one.example/robots.txt") == 1


@pytest.mark.parametrize(
    "pages",
    [
        {
            "https://one.example/a": moved("https://two.example/private/a"),
            "https://two.example/robots.txt": FORBID,
        },
        {
            "https://one.example/a": moved("https://www.one.example/private/a"),
            "https://www.one.example/robots.txt": FORBID,
        },
        {"https://one.example/a": moved("/private/a"), "https://one.example/robots.txt": FORBID},
        {
            "https://one.example/a": moved("https://one.example:8443/private/a"),
            "https://one.example:8443/robots.txt": FORBID,
        },
    ],
)
def test_forbidden_target_of_a_redirect_is_never_asked_for(web: NewWeb, pages: Mapping[str, Answer]) -> None:
    found = web(pages)
    (only,) = found.collect("https://one.example/a")
    assert only.outcome is Outcome.ROBOTS_DISALLOWED
    assert not [url for url in found.asked if "/private/" in url]


def test_redirect_is_followed_after_asking_the_other_host(web: NewWeb) -> None:
    found = web({"http://one.example/a": moved("https://www.two.example/b", 302)})
    (only,) = found.collect("http://one.example/a")
    assert (only.outcome, only.final_url) == (Outcome.OK, "https://www.two.example/b")
    assert found.asked[2:] == ["https://www.two.example/robots.txt", "https://www.two.example/b"]


@pytest.mark.parametrize("trouble", [httpx.Response(500), httpx.ReadTimeout(""), httpx.ConnectError("")])
def test_page_waits_while_robots_cannot_be_read(web: NewWeb, trouble: Answer) -> None:
    found = web({"https://one.example/robots.txt": trouble})
    results = found.collect("https://one.example/1", "https://one.example/2", "https://two.example/")
    assert [one.outcome for one in results] == [Outcome.POSTPONED, Outcome.POSTPONED, Outcome.OK]
    assert "robots.txt could not be read" in results[0].message
    assert [url for url in found.asked if "one.example" in url] == ["https://one.example/robots.txt"]


def test_robots_of_today_is_not_asked_for_again(web: NewWeb) -> None:
    known = RobotsFile(
        origin="https://one.example",
        fetched_at=NOW - timedelta(hours=20),
        outcome=Outcome.OK,
        rules="User-agent: *\nDisallow: /private/",
    )
    found = web({})
    robots = {known.origin: known}
    results = found.collect("https://one.example/private/1", "https://one.example/2", robots=robots)
    assert [one.outcome for one in results] == [Outcome.ROBOTS_DISALLOWED, Outcome.OK]
    assert (found.asked, found.robots) == (["https://one.example/2"], [])
    old = {known.origin: replace(known, fetched_at=NOW - timedelta(hours=25))}
    found.collect("https://one.example/2", robots=old)
    assert [(file.origin, file.outcome) for file in found.robots] == [
        ("https://one.example", Outcome.HTTP_ERROR)
    ]


def test_delay_of_robots_is_kept(web: NewWeb) -> None:
    found = web({"https://one.example/robots.txt": rules("User-agent: *\nCrawl-delay: 0.04")})
    found.collect(*(f"https://one.example/{n}" for n in range(3)))
    assert all(later - earlier >= 0.04 for earlier, later in itertools.pairwise(found.times))


# Pace


def test_one_page_of_a_domain_is_fetched_at_a_time(web: NewWeb) -> None:
    found = web({})
    found.collect(*(f"https://{host}.example/{n}" for n in range(8) for host in ("one", "www.one", "two")))
    assert set(found.most.values()) == {1}


def test_pause_is_kept_between_two_requests_to_a_domain(web: NewWeb) -> None:
    found = web({})
    limits = replace(LIMITS, domain_pause_s=0.03)
    found.collect(*(f"https://one.example/{n}" for n in range(3)), limits=limits)
    assert len(found.times) == 4
    assert all(later - earlier >= 0.03 for earlier, later in itertools.pairwise(found.times))


def test_domain_that_had_enough_of_us_is_left_alone_for_the_run(web: NewWeb) -> None:
    found = web({"https://one.example/1": httpx.Response(429, headers={"Retry-After": "900"})})
    results = found.collect(*(f"https://one.example/{n}" for n in range(5)))
    assert [one.outcome for one in results[:3]] == [Outcome.OK, Outcome.RATE_LIMITED, Outcome.POSTPONED]
    assert {one.retry_after_s for one in results[1:]} == {900}
    assert len(found.asked) == 3


def test_pause_that_robots_asks_for_is_that_of_its_host(web: NewWeb) -> None:
    day = httpx.Response(429, headers={"Retry-After": "86400"})
    found = web(
        {"https://two.example/robots.txt": day, "https://one.example/0": moved("https://two.example/a")}
    )
    (only,) = found.collect("https://one.example/0")
    assert (only.outcome, only.retry_after_s) == (Outcome.RATE_LIMITED, 86_400)
    assert only.final_url == "https://two.example/a"
    assert "https://two.example/a" not in found.asked


def test_redirect_to_a_domain_that_had_enough_waits_too(web: NewWeb) -> None:
    found = web(
        {
            **{f"https://one.example/{n}": moved(f"https://two.example/{n}") for n in range(4)},
            **{f"https://two.example/{n}": httpx.Response(429) for n in range(4)},
        }
    )
    results = found.collect(*(f"https://one.example/{n}" for n in range(4)))
    assert Counter(one.outcome for one in results) == {Outcome.RATE_LIMITED: 1, Outcome.POSTPONED: 3}
    assert len([url for url in found.asked if url.startswith("https://two.example/")]) == 2


# Budget


def test_newest_pages_are_fetched_within_the_budget(web: NewWeb) -> None:
    urls = [f"https://{host}.example/{n}" for n in range(4) for host in ("one", "two", "three")]
    results = web({}).collect(*urls, budget=PageBudget(pages=5, pages_a_domain=2))
    assert [one.wanted.url for one in results] == [*urls[:5]]
    results = web({}).collect(*urls, budget=PageBudget(pages_a_domain=1))
    assert [one.wanted.url for one in results] == urls[:3]
    assert web({}).collect(*urls, budget=PageBudget(pages=0)) == []


def test_no_page_is_begun_when_the_time_is_up(web: NewWeb) -> None:
    found = web({})
    limits, budget = replace(LIMITS, domain_pause_s=60.0), PageBudget(seconds=0.5)
    results = found.collect("https://one.example/1", "https://one.example/2", limits=limits, budget=budget)
    assert (results, found.asked) == ([], ["https://one.example/robots.txt"])
    assert [file.origin for file in found.robots] == ["https://one.example"]


# Faults


@pytest.mark.parametrize("trouble", [httpx.ConnectError("no route"), httpx.ConnectTimeout("")])
def test_machine_that_is_offline_stops_at_once_and_charges_no_page(web: NewWeb, trouble: Exception) -> None:
    urls = [f"https://h{n}.example/a" for n in range(60)]
    found = web({f"https://h{n}.example/robots.txt": trouble for n in range(60)})
    assert found.collect(*urls) == []
    assert found.robots == []
    assert len(found.asked) < 40


def test_one_answer_proves_the_network(web: NewWeb) -> None:
    found = web({f"https://h{n}.example/robots.txt": httpx.ConnectError("") for n in range(1, 9)})
    results = found.collect(*(f"https://h{n}.example/a" for n in range(9)))
    assert Counter(one.outcome for one in results) == {Outcome.OK: 1, Outcome.POSTPONED: 8}


def test_page_that_breaks_its_reader_stops_no_other(web: NewWeb) -> None:
    def breaking(body: bytes, content_type: str, page: WantedPage) -> PageText | tuple[Outcome, str]:
        if page.article_id == 1:
            raise ZeroDivisionError("by mistake")
        return read(body, content_type, page)

    results = web({}).collect(*(f"https://h{n}.example/a" for n in range(3)), read=breaking)
    assert [one.outcome for one in results] == [Outcome.OK, Outcome.PARSER_STOPPED, Outcome.OK]


def test_page_that_kills_its_reader_stops_no_other(web: NewWeb) -> None:
    with ParserPool(workers=1) as parsers:
        results = web({}).collect(
            *(f"https://h{n}.example/a" for n in range(3)),
            read=lambda *page: parsers.call(ending_page_1, *page),
        )
    assert [one.outcome for one in results] == [Outcome.OK, Outcome.PARSER_STOPPED, Outcome.OK]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (httpx.Response(404), Outcome.HTTP_ERROR),
        (httpx.Response(410), Outcome.GONE),
        (httpx.Response(402), Outcome.PAYWALL),
        (httpx.Response(403, headers={"cf-mitigated": "challenge"}), Outcome.CAPTCHA),
        (httpx.Response(500), Outcome.SERVER_ERROR),
        (httpx.ReadTimeout(""), Outcome.TIMEOUT),
        (moved("/"), Outcome.SOFT_404),
        (moved("https://one.example/login?next=/a/1"), Outcome.PAYWALL),
        (moved("https://consent.one.example/?back=x"), Outcome.COOKIE_WALL),
        (moved("/a/1"), Outcome.BAD_REDIRECT),
        (moved("http://one.example/a/1"), Outcome.BAD_REDIRECT),
        (moved("file:///etc/passwd"), Outcome.BAD_REDIRECT),
        (moved("http:///"), Outcome.BAD_REDIRECT),
        (httpx.Response(200, headers={"Content-Length": "6000000"}), Outcome.TOO_LARGE),
    ],
)
def test_answer_that_is_no_article_has_its_name(web: NewWeb, answer: Answer, outcome: Outcome) -> None:
    (only,) = web({"https://one.example/a/1": answer}).collect("https://one.example/a/1")
    assert (only.outcome, only.page) == (outcome, None)


# Redirectors and aggregators


@pytest.mark.parametrize(
    "url",
    ["https://news.google.com/rss/articles/CBMiX0FVX3lx?oc=5", "https://t.co/abc", "https://apple.news/A"],
)
def test_link_that_hides_its_target_is_not_asked_for(web: NewWeb, url: str) -> None:
    found = web({"https://one.example/a": moved(url)})
    results = found.collect(url, "https://one.example/a")
    assert [one.outcome for one in results] == [Outcome.UNRESOLVED_LINK] * 2
    assert found.asked == ["https://one.example/robots.txt", "https://one.example/a"]


HACKER_NEWS = "https://news.ycombinator.com/item?id=1"


def discussed(link: str) -> httpx.Response:
    return page(
        f'<table><tr class="athing"><td><span class="titleline"><a href="{link}">T</a></span></table>'
    )


def test_page_behind_an_aggregators_page_is_the_articles(web: NewWeb) -> None:
    outlets = "https://www.outlet.example/2026/story?utm_source=hn"
    found = web({HACKER_NEWS: discussed(outlets), outlets.partition("?")[0]: page("The story.")})
    (only,) = found.collect(HACKER_NEWS)
    assert only.page and only.page.text == "The story."
    assert only.final_url == "https://www.outlet.example/2026/story"
    assert "https://www.outlet.example/robots.txt" in found.asked


def test_page_behind_an_aggregators_page_needs_leave(web: NewWeb) -> None:
    found = web(
        {
            HACKER_NEWS: discussed("https://outlet.example/private/1"),
            "https://outlet.example/robots.txt": FORBID,
        }
    )
    (only,) = found.collect(HACKER_NEWS)
    assert only.outcome is Outcome.ROBOTS_DISALLOWED
    assert "https://outlet.example/private/1" not in found.asked


def test_aggregator_leads_to_no_host_of_our_own(web: NewWeb) -> None:
    found = web({HACKER_NEWS: discussed("http://127.0.0.1/admin")})
    (only,) = found.collect(HACKER_NEWS, limits=OWN)
    assert only.outcome is Outcome.FORBIDDEN_ADDRESS
    assert not [url for url in found.asked if "127.0.0.1" in url]


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ("https://www.one.example/news/1", "https://www.one.example/news/1"),
        ("/news/1", "https://one.example/news/1"),
        ("https://start.example/news/1?utm_source=x", "https://start.example/news/1"),
        ("https://other.example/news/1", None),
        ("https://one.example/", None),
        ("javascript:void(0)", None),
    ],
)
def test_stated_address_counts_only_within_the_site(web: NewWeb, stated: str, kept: str | None) -> None:
    def stating(_body: bytes, _type: str, _page: WantedPage) -> PageText | tuple[Outcome, str]:
        return PageText(text="x", extractor="test", canonical_url=stated)

    found = web({"https://start.example/a": moved("https://one.example/news/1?page=2")})
    (only,) = found.collect("https://start.example/a", read=stating)
    assert only.page and only.page.canonical_url == kept


# On loopback


class Server(ThreadingHTTPServer):
    """Pages on loopback, with what hostile servers do; knows how many were asked for at once at most."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked, self.most, self.now = list[str](), 0, 0
        self.lock, self.over = threading.Lock(), threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.asked.append(self.path)
            self.server.now += 1
            self.server.most = max(self.server.most, self.server.now)
        try:
            self.answer()
        except OSError:
            pass
        finally:
            with self.server.lock:
                self.server.now -= 1

    def answer(self) -> None:
        match self.path.split("/")[1]:
            case "robots.txt":
                self.send(b"User-agent: *\nDisallow: /private/")
            case "drip":
                self.head("Content-Length: 90000")
                while not self.server.over.wait(0.02):
                    self.wfile.write(b"x")
            case "bomb":
                self.send(gzip.compress(b"\0" * 6_000_000), "Content-Encoding: gzip")
            case "inside":
                self.send(b"", "Location: http://10.0.0.1/a", status=302)
            case "closed":
                self.send(b"", f"Location: {self.server.url}/private/x", status=302)
            case _:
                self.send(b"<p>Text.</p>")

    def send(self, body: bytes, *headers: str, status: int = 200) -> None:
        self.head(f"Content-Length: {len(body)}", *headers, status=status)
        self.wfile.write(body)

    def head(self, *headers: str, status: int = 200) -> None:
        self.wfile.write("\r\n".join([f"HTTP/1.1 {status} X", *headers, "", ""]).encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def test_hostile_pages_on_a_real_server_are_bounded_and_named(
    monkeypatch: pytest.MonkeyPatch, spool: PageSpool
) -> None:
    monkeypatch.setattr("sources.http.client.PAGE_SECONDS", 0.3)
    with serving() as server:
        paths = ("drip", "bomb", "inside", "closed", "private/1", "good/1", "good/2")
        found = list(
            collect_pages(
                wanted(*(f"{server.url}/{path}" for path in paths)), {}, read, NOW, OWN, BUDGET, spool
            )
        )
    results = [one for one in found if isinstance(one, PageResult)]
    assert {one.wanted.url.rpartition(":")[2].partition("/")[2]: one.outcome for one in results} == {
        "drip": Outcome.TIMEOUT,
        "bomb": Outcome.TOO_LARGE,
        "inside": Outcome.FORBIDDEN_ADDRESS,
        "closed": Outcome.ROBOTS_DISALLOWED,
        "private/1": Outcome.ROBOTS_DISALLOWED,
        "good/1": Outcome.OK,
        "good/2": Outcome.OK,
    }
    assert not [path for path in server.asked if "private" in path]


def test_host_of_our_own_is_asked_one_page_at_a_time_without_a_pause(spool: PageSpool) -> None:
    limits = replace(OWN, domain_pause_s=60.0)
    with serving() as server:
        pages = wanted(*(f"{server.url}/good/{number}" for number in range(40)))
        found = list(collect_pages(pages, {}, read, NOW, limits, BUDGET, spool))
    assert Counter(one.outcome for one in found) == {Outcome.OK: 41}
    assert (server.most, len(server.asked)) == (1, 41)


# What a killed run left.


def test_page_that_a_killed_run_fetched_is_read_and_not_asked_for_again(
    web: NewWeb, spool: PageSpool
) -> None:
    found = web({"https://one.example/b": httpx.Response(200, text="Second.")})
    (page,) = wanted("https://one.example/a")
    result = PageResult(
        wanted=page, fetched_at=NOW, outcome=Outcome.OK, elapsed_s=0.1, final_url="https://one.example/a"
    )
    spool.keep(FetchedBody(result=result, passed=(page.url,), content_type="text/html", body=b"First."))
    texts = [
        one.page and one.page.text for one in found.collect("https://one.example/a", "https://one.example/b")
    ]
    assert texts == ["First.", "Second."]
    assert "https://one.example/a" not in found.asked
    assert list(spool.left()) == []


def test_page_is_kept_until_it_is_stored(web: NewWeb, spool: PageSpool) -> None:
    found = web({"https://one.example/a": httpx.Response(200, text="First.")})
    answers = collect_pages(wanted("https://one.example/a"), {}, read, NOW, LIMITS, BUDGET, spool)
    list(answers)
    (left,) = spool.left()
    assert (left.body, left.result.wanted.url, left.result.fetched_at) == (
        b"First.",
        "https://one.example/a",
        NOW,
    )
    assert found.asked


def test_damaged_file_of_a_killed_run_is_deleted(spool: PageSpool, tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    for name, content in {"1.page": b"", "2.page": b"{}\n", "3.page": b"\xff\n\0"}.items():
        (tmp_path / "pages" / name).write_bytes(content)
    assert list(spool.left()) == []
    assert list((tmp_path / "pages").iterdir()) == []
