"""The static site: its addresses last, its links lead somewhere, its pages obey nobody."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import feedparser
import pytest
from fakes import NOW, WEEK, article, at, log_fetch, make_trend_tests, place, watch
from filelock import FileLock
from paths import ROOT
from typer.testing import CliRunner
from written_issue import write_issue

from flows.cli import app
from reports.errors import ReportError
from reports.site import listings
from reports.site.build import SiteReport, build_site
from sources.model import Article, Outcome
from warehouse.errors import WarehouseBusyError
from warehouse.store.db import open_read_only, open_warehouse, to_db
from warehouse.store.issues import IssueRecord, save_issue
from warehouse.store.trend_tests import save_trend_tests
from warehouse.stories.story_corrections import Correction, merge_stories, split_story

pytestmark = pytest.mark.slow

CORRECTION = Correction(by="ana", why="one rule, two agencies", at=NOW)
HOSTILE = "</script><script>alert(1)</script>\u202eevil\u2066 <img src=x onerror=alert(1)> \"'&" + "x" * 5_000


class Page(HTMLParser):
    """What a browser would find in a page: links out of it, scripts, attributes, text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.scripts: list[str | None] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.attributes |= given.keys()
        self.links += [value for name in ("href", "src", "action") if (value := given.get(name)) is not None]
        if tag == "script":
            self.scripts.append(given.get("src"))
        if tag == "meta" and given.get("http-equiv") == "refresh":
            self.links.append((given["content"] or "").split("url=")[1])

    def handle_data(self, data: str) -> None:
        self.text += f" {data}"


def dated_article(title: str, day: str = "2026-08-12", feed: str = "wire", **more: object) -> Article:
    return article(title, feed=feed, published=at(day), seen=at(day) + timedelta(hours=1), **more)  # type: ignore[arg-type]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_issue(tmp_path, "Rule takes effect", story_id=1)
    return tmp_path


