"""The trend tests of a week: a row per series with the evidence of its verdict; stored and explained."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import duckdb
import pytest
from fakes import NOW, WEEK, article, make_trend_tests, place, watch

from reports.trends.explain_trend import counting_query, explain_test
from reports.trends.panel import read_panel
from reports.trends.trend_ledger import cut_off, trend_test_id
from reports.week import Week
from sources.model import Article
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.store.config_changes import note_value
from warehouse.store.trend_tests import TrendTest, Verdict, read_trend_tests, save_trend_tests

pytestmark = pytest.mark.slow

DESKS = load_taxonomy().desks
DAY = timedelta(days=1)
FEEDS = ("wire", "post", "ant", "bee")


def cover(con: duckdb.DuckDBPyConnection, week: Week, many: int, **classified: str) -> list[Article]:
    covering = [
        article(
            f"{week} {number} {classified}", feed=FEEDS[number % 4], published=week.start + DAY, seen=week.end
        )
        for number in range(many)
    ]
    place(con, *covering, **classified)  # type: ignore[arg-type]
    return covering


def history(con: duckdb.DuckDBPyConnection, many: int, weeks: int = 9) -> None:
    watch(con, *FEEDS)
    for back in range(1, weeks + 1):
        cover(con, WEEK.before(back), many)


def by_series(con: duckdb.DuckDBPyConnection, *, is_over: bool = True) -> dict[str, TrendTest]:
    return {test.series: test for test in make_trend_tests(con, WEEK, NOW, is_over=is_over)}


def test_every_desk_topic_theme_and_act_share_has_a_test_also_without_a_story(
    con: duckdb.DuckDBPyConnection,
) -> None:
    taxonomy, made = load_taxonomy(), by_series(con)
    assert len(made) == 2 * len(DESKS) + len(taxonomy.topics) + len(taxonomy.themes)
    assert {test.verdict for test in made.values()} == {Verdict.BASELINE_FORMING}
    assert list(made)[: len(DESKS)] == [f"desk:{desk}" for desk in DESKS]


def test_row_has_all_that_its_verdict_rests_on(con: duckdb.DuckDBPyConnection) -> None:
    history(con, 5)
    cover(con, WEEK, 22)
    test = by_series(con)["desk:export_controls"]
    assert (test.week, test.as_of, test.kind, test.desk, test.key) == (
        str(WEEK),
        NOW,
        "desk",
        "export_controls",
        "export_controls",
    )
    assert (test.name, test.stories, test.publishers) == (DESKS["export_controls"].name, 22, 4)
    assert (test.baseline, test.baseline_weeks[-1], len(test.baseline_weeks)) == (
        (5,) * 9,
        str(WEEK.before(1)),
        9,
    )
    assert test.history[-10:] == (*[5] * 9, 22)
    assert test.history[0] is None
    assert (test.panel_stories, test.panel_baseline, test.coverage) == (22, (5,) * 9, 1.0)
    assert (test.span_weeks, test.span_stories, test.panel_span) == ((str(WEEK),), (22,), (22,))
    assert (test.panel_feeds, test.watched_feeds) == (4, 4)
    assert test.ratio == test.level == pytest.approx(4.4)
    assert test.low == test.level_low < 4.4 < (test.high or 0)
    assert (test.error_share, test.q) == (0.5, pytest.approx(test.p / 0.5, rel=1e-5))
    assert (test.verdict, test.tested) == (Verdict.RISEN, 1)
    assert test.reason == f"q = {test.q:.2g}, at most 0.1"


def test_change_of_two_weeks_is_told_of_both(con: duckdb.DuckDBPyConnection) -> None:
    watch(con, *FEEDS)
    for back in range(2, 11):
        cover(con, WEEK.before(back), 8)
    cover(con, WEEK.before(1), 18)
    cover(con, WEEK, 18)
    test = by_series(con)["desk:export_controls"]
    assert (test.verdict, test.span_weeks) == (Verdict.RISEN, (str(WEEK.before(1)), str(WEEK)))
    assert (test.span_stories, test.panel_span, test.baseline[-1]) == ((18, 18), (18, 18), 8)
    assert (test.stories, test.panel_stories) == (18, 18)


def test_rise_that_one_publisher_alone_makes_is_not_called_unless_others_tell_it_too(
    con: duckdb.DuckDBPyConnection,
) -> None:
    history(con, 5)
    cover(con, WEEK, 5)
    flood = [article(f"Flood {number}", feed="wire", published=WEEK.start + DAY) for number in range(20)]
    place(con, *flood)
    test = by_series(con)["desk:export_controls"]
    assert (test.verdict, test.publishers) == (Verdict.NO_MEASURABLE_CHANGE, 4)
    assert test.reason == "one publisher family alone (Wire) makes the rise"
    for one in flood[:15]:
        place(con, article(f"Too: {one.title}", feed="bee", published=one.published_at), story=one.article_id)
    assert by_series(con)["desk:export_controls"].verdict is Verdict.RISEN


def test_feeds_added_since_are_counted_and_not_compared(con: duckdb.DuckDBPyConnection) -> None:
    history(con, 5)
    watch(con, "new", "newer", since=WEEK.before(2))
    cover(con, WEEK, 5)
    added = (article(f"More {number}", feed="new", published=WEEK.start + DAY) for number in range(15))
    place(con, *added)
    test = by_series(con)["desk:export_controls"]
    assert (test.stories, test.panel_stories, test.panel_feeds, test.watched_feeds) == (20, 5, 4, 6)
    assert (test.verdict, test.level) == (Verdict.NO_MEASURABLE_CHANGE, 1.0)


def test_series_that_only_added_feeds_tell_is_withheld(con: duckdb.DuckDBPyConnection) -> None:
    history(con, 0)
    watch(con, "new", since=WEEK.before(2))
    place(con, *(article(f"More {number}", feed="new", published=WEEK.start + DAY) for number in range(15)))
    test = by_series(con)["desk:export_controls"]
    assert test.verdict is Verdict.WITHHELD
    assert "the feeds watched throughout tell 0% of its stories" in test.reason


def test_entity_needs_a_story_a_week(con: duckdb.DuckDBPyConnection) -> None:
    watch(con, *FEEDS)
    covering = cover(con, WEEK, 10)
    name(con, covering, "bis")
    name(con, covering[:9], "asml")
    made = by_series(con)
    assert "entity:asml" not in made
    assert (made["entity:bis"].name, made["entity:bis"].desk, made["entity:bis"].stories) == ("BIS", None, 10)


def name(con: duckdb.DuckDBPyConnection, covering: list[Article], entity: str) -> None:
    for one in covering:
        con.execute(
            "INSERT INTO store.article_entities VALUES ($1, $2, upper($2), 'regulator', NULL, NULL, $2, 1, "
            "FALSE)",
            [one.article_id, entity],
        )


def act(con: duckdb.DuckDBPyConnection, covering: list[Article]) -> None:
    for one in covering:
        con.execute("INSERT INTO store.article_facets VALUES ($1, 'act', 'rule', 3, '')", [one.article_id])


def test_act_share_has_both_of_its_numbers_and_the_odds(con: duckdb.DuckDBPyConnection) -> None:
    watch(con, *FEEDS)
    for back in range(1, 10):
        act(con, cover(con, WEEK.before(back), 12)[:3])
    act(con, cover(con, WEEK, 12)[:11])
    test = by_series(con)["act_share:export_controls"]
    assert (test.stories, test.out_of) == (11, 12)
    assert (test.baseline, test.baseline_out_of) == ((3,) * 9, (12,) * 9)
    assert (test.panel_stories, test.panel_out_of, test.panel_baseline_out_of) == (11, 12, (12,) * 9)
    assert test.ratio == pytest.approx((11 / 1) / (27 / 81))
    assert test.verdict is Verdict.RISEN


def test_first_stories_name_the_last_week_that_had_one(con: duckdb.DuckDBPyConnection) -> None:
    history(con, 0)
    place(con, article("Long ago", published=WEEK.before(30).start))
    cover(con, WEEK, 6)
    test = by_series(con)["desk:export_controls"]
    assert (test.verdict, test.first_before, test.ratio, test.high) == (
        Verdict.FIRST_SEEN,
        str(WEEK.before(30)),
        None,
        None,
    )


def test_all_tested_series_share_one_correction(con: duckdb.DuckDBPyConnection) -> None:
    history(con, 5)
    cover(con, WEEK, 5)
    for desk in DESKS.keys() - {"export_controls"}:
        cover(con, WEEK, 3, desk=desk)
    tested = {series: test.tested for series, test in by_series(con).items() if test.tested}
    assert tested == {f"desk:{desk}": len(DESKS) for desk in DESKS}


def test_first_weeks_say_how_many_are_missing(con: duckdb.DuckDBPyConnection) -> None:
    watch(con, *FEEDS, since=WEEK.before(6))
    cover(con, WEEK, 22)
    test = by_series(con)["desk:export_controls"]
    assert (test.verdict, test.tested) == (Verdict.BASELINE_FORMING, 0)
    assert test.reason == "5 of 8 weeks to compare with, 3 more to go"


def test_another_model_is_no_break_but_history_filed_by_both_is_not_compared(
    con: duckdb.DuckDBPyConnection,
) -> None:
    history(con, 5)
    cover(con, WEEK, 22)
    note_value(con, "model", "minilm@1", WEEK.before(20).start)
    note_value(con, "model", "minilm@2", WEEK.before(3).start)
    assert by_series(con)["desk:export_controls"].verdict is Verdict.RISEN
    con.execute("UPDATE store.classifications SET method = 'other+news' WHERE article_id % 2 = 0")
    test = by_series(con)["desk:export_controls"]
    assert test.verdict is Verdict.WITHHELD
    assert "run `watchfloor enrich`" in test.reason


def test_rows_of_an_older_ledger_are_read(con: duckdb.DuckDBPyConnection) -> None:
    history(con, 5)
    cover(con, WEEK, 22)
    save_trend_tests(con, make_trend_tests(con, WEEK, NOW, is_over=True))
    added = (
        "span_weeks span_stories panel_span panel_span_out_of panel_feeds watched_feeds level level_low "
        "level_high error_share"
    ).split()
    con.execute(f"UPDATE store.trend_tests SET {', '.join(f'{one} = NULL' for one in added)}")
    old = next(one for one in read_trend_tests(con, str(WEEK)) if one.stories == 22)
    assert (old.span_weeks, old.span_stories, old.panel_span) == ((str(WEEK),), (22,), (22,))
    assert (old.level, old.level_low, old.level_high) == (old.ratio, old.low, old.high)


def test_week_that_is_not_over_is_withheld(con: duckdb.DuckDBPyConnection) -> None:
    history(con, 5)
    test = by_series(con, is_over=False)["desk:export_controls"]
    assert (test.verdict, test.reason) == (Verdict.WITHHELD, "the data end before the week does")


def test_cut_off_of_a_week_watched_to_its_last_day_is_its_end() -> None:
    assert cut_off(NOW, WEEK, NOW) == NOW
    assert cut_off(WEEK.end - timedelta(hours=5), WEEK, NOW) == WEEK.end
    assert cut_off(WEEK.end - 2 * DAY, WEEK, NOW) == WEEK.end - 2 * DAY
    assert cut_off(WEEK.end - DAY, WEEK, WEEK.end - DAY) == WEEK.end - DAY


def test_id_is_short_printable_and_of_its_week_and_series_only() -> None:
    ids = {
        trend_test_id(WEEK, kind, key)
        for kind in ("desk", "topic", "theme", "entity")
        for key in map(str, range(1_000))
    }
    assert len(ids) == 4_000
    assert trend_test_id(WEEK, "desk", "regulation") == "W33-gnw6dp"
    assert trend_test_id(Week.parse("2027-W33"), "desk", "regulation") != trend_test_id(
        WEEK, "desk", "regulation"
    )


def test_saved_tests_are_read_back_as_they_were(con: duckdb.DuckDBPyConnection) -> None:
    history(con, 5)
    cover(con, WEEK, 22)
    made = make_trend_tests(con, WEEK, NOW, is_over=True)
    save_trend_tests(con, made)
    save_trend_tests(con, made)
    read = read_trend_tests(con, str(WEEK))
    assert sorted(read, key=lambda one: one.series) == sorted(made, key=lambda one: one.series)
    assert {test.kind for test in read[: len(DESKS)]} == {"desk"}


def test_tests_of_another_cut_off_stand_beside_and_the_latest_are_read(
    con: duckdb.DuckDBPyConnection,
) -> None:
    history(con, 5)
    made = make_trend_tests(con, WEEK, NOW, is_over=True)
    later = [replace(test, as_of=NOW + DAY, stories=test.stories + 1) for test in made]
    save_trend_tests(con, made)
    save_trend_tests(con, later)
    assert {test.as_of for test in read_trend_tests(con, str(WEEK))} == {NOW + DAY}
    assert {test.as_of for test in read_trend_tests(con, str(WEEK), NOW)} == {NOW}
    assert read_trend_tests(con, str(WEEK.before(1))) == []


def test_later_articles_change_no_test_made_again_as_of_then(con: duckdb.DuckDBPyConnection) -> None:
    history(con, 5)
    cover(con, WEEK, 5)
    before = make_trend_tests(con, WEEK, NOW, is_over=True)
    place(con, *(article(f"Late {number}", feed="wire", seen=NOW + DAY) for number in range(30)))
    watch(con, *FEEDS, since=WEEK.before(-1), until=WEEK.before(-2), outcome="timeout")
    assert make_trend_tests(con, WEEK, NOW, is_over=True) == before
    (desk, *_) = make_trend_tests(con, WEEK, NOW + DAY, is_over=True)
    assert desk.stories == 35
    assert desk.test_id == before[0].test_id


def test_explanation_goes_from_the_counts_to_the_verdict(con: duckdb.DuckDBPyConnection) -> None:
    history(con, 5)
    cover(con, WEEK, 22)
    steps = explain_test(by_series(con)["desk:export_controls"], read_panel(con, WEEK, NOW))
    assert [step.split(":")[0] for step in steps] == [
        "Counted",
        "Panel",
        "Compared",
        "Dispersion",
        "Test",
        "Error",
        "Publishers",
        "Verdict",
    ]
    assert "22 stories in 2026-W33, of 4 publisher families" in steps[0]
    assert "W33 22, with W24 5, W25 5" in steps[2]
    assert steps[-1].startswith("Verdict: risen, because q = ")


def test_explanation_says_which_weeks_were_left_out_and_why(con: duckdb.DuckDBPyConnection) -> None:
    history(con, 5, weeks=9)
    watch(con, *FEEDS, since=WEEK.before(4), until=WEEK.before(3), outcome="timeout")
    panel = read_panel(con, WEEK, NOW)
    steps = explain_test(by_series(con)["desk:export_controls"], panel)
    assert any(
        step.startswith("Left out: 2026-W29") and "fewer than 70% of the feeds were watched" in step
        for step in steps
    )


def test_query_of_an_explanation_counts_what_the_test_counts(con: duckdb.DuckDBPyConnection) -> None:
    history(con, 5)
    act(con, cover(con, WEEK, 22)[:7])
    made = by_series(con)
    for series in ("desk:export_controls", "act_share:export_controls"):
        test = made[series]
        rows = con.execute(counting_query(test)).fetchall()
        counted = {week: stories for kind, week, stories, *_ in rows if kind == test.kind}
        assert [counted.get(week, 0) for week in (*test.baseline_weeks, *test.span_weeks)] == [
            *test.baseline,
            *test.span_stories,
        ]
