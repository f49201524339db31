"""Every candidate of a week has its place in the issue, or the reason why it has none."""

from __future__ import annotations

from collections import Counter

import duckdb
import numpy as np
import pytest
from fakes import NOW, WEEK, article, place, place_surely

from reports.digest.build import issue_context
from reports.digest.candidates import Candidate, explain
from reports.digest.digest import Digest, digest_of
from reports.digest.sections.method_box import Selected, what_was_told
from reports.digest.select import HEADLINES_A_DESK, ITEMS_A_DESK, UNSURE_A_DESK
from sources.model import DateStatus
from warehouse.store.db import to_db
from warehouse.stories.assign import save_terms
from warehouse.stories.terms import read_terms

pytestmark = pytest.mark.slow


def made(con: duckdb.DuckDBPyConnection) -> tuple[Digest, dict[str, Candidate]]:
    with issue_context(con, WEEK, NOW) as context:
        return digest_of(context), {one.title: one for one in explain(context)}


def standings(found: dict[str, Candidate]) -> Counter[str]:
    return Counter(one.standing for one in found.values())


def test_candidates_agree_with_what_the_issue_prints(con: duckdb.DuckDBPyConnection) -> None:
    news, unsure = ITEMS_A_DESK + HEADLINES_A_DESK + 2, UNSURE_A_DESK + 1
    for number in range(news):
        place_surely(con, article(f"News {number}", feed=f"feed-{number}"))
    for number in range(unsure):
        place(con, article(f"Unsure {number}"), score=0.55)
    place_surely(con, article("A study", feed="post"), genre="analysis")
    place_surely(con, article("A small thing"), significance=0.1)
    digest, found = made(con)
    section = digest.sections[0]
    printed = {
        "lead": section.items[:1],
        "item": section.items[1:],
        "headline": section.single,
        "low confidence": section.unsure,
        "analysis": digest.commentary.analysis,
    }
    for standing, items in printed.items():
        assert {one.title for one in items} == {
            title for title, one in found.items() if one.standing == standing
        }, standing
    assert standings(found)["no space"] == 3
    assert found["A small thing"].standing == "not important enough"
    assert "is below 0.1" in found["A small thing"].why
    last = next(one for one in found.values() if one.standing == "no space" and "News" in one.title)
    assert last.why.endswith(
        f"of {news} news of the desk, which takes {ITEMS_A_DESK + HEADLINES_A_DESK}: in the appendix only"
    )
    assert {title for title, one in found.items() if not one.told} == {
        item.title for _, items in digest.appendix for item in items
    } - {one.title for items in printed.values() for one in items}


def test_story_of_the_same_matter_names_the_one_it_is_linked_below(con: duckdb.DuckDBPyConnection) -> None:
    told = "Commerce adds 23 Zorblatt firms to the Entity List"
    for one in (article(told, feed="post"), article(f"{told} over chips", feed="wire")):
        place_surely(con, one)
        con.execute(
            "INSERT INTO store.vectors (article_id, text_hash, model, vector) VALUES ($1, $2, 'm', $3)",
            [one.article_id, one.text_hash, np.eye(384, dtype=np.float32)[0].tolist()],
        )
        save_terms(con, {one.article_id: read_terms(one.title, one.summary)}, [one.text_hash])
    _, found = made(con)
    lead, second = sorted(found.values(), key=lambda one: one.standing)
    assert (lead.standing, second.standing, second.told) == ("lead", "same matter", True)
    assert second.why == f"linked below “{lead.title}”, of the same matter"


def test_what_is_not_counted_says_why(con: duckdb.DuckDBPyConnection) -> None:
    place(con, article("Perhaps"), score=0.3)
    place(con, article("Why we must"), genre="opinion")
    place(con, article("The week in chips"), genre="newsletter")
    place(con, article("Our chip"), genre="vendor")
    place(con, article("When?", published=None, status=DateStatus.MISSING, seen=WEEK.start))
    con.execute("UPDATE store.articles SET first_seen_at = $1", [to_db(WEEK.end)])
    digest, found = made(con)
    assert {title: (one.standing, one.told) for title, one in found.items()} == {
        "Perhaps": ("perhaps on topic", False),
        "Why we must": ("opinion", True),
        "The week in chips": ("newsletter", False),
        "Our chip": ("vendor", False),
        "When?": ("undated", False),
    }
    assert found["Perhaps"].on_topic == 0.3
    assert digest.selected == Selected(stories=0, places=(), perhaps=1)


def test_story_that_stands_in_for_news_is_told_in_the_bottom_line_only(
    con: duckdb.DuckDBPyConnection,
) -> None:
    place_surely(con, article("A small thing"), significance=0.1)
    digest, found = made(con)
    assert digest.bottom_line[0].text == "A small thing"
    assert (found["A small thing"].standing, found["A small thing"].told) == ("bottom line", True)


def test_sentence_of_the_method_box_has_every_story_once() -> None:
    places = (
        ("lead", 3), ("item", 9), ("headline", 10), ("low confidence", 5), ("same matter", 1),
        ("not important enough", 34), ("no space", 12),
    )  # fmt: skip
    assert what_was_told(Selected(stories=74, places=places, perhaps=28)) == (
        "Of 74 stories on topic 22 were told as news, 5 listed as of low confidence, 1 listed below one of "
        "the same matter; 34 were not important enough and 12 had no space, so only the appendix has them; "
        "28 more are perhaps on topic."
    )
    assert what_was_told(Selected(stories=0, places=(), perhaps=0)) == (
        "Of 0 stories on topic 0 were told as news."
    )
