"""From feeds on loopback to the digest: what was not collected looks neither like a fall nor like a rise."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from fakes import WEEK, HashEmbedder, source

from flows.cli.trends_commands import TrendReport, read_trends
from flows.collection import collect_feeds
from flows.pipeline import enrich_pending, write_issue
from flows.settings import Settings
from reports.digest.render import to_markdown
from reports.week import Week
from sources.model import Source
from sources.parser_pool import ParserPool
from warehouse.store.trend_tests import TrendTest, Verdict

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)
MONDAY_MORNING = timedelta(hours=6)
FIRST = WEEK.before(10)
BIG, SMALL = "big", ("ant", "bee", "cat", "dog")
USUAL = {BIG: 12, **dict.fromkeys(SMALL, 2)}


class Press:
    """Feeds on loopback: each shows the newest of its stories at `clock`, unless it is down."""

    def __init__(self) -> None:
        self.clock = FIRST.start
        self.down: set[str] = set()
        self.shows = {BIG: 40}
        self._stories: dict[str, list[tuple[datetime, str]]] = {}
        self._base = ""

    def tell(self, week: Week, **stories: int) -> None:
        """Each feed publishes so many stories in the week, spread over its days."""
        for feed, many in stories.items():
            for number in range(many):
                moment = week.start + (number + 0.5) / many * timedelta(weeks=1)
                self._stories.setdefault(feed, []).append((moment, f"{feed} {week} {number}"))

    def catalog(self, *feeds: str) -> list[Source]:
        return [
            Source(
                **{name: getattr(source(feed), name) for name in Source.__slots__}
                | {"url": f"{self._base}/{feed}"}
            )
            for feed in feeds
        ]

    def answer(self, feed: str) -> tuple[int, bytes]:
        if feed in self.down:
            return 503, b"down"
        shown = sorted(one for one in self._stories.get(feed, []) if one[0] <= self.clock)[
            -self.shows.get(feed, 20) :
        ]
        items = "".join(_item(feed, moment, name) for moment, name in shown)
        return 200, f"<rss version='2.0'><channel><title>{feed}</title>{items}</channel></rss>".encode()

    @contextmanager
    def open(self) -> Iterator[None]:
        press = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = press.answer(self.path.strip("/"))
                self.send_response(status)
                self.send_header("Content-Type", "application/rss+xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
        self._base = f"http://127.0.0.1:{http.server_address[1]}"
        thread.start()
        try:
            yield
        finally:
            http.shutdown()
            http.server_close()
            thread.join()


def _item(feed: str, moment: datetime, name: str) -> str:
    """A story of its own about export controls: words that no other shares tell it apart."""
    own = [blake2b(f"{name} {number}".encode(), digest_size=4).hexdigest() for number in range(24)]
    return (
        f"<item><title>{own[0]} {own[1]} added to Entity List over AI chips {own[2]} {own[3]}</title>"
        f"<link>https://{feed}.example/{own[4]}</link><pubDate>{format_datetime(moment)}</pubDate>"
        f"<description>{' '.join(own[5:])}.</description></item>"
    )


class Desk:
    """An installation: runs the flows on its own home and returns the trends of week 33."""

    def __init__(self, home: Path, press: Press, parsers: ParserPool) -> None:
        self.settings = Settings(home=home, allowed_hosts=frozenset({"127.0.0.1"}))
        self.press, self._parsers = press, parsers

    def run(self, moment: datetime, *feeds: str) -> None:
        self.press.clock = moment
        catalog = self.press.catalog(*(feeds or USUAL))
        collect_feeds(self.settings, moment, catalog=catalog, force=True, parsers=self._parsers)

    def run_daily(self, week: Week, *feeds: str, without: tuple[int, ...] = ()) -> None:
        """Runs on the morning after each day of the week but the days that are left out (Monday is 0)."""
        for day in range(7):
            if day not in without:
                self.run(week.start + (day + 1) * DAY + MONDAY_MORNING, *feeds)

    def run_twice(self, week: Week, *feeds: str) -> None:
        """Runs in the middle of the week and on the morning after it: enough for feeds that show it all."""
        self.run_daily(week, *feeds, without=(0, 1, 2, 4, 5))

    def trend_test(self) -> TrendTest:
        return next(test for test in self.report().tests if test.series == "desk:export_controls")

    def report(self) -> TrendReport:
        enrich_pending(self.settings, embedder=HashEmbedder())
        return read_trends(self.settings, WEEK, WEEK.end + MONDAY_MORNING)

    def digest(self) -> str:
        return to_markdown(write_issue(self.settings, WEEK, WEEK.end + MONDAY_MORNING).digest)


@pytest.fixture(scope="module")
def parsers() -> Iterator[ParserPool]:
    with ParserPool() as pool:
        yield pool


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory, parsers: ParserPool) -> Path:
    """Ten ordinary weeks before W33, the last of them with a run a day."""
    press, home = Press(), tmp_path_factory.mktemp("past")
    desk = Desk(home, press, parsers)
    weeks = [WEEK.before(number) for number in range(10, 0, -1)]
    for week in weeks:
        press.tell(week, **USUAL)
    with press.open():
        desk.run(FIRST.start + MONDAY_MORNING)
        for week in weeks[:-1]:
            desk.run(week.end + MONDAY_MORNING)
        desk.run_daily(weeks[-1])
    enrich_pending(desk.settings, embedder=HashEmbedder())
    return home


@pytest.fixture
def desk(tmp_path: Path, past: Path, parsers: ParserPool) -> Iterator[Desk]:
    press = Press()
    shutil.copytree(past, tmp_path / "home")
    press.tell(WEEK.before(2), **USUAL)
    press.tell(WEEK.before(1), **USUAL)
    with press.open():
        yield Desk(tmp_path / "home", press, parsers)


def test_ordinary_week_is_no_measurable_change_and_each_story_counts_once(desk: Desk) -> None:
    desk.press.tell(WEEK, **USUAL)
    desk.run_twice(WEEK)
    test = desk.trend_test()
    assert (test.stories, test.baseline, test.coverage) == (20, (20,) * 9, 1.0)
    assert (test.panel_stories, test.panel_baseline) == (20, (20,) * 9)
    assert test.verdict is Verdict.NO_MEASURABLE_CHANGE


def test_rise_that_all_feeds_tell_is_risen(desk: Desk) -> None:
    desk.press.tell(WEEK, **dict.fromkeys(USUAL, 10))
    desk.run_twice(WEEK)
    assert desk.trend_test().verdict is Verdict.RISEN
    assert "Risen to 2.5 times its usual level" in desk.digest()


def test_fall_while_every_feed_answers_is_fallen(desk: Desk) -> None:
    desk.press.tell(WEEK, big=2, ant=1)
    desk.run_twice(WEEK)
    assert desk.trend_test().verdict is Verdict.FALLEN
    assert "3 stories this week" in desk.digest()


def test_outage_of_the_biggest_feed_all_week_is_no_fall(desk: Desk) -> None:
    desk.press.tell(WEEK, **USUAL)
    desk.press.down = {BIG}
    desk.run_twice(WEEK)
    test = desk.trend_test()
    assert (test.stories, test.verdict) == (8, Verdict.WITHHELD)
    assert test.coverage == pytest.approx(8 / 20)
    assert "60% of the baseline's stories were not watched" in test.reason
    printed = desk.digest()
    assert "Fallen" not in printed
    assert "Down all week: Big." in printed


def test_outage_from_wednesday_on_is_no_fall_either(desk: Desk) -> None:
    desk.press.tell(WEEK, **USUAL)
    desk.run_daily(WEEK, without=(2, 3, 4, 5, 6))
    desk.press.down = {BIG}
    desk.run_daily(WEEK, without=(0, 1))
    assert desk.trend_test().verdict is Verdict.WITHHELD


def test_feed_that_was_down_and_then_shows_all_it_had_published_was_watched(desk: Desk) -> None:
    desk.press.tell(WEEK, **USUAL)
    desk.press.down = {BIG}
    desk.run_daily(WEEK, without=(6,))
    desk.press.down = set()
    desk.run_daily(WEEK, without=(0, 1, 2, 3, 4, 5))
    test = desk.trend_test()
    assert (test.stories, test.coverage, test.verdict) == (20, 1.0, Verdict.NO_MEASURABLE_CHANGE)


def test_busy_feed_that_was_down_and_shows_only_its_latest_was_not_watched(desk: Desk) -> None:
    desk.press.tell(WEEK, **USUAL)
    desk.press.down, desk.press.shows = {BIG}, {BIG: 2}
    desk.run_daily(WEEK, without=(6,))
    desk.press.down = set()
    desk.run_daily(WEEK, without=(0, 1, 2, 3, 4, 5))
    test = desk.trend_test()
    assert (test.stories, test.verdict) == (10, Verdict.WITHHELD)


def test_feed_added_this_week_is_no_rise(desk: Desk) -> None:
    desk.press.tell(WEEK, **USUAL, new=60)
    desk.press.shows["new"] = 60
    desk.run_twice(WEEK, *USUAL, "new")
    test = desk.trend_test()
    assert (test.stories, test.panel_stories) == (80, 20)
    assert test.verdict is Verdict.NO_MEASURABLE_CHANGE
    assert (test.panel_feeds, test.watched_feeds) == (5, 5)  # the new one not for a whole week
    assert "Risen to" not in desk.digest()


def test_feed_brings_its_archive_along_and_still_no_fall_follows(desk: Desk) -> None:
    for back in range(8, 0, -1):
        desk.press.tell(WEEK.before(back), new=20)
    desk.press.tell(WEEK, **USUAL)
    desk.press.shows["new"] = 160
    desk.run_twice(WEEK, *USUAL, "new")
    assert desk.trend_test().verdict is Verdict.NO_MEASURABLE_CHANGE


def test_three_days_without_a_run_are_a_named_gap_and_the_week_counts_for_less(desk: Desk) -> None:
    desk.press.tell(WEEK, **USUAL)
    desk.press.shows = dict.fromkeys(USUAL, 1)
    desk.run_daily(WEEK, without=(1, 2, 3))
    report, test = desk.report(), desk.trend_test()
    assert [str(gap) for gap in report.panel.gaps] == ["no feed was asked on 2026-08-12 to 2026-08-14"]
    assert test.days_watched[-1] < 7
    assert test.verdict in (Verdict.NO_MEASURABLE_CHANGE, Verdict.WITHHELD)
    assert "Fallen to" not in desk.digest()


def test_three_days_without_a_run_that_the_feeds_made_good_are_named_and_the_week_is_compared(
    desk: Desk,
) -> None:
    desk.press.tell(WEEK, **USUAL)
    desk.run_daily(WEEK, without=(1, 2, 3))
    report = desk.report()
    assert [str(gap) for gap in report.panel.gaps] == ["no feed was asked on 2026-08-12 to 2026-08-14"]
    test = desk.trend_test()
    assert (test.stories, test.coverage, test.verdict) == (20, 1.0, Verdict.NO_MEASURABLE_CHANGE)


def test_gap_of_ours_at_the_end_of_the_week_is_no_fall(desk: Desk) -> None:
    desk.press.tell(WEEK, **USUAL)
    desk.run_daily(WEEK, without=(3, 4, 5, 6))
    test = desk.trend_test()
    assert test.verdict is Verdict.WITHHELD
    assert test.reason == "the data end before the week does"


def test_many_feeds_added_at_once_are_marked_and_the_others_compared(desk: Desk) -> None:
    more = {f"new-{number}": 5 for number in range(6)}
    desk.press.tell(WEEK, **USUAL, **more)
    desk.run_daily(WEEK, *USUAL, *more)
    report, test = desk.report(), desk.trend_test()
    assert [one.what for one in report.panel.breaks] == ["6 feeds were added in 2026-W33"]
    assert (test.stories, test.panel_stories, test.verdict) == (50, 20, Verdict.NO_MEASURABLE_CHANGE)
