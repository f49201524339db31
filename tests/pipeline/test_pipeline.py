"""The whole way over the bundled sample, from its feeds to the golden issue, once and repeated."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from fakes import HashEmbedder
from home_contents import contents, issue_bytes
from paths import GOLDEN

from flows.collection import collect_feeds
from flows.demo.play import RUN_AFTER_WEEK, play
from flows.demo.sample import FIRST_WEEK, LAST_WEEK, load_entries, load_labels, load_outlets
from flows.demo.server import sample_server
from flows.pipeline import rebuild_issue
from flows.progress import silent
from flows.settings import Settings
from reports.digest.build import build_digest
from reports.digest.verify import verify_file
from warehouse.queries.warehouse_status import feed_statuses
from warehouse.store.db import open_read_only

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("played"))
    play(settings, silent, HashEmbedder())
    return settings


def test_every_label_has_its_entry_and_every_feed_its_format() -> None:
    assert {entry.link for entry in load_entries()} == set(load_labels())
    assert {outlet.format for outlet in load_outlets()} == {"rss091", "rss10", "rss20", "atom", "jsonfeed"}
    assert {entry.feed for entry in load_entries()} == {outlet.source.id for outlet in load_outlets()}


def test_every_entry_that_a_feed_showed_is_one_article_in_one_story(played: Settings) -> None:
    with open_read_only(played.snapshot_path) as con:
        articles = con.execute("SELECT count(*), count(DISTINCT url) FROM articles").fetchone()
        in_stories = con.execute("SELECT count(*), count(DISTINCT article_id) FROM story_articles").fetchone()
        counted = con.execute(
            "SELECT count(DISTINCT article_id) FROM article_desks WHERE is_primary"
        ).fetchone()
    shown = {entry.link for entry in load_entries()} - lost_with_the_broken_feed()
    assert articles == (len(shown), len(shown))
    assert in_stories == articles
    assert counted == (len(shown),)


def lost_with_the_broken_feed() -> set[str]:
    breaks = {outlet.source.id: outlet.breaks_at for outlet in load_outlets() if outlet.breaks_at}
    last_good = {
        feed: max(
            week.end + RUN_AFTER_WEEK
            for week in (FIRST_WEEK.before(-number) for number in range(13))
            if week.end + RUN_AFTER_WEEK < moment
        )
        for feed, moment in breaks.items()
    }
    return {
        entry.link
        for entry in load_entries()
        if entry.feed in last_good and entry.appears > last_good[entry.feed]
    }


def test_dates_are_judged_and_bumped_ones_change_nothing(played: Settings) -> None:
    with open_read_only(played.snapshot_path) as con:
        statuses = dict(con.execute("SELECT date_status, count(*) FROM articles GROUP BY 1").fetchall())
    assert set(statuses) == {"ok", "missing", "unparsable", "future", "too_old"}
    assert statuses["too_old"] == 28


def test_playing_twice_changes_nothing(played: Settings) -> None:
    before, printed = contents(played), issue_bytes(played)
    play(played, silent, HashEmbedder())
    assert contents(played) == before
    assert issue_bytes(played) == printed


def test_digest_names_the_broken_feed_and_the_flood(played: Settings) -> None:
    markdown = (played.digests_dir / f"{LAST_WEEK}.md").read_text("utf-8")
    assert "Down all week: Static Hollow." in markdown
    with open_read_only(played.warehouse_path) as con:
        week_of_the_flood = build_digest(con, LAST_WEEK.before(1), LAST_WEEK.end + RUN_AFTER_WEEK)
    assert ("Lattice Policy Centre", "too_old", 28) in week_of_the_flood.coverage.set_aside


def test_issue_of_the_sample_is_the_golden_one_in_every_form(played: Settings) -> None:
    golden = {path.name: path.read_bytes() for path in sorted(GOLDEN.iterdir())}
    made = issue_bytes(played)
    assert golden.keys() == made.keys(), "run: make golden"
    for name, content in golden.items():
        assert made[name].decode().splitlines() == content.decode().splitlines(), "run: make golden"
        assert made[name] == content


def test_golden_issue_stands_in_the_snapshot_and_a_tampered_one_does_not(
    played: Settings, tmp_path: Path
) -> None:
    page = played.digests_dir / f"{LAST_WEEK}.html"
    with open_read_only(played.snapshot_path) as con:
        assert verify_file(con, page) == []
    alone = tmp_path / page.name
    alone.write_bytes(page.read_bytes().replace(b" stories", b" tales", 1))
    with open_read_only(played.warehouse_path) as con:
        assert len(verify_file(con, alone)) == 1


def test_old_issue_is_made_again_beside_the_present_one(played: Settings) -> None:
    before = issue_bytes(played)
    again = rebuild_issue(played, LAST_WEEK, LAST_WEEK.end + RUN_AFTER_WEEK)
    assert again.same
    assert again.files.html.parent == played.digests_dir / "as-of" / "20260601T060000Z"
    assert again.files.html.read_bytes() == before[again.files.html.name]
    assert issue_bytes(played) == before
    shutil.rmtree(played.digests_dir / "as-of")


def test_a_second_run_at_the_same_moment_asks_no_feed_again(tmp_path: Path) -> None:
    settings, now = Settings(home=tmp_path), FIRST_WEEK.end
    with sample_server() as server:
        server.clock = now
        first = collect_feeds(settings, now, catalog=server.catalog)
        second = collect_feeds(settings, now, catalog=server.catalog)
        forced = collect_feeds(settings, now + timedelta(minutes=1), catalog=server.catalog, force=True)
    assert first.entries.new > 0
    assert second.asked == 0
    assert forced.outcomes == {"not_modified": len(load_outlets())}


def test_all_feeds_down_is_told_from_a_quiet_week(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with sample_server() as server:
        catalog = server.catalog
    report = collect_feeds(settings, FIRST_WEEK.end, catalog=catalog)
    assert report.nothing_answered
    with open_read_only(settings.warehouse_path) as con:
        assert all(feed.failures == 0 for feed in feed_statuses(con))  # our network is no feed's fault
    assert report.outcomes == {"unreachable": len(catalog)}
