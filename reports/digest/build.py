"""Builds the digest of a week from the warehouse: counts everything collected, then selects what to print."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import duckdb

from reports.digest.context import IssueContext, read_context
from reports.digest.digest import Digest, digest_of
from reports.trends.trend_ledger import cut_off
from reports.week import Week
from warehouse.queries import week_articles
from warehouse.queries.week_articles import materialise_counted
from warehouse.store.trend_tests import TrendTest


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A digest, and all trend tests that it rests on: those of its week, of which it prints a few.

    If last week's issue called a trend, then also those of last week on what is known now.
    """

    digest: Digest
    trend_tests: tuple[TrendTest, ...]


def build_digest(con: duckdb.DuckDBPyConnection, week: Week, now: datetime) -> Digest:
    """Returns the digest of `week` from everything seen by `now`, see `make_issue`."""
    return make_issue(con, week, now).digest


def make_issue(con: duckdb.DuckDBPyConnection, week: Week, now: datetime) -> Issue:
    """Returns the issue of `week` from everything seen by `now`.

    `now` decides nothing but the issue's watermark: made again as of the watermark, from the same
    warehouse, the issue is the same.
    """
    with issue_context(con, week, now) as context:
        return Issue(digest=digest_of(context), trend_tests=(*context.trend_tests, *context.tests_before))


@contextmanager
def issue_context(con: duckdb.DuckDBPyConnection, week: Week, now: datetime) -> Iterator[IssueContext]:
    """What the issue of `week` is made from, given everything seen by `now`."""
    as_of = cut_off(week_articles.watermark(con, now) or now, week, now)
    with materialise_counted(con, as_of):
        yield read_context(con, week, as_of)
