"""What drives a called trend and what became of last week's, from articles to the line printed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import duckdb
import pytest
from fakes import NOW, WEEK, article, link, place_surely, watch

from reports.digest import build as builder
from reports.digest.build import make_issue
from reports.digest.digest import Digest
from reports.digest.record import from_json, to_json
from reports.digest.render import to_markdown
from reports.digest.trend_drivers import driven_by
from reports.digest.verify import verify_record
from reports.digest.write import forms_of
from reports.trends.explain_trend import driving_query
from reports.week import Week
from sources.model import Article
from warehouse.queries import trend_drivers
from warehouse.store.issues import IssueRecord, save_issue
from warehouse.store.trend_tests import Verdict, save_trend_tests

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)


def tell(con: duckdb.DuckDBPyConnection, week: Week, feed: str, stories: int) -> list[Article]:
    """A feed tells so many stories of its own, seen on the morning after the week."""
    told = [
        article(f"{feed} {week} {number}", feed=feed, published=week.start + DAY, seen=week.end + DAY / 4)
        for number in range(stories)
    ]
    place_surely(con, *told)
    return told


def name(con: duckdb.DuckDBPyConnection, entity: str, *articles: Article) -> None:
    for one in articles:
        con.execute(
            "INSERT INTO store.article_entities (article_id, entity_id, name, kind, role, jurisdiction, "
            "mentions, in_title, alias) VALUES (?, ?, ?, 'company', NULL, NULL, 1, TRUE, ?)",
            [one.article_id, entity, entity.title(), entity],
        )


def rise(con: duckdb.DuckDBPyConnection, until: Week = WEEK) -> None:
    """Ten stories a week, then 25: eleven of them name Nvidia, and two feeds tell one of those."""
    watch(con, "wire", "post", until=until)
    for back in range(1, 12):
        for feed in ("wire", "post"):
            tell(con, until.before(back), feed, 5)
    told = [*tell(con, until, "wire", 12), *tell(con, until, "post", 12)]
    name(con, "nvidia", *told[:10])
    widely = [
        article(f"Nvidia licence revoked, {feed}", feed=feed, published=until.start + 2 * DAY)
        for feed in ("wire", "post")
    ]
    place_surely(con, *widely, story=77)
    name(con, "nvidia", *widely)


def made(con: duckdb.DuckDBPyConnection) -> Digest:
    return make_issue(con, WEEK, NOW).digest


def test_called_desk_names_its_driver_and_the_stories_most_widely_told(
    con: duckdb.DuckDBPyConnection,
) -> None:
    rise(con)
    digest = made(con)
    (section,) = [one for one in digest.sections if one.desk == "export_controls"]
    assert section.trend.verdict is Verdict.RISEN
    drivers = digest.drivers_of(section.trend)
    assert drivers is not None
    assert drivers.excess == 15
    assert [(one.series, one.stories, one.usual) for one in drivers.parts] == [("entity:nvidia", 11, 0.0)]
    assert driven_by(drivers) == "Driven by Nvidia (11 stories, usually none; 73% of the rise)."
    assert len(drivers.stories) == 3
    assert drivers.stories[0].title.startswith("Nvidia licence revoked")
    forms = forms_of(digest)
    for form in ("html", "markdown", "mail_html", "mail_text"):
        assert "Nvidia (11 stories, usually none; 73% of the rise)" in forms[form]


def test_thread_is_named_once_among_the_stories_most_widely_told(con: duckdb.DuckDBPyConnection) -> None:
    rise(con)
    before = [one.title for one in (made(con).drivers or ())[0].stories]
    second = con.execute(
        "SELECT m.story_id FROM store.story_members AS m JOIN store.articles AS a USING (article_id) "
        "WHERE a.title = $1",
        [before[1]],
    ).fetchall()
    link(con, 77, second[0][0])
    digest = made(con)
    (drivers,) = digest.drivers or ()
    after = [one.title for one in drivers.stories]
    assert (after[0], after[1], len(after)) == (before[0], before[2], 3)
    assert drivers.of_thread == (2, 1, 1)
    forms = forms_of(digest)
    for form in ("html", "markdown", "mail_html", "mail_text"):
        assert forms[form].count(" (2 stories)") == 1
    assert verify_record(con, from_json(to_json(digest))) == []


def test_drivers_that_are_of_no_thread_have_no_number_of_stories(con: duckdb.DuckDBPyConnection) -> None:
    rise(con)
    (drivers,) = made(con).drivers or ()
    assert drivers.of_thread == ()
    assert [more for _, more in drivers.told] == [""] * 3


def test_query_of_an_explanation_counts_what_drives_it(con: duckdb.DuckDBPyConnection) -> None:
    rise(con)
    (trend,) = [one.trend for one in made(con).sections if one.desk == "export_controls"]
    counted = con.execute(driving_query(trend)).fetchall()
    assert ("entity", "nvidia", "Nvidia", str(WEEK), 11) in counted


def test_drivers_are_checked(con: duckdb.DuckDBPyConnection) -> None:
    rise(con)
    digest = from_json(to_json(made(con)))
    assert verify_record(con, digest) == []
    (drivers,) = digest.drivers or ()
    (part,) = drivers.parts
    retold = replace(drivers.stories[0], title="Another headline")
    for tampered in (
        replace(drivers, parts=(replace(part, stories=12),)),
        replace(drivers, stories=(retold, *drivers.stories[1:])),
    ):
        found = verify_record(con, replace(digest, drivers=(tampered,)))
        assert any(one.where.startswith(".drivers") for one in found)


def test_nothing_is_read_if_nothing_is_called(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unread(*_asked: object) -> None:
        raise AssertionError("was read")

    monkeypatch.setattr(trend_drivers, "driver_counts", unread)
    watch(con, "wire")
    for back in range(9):
        tell(con, WEEK.before(back), "wire", 3)
    digest = made(con)
    assert digest.drivers == ()
    assert "Driven by" not in to_markdown(digest)


def print_last_week(con: duckdb.DuckDBPyConnection) -> None:
    """Last week's issue is made and recorded as it is when it is written."""
    last, monday = WEEK.before(1), WEEK.start + timedelta(hours=6)
    issue = make_issue(con, last, monday)
    save_trend_tests(con, issue.trend_tests)
    record = IssueRecord(
        week=str(last),
        watermark=issue.digest.watermark,
        articles=0,
        stories=issue.digest.corpus.stories,
        desks={},
        content_hash=1,
    )
    save_issue(con, record, monday)


