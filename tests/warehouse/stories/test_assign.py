"""Grouping: the same stories whether articles come together or in batches of any size, stopped or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import duckdb
import pytest
from fakes import HashEmbedder, article, save, silent

from reports.week import Week
from sources.model import Article, DateStatus, ParsedFeed, stable_id
from warehouse.classify import classifications
from warehouse.classify.classifications import classify_pending
from warehouse.classify.desk_classifier import DeskClassifier, load_desk_classifier
from warehouse.embed import vectors
from warehouse.embed.vectors import embed_pending
from warehouse.store.articles import save_articles
from warehouse.stories import assign
from warehouse.stories.assign import assign_stories
from warehouse.stories.cluster import PARAMETERS
from warehouse.stories.story_corrections import Correction, merge_stories

SUBJECTS = (
    (
        "Netherlands halts lithography exports",
        "The Dutch government revoked ASML licences for shipments to China.",
    ),
    (
        "Pentagon orders autonomous drone swarm",
        "The contract covers four hundred uncrewed aircraft for the Navy.",
    ),
    (
        "Parliament adopts liability rules for chatbots",
        "Lawmakers in Brussels voted on compensation for consumers.",
    ),
    ("Supercomputer smuggling ring indicted in Texas", "Prosecutors say servers worth millions went abroad."),
)


def corpus() -> list[Article]:
    """Four weeks: each subject covered by three feeds, one of them copying, and a single article a week."""
    first, covering = Week.parse("2026-W20").start, []
    for number in range(4):
        start = first + timedelta(weeks=number)
        title, lead = SUBJECTS[number]
        for hour, (feed, text) in enumerate(
            [("wire", lead), ("post", f"{lead} Officials confirmed it on Tuesday."), ("copy", lead)]
        ):
            covering.append(article(title, text, feed=feed, published=start + timedelta(hours=hour)))
        alone = f"Village fair number {number} draws {number}00 visitors"
        covering.append(
            article(alone, f"Pies{number} jams{number}.", feed="post", published=start + timedelta(days=3))
        )
    missing = article("Undated note about turnips", published=None, status=DateStatus.MISSING, seen=first)
    return [*covering, missing]


@pytest.fixture(scope="module")
def filer() -> DeskClassifier:
    return load_desk_classifier()


def enrich(con: duckdb.DuckDBPyConnection, filer: DeskClassifier) -> tuple[int, int]:
    embed_pending(con, HashEmbedder(), silent)
    classify_pending(con, filer, "hash@1", silent)
    return assign_stories(con, "hash@1", silent)


def by_week(articles: Sequence[Article]) -> list[list[Article]]:
    weeks: dict[str, list[Article]] = {}
    for one in sorted(articles, key=lambda one: one.first_seen_at):
        weeks.setdefault(str(Week.containing(one.first_seen_at)), []).append(one)
    return list(weeks.values())


def members(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return con.execute("FROM store.story_members ORDER BY position").fetchall()


def clear(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("DELETE FROM store.story_members; DELETE FROM store.stories; DELETE FROM store.article_terms")


@pytest.fixture
def whole(con: duckdb.DuckDBPyConnection, filer: DeskClassifier) -> list[tuple[object, ...]]:
    """The corpus in `con`, enriched at one stroke."""
    save(con, *corpus())
    enrich(con, filer)
    return members(con)


@pytest.mark.usefixtures("whole")
def test_every_article_is_in_exactly_one_story_and_every_story_has_one(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert Counter(
        article_id for (article_id,) in con.execute("SELECT article_id FROM story_articles").fetchall()
    ) == {one.article_id: 1 for one in corpus()}
    query = "SELECT story_id FROM store.stories ORDER BY 1"
    assert (
        con.execute(query).fetchall()
        == con.execute(
            query.replace("store.stories", "(SELECT DISTINCT story_id FROM store.story_members)")
        ).fetchall()
    )


@pytest.mark.usefixtures("whole")
def test_story_takes_its_id_from_the_article_that_founded_it(con: duckdb.DuckDBPyConnection) -> None:
    founders = con.execute(
        "SELECT story_id, arg_min(article_id, position) FROM store.story_members GROUP BY 1"
    ).fetchall()
    assert all(story_id == stable_id("story", str(article_id)) for story_id, article_id in founders)


@pytest.mark.usefixtures("whole")
def test_same_event_is_one_story_and_other_events_are_others(con: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT story_id FROM story_articles JOIN articles USING (article_id) WHERE title = $1"
    covering = [{story for (story,) in con.execute(query, [title]).fetchall()} for title, _ in SUBJECTS]
    assert [len(stories) for stories in covering] == [1] * len(SUBJECTS)
    assert len(set.union(*covering)) == len(SUBJECTS)


@pytest.mark.usefixtures("whole")
def test_text_repeated_by_another_feed_is_a_copy_of_the_first(con: duckdb.DuckDBPyConnection) -> None:
    query = (
        "SELECT a.source_id, o.source_id FROM story_articles JOIN articles AS a USING (article_id) JOIN "
        "articles AS o ON o.article_id = copy_of WHERE a.source_id = 'copy'"
    )
    assert con.execute(query).fetchall() == [("copy", "wire")] * 4


def test_second_run_assigns_nothing(
    con: duckdb.DuckDBPyConnection, filer: DeskClassifier, whole: list[tuple[object, ...]]
) -> None:
    assert enrich(con, filer) == (0, 0)
    assert members(con) == whole


def test_counts_tell_assigned_from_founded(con: duckdb.DuckDBPyConnection, filer: DeskClassifier) -> None:
    save(con, *corpus())
    assigned, founded = enrich(con, filer)
    assert assigned == len(corpus())
    assert con.execute("SELECT count(*) FROM stories").fetchone() == (founded,)


def test_week_by_week_gives_the_same_stories_as_all_at_once(
    con: duckdb.DuckDBPyConnection, filer: DeskClassifier, whole: list[tuple[object, ...]]
) -> None:
    for table in (
        "articles",
        "vectors",
        "classifications",
        "article_desks",
        "story_members",
        "stories",
        "article_terms",
    ):
        con.execute(f"DELETE FROM store.{table}")
    weeks = by_week(corpus())
    assert len(weeks) == 4
    for week in weeks:
        save(con, *week)
        assert enrich(con, filer)[0] == len(week)
    assert members(con) == whole


@pytest.mark.parametrize("batch", [1, 5])
def test_batch_size_changes_no_story(
    con: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
    whole: list[tuple[object, ...]],
    batch: int,
) -> None:
    clear(con)
    monkeypatch.setattr(assign, "COMMIT_EVERY", batch)
    heard: list[tuple[int, int]] = []
    assign_stories(con, "hash@1", lambda done, total: heard.append((done, total)))
    assert members(con) == whole
    assert heard[-1] == (len(whole), len(whole))


@pytest.mark.parametrize("after", [1, 3])
def test_stopped_run_is_taken_up_as_if_it_had_never_stopped(
    con: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
    whole: list[tuple[object, ...]],
    after: int,
) -> None:
    clear(con)

    def stop(done: int, total: int) -> None:
        if done >= 4 * after:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(assign, "COMMIT_EVERY", 4)
        assign_stories(con, "hash@1", stop)
    assert members(con) == whole[: 4 * after]
    assign_stories(con, "hash@1", silent)
    assert members(con) == whole


def test_small_batches_in_every_stage_change_nothing(
    con: duckdb.DuckDBPyConnection,
    filer: DeskClassifier,
    monkeypatch: pytest.MonkeyPatch,
    whole: list[tuple[object, ...]],
) -> None:
    for table in ("vectors", "classifications", "article_desks", "story_members", "stories", "article_terms"):
        con.execute(f"DELETE FROM store.{table}")
    for module in (vectors, classifications, assign):
        monkeypatch.setattr(module, "COMMIT_EVERY", 3)
    enrich(con, filer)
    assert members(con) == whole


def test_article_that_is_not_filed_waits_for_its_story(con: duckdb.DuckDBPyConnection) -> None:
    save(con, *corpus())
    embed_pending(con, HashEmbedder(), silent)
    assert assign_stories(con, "hash@1", silent) == (0, 0)


def test_changed_text_stays_in_its_story(
    con: duckdb.DuckDBPyConnection, filer: DeskClassifier, whole: list[tuple[object, ...]]
) -> None:
    changed = replace(corpus()[0], title="Correction: turnips", text_hash=42)
    save_articles(con, [ParsedFeed(articles=(changed,), rejections=())], changed.first_seen_at)
    assert enrich(con, filer) == (0, 0)
    assert members(con) == whole


def test_empty_warehouse_has_no_stories(con: duckdb.DuckDBPyConnection, filer: DeskClassifier) -> None:
    assert enrich(con, filer) == (0, 0)


@pytest.mark.slow
def test_run_stopped_after_every_single_article_gives_the_same_stories(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, whole: list[tuple[object, ...]]
) -> None:
    clear(con)
    monkeypatch.setattr(assign, "COMMIT_EVERY", 1)

    def stop(done: int, _total: int) -> None:
        if done:
            raise KeyboardInterrupt

    for _ in whole:
        with pytest.raises(KeyboardInterrupt):
            assign_stories(con, "hash@1", stop)
    assert assign_stories(con, "hash@1", silent) == (0, 0)
    assert members(con) == whole


def bridging_corpus() -> list[Article]:
    """Two tellings with few words in common, and one that has the words of both."""
    start = Week.parse("2026-W20").start
    return [
        article(title, lead, feed=feed, published=start + timedelta(hours=hour))
        for hour, (feed, title, lead) in enumerate(
            [
                (
                    "wire",
                    "Ministry halts scanner licences",
                    "Officials told importers about halted scanner licences",
                ),
                ("post", "Qianlu loses imports of optics", "Its Penang traders lose optics imports too"),
                (
                    "desk",
                    "Ministry halts scanner licences, Qianlu loses imports of optics",
                    "Officials told importers about scanner licences, Penang traders about optics",
                ),
            ]
        )
    ]


def test_article_that_fits_two_stories_merges_them_by_a_recorded_event(
    con: duckdb.DuckDBPyConnection, filer: DeskClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assign, "PARAMETERS", replace(PARAMETERS, merge_score=-1.0))
    for one in bridging_corpus():
        save(con, one)
        enrich(con, filer)
    found = con.execute("SELECT DISTINCT story_id FROM story_articles").fetchall()
    events = con.execute(
        "SELECT story_id, other_story_id, article_id FROM story_events WHERE event = 'merged'"
    ).fetchall()
    first, second, bridge = (one.article_id for one in bridging_corpus())
    older, newer = stable_id("story", str(first)), stable_id("story", str(second))
    assert found == [(older,)]
    assert events == [(newer, older, bridge)]
    assert con.execute("SELECT current_story_id($1)", [newer]).fetchone() == (older,)


@pytest.mark.usefixtures("whole")
def test_correction_holds_for_later_runs_and_for_stories_formed_anew(
    con: duckdb.DuckDBPyConnection, filer: DeskClassifier
) -> None:
    query = (
        "SELECT story_id, list(article_id ORDER BY article_id) FROM story_articles GROUP BY 1 "
        "HAVING count(*) = 3"
    )
    (one, ours), (other, theirs), *_ = con.execute(f"{query} ORDER BY 1").fetchall()
    correction = Correction(by="ana", why="one programme", at=corpus()[0].first_seen_at)
    merge_stories(con, one, [other], correction)
    assert enrich(con, filer) == (0, 0)
    clear(con)
    assign_stories(con, "hash@1", silent)
    together = con.execute(
        "SELECT count(DISTINCT story_id) FROM story_articles WHERE list_contains($1, article_id)",
        [[*ours, *theirs]],
    ).fetchone()
    assert together == (1,)