@pytest.fixture
def filled(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    first = dated_article("Rule takes effect")
    place(con, first, dated_article("Rule in force", "2026-08-13", "post"), story=1, desk="regulation")
    place(
        con,
        dated_article("Rule takes effect", "2026-08-14", "copy"),
        story=1,
        desk="regulation",
        copy_of=first,
    )
    place(con, dated_article("Chips are seized", "2026-07-02"), story=2)
    place(con, dated_article("Fair opens", "2026-08-13"), story=3, desk="off_topic")
    place(con, dated_article("Licences are granted", "2026-08-15", "post"), story=4)
    con.execute(
        "INSERT INTO store.article_themes SELECT article_id, 'cyber', 3, '' FROM store.story_members "
        "WHERE story_id = 1"
    )
    con.execute(
        """
        INSERT INTO store.article_entities
        SELECT article_id, 'bis', 'Commerce bureau', 'regulator', NULL, 'US', 'BIS', 1, TRUE
        FROM store.story_members WHERE story_id <> 3
        """
    )
    con.execute("INSERT INTO store.article_dates SELECT article_id, 'vote', '2026-09-01', FALSE, "
        "'The vote is on 1 September.' FROM store.story_members WHERE story_id = 2")  # fmt: skip
    log_fetch(con, "wire", NOW, Outcome.TIMEOUT)
    return con


def build(con: duckdb.DuckDBPyConnection, home: Path, site_url: str | None = None) -> SiteReport:
    return build_site(con, home / "digests", home / "site", site_url)


def files(home: Path) -> set[str]:
    site = (home / "site").resolve()
    return {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}


def contents(home: Path) -> dict[str, bytes]:
    return {path: (home / "site" / path).read_bytes() for path in files(home)}


def pages(home: Path) -> dict[str, Page]:
    return {path: Page(home / "site" / path) for path in sorted(files(home)) if path.endswith(".html")}


def broken_links(home: Path) -> list[tuple[str, str]]:
    site = (home / "site").resolve()
    return [
        (path, link)
        for path, page in pages(home).items()
        for link in page.links
        if not re.match(r"[a-z]+:|#", link) and not (site / path).parent.joinpath(link).resolve().is_file()
    ]


def test_every_story_desk_theme_entity_and_issue_has_its_page(
    filled: duckdb.DuckDBPyConnection, home: Path
) -> None:
    report = build(filled, home)
    assert (report.issues, report.stories) == (1, 3)
    assert {
        "index.html",
        "issues/2026-W33.html",
        "data/2026-W33.json",
        "data/2026-W33.md",
        "data/issues.json",
        "desks/regulation.html",
        "themes/cyber.html",
        "entities/bis.html",
        "stories/1.html",
        "stories/2.html",
        "feeds.html",
        "issues.atom",
        "search/2026-07.js",
    } <= files(home)
    assert "stories/3.html" not in files(home)
    assert not any("mail" in path for path in files(home))


def test_story_page_has_its_publishers_and_its_events(filled: duckdb.DuckDBPyConnection, home: Path) -> None:
    build(filled, home)
    page = pages(home)["stories/1.html"]
    text = " ".join(page.text.split())
    assert "3 articles, 2 texts, 3 publishers" in text
    assert "Copy 1 0" in text
    assert "In the digest of 2026-W33" in text
    assert "First seen its first text" in text
    assert {"../themes/cyber.html", "../entities/bis.html", "../issues/2026-W33.html"} <= set(page.links)
    assert "Vote 1 Sep 2026 The vote is on 1 September." in " ".join(
        pages(home)["stories/2.html"].text.split()
    )


def weekly(con: duckdb.DuckDBPyConnection) -> None:
    """Nine weeks of a desk, whose stories are all of one topic, and a trend test on record of each of two."""
    watch(con, "wire", "post")
    for back in range(9):
        week, many = WEEK.before(back), 20 if back == 0 else 2
        rows = [
            article(f"{week} {n}", feed=("wire", "post")[n % 2], published=week.start, seen=week.end)
            for n in range(many)
        ]
        place(con, *rows)
    con.execute("INSERT INTO store.article_topics SELECT article_id, 'export_controls', "
        "'licensing_decisions', 3, '' FROM store.articles")  # fmt: skip
    for as_of in (WEEK.end - timedelta(days=3), WEEK.end + timedelta(hours=6)):
        save_trend_tests(con, make_trend_tests(con, WEEK, as_of, is_over=as_of >= WEEK.end))


def test_series_has_its_weeks_as_bars_and_what_the_latest_test_said(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    weekly(con)
    build(con, tmp_path)
    said = pages(tmp_path)
    for path in ("desks/export_controls.html", "topics/licensing_decisions.html"):
        text = " ".join(said[path].text.split())
        assert re.search(r"2026-W33 20 Risen to \d+ times its usual level", text), text[:900]
        assert "no comparison is made" not in text, path
        assert "4 earlier weeks with a story or a test 2026-W28" not in text
        assert "4 earlier weeks with a story or a test Week Stories" in text, path
        assert broken_links(tmp_path) == []
    (drawn, small) = re.findall(
        r"<svg.*?</svg>", (tmp_path / "site/desks/export_controls.html").read_text("utf-8")
    )
    assert drawn.count("M") >= 9
    assert 'class="rose"' in drawn
    assert "2026-W33 risen" in drawn
    assert "Licensing decisions: stories a week" in small
    assert "../topics/licensing_decisions.html" in said["desks/export_controls.html"].links
    assert "No story" not in said["desks/export_controls.html"].text


def test_series_of_few_stories_has_no_chart(filled: duckdb.DuckDBPyConnection, home: Path) -> None:
    build(filled, home)
    assert "<svg" not in (home / "site/topics/eu_ai_act.html").read_text("utf-8")
    assert "<svg" not in (home / "site/themes/cyber.html").read_text("utf-8")


def test_every_link_within_the_site_leads_somewhere(filled: duckdb.DuckDBPyConnection, home: Path) -> None:
    build(filled, home)
    assert broken_links(home) == []


def test_no_address_is_lost_whatever_changes_between_two_builds(
    filled: duckdb.DuckDBPyConnection, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listings, "ON_ONE_PAGE", 1)
    build(filled, home)
    before = files(home)
    merge_stories(filled, 1, [4], CORRECTION)
    seized = filled.execute("SELECT article_id FROM articles WHERE title = 'Chips are seized'").fetchall()[0][
        0
    ]
    filled.execute(
        "INSERT INTO store.desk_corrections VALUES ($1, 1, 'off_topic', $2, '')", [seized, to_db(NOW)]
    )
    filled.execute("DELETE FROM store.article_entities")
    for path in (home / "digests").iterdir():
        path.unlink()
    write_issue(home, "Another week", week="2026-W34", story_id=4)
    report = build(filled, home)
    assert before - files(home) <= {"search/2026-07.js"}
    assert broken_links(home) == []
    now = pages(home)
    assert "../stories/1.html" in now["stories/4.html"].links
    assert "No longer shown" in now["stories/2.html"].text
    assert "No longer shown" in now["entities/bis.html"].text
    assert {"issues/2026-W33.html", "issues/2026-W34.html"} <= set(now["index.html"].links)
    assert report.gone >= 2
    again = build(filled, home)
    assert (again.written, again.gone) == (0, report.gone)


def test_lineage_leads_from_a_story_to_what_it_took_in_and_what_was_split_off(
    filled: duckdb.DuckDBPyConnection, home: Path
) -> None:
    merge_stories(filled, 1, [4], CORRECTION)
    in_force = filled.execute("SELECT article_id FROM articles WHERE title = 'Rule in force'").fetchall()[0][
        0
    ]
    split_story(filled, 1, [in_force], CORRECTION)
    build(filled, home)
    page = pages(home)["stories/1.html"]
    text = " ".join(page.text.split())
    assert "Took in another story: story 4 one rule, two agencies · decided by an analyst" in text
    assert "A part became a story of its own: story" in text
    assert "../stories/4.html" in page.links


def test_what_did_not_change_is_the_same_file_as_before(
    filled: duckdb.DuckDBPyConnection, home: Path
) -> None:
    build(filled, home)
    old = (home / "site" / "stories" / "2.html").stat()
    place(filled, dated_article("Rule is praised", "2026-08-15", "third"), story=1, desk="regulation")
    report = build(filled, home)
    new = (home / "site" / "stories" / "2.html").stat()
    assert (new.st_ino, new.st_mtime_ns) == (old.st_ino, old.st_mtime_ns)
    assert 0 < report.written < report.kept


def test_same_snapshot_and_issues_give_the_same_bytes(filled: duckdb.DuckDBPyConnection, home: Path) -> None:
    build(filled, home)
    build_site(filled, home / "digests", home / "other", None)
    assert {path: (home / "other" / path).read_bytes() for path in files(home)} == contents(home)


KILLED_MIDWAY = """
import os, signal, sys
from pathlib import Path
from reports.site.build import build_site
from reports.site.atomic_output import AtomicOutput
from warehouse.store.db import open_read_only
put = AtomicOutput.put
def put_until_stories(self, file):
    if file.path.startswith("stories/"):
        os.kill(os.getpid(), signal.SIGKILL)
    put(self, file)
AtomicOutput.put = put_until_stories
home = Path(sys.argv[1])
with open_read_only(home / "warehouse.duckdb") as con:
    build_site(con, home / "digests", home / "site", None)
"""


def test_build_that_is_killed_leaves_the_site_that_stood(home: Path, empty_warehouse: Path) -> None:
    with open_warehouse(Path(shutil.copy(empty_warehouse, home))) as con:
        place(con, dated_article("Rule takes effect"), story=1)
        build(con, home)
    stood = contents(home)
    done = subprocess.run(
        [sys.executable, "-c", KILLED_MIDWAY, str(home)], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert sorted(path.name for path in (home / ".site").iterdir()) == [".lock", "1", "2"]
    assert contents(home) == stood
    with open_read_only(home / "warehouse.duckdb") as con:
        report = build(con, home)
    assert (report.written, contents(home)) == (0, stood)


def test_site_takes_the_place_of_an_empty_folder_and_of_nothing_else(
    filled: duckdb.DuckDBPyConnection, home: Path
) -> None:
    (home / "site").mkdir()
    build(filled, home)
    assert (home / "site" / "index.html").exists()
    (home / "own").mkdir()
    (home / "own" / "thesis.txt").write_text("years of work")
    with pytest.raises(ReportError, match="not a site of ours"):
        build_site(filled, home / "digests", home / "own", None)
    (home / "link").symlink_to("own")
    with pytest.raises(ReportError, match="not a site of ours"):
        build_site(filled, home / "digests", home / "link", None)
    assert (home / "own" / "thesis.txt").exists()


def test_two_builds_take_turns(filled: duckdb.DuckDBPyConnection, home: Path) -> None:
    with FileLock(home / ".site" / ".lock"), pytest.raises(WarehouseBusyError):
        build(filled, home)


def test_hostile_headlines_are_inert_on_every_page(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    place(
        con,
        dated_article(HOSTILE, url="javascript:alert(1)"),
        dated_article("Quiet", url='https://x.example/"><script>'),
        story=1,
    )
    con.execute("INSERT INTO store.article_entities SELECT article_id, '../../etc', $1, 'firm', NULL, "
        "NULL, 'x', 1, TRUE FROM articles", [HOSTILE])  # fmt: skip
    con.execute("UPDATE store.sources SET name = $1, publisher = $1", [HOSTILE])
    write_issue(home, HOSTILE, story_id=1)
    build(con, home)
    for path, page in pages(home).items():
        assert page.scripts == (["assets/search.js"] if path == "search.html" else []), path
        assert not {name for name in page.attributes if name.startswith("on") or name == "style"}, path
        assert not [link for link in page.links if link.startswith("javascript")], path
        assert not set(page.text) & set("\u202e\u2066"), path
    assert broken_links(home) == []
    (shard,) = (home / "site" / "search").iterdir()
    call = re.fullmatch(r'watchfloorTitles\("2026-08", (.*)\);\n', shard.read_text("ascii"))
    assert call
    assert json.loads(call[1])[0][1] == HOSTILE
    assert "<" not in shard.read_text("ascii")


def test_pages_allow_no_script_but_the_search_its_own(filled: duckdb.DuckDBPyConnection, home: Path) -> None:
    build(filled, home)
    for path in files(home):
        if path.endswith(".html") and not path.startswith(("issues/", "data/")):
            policy = re.search(
                r'Content-Security-Policy" content="([^"]+)"', (home / "site" / path).read_text("utf-8")
            )
            assert policy, path
            assert "default-src 'none'" in policy[1]
            assert "unsafe" not in policy[1]
            assert ("script-src 'self'" in policy[1]) == (path == "search.html"), path


def test_issue_page_is_the_issue_with_a_way_back_and_its_file_is_untouched(
    filled: duckdb.DuckDBPyConnection, home: Path
) -> None:
    build(filled, home)
    page = pages(home)["issues/2026-W33.html"]
    assert "The rule takes effect." in page.text
    assert {"../index.html", "../stories/1.html", "../data/2026-W33.json"} <= set(page.links)
    assert (home / "site/data/2026-W33.html").read_bytes() == (home / "digests/2026-W33.html").read_bytes()


def test_long_lists_go_on_by_month(
    filled: duckdb.DuckDBPyConnection, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listings, "ON_ONE_PAGE", 1)
    build(filled, home)
    assert "The latest 1 of 3 stories" in pages(home)["entities/bis.html"].text
    assert "../../stories/2.html" in pages(home)["entities/bis/2026-07.html"].links
    assert "desks/export_controls/2026-08.html" in files(home)


def test_feeds_page_says_who_is_down_and_shows_neither_address_nor_message(
    filled: duckdb.DuckDBPyConnection, home: Path
) -> None:
    filled.execute("UPDATE store.fetches SET message = 'token=hunter2'")
    filled.execute("INSERT INTO store.feed_states (source_id, failures) VALUES ('wire', 1)")
    build(filled, home)
    page = (home / "site" / "feeds.html").read_text("utf-8")
    assert "failing" in page
    assert "hunter2" not in page
    assert "feed.xml" not in page


def atom(home: Path) -> feedparser.FeedParserDict:
    feed = feedparser.parse((home / "site" / "issues.atom").read_bytes())
    assert not feed.bozo, feed.get("bozo_exception")
    assert feed.version == "atom10"
    return feed


def test_atom_feed_has_all_that_the_rfc_asks_for(filled: duckdb.DuckDBPyConnection, home: Path) -> None:
    write_issue(home, "The week before", week="2026-W32")
    build(filled, home, "https://watch.example/")
    feed = atom(home)
    assert feed.feed.id == "https://watch.example/issues.atom"
    assert feed.feed.title
    assert feed.feed.author
    assert feed.feed.updated == max(entry.updated for entry in feed.entries)
    assert {link.rel: link.href for link in feed.feed.links}["self"] == "https://watch.example/issues.atom"
    assert [entry.title for entry in feed.entries] == [
        f"Watchfloor weekly digest 2026-W{week}" for week in (33, 32)
    ]
    assert len({entry.id for entry in feed.entries}) == 2
    assert feed.entries[0].link == "https://watch.example/issues/2026-W33.html"
    assert feed.entries[0].summary == "Regulation: Rule takes effect"


def test_entry_keeps_its_id_and_moves_its_time_only_when_the_issue_is_made_anew(
    filled: duckdb.DuckDBPyConnection, home: Path
) -> None:
    build(filled, home)
    first = atom(home).entries[0]
    build(filled, home)
    assert atom(home).entries[0] == first
    later = NOW + timedelta(days=1)
    made = IssueRecord(week=str(WEEK), watermark=later, articles=12, stories=3, desks={}, content_hash=1)
    save_issue(filled, made, later)
    build(filled, home)
    moved = atom(home).entries[0]
    assert moved.id == first.id
    assert moved.id.startswith("urn:uuid:")
    assert moved.updated > first.updated


def test_empty_warehouse_without_issues_gives_a_whole_site(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    report = build(con, tmp_path)
    assert (report.issues, report.stories) == (0, 0)
    assert broken_links(tmp_path) == []
    assert atom(tmp_path).entries == []


def test_issue_that_is_no_json_is_named_and_the_site_stays(
    filled: duckdb.DuckDBPyConnection, home: Path
) -> None:
    build(filled, home)
    (home / "digests" / f"{WEEK}.json").write_text("{", "utf-8")
    with pytest.raises(ReportError, match=r"2026-W33\.json"):
        build(filled, home)
    assert (home / "site" / "issues" / "2026-W33.html").exists()


def test_without_a_snapshot_the_command_says_what_makes_one(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["--home", str(tmp_path), "site"])
    assert done.exit_code == 1
    assert "watchfloor publish" in done.stderr
