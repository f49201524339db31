"""`watchfloor story`: what it shows, what a correction changes, and its errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from fakes import article, at, link, place
from typer.testing import CliRunner

from flows.cli import app
from warehouse.store.db import open_warehouse

DRAFTED = article(
    "Rule drafted",
    "The ministry drafted a rule on chips on Monday, officials said.",
    published=at("2026-08-03"),
)
SIGNED = article("Rule signed", feed="post", published=at("2026-08-04"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        place(con, DRAFTED, SIGNED, story=1)
        place(con, article("Fair opens", published=at("2026-08-04")), story=2)
    return tmp_path


def story(home: Path, *words: object) -> Result:
    return CliRunner().invoke(
        app, ["--home", str(home), "--now", "2026-08-17T06:00Z", "story", *map(str, words)]
    )


def test_show_prints_timeline_and_events(home: Path) -> None:
    done = story(home, "show", 1)
    assert done.exit_code == 0, done.output
    assert done.stdout.index("Rule drafted") < done.stdout.index("Rule signed")
    assert "created: its first text" in done.stdout


def test_show_says_that_a_story_is_filed_with_its_thread(home: Path) -> None:
    with open_warehouse(home / "warehouse.duckdb") as con:
        for number in (3, 4):
            place(con, article(f"Step {number}"), story=number, desk="regulation", score=0.9)
        place(con, article("It goes on"), story=5, score=0.3)
        link(con, 3, 4, 5, relation="citation")
    assert "filed with its thread 3 at regulation" in story(home, "show", 5).stdout


def test_merged_story_is_shown_under_its_successor(home: Path) -> None:
    assert story(home, "merge", 1, 2, "--why", "one event", "--by", "ana").exit_code == 0
    page = json.loads(story(home, "show", 2, "--json").stdout)
    assert (page["asked_for"], page["story_id"], page["articles"]) == (2, 1, 3)
    assert [event["made_by"] for event in page["events"] if event["event"] == "merged"] == ["ana"]


def test_split_and_move_say_where_articles_went(home: Path) -> None:
    made = json.loads(story(home, "split", 1, SIGNED.article_id, "--why", "another rule", "--json").stdout)
    assert made[0]["articles"] == 1
    done = story(home, "move", SIGNED.article_id, 2, "--why", "it is about the fair")
    assert done.exit_code == 0, done.output
    assert "went to story 2" in done.stdout


@pytest.mark.parametrize(
    "words", [("show", 99), ("merge", 1, 99, "--why", "x"), ("move", 99, 1, "--why", "x")]
)
def test_unknown_id_is_an_error_with_a_next_step(home: Path, words: tuple[object, ...]) -> None:
    done = story(home, *words)
    assert done.exit_code == 1
    assert "99" in done.stderr


def test_correction_needs_a_reason(home: Path) -> None:
    assert story(home, "merge", 1, 2).exit_code == 2
