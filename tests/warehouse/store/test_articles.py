"""Saving articles: every entry counted once, first dates kept, no source rewriting another's text."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import duckdb
import pytest
from fakes import NOW, WEEK, article, place, save, source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.model import Article, DateStatus, EntryCounts, ParsedFeed, RegisterDocument, Rejection, SetAside
from warehouse.store.articles import save_articles, settled_articles
from warehouse.store.db import to_db, transaction

ONE = article("Chip rule takes effect", "The rule took effect on Monday.")
LATER = NOW + timedelta(hours=1)
REGISTERED = RegisterDocument(
    document_number="2026-00001",
    type="Rule",
    agencies=("Industry and Security Bureau",),
    effective_on=date(2026, 9, 1),
    comments_close_on=None,
    dockets=("BIS-2026-0001",),
    rins=("0694-AA00",),
    cfr_parts=("15 CFR 744", "15 CFR 774"),
)


def kept(con: duckdb.DuckDBPyConnection, columns: str) -> list[tuple[object, ...]]:
    return con.execute(f"SELECT {columns} FROM store.articles ORDER BY title").fetchall()


def seen_later(one: Article) -> Article:
    return replace(one, first_seen_at=one.first_seen_at + timedelta(hours=1))


def saved(
    con: duckdb.DuckDBPyConnection, *articles: Article, rejections: tuple[Rejection, ...] = ()
) -> EntryCounts:
    return save_articles(con, [ParsedFeed(articles=articles, rejections=rejections)], LATER)[0]


def reworded(known: Article, **changes: object) -> Article:
    return replace(known, text_hash=known.text_hash ^ 1, **changes)  # type: ignore[arg-type]


def test_new_article_is_kept_with_all_it_says(con: duckdb.DuckDBPyConnection) -> None:
    assert saved(con, ONE) == EntryCounts(new=1)
    (row,) = con.execute("FROM store.articles").to_arrow_table().to_pylist()
    assert {
        name: row[name]
        for name in ("article_id", "source_id", "publisher", "url", "title", "summary", "text")
    } == {
        name: getattr(ONE, name)
        for name in ("article_id", "source_id", "publisher", "url", "title", "summary", "text")
    }
    assert ONE.published_at is not None
    assert row["published_at"] == ONE.published_at.replace(tzinfo=None)
    assert row["first_seen_at"] == row["updated_at"] == ONE.first_seen_at.replace(tzinfo=None)
    assert (row["date_status"], row["language"], row["text_hash"]) == ("ok", "en", ONE.text_hash)


def test_known_article_is_unchanged(con: duckdb.DuckDBPyConnection) -> None:
    saved(con, ONE)
    before = kept(con, "*")
    assert saved(con, ONE) == EntryCounts(unchanged=1)
    assert kept(con, "*") == before


def test_changed_text_is_updated_once(con: duckdb.DuckDBPyConnection) -> None:
    saved(con, ONE)
    changed = reworded(ONE, title="Chip rule takes effect, at last", first_seen_at=LATER)
    assert saved(con, changed) == EntryCounts(updated=1)
    assert saved(con, changed) == EntryCounts(unchanged=1)
    assert kept(con, "title, first_seen_at, updated_at") == [
        (changed.title, ONE.first_seen_at.replace(tzinfo=None), LATER.replace(tzinfo=None))
    ]


def test_bumped_date_updates_what_is_stated_and_makes_nothing_new(con: duckdb.DuckDBPyConnection) -> None:
    saved(con, ONE)
    before = kept(con, "* EXCLUDE (stated_at)")
    bumped = replace(ONE, published_at=NOW, first_seen_at=LATER)
    assert saved(con, bumped) == EntryCounts(updated=1)
    assert saved(con, bumped) == EntryCounts(unchanged=1)
    assert kept(con, "* EXCLUDE (stated_at)") == before
    assert kept(con, "stated_at") == [(NOW.replace(tzinfo=None),)]


@pytest.mark.parametrize("status", [DateStatus.MISSING, DateStatus.UNPARSABLE, DateStatus.FUTURE])
def test_date_that_was_wanting_may_come_later(con: duckdb.DuckDBPyConnection, status: DateStatus) -> None:
    saved(con, replace(ONE, published_at=None, date_status=status))
    saved(con, ONE)
    assert kept(con, "published_at, date_status") == [(to_db(ONE.published_at), "ok")]


def test_date_that_came_later_than_we_saw_the_article_is_not_when_it_was_published(
    con: duckdb.DuckDBPyConnection,
) -> None:
    saved(con, replace(ONE, published_at=None, date_status=DateStatus.MISSING))
    saved(con, replace(ONE, published_at=ONE.first_seen_at + timedelta(days=9)))
    assert kept(con, "published_at, date_status") == [(None, "missing")]


def test_old_article_with_a_new_date_stays_old(con: duckdb.DuckDBPyConnection) -> None:
    old = replace(ONE, published_at=ONE.first_seen_at - timedelta(days=900), date_status=DateStatus.TOO_OLD)
    saved(con, old)
    saved(con, ONE)
    assert kept(con, "published_at, date_status") == [(to_db(old.published_at), "too_old")]


def test_flood_is_kept_counted_and_marked(con: duckdb.DuckDBPyConnection) -> None:
    assert saved(con, replace(ONE, set_aside=SetAside.FLOOD)) == EntryCounts(new=1, set_aside=1)
    assert kept(con, "set_aside") == [("flood",)]


def test_several_feeds_are_stored_at_once_and_counted_each_for_itself(con: duckdb.DuckDBPyConnection) -> None:
    saved(con, ONE)
    again = seen_later(replace(ONE, source_id="copycat"))
    feeds = [
        ParsedFeed(articles=(again, article("Only here", feed="copycat")), rejections=(), known=4),
        ParsedFeed(articles=(), rejections=(Rejection.NO_TITLE,)),
        ParsedFeed(
            articles=(reworded(ONE, summary="Owner's word."),), rejections=(Rejection.REPEATED_IN_FEED,)
        ),
    ]
    assert save_articles(con, feeds, LATER) == [
        EntryCounts(new=1, unchanged=5, duplicate=1),
        EntryCounts(rejected=1),
        EntryCounts(updated=1, rejected=1, duplicate=1),
    ]


def test_register_fields_are_stored_and_follow_an_update(con: duckdb.DuckDBPyConnection) -> None:
    saved(con, replace(ONE, register=REGISTERED))
    saved(
        con,
        reworded(
            replace(ONE, register=replace(REGISTERED, effective_on=date(2026, 10, 1))), summary="Delayed."
        ),
    )
    rows = con.execute("SELECT agencies, effective_on, cfr_parts FROM register_documents").fetchall()
    assert rows == [(["Industry and Security Bureau"], date(2026, 10, 1), ["15 CFR 744", "15 CFR 774"])]


def test_bumped_date_with_another_text_keeps_the_first_date(con: duckdb.DuckDBPyConnection) -> None:
    saved(con, ONE)
    assert saved(con, reworded(ONE, summary="More.", published_at=NOW)) == EntryCounts(updated=1)
    assert ONE.published_at is not None
    assert kept(con, "summary, published_at") == [("More.", ONE.published_at.replace(tzinfo=None))]


def test_other_source_cannot_rewrite(con: duckdb.DuckDBPyConnection) -> None:
    saved(con, ONE)
    hijacked = reworded(
        ONE, source_id="copycat", publisher="Copycat", title="You will not believe this chip rule"
    )
    assert saved(con, seen_later(hijacked)) == EntryCounts(unchanged=1, duplicate=1)
    assert kept(con, "title, source_id, publisher") == [(ONE.title, "wire", "Wire")]


UNDATED = {"published_at": None, "date_status": DateStatus.MISSING}


@pytest.mark.parametrize(
    ("mine", "other"),
    [
        (ONE, reworded(ONE, source_id="zeitung", title="Another headline")),  # the first by id
        (ONE, reworded(ONE, source_id="copycat", title="Another headline", **UNDATED)),  # one that dates it
        (replace(ONE, set_aside=SetAside.FLOOD), reworded(ONE, source_id="zeitung")),
        (replace(ONE, register=REGISTERED), reworded(ONE, source_id="zeitung")),
        (ONE, replace(ONE, source_id="zeitung", register=REGISTERED)),  # a register completes any article
    ],
)
@pytest.mark.parametrize("minutes", [0, 20])
def test_article_of_two_feeds_in_one_hour_is_the_same_whichever_answers_first(
    con: duckdb.DuckDBPyConnection, mine: Article, other: Article, minutes: int
) -> None:
    columns = "* EXCLUDE (first_seen_at, updated_at)"
    found = []
    for first, second in ((mine, other), (other, mine)):
        con.execute("DELETE FROM store.articles; DELETE FROM store.register_documents")
        counts = saved(con, first)
        counts += saved(con, replace(second, first_seen_at=ONE.first_seen_at + timedelta(minutes=minutes)))
        assert replace(counts, set_aside=0) == EntryCounts(new=1, unchanged=1, duplicate=1)
        found.append((kept(con, columns), con.execute("FROM store.register_documents").fetchall()))
    assert found[0] == found[1]
    assert kept(con, "title, source_id") == [(ONE.title, "wire")]


def test_grouped_article_stays_that_of_its_feed(con: duckdb.DuckDBPyConnection) -> None:
    place(con, ONE)
    assert saved(con, reworded(ONE, source_id="copycat")) == EntryCounts(unchanged=1, duplicate=1)
    assert kept(con, "source_id") == [("wire",)]


def test_article_is_settled_after_the_hour_of_its_first_sight_or_once_it_is_grouped(
    con: duckdb.DuckDBPyConnection,
) -> None:
    grouped = article("Grouped")
    saved(con, ONE)
    place(con, grouped)
    asked, both = [ONE.article_id, grouped.article_id, 7], {ONE.article_id, grouped.article_id}
    assert settled_articles(con, asked, ONE.first_seen_at) == {grouped.article_id}
    assert settled_articles(con, asked, ONE.first_seen_at + timedelta(hours=1)) == both


def test_every_entry_ends_exactly_once(con: duckdb.DuckDBPyConnection) -> None:
    known, changing = article("Known"), article("Changing")
    saved(con, known, changing)
    counts = saved(
        con,
        known,
        reworded(changing, summary="Changed."),
        article("New"),
        rejections=(Rejection.NO_TITLE, Rejection.REPEATED_IN_FEED),
    )
    assert counts == EntryCounts(new=1, updated=1, unchanged=1, rejected=2, duplicate=1)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(0, 5), st.integers(0, 2), st.sampled_from(["wire", "post"])),
            max_size=6,
            unique_by=lambda e: e[0],
        ),
        max_size=5,
    )
)
def test_fates_add_up_whatever_comes_in_whatever_order(
    con: duckdb.DuckDBPyConnection, deliveries: list[list[tuple[int, int, str]]]
) -> None:
    con.execute("DELETE FROM store.articles")
    seen: dict[int, tuple[int, str]] = {}
    for delivery in deliveries:
        counts = saved(
            con,
            *(
                replace(article(str(number), url=f"https://x.example/{number}", feed=feed), text_hash=version)
                for number, version, feed in delivery
            ),
        )
        expected = {"new": 0, "updated": 0, "unchanged": 0}
        for number, version, feed in delivery:
            known = seen.get(number)
            if known is None:
                expected["new"] += 1
                seen[number] = (version, feed)
            elif known[1] == feed and known[0] != version:
                expected["updated"] += 1
                seen[number] = (version, feed)
            else:
                expected["unchanged"] += 1
                if feed < known[1]:  # both in one hour
                    seen[number] = (version, feed)
        assert replace(counts, duplicate=0) == EntryCounts(**expected)


def test_feed_without_entries_saves_nothing(con: duckdb.DuckDBPyConnection) -> None:
    assert saved(con) == EntryCounts()


def test_undated_and_linkless_article_is_kept_as_such(con: duckdb.DuckDBPyConnection) -> None:
    saved(con, article("No date, no link", url=None, published=None, status=DateStatus.MISSING))
    assert kept(con, "published_at, url, date_status") == [(None, None, "missing")]


def test_article_of_a_coming_day_counts_once_the_day_has_come(con: duckdb.DuckDBPyConnection) -> None:
    coming = article("Rule of next week", published=NOW + timedelta(days=7), status=DateStatus.FUTURE)
    saved(con, coming)
    assert kept(con, "date_status") == [("future",)]
    save_articles(con, [ParsedFeed(articles=(), rejections=())], NOW + timedelta(days=7))
    assert kept(con, "date_status") == [("ok",)]


def test_undated_article_gets_the_date_that_another_feed_states(con: duckdb.DuckDBPyConnection) -> None:
    undated = article("Seen by an aggregator first", published=None, status=DateStatus.MISSING)
    saved(con, undated)
    own = replace(
        undated, source_id="own-feed", published_at=undated.first_seen_at, date_status=DateStatus.OK
    )
    assert saved(con, own) == EntryCounts(unchanged=1, duplicate=1)
    assert kept(con, "date_status, published_at") == [("ok", undated.first_seen_at.replace(tzinfo=None))]


def test_text_that_looks_like_sql_or_markup_is_kept_letter_by_letter(con: duckdb.DuckDBPyConnection) -> None:
    hostile = "'; DROP TABLE store.articles; -- <script>alert(1)</script> $now \u202e\u0000 \U0001f4a3"
    saved(con, article(hostile, hostile * 50))
    assert kept(con, "title, summary") == [(hostile, hostile * 50)]


def test_interrupted_save_leaves_nothing(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(KeyboardInterrupt), transaction(con):
        saved(con, ONE)
        raise KeyboardInterrupt
    assert kept(con, "*") == []
    assert saved(con, ONE) == EntryCounts(new=1)


def test_counts_of_feeds_add_up() -> None:
    total = EntryCounts(new=1, updated=2) + EntryCounts(unchanged=3, rejected=4, new=10)
    assert total == EntryCounts(new=11, updated=2, unchanged=3, rejected=4)


def test_thousand_articles_are_saved_at_one_stroke(con: duckdb.DuckDBPyConnection) -> None:
    save(con, *(article(f"Number {number}", seen=WEEK.end) for number in range(1_000)))
    assert con.execute("SELECT count(*), count(DISTINCT source_id) FROM store.articles").fetchone() == (
        1_000,
        1,
    )
    assert con.execute("SELECT name, publisher FROM store.sources").fetchall() == [(source().name, "Wire")]
