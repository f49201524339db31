"""robots.txt: what it forbids is never asked for, however it is written, and nothing in it does harm."""

from __future__ import annotations

import time
from datetime import timedelta

import httpx
import pytest
from fakes import at
from hypothesis import example, given
from hypothesis import strategies as st

from sources.http.client import FetchLimits
from sources.model import Outcome, RobotsFile
from sources.pages.robots import MAX_BYTES, Robots, decode_robots, fetch_robots, is_fresh, origin_of

NOW = at("2026-08-12T12:00")
ORIGIN = "https://one.example"
FORBIDDING = "User-agent: *\nDisallow: /"


def robots(body: bytes | str, outcome: Outcome = Outcome.OK) -> Robots:
    rules = decode_robots(body.encode() if isinstance(body, str) else body)
    return Robots(RobotsFile(origin=ORIGIN, fetched_at=NOW, outcome=outcome, rules=rules))


def allows(body: bytes | str, path: str = "/a/1") -> bool:
    return robots(body).may_fetch(ORIGIN + path)


@pytest.mark.parametrize(
    "body",
    [
        FORBIDDING,
        "user-agent:*\ndisallow:/",
        "User-agent: *\rDisallow: /\r",
        "User-agent: *\r\nDisallow: /a/*\r\n",
        "# a comment\n\nUser-agent: * # all\nDisallow: /a/ # articles",
        "User-agent: watchfloor\nDisallow: /\n\nUser-agent: *\nAllow: /",
        "User-agent: WatchFloor/2.0\nDisallow: /\n\nUser-agent: *\nAllow: /",
        "User-agent: Googlebot\nUser-agent: watchfloor\nUser-agent: other\nDisallow: /\n",
        "User-agent watchfloor\nDisallow: /a/1$",
        "Disallow: /x\nUser-agent: *\nDisallow: /\nSitemap: /s.xml",
        b"\xef\xbb\xbf" + FORBIDDING.encode(),
        FORBIDDING.encode("utf-16"),
        b"\0".join(bytes([byte]) for byte in FORBIDDING.encode()),
        FORBIDDING.encode() + b"\n# \xff\xfe\x00 broken",
        FORBIDDING.encode() + b"\n" + b"# much\n" * 2_000_000,
    ],
)
def test_page_that_is_forbidden_in_any_spelling_is_forbidden(body: bytes | str) -> None:
    assert not allows(body)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<!doctype html><html><title>Not found</title><body>User-agent: x</body></html>",
        "User-agent: *\nDisallow:",
        "User-agent: Googlebot\nDisallow: /",
        "User-agent: watch\nDisallow: /",
        "User-agent: *\nDisallow: /\n\nUser-agent: watchfloor\nAllow: /",
        "User-agent: *\nDisallow: /\nAllow: /a/",
        "User-agent: *\nDisallow: /a/1/",
        "Disallow: /",
    ],
)
def test_page_that_is_not_forbidden_is_allowed(body: str) -> None:
    assert allows(body)


def test_delay_of_our_group_is_obeyed() -> None:
    assert robots("User-agent: *\nCrawl-delay: 7\n\nUser-agent: x\nCrawl-delay: 50").delay_s == 7


def test_delay_longer_than_a_minute_allows_nothing_and_says_why() -> None:
    assert "600 s between requests" in robots("User-agent: *\nCrawl-delay: 600").why_not


@pytest.mark.parametrize("delay", ["soon", "-1", "nan", "inf", "1e999", ""])
def test_delay_that_is_no_number_is_none(delay: str) -> None:
    assert robots(f"User-agent: *\nCrawl-delay: {delay}").delay_s == 0


def test_file_of_many_crawlers_and_rules_is_read_at_once() -> None:
    names = "".join(f"User-agent: bot{number}\n" for number in range(14_000))
    rules = "".join(f"Disallow: /{number}\n" for number in range(14_000))
    started = time.process_time()
    assert not allows(f"{names}User-agent: *\n{rules}", "/77/x")
    assert allows(names + rules, "/77/x")
    assert time.process_time() - started < 2


@given(st.binary(max_size=600) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
@example(b"User-agent:\nDisallow: /%\nAllow: *$*$\nCrawl-delay: 1e9\nRequest-rate: 0/0\nVisit-time: 9")
@example(b"\xfe\xff\xd8")
def test_no_bytes_raise(body: bytes) -> None:
    found = robots(body)
    assert found.may_fetch(f"{ORIGIN}/a?b=%ff#c") in (True, False)
    assert found.delay_s >= 0


@given(
    st.lists(
        st.sampled_from(
            [
                "User-agent: *",
                "User-agent: watchfloor",
                "User-agent: b",
                "Disallow: /a",
                "Allow: /a/1",
                "",
                "x",
            ]
        ),
        max_size=12,
    )
)
def test_crawlers_that_are_left_out_change_no_rule_of_ours(lines: list[str]) -> None:
    from protego import Protego

    text = "\n".join(lines)
    assert allows(text) == Protego.parse(text).can_fetch(f"{ORIGIN}/a/1", "watchfloor")


# Fetching


def fetched(answer: httpx.Response | Exception) -> RobotsFile:
    def handle(_request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(
            answer.status_code, headers=answer.headers, stream=httpx.ByteStream(answer.content)
        )

    with httpx.Client(transport=httpx.MockTransport(handle)) as client:
        return fetch_robots(client, ORIGIN, NOW, FetchLimits())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_file_that_is_not_there_allows_everything(status: int) -> None:
    file = fetched(httpx.Response(status))
    assert (file.http_status, Robots(file).why_not) == (status, "")
    assert Robots(file).may_fetch(f"{ORIGIN}/a")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(503),
        httpx.Response(429),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
    ],
)
def test_file_that_cannot_be_read_allows_nothing_now(answer: httpx.Response | Exception) -> None:
    file = fetched(answer)
    assert f"could not be read: {file.outcome}" in Robots(file).why_not


def test_file_is_cut_at_500_kib() -> None:
    late = FORBIDDING.encode().rjust(MAX_BYTES + 100, b"\n")
    file = fetched(httpx.Response(200, content=late))
    assert (file.outcome, len(file.rules)) == (Outcome.OK, MAX_BYTES)


def test_file_is_kept_for_a_day_and_a_failure_for_less_than_a_run() -> None:
    known = fetched(httpx.Response(200, text=FORBIDDING))
    failed = fetched(httpx.Response(500))
    assert is_fresh(known, NOW + timedelta(hours=23)) and not is_fresh(known, NOW + timedelta(hours=24))
    assert is_fresh(failed, NOW) and not is_fresh(failed, NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://One.example:443/a?b", "https://one.example"),
        ("http://one.example:8080/", "http://one.example:8080"),
        ("https://user:pass@[::1]:8443/x", "https://[::1]:8443"),
        ("ftp://one.example/", ""),
        ("file:///etc/passwd", ""),
        ("http://[broken", ""),
        ("http://one.example:99999/", ""),
        ("", ""),
    ],
)
def test_origin_is_scheme_host_and_unusual_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin
