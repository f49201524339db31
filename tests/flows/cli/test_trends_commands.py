"""`watchfloor trends` as its users meet it: a table, one row step by step, JSON, and words of trouble."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from fakes import WEEK, article, make_trend_tests, place, watch
from typer.testing import CliRunner

from flows.cli import app
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.store.db import open_warehouse
from warehouse.store.trend_tests import save_trend_tests

MORNING = timedelta(hours=6)


TAXONOMY = load_taxonomy()
SERIES = 2 * len(TAXONOMY.desks) + len(TAXONOMY.topics) + len(TAXONOMY.themes)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    with open_warehouse(folder / "warehouse.duckdb") as con:
        watch(con, "wire", "post")
        for back in range(9):
            week, many = WEEK.before(back), 20 if back == 0 else 4
            feeds = ("wire", "post")
            place(
                con,
                *(
                    article(f"{week} {n}", feed=feeds[n % 2], published=week.start, seen=week.end)
                    for n in range(many)
                ),
            )
        save_trend_tests(con, make_trend_tests(con, WEEK, WEEK.end + MORNING, is_over=True))
    return folder


def trends(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "--now", "2026-08-18T06:00Z", "trends", *words])


def test_table_has_the_weeks_the_ratio_and_the_verdict(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    done = trends(home)
    assert done.exit_code == 0, done.output
    (line,) = [line for line in done.stdout.splitlines() if "desk:export_controls" in line]
    id_, series, *rest = line.split()
    assert (id_, series) == ("W33-eyylh4", "desk:export_controls")
    assert rest[:9] == ["4"] * 8 + ["20"]
    assert line.endswith("risen")
    assert f"and {SERIES - len(TAXONOMY.desks)} series without a story in these weeks" in done.stdout


@pytest.mark.parametrize(("columns", "weeks"), [(100, 4), (160, 9)])
def test_table_fits_the_terminal(
    home: Path, monkeypatch: pytest.MonkeyPatch, columns: int, weeks: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = trends(home).stdout.splitlines()
    assert max(map(len, lines)) <= columns
    (head,) = [line for line in lines if "verdict" in line]
    (risen,) = [line for line in lines if "desk:export_controls" in line]
    assert len(re.findall(r" W\d\d", head)) >= weeks
    assert head.index("verdict") == risen.index("risen")
    assert head.index("W33") + 3 == risen.index(" 20 ") + 3
    explained = trends(home, "--series", "desk:export_controls").stdout.partition("\nThe counts")[0]
    assert max(map(len, explained.splitlines())) <= columns


def test_one_series_is_explained_step_by_step_with_its_query_and_the_row_on_record(home: Path) -> None:
    for named in ("desk:export_controls", "W33-eyylh4"):
        done = trends(home, "--week", "2026-W33", "--series", named)
        assert done.exit_code == 0, done.output
        assert "1. Counted: 20 stories in 2026-W33" in done.stdout
        assert "The row on record for this cut-off is the same." in done.stdout
        assert "FROM trend_counts(['2026-W24', '2026-W25'" in done.stdout


def test_as_of_an_earlier_moment_the_week_is_withheld(home: Path) -> None:
    done = trends(
        home,
        "--week",
        "2026-W33",
        "--as-of",
        "2026-08-12T06:00Z",
        "--series",
        "desk:export_controls",
        "--json",
    )
    (test,) = json.loads(done.stdout)["claims"]
    assert (test["stories"], test["verdict"]) == (0, "withheld")


def test_json_has_every_trend_test_with_all_its_fields(home: Path) -> None:
    listed = json.loads(trends(home, "--json").stdout)
    assert (listed["week"], listed["as_of"]) == ("2026-W33", "2026-08-17T06:00:00+00:00")
    assert len(listed["claims"]) == SERIES
    assert listed["claims"][0]["baseline"][-8:] == [4] * 8


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--week", "W33"), 2, "write it as 2026-W33"),
        (("--week", "2026-W40"), 2, "has not begun"),
        (("--as-of", "noon"), 2, "is no ISO 8601 moment"),
        (("--series", "desk:sports"), 2, "`watchfloor trends --week 2026-W33` lists them"),
        (("--series", "entity:bis"), 1, "an entity needs a story a week"),
    ],
)
def test_error_has_a_next_step(home: Path, words: tuple[str, ...], code: int, said: str) -> None:
    done = trends(home, *words)
    assert (done.exit_code, said in done.output) == (code, True), done.output


def test_home_without_a_warehouse_says_how_to_make_one(tmp_path: Path) -> None:
    done = trends(tmp_path)
    assert done.exit_code == 1
    assert "`watchfloor ingest` creates it" in done.output
