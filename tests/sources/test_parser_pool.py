"""Parsing in worker processes gives the same articles, and a parser that hangs or dies affects one feed."""

from __future__ import annotations

from typing import NoReturn

import pytest
from fakes import NOW, source
from fault_server import GOOD
from hostile_bodies import Deadly, Endless, Poisoned

from sources import parser_pool
from sources.collector import parse_in
from sources.feeds.parse import parse_feed
from sources.model import FetchResult, FetchState, Outcome, ParsedFeed
from sources.parser_pool import ParserPool

WIRE = source("wire")
NEW = FetchState(source_id="wire")


def answer(body: bytes) -> FetchResult:
    return FetchResult(source_id="wire", fetched_at=NOW, outcome=Outcome.OK, elapsed_s=0.1, body=body)


def test_pool_parses_as_the_parser_does() -> None:
    with ParserPool(1) as pool:
        assert parse_in(pool, WIRE, NEW, answer(GOOD)) == parse_feed(GOOD, "", WIRE, NOW)


def test_body_that_is_not_a_feed_is_refused() -> None:
    with ParserPool(1) as pool:
        refused = parse_in(pool, WIRE, NEW, answer(b"<html></html>"))
    assert isinstance(refused, FetchResult)
    assert (refused.outcome, refused.body) == (Outcome.NOT_A_FEED, None)
    assert "web page" in refused.message


def test_parser_that_cannot_be_started_costs_one_feed_and_not_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ParserPool(1) as pool:
        with monkeypatch.context() as patch:
            patch.setattr(parser_pool, "Pipe", lambda: no_more_handles())
            lost = parse_in(pool, WIRE, NEW, answer(GOOD))
        assert isinstance(parse_in(pool, WIRE, NEW, answer(GOOD)), ParsedFeed)
    assert isinstance(lost, FetchResult)
    assert lost.outcome is Outcome.PARSER_STOPPED


def no_more_handles() -> NoReturn:
    raise OSError(24, "Too many open files")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "limit_s", "message"),
    [(Endless(b"x"), 3, "stopped after"), (Deadly(b"x"), 30, "died"), (Poisoned(b"x"), 30, "died")],
)
def test_parser_that_hangs_or_dies_affects_one_feed(body: bytes, limit_s: float, message: str) -> None:
    with ParserPool(1) as pool:
        lost = pool.call(parse_feed, body, "", WIRE, NOW, limit_s=limit_s)
        assert isinstance(parse_in(pool, WIRE, NEW, answer(GOOD)), ParsedFeed)
    assert isinstance(lost, tuple)
    assert lost[0] is Outcome.PARSER_STOPPED
    assert message in lost[1]
