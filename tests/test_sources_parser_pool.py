"""Parsing in processes of their own: the same articles, and a parser that hangs or dies takes nothing along."""

from __future__ import annotations

import os
import time

import pytest
from fakes import NOW, source
from fault_server import GOOD

from sources.model import FetchResult, FetchState, Outcome, ParsedFeed
from sources.parse import parse_feed
from sources.parser_pool import ParserPool

WIRE = source("wire")
NEW = FetchState(source_id="wire")


def answer(body: bytes) -> FetchResult:
    return FetchResult(source_id="wire", fetched_at=NOW, outcome=Outcome.OK, elapsed_s=0.1, body=body)


def test_pool_parses_as_the_parser_does() -> None:
    with ParserPool(1) as pool:
        assert pool.parse(WIRE, NEW, answer(GOOD)) == parse_feed(GOOD, "", WIRE, NOW)


def test_what_is_no_feed_says_so() -> None:
    with ParserPool(1) as pool:
        refused = pool.parse(WIRE, NEW, answer(b"<html></html>"))
    assert isinstance(refused, FetchResult)
    assert (refused.outcome, refused.body) == (Outcome.NOT_A_FEED, None)
    assert "web page" in refused.message


class Endless(bytes):
    """A body that the parser never comes to the end of."""

    def lstrip(self, *_: object) -> bytes:
        time.sleep(60)
        return self


class Deadly(bytes):
    """A body that ends whoever parses it, as a fault in a parser written in C does."""

    def lstrip(self, *_: object) -> bytes:
        os._exit(11)


class Poisoned(bytes):
    """A body that ends whoever receives it, as a lack of memory may."""

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (11,)


@pytest.mark.parametrize(
    ("body", "message"), [(Endless(b"x"), "stopped after"), (Deadly(b"x"), "died"), (Poisoned(b"x"), "died")]
)
def test_parser_that_hangs_or_dies_takes_nothing_along(body: bytes, message: str) -> None:
    with ParserPool(1, limit_s=1.0) as pool:
        pool.parse(WIRE, NEW, answer(GOOD))
        lost = pool.parse(WIRE, NEW, answer(body))
        assert isinstance(pool.parse(WIRE, NEW, answer(GOOD)), ParsedFeed)
    assert isinstance(lost, FetchResult)
    assert (lost.outcome, lost.body) == (Outcome.PARSER_STOPPED, None)
    assert message in lost.message
