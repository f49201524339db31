"""Fetching many feeds.

One result each, domains in parallel, the feeds of one domain one by one with a pause.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fakes import at, source
from hypothesis import given
from hypothesis import strategies as st

from sources.collector import Collected, FeedErrands, Fetch, Job, Parse
from sources.http.client import FetchLimits
from sources.http.scheduler import collect
from sources.model import FetchResult, FetchState, Outcome, ParsedFeed, Source

NOW = at("2026-08-12T12:00")
LIMITS = FetchLimits(requests_at_once=8, domain_pause_s=0.0)
EMPTY = ParsedFeed(articles=(), rejections=())


def feeds(*urls: str) -> list[Job]:
    return [
        (replace(source(f"f{number}"), url=url), FetchState(source_id=f"f{number}", catalog_url=url))
        for number, url in enumerate(urls)
    ]


def answer(source: Source, outcome: Outcome = Outcome.OK, **more: object) -> FetchResult:
    body = b"x" if outcome is Outcome.OK else None
    return FetchResult(source_id=source.id, fetched_at=NOW, outcome=outcome, elapsed_s=0.0, body=body, **more)  # type: ignore[arg-type]


def answering(source: Source, _state: FetchState) -> FetchResult:
    return answer(source)


def parsed(_source: Source, _state: FetchState, _result: FetchResult) -> ParsedFeed | FetchResult:
    return EMPTY


def collected(jobs: list[Job], ask: Fetch = answering, limits: FetchLimits = LIMITS) -> list[Collected]:
    return list(asked(jobs, ask, limits=limits))


def asked(
    jobs: list[Job], ask: Fetch, parse: Parse = parsed, limits: FetchLimits = LIMITS
) -> Iterator[Collected]:
    return collect(jobs, FeedErrands(ask, parse, limits), limits.requests_at_once)


@given(st.lists(st.integers(0, 6), max_size=40), st.integers(1, 9))
def test_every_feed_ends_in_one_answer(domains: list[int], at_once: int) -> None:
    jobs = feeds(*(f"https://d{domain}.example/{number}" for number, domain in enumerate(domains)))
    answers = collected(jobs, limits=replace(LIMITS, requests_at_once=at_once))
    assert sorted(one.source.id for one in answers) == sorted(feed.id for feed, _ in jobs)


def test_body_is_parsed_and_not_handed_on() -> None:
    (only,) = collected(feeds("https://one.example/"))
    assert (only.parsed, only.result.body) == (EMPTY, None)


def test_body_that_cannot_be_parsed_has_a_reason() -> None:
    def refused(_source: Source, _state: FetchState, result: FetchResult) -> ParsedFeed | FetchResult:
        return replace(result, outcome=Outcome.NOT_A_FEED, message="a web page")

    (only,) = asked(feeds("https://one.example/"), answering, refused)
    assert (only.parsed, only.result.outcome, only.result.message) == (None, Outcome.NOT_A_FEED, "a web page")


class Crowd:
    """Answers every feed, and knows how many were being asked at once at most."""

    def __init__(self) -> None:
        self.most = self._now = 0
        self._lock, self._never = threading.Lock(), threading.Event()

    def ask(self, source: Source, _state: FetchState) -> FetchResult:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        self._never.wait(0.002)  # room for another thread to come in
        with self._lock:
            self._now -= 1
        return answer(source)


def test_feeds_of_one_domain_are_fetched_one_at_a_time() -> None:
    crowd = Crowd()
    hosts = ["www", "m", "feeds", "a"] * 3
    collected(feeds(*(f"https://{host}.one.example/{n}" for n, host in enumerate(hosts))), crowd.ask)
    assert crowd.most == 1


def test_feeds_of_one_domain_are_fetched_with_a_pause_between() -> None:
    seen: list[float] = []

    def ask(source: Source, _state: FetchState) -> FetchResult:
        seen.append(time.monotonic())
        return answer(source)

    collected(
        feeds(*(f"https://one.example/{n}" for n in range(3))), ask, replace(LIMITS, domain_pause_s=0.05)
    )
    assert all(later - earlier >= 0.05 for earlier, later in itertools.pairwise(seen))


def test_domains_are_fetched_in_parallel() -> None:
    together = threading.Barrier(3, timeout=5)

    def ask(source: Source, _state: FetchState) -> FetchResult:
        together.wait()  # passes only once three feeds are being asked
        return answer(source)

    assert len(collected(feeds(*(f"https://d{n}.example/" for n in range(3))), ask)) == 3


def test_host_of_our_own_is_not_paced() -> None:
    together = threading.Barrier(3, timeout=5)

    def ask(source: Source, _state: FetchState) -> FetchResult:
        together.wait()
        return answer(source)

    limits = replace(LIMITS, domain_pause_s=60.0, allowed_hosts=frozenset({"feeds.intranet"}))
    assert len(collected(feeds(*(f"http://feeds.intranet/{n}" for n in range(6))), ask, limits)) == 6


def test_no_more_are_under_way_than_the_limit() -> None:
    crowd = Crowd()
    collected(
        feeds(*(f"https://d{n}.example/" for n in range(20))), crowd.ask, replace(LIMITS, requests_at_once=3)
    )
    assert crowd.most <= 3


def test_domain_that_had_enough_of_us_is_left_alone_for_the_run() -> None:
    seen: list[str] = []

    def ask(source: Source, _state: FetchState) -> FetchResult:
        seen.append(source.id)
        if len(seen) == 2:
            return answer(source, Outcome.RATE_LIMITED, http_status=429, retry_after_s=900)
        return answer(source)

    answers = collected(feeds(*(f"https://one.example/{n}" for n in range(5))), ask)
    postponed = [one for one in answers if one.result.outcome is Outcome.POSTPONED]
    assert (len(seen), len(postponed)) == (2, 3)
    assert {one.result.retry_after_s for one in postponed} == {900}
    assert all(seen[1] in one.result.message for one in postponed)


def test_domain_that_does_not_answer_twice_in_a_row_is_left_alone_for_the_run() -> None:
    seen: list[str] = []

    def ask(source: Source, _state: FetchState) -> FetchResult:
        seen.append(source.id)
        hangs = source.url.startswith("https://dead") and source.id != "f1"
        return answer(source, Outcome.TIMEOUT if hangs else Outcome.OK)

    urls = [f"https://dead.example/{n}" for n in range(6)] + ["https://alive.example/"]
    outcomes = {one.source.id: one.result.outcome for one in collected(feeds(*urls), ask)}
    assert outcomes == {
        "f0": Outcome.TIMEOUT,
        "f1": Outcome.OK,
        "f2": Outcome.TIMEOUT,
        "f3": Outcome.TIMEOUT,
        "f4": Outcome.POSTPONED,
        "f5": Outcome.POSTPONED,
        "f6": Outcome.OK,
    }


def test_exception_in_handling_one_result_does_not_stop_the_others() -> None:
    def broken(source: Source, _state: FetchState, _result: FetchResult) -> ParsedFeed | FetchResult:
        if source.id == "f1":
            raise ZeroDivisionError("by mistake")
        return EMPTY

    answers = list(asked(feeds(*(f"https://d{n}.example/" for n in range(3))), answering, broken))
    outcomes = {one.source.id: one.result.outcome for one in answers}
    assert outcomes == {"f0": Outcome.OK, "f1": Outcome.PARSER_STOPPED, "f2": Outcome.OK}


def test_fetching_waits_while_too_many_results_are_not_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.http.scheduler.MAX_WAITING_RESULTS", 4)
    seen: list[str] = []

    def ask(source: Source, _state: FetchState) -> FetchResult:
        seen.append(source.id)
        return answer(source)

    limits = replace(LIMITS, requests_at_once=2)
    answers = asked(feeds(*(f"https://d{n}.example/" for n in range(99))), ask, limits=limits)
    next(answers)
    threading.Event().wait(0.05)  # the disk is slow
    assert len(seen) <= 2 * (4 + 2)  # handed over, or waiting
    assert len(list(answers)) == 98


def test_no_feeds_give_no_answers() -> None:
    assert collected([]) == []


def test_surprise_neither_hangs_nor_hides() -> None:
    def ask(source: Source, _state: FetchState) -> FetchResult:
        if source.id == "f3":
            raise ZeroDivisionError
        return answer(source)

    with pytest.raises(ZeroDivisionError):
        collected(feeds(*(f"https://d{n}.example/" for n in range(30))), ask)


@pytest.mark.parametrize("count", [1, 300])
def test_reader_that_stops_early_leaves_no_thread_behind(count: int) -> None:
    before = threading.active_count()
    answers = asked(feeds(*(f"https://d{n}.example/" for n in range(count))), answering)
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
