"""`watchfloor sources health`, `status` and `metrics` say how many pages of a source were had."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from fakes import NOW, article, fetched_page, log_fetch, save
from typer.testing import CliRunner, Result

from flows.cli import app
from sources.model import EntryCounts, FetchState, Outcome
from warehouse.store.db import open_warehouse
from warehouse.store.feeds import save_states
from warehouse.store.page_fetches import save_page_fetches


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("health")
    with open_warehouse(home / "warehouse.duckdb") as con:
        for feed, outcomes in {"wire": ["ok", "paywall", "paywall"], "walled": ["captcha"] * 5}.items():
            pages = [article(f"{feed} {number}", feed=feed) for number in range(len(outcomes))]
            save(con, *pages)
            log_fetch(con, feed, NOW - timedelta(hours=2), counts=EntryCounts(new=1), in_feed=5)
            save_states(con, [FetchState(source_id=feed, first_success_at=NOW)])
            save_page_fetches(
                con,
                [
                    fetched_page(one, outcome=Outcome(outcome), when=NOW - timedelta(hours=1))
                    for one, outcome in zip(pages, outcomes, strict=True)
                ],
            )
    return home


def watchfloor(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "--now", NOW.isoformat(), *words])


def test_each_feed_has_the_share_of_its_pages_and_why_not(home: Path) -> None:
    shown = watchfloor(home, "sources", "health", "--all").output
    assert "33% of 3 pages had (paywall 2)" in shown


def test_feed_without_a_page_for_a_week_is_named_and_is_no_alarm(home: Path) -> None:
    done = watchfloor(home, "sources", "health")
    assert "0% of 5 pages had, none in the last week (captcha 5)" in done.output
    assert " wire " not in done.output
    assert done.exit_code == 0


def test_one_feed_shows_its_pages_by_outcome(home: Path) -> None:
    shown = watchfloor(home, "sources", "health", "wire").output
    assert "Pages of the last 30 days: 1 of 3 had" in shown
    assert "paywall                  2" in shown


def test_json_has_the_pages_of_each_feed(home: Path) -> None:
    feeds = json.loads(watchfloor(home, "sources", "health", "--json").output)
    assert {one["source_id"]: one["pages"]["outcomes"] for one in feeds} == {
        "wire": {"paywall": 2, "ok": 1},
        "walled": {"captcha": 5},
    }


def test_json_of_one_feed_has_its_days_and_its_pages(home: Path) -> None:
    shown = json.loads(watchfloor(home, "sources", "health", "wire", "--json").output)
    assert shown["pages"]["outcomes"] == {"paywall": 2, "ok": 1}
    assert [one["polls"] for one in shown["days"]] == [1]
    assert shown["source_id"] == "wire"


def test_status_and_metrics_count_the_pages_of_the_last_day(home: Path) -> None:
    assert "Pages     1 had and 7 not, in the last day" in watchfloor(home, "status").output
    metrics = watchfloor(home, "metrics").output
    assert 'watchfloor_pages{result="had"} 1.0' in metrics
    assert 'watchfloor_pages{result="failed"} 7.0' in metrics
