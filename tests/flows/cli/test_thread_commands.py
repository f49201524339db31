"""`watchfloor thread`: what it lists and shows, what a correction changes, and its errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from fakes import article, at, place
from typer.testing import CliRunner

from flows.cli import app
from warehouse.store.db import open_warehouse

STEPS = (
    article("Bill proposed", published=at("2026-06-03")),
    article("Bill passed", published=at("2026-08-04")),
)
FAIR = article("Fair opens", published=at("2026-08-04"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        for number, one in enumerate((*STEPS, FAIR), start=1):
            place(con, one, story=number)
        con.execute("INSERT INTO store.threads (thread_id, created_at) VALUES (7, '2026-08-04')")
        con.execute(
            "INSERT INTO store.thread_links (story_id, thread_id, since, relation, reason) "
            "SELECT unnest([1, 2]), 7, '2026-08-04 01:00', 'names', 'both titles name the Bill'"
        )
        con.execute(
            "INSERT INTO store.article_dates "
            "VALUES ($1, 'vote', '2026-09-01', FALSE, 'The vote is on 1 September.')",
            [STEPS[1].article_id],
        )
    return tmp_path


def thread(home: Path, *words: object) -> Result:
    return CliRunner().invoke(
        app, ["--home", str(home), "--now", "2026-08-17T06:00Z", "thread", *map(str, words)]
    )


def test_show_prints_steps_reasons_and_next_dates(home: Path) -> None:
    done = thread(home, "show", 7)
    assert done.exit_code == 0, done.output
    assert done.stdout.index("Bill proposed") < done.stdout.index("Bill passed")
    assert "linked because both titles name the Bill" in done.stdout
    assert "2026-09-01  vote: The vote is on 1 September." in done.stdout


def test_before_its_second_story_there_is_no_thread(home: Path) -> None:
    done = thread(home, "show", 7, "--as-of", "2026-07-01")
    assert done.exit_code == 1
    assert "Ask for a later moment" in done.output
    assert "No threads." in thread(home, "list", "--as-of", "2026-07-01").stdout


def test_list_can_be_narrowed(home: Path) -> None:
    (line,) = json.loads(thread(home, "list", "--json").stdout)
    assert (line["thread_id"], line["stories"], line["state"]) == (7, 2, "open")
    assert "No threads." in thread(home, "list", "--state", "dormant").stdout
    assert "Bill" in thread(home, "list", "--desk", "export_controls").stdout


def test_corrections_are_made_and_shown(home: Path) -> None:
    assert thread(home, "join", 7, 3, "--why", "opened with the bill", "--by", "ana").exit_code == 0
    assert thread(home, "rename", 7, "The bill").exit_code == 0
    assert thread(home, "follow", 7).exit_code == 0
    page = json.loads(thread(home, "show", 7, "--json", "--as-of", "2026-08-18").stdout)
    assert (page["line"]["title"], page["line"]["is_followed"]) == ("The bill", True)
    assert [step["reason"] for step in page["steps"]][1:].count("ana: opened with the bill") == 1
    made = json.loads(thread(home, "split", 7, 3, "--why", "another matter", "--json").stdout)
    assert made[0]["stories"] == 1


def test_unknown_thread_is_an_error(home: Path) -> None:
    done = thread(home, "show", 5)
    assert done.exit_code == 1
    assert "no such thread" in done.output