def test_call_of_last_week_holds_on_the_same_data(con: duckdb.DuckDBPyConnection) -> None:
    rise(con, until=WEEK.before(1))
    print_last_week(con)
    watch(con, "wire", "post")
    issue = make_issue(con, WEEK, NOW)
    (told,) = issue.digest.changes.trends
    assert (told.outcome, told.before.stories, told.now.stories) == ("held", 25, 25)
    assert told.now in issue.trend_tests  # its row is in the ledger, so SQL reproduces its numbers
    said = "W32's rise of Export controls and technology flows held: 2.5 times its usual level"
    assert said in to_markdown(issue.digest)
    assert verify_record(con, from_json(to_json(issue.digest))) == []


def test_call_of_last_week_is_withdrawn_when_its_stories_turn_out_to_be_few(
    con: duckdb.DuckDBPyConnection,
) -> None:
    rise(con, until=WEEK.before(1))
    print_last_week(con)
    watch(con, "wire", "post")
    con.execute(
        "UPDATE store.story_members SET story_id = 77 WHERE article_id IN (SELECT article_id FROM "
        "store.articles WHERE published_at >= ? AND title LIKE '%W32%')",
        [WEEK.before(1).start.replace(tzinfo=None)],
    )
    digest = made(con)
    (told,) = digest.changes.trends
    assert told.outcome == "withdrawn"
    assert "was withdrawn: 1 story, not 25, is now counted" in to_markdown(digest)


def test_last_week_is_not_tested_again_if_it_called_nothing(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch(con, "wire")
    tell(con, WEEK.before(1), "wire", 2)
    print_last_week(con)
    with builder.issue_context(con, WEEK, NOW) as context:
        assert context.tests_before == ()
