"""Collecting over several runs: false validators, moved and silent servers, floods, and feed health."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from fakes import at, source

from flows.collection import IngestReport, collect_feeds
from flows.settings import Settings
from sources.http.policy import sends_validators
from sources.model import FetchState, Source
from sources.parser_pool import ParserPool
from warehouse.queries.warehouse_status import FeedDay, FeedStatus, feed_days, feed_statuses
from warehouse.store.db import open_read_only

pytestmark = pytest.mark.slow

BEGAN = at("2026-06-01T06:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Server:
    """One feed on loopback: what it shows now, and how it answers."""

    url: str = ""
    entries: list[tuple[str, datetime | None]] = field(default_factory=list)
    etag: str | None = None
    answer: Callable[[BaseHTTPRequestHandler], bool] = lambda _: False
    asked: list[dict[str, str]] = field(default_factory=list)

    def body(self) -> bytes:
        items = "".join(
            f"<item><title>{title}</title><link>https://outlet.example/{title.replace(' ', '-')}</link>"
            + (f"<pubDate>{moment:%a, %d %b %Y %H:%M:%S} GMT</pubDate>" if moment else "")
            + "</item>"
            for title, moment in self.entries
        )
        return f"<rss version='2.0'><channel><title>Outlet</title>{items}</channel></rss>".encode()


@pytest.fixture
def server() -> Iterator[Server]:
    with _serving(Server()) as served:
        yield served


@contextmanager
def _serving(feed: Server) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            feed.asked.append(
                {"path": self.path, **{name.lower(): value for name, value in self.headers.items()}}
            )
            if feed.answer(self):
                return
            body = feed.body()
            unchanged = feed.etag is not None and self.headers["If-None-Match"] == feed.etag
            self.send_response(304 if unchanged else 200)
            if feed.etag:
                self.send_header("ETag", feed.etag)
            if not unchanged:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if not unchanged:
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    feed.url = f"http://127.0.0.1:{http.server_port}/feed.xml"
    try:
        yield feed
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


@pytest.fixture(scope="module")
def parsers() -> Iterator[ParserPool]:
    with ParserPool(1) as pool:
        yield pool


Ingest = Callable[[datetime], IngestReport]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def ingest(server: Server, settings: Settings, parsers: ParserPool) -> Ingest:
    """Asks the one feed at a moment, due or not."""
    wire: Source = replace(source("wire"), url=server.url)
    return lambda now: collect_feeds(settings, now, catalog=[wire], force=True, parsers=parsers)


def feed_status(settings: Settings) -> FeedStatus:
    with open_read_only(settings.warehouse_path) as con:
        (only,) = feed_statuses(con)
    return only


def last_days(settings: Settings, days: int) -> list[FeedDay]:
    with open_read_only(settings.warehouse_path) as con:
        return feed_days(con, "wire", days)


def set_aside(settings: Settings) -> dict[str, str | None]:
    with open_read_only(settings.warehouse_path) as con:
        return dict(con.execute("SELECT title, set_aside FROM articles").fetchall())


def test_entries_known_by_their_fingerprint_are_counted_and_only_the_new_one_is_stored(
    server: Server, ingest: Ingest
) -> None:
    server.entries = [(f"Story {n}", BEGAN - n * HOUR) for n in range(1, 20)]
    assert ingest(BEGAN).entries.new == 19
    server.entries.insert(0, ("Story 0", BEGAN))
    report = ingest(BEGAN + HOUR)
    assert (report.entries.new, report.entries.updated, report.entries.unchanged) == (1, 0, 19)


def test_bumped_date_is_an_update_and_no_news(server: Server, ingest: Ingest, settings: Settings) -> None:
    server.entries = [("Rule takes effect", BEGAN - DAY)]
    ingest(BEGAN)
    server.entries = [("Rule takes effect", BEGAN + HOUR)]
    report = ingest(BEGAN + HOUR)
    assert (report.entries.new, report.entries.updated) == (0, 1)
    with open_read_only(settings.warehouse_path) as con:
        dates = con.execute("SELECT published_at, stated_at, first_seen_at FROM articles").fetchone()
    assert dates == tuple(moment.replace(tzinfo=None) for moment in (BEGAN - DAY, BEGAN + HOUR, BEGAN))


def test_server_whose_etag_stays_while_its_body_changes_is_found_out_and_no_longer_trusted(
    server: Server, ingest: Ingest, settings: Settings
) -> None:
    hours = (BEGAN + hour * HOUR for hour in range(2, 2_000))
    unconditional = next(hour for hour in hours if not sends_validators(FetchState(source_id="wire"), hour))
    server.entries, server.etag = [("First", BEGAN - HOUR)], '"always the same"'
    ingest(BEGAN)
    server.entries.insert(0, ("Hidden", BEGAN))
    assert ingest(BEGAN + HOUR).outcomes == {"not_modified": 1}
    assert feed_status(settings).validators_honest
    assert ingest(unconditional).entries.new == 1  # one poll in a hundred goes without validators
    assert not feed_status(settings).validators_honest
    assert last_days(settings, 1)[0].validator_lied
    ingest(unconditional + HOUR)
    assert "if-none-match" not in server.asked[-1]


def test_feed_that_moved_permanently_is_fetched_at_its_new_address_from_the_fourth_time_on(
    server: Server, ingest: Ingest, settings: Settings
) -> None:
    def moved(request: BaseHTTPRequestHandler) -> bool:
        if request.path == "/feed.xml":
            request.send_response(301)
            request.send_header("Location", "/new.xml")
            request.send_header("Content-Length", "0")
            request.end_headers()
        return request.path == "/feed.xml"

    server.answer, server.entries = moved, [("Story", BEGAN - HOUR)]
    for hour in range(4):
        ingest(BEGAN + hour * HOUR)
    assert [asked["path"] for asked in server.asked] == ["/feed.xml", "/new.xml"] * 3 + ["/new.xml"]
    assert feed_status(settings).moved_to == server.url.replace("feed.xml", "new.xml")


def test_exposed_archive_is_kept_and_not_counted(server: Server, ingest: Ingest, settings: Settings) -> None:
    server.entries = [("Old story", BEGAN - DAY)]
    for day in range(6):
        server.entries.insert(0, (f"Story of day {day}", BEGAN + day * DAY))
        ingest(BEGAN + day * DAY)
    now = BEGAN + 6 * DAY
    server.entries = [("News of the day", now)] + [
        (f"From the archive {n}", BEGAN - n * DAY) for n in range(1, 81)
    ]
    report = ingest(now)
    assert report.entries.set_aside == 80
    assert report.flooded == ("wire: 80 entries of its archive set aside",)
    assert set_aside(settings)["News of the day"] is None
    assert set_aside(settings)["From the archive 7"] == "flood"


def test_feed_that_falls_silent_is_called_stale_after_five_of_its_usual_pauses(
    server: Server, ingest: Ingest, settings: Settings
) -> None:
    for day in range(0, 20, 2):
        server.entries.insert(0, (f"Story of day {day}", BEGAN + day * DAY))
        ingest(BEGAN + day * DAY)
    last = BEGAN + 18 * DAY
    ingest(last + 10 * DAY)
    assert feed_status(settings).state == "up"
    ingest(last + 11 * DAY)
    assert (feed_status(settings).state, feed_status(settings).needs_attention) == ("stale", True)
    server.entries.insert(0, ("Back again", last + 12 * DAY))
    ingest(last + 12 * DAY)
    assert feed_status(settings).state == "up"


def test_empty_feed_is_distinguished_from_a_healthy_one(ingest: Ingest, settings: Settings) -> None:
    ingest(BEGAN)
    assert (feed_status(settings).state, feed_status(settings).entries_in_feed) == ("empty", 0)


def test_failing_feed_has_since_when_why_and_its_last_success(
    server: Server, ingest: Ingest, settings: Settings
) -> None:
    def down(request: BaseHTTPRequestHandler) -> bool:
        request.send_error(500)
        return True

    server.entries = [("Story", BEGAN - HOUR)]
    ingest(BEGAN)
    server.answer = down
    for hour in (1, 2):
        ingest(BEGAN + hour * HOUR)
    found = feed_status(settings)
    assert (found.last_outcome, found.last_message, found.failures) == ("server_error", "HTTP 500", 2)
    assert (found.failing_since, found.last_success_at) == (BEGAN + HOUR, BEGAN)
    (day,) = last_days(settings, 5)
    assert (day.state, day.polls, day.answers) == ("up", 3, 1)
    ingest(BEGAN + DAY)
    assert feed_status(settings).state == "failing"


def test_undated_share_and_duplicates_are_counted_by_day(
    server: Server, ingest: Ingest, settings: Settings
) -> None:
    server.entries = [
        ("Dated", BEGAN - HOUR),
        ("Undated", None),
        ("Undated too", None),
        ("Dated", BEGAN - HOUR),
    ]
    ingest(BEGAN)
    (day,) = last_days(settings, 1)
    assert day.undated_share == pytest.approx(2 / 3)
    assert (day.entries_new, day.entries_duplicate, day.entries_rejected, day.entries_in_feed) == (3, 1, 1, 3)


def test_feeds_are_fetched_only_when_due(server: Server, settings: Settings, parsers: ParserPool) -> None:
    wire = replace(source("wire"), url=server.url)
    server.entries = [("Story", BEGAN - HOUR)]
    for minutes in (0, 20, 40, 60):
        collect_feeds(settings, BEGAN + timedelta(minutes=minutes), catalog=[wire], parsers=parsers)
    assert len(server.asked) == 2
