"""The site's pages of threads: the steps of a matter in order, why each belongs to it, and its way there."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from fakes import article, at, place

from reports.site.build import build_site

HOSTILE = "<script>alert(1)</script> is proposed"


@pytest.fixture
def site(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Path:
    titles = (HOSTILE, "Bill passed", "Fair opens")
    for number, title in enumerate(titles, start=1):
        day = at(f"2026-0{5 + number}-04")
        desk = "off_topic" if number == 3 else "regulation"
        place(con, article(title, published=day, seen=day), story=number, desk=desk)
    wider = article("Fair goes on", published=at("2026-08-05"), seen=at("2026-08-05"))
    place(con, wider, story=3, desk="off_topic")
    con.execute("INSERT INTO store.threads (thread_id, created_at) VALUES (7, '2026-08-04')")
    con.execute("INSERT INTO store.threads VALUES (6, '2026-08-04', 7)")
    con.execute(
        "INSERT INTO store.thread_links (story_id, thread_id, since, relation, reason) "
        "SELECT unnest([1, 2, 3]), 7, '2026-07-04', 'names', 'both name the <b>Bill</b>'"
    )
    con.execute(
        "INSERT INTO store.article_facets (article_id, facet, value, score, reasons) "
        "SELECT article_id, 'stage', if(story_id = 1, 'proposed', 'passed'), 1, '' "
        "FROM store.story_members WHERE story_id < 3"
    )
    con.execute(
        "INSERT INTO store.article_entities (article_id, entity_id, name, kind, alias, mentions, in_title) "
        "SELECT article_id, 'nvidia', 'Nvidia', 'chipmaker', 'Nvidia', 1, TRUE "
        "FROM store.story_members WHERE story_id < 3"
    )
    con.execute(
        "INSERT INTO store.article_dates (article_id, kind, due_on, evidence, year_inferred) "
        "SELECT article_id, 'comment_closes', DATE '2026-09-01', 'Comments close then.', FALSE "
        "FROM store.story_members WHERE story_id = 2"
    )
    build_site(con, tmp_path / "digests", tmp_path / "site", None)
    return tmp_path / "site"


def test_a_thread_shows_its_steps_in_order_with_reasons_and_stages(site: Path) -> None:
    text = (site / "threads/7.html").read_text("utf-8")
    steps = text[text.index('id="steps"') :]
    assert steps.index("is proposed") < steps.index("Bill passed")
    assert "Linked because both name the &lt;b&gt;Bill" in steps
    assert "Proposed on 4 Jun 2026, Passed on 4 Jul 2026" in text
    assert "<script" not in text


def test_a_step_off_topic_has_no_place_on_the_page(site: Path) -> None:
    text = (site / "threads/7.html").read_text("utf-8")
    assert "Fair" not in text
    assert "1 off topic and not shown" in text


def test_story_and_overview_lead_to_the_thread(site: Path) -> None:
    story = (site / "stories/2.html").read_text("utf-8")
    assert "Step 2 of 3 of the thread" in story
    assert 'href="../threads/7.html"' in story
    assert 'href="threads/7.html"' in (site / "threads.html").read_text("utf-8")


def test_the_page_of_a_thread_that_was_joined_to_another_leads_there(site: Path) -> None:
    text = (site / "threads/6.html").read_text("utf-8")
    assert 'content="0; url=../threads/7.html"' in text
    assert "Thread 6 is now part of" in text


def test_the_overview_has_open_threads_by_next_date_by_movement_and_by_desk(site: Path) -> None:
    text = (site / "threads.html").read_text("utf-8")
    assert text.index('id="dated"') < text.index('id="moved"') < text.index('id="regulation"')
    assert "Comment closes" in text[text.index('id="dated"') : text.index('id="moved"')]


def test_a_thread_names_the_firms_of_its_steps(site: Path) -> None:
    text = (site / "threads/7.html").read_text("utf-8")
    assert 'href="../entities/nvidia.html">Nvidia</a>' in text[text.index('id="named"') :]
