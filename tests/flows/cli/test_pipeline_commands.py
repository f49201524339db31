"""The commands that run the pipeline: output, exit codes, JSON."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import HashEmbedder
from paths import FEEDS, ROOT
from typer.testing import CliRunner, Result

from flows import pipeline
from flows.cli import app
from flows.demo.server import SampleServer, sample_server
from reports.week import Week
from warehouse.store.db import open_warehouse

pytestmark = pytest.mark.slow

NOW = "2026-04-06T06:00Z"
WEEK = Week.parse("2026-W14")


@pytest.fixture(autouse=True)
def without_the_real_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pipeline, "load_embedder", lambda _name: HashEmbedder())
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "CATALOG", "EMBEDDING_MODEL"):
        monkeypatch.delenv(f"WATCHFLOOR_{name}", raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def sample(home: Path) -> Iterator[SampleServer]:
    with sample_server() as server:
        server.clock = WEEK.end
        home.mkdir()
        tables = (
            f'[[source]]\nid = "{s.id}"\nname = "{s.name}"\npublisher = "{s.publisher}"\nurl = "{s.url}"\n'
            f'kind = "{s.kind}"\nregion = "{s.region}"\nlanguage = "{s.language}"\n'
            for s in server.catalog
        )
        (home / "catalog.toml").write_text("\n".join(tables), "utf-8")
        yield server


def watchfloor(*words: str, home: Path, now: str = NOW) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "--now", now, *words])


@pytest.mark.usefixtures("sample")
def test_run_runs_every_stage_and_prints_where_the_digest_is(home: Path) -> None:
    done = watchfloor("run", home=home)
    assert done.exit_code == 0, done.output
    assert "Asked 21 of 21 feeds" in done.stdout
    assert str(home / "digests" / "2026-W14.html") in done.stdout
    assert (home / "digests" / "2026-W14.md").exists()
    assert (home / "snapshot.duckdb").exists()


@pytest.mark.usefixtures("sample")
def test_run_with_json_prints_only_json(home: Path) -> None:
    answer = json.loads(watchfloor("run", "--json", home=home).stdout)
    assert answer["ingest"]["entries"]["new"] > 0
    assert answer["enrich"]["assigned"] == answer["ingest"]["entries"]["new"]
    assert answer["digest"]["week"] == "2026-W14"


@pytest.mark.usefixtures("sample")
def test_long_work_prints_plain_lines_where_no_terminal_is_attached(home: Path) -> None:
    done = watchfloor("ingest", home=home)
    assert "Fetching feeds: 21 of 21" in done.stderr
    assert "\x1b" not in done.output


def test_import_reads_plain_and_gzipped_files_once(home: Path, tmp_path: Path) -> None:
    row = {
        "source": "Some Wire",
        "title": "A chip rule",
        "link": "https://wire.example/1",
        "published": "2026-04-01",
    }
    plain, gzipped = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"
    plain.write_text(json.dumps(row), "utf-8")
    gzipped.write_bytes(gzip.compress(json.dumps({**row, "link": "https://wire.example/2"}).encode()))
    first = watchfloor("import", str(plain), str(gzipped), "--json", home=home)
    again = watchfloor("import", str(plain), str(gzipped), "--json", home=home)
    nothing = {"new": 0, "updated": 0, "unchanged": 0, "rejected": 0, "set_aside": 0, "duplicate": 0}
    assert json.loads(first.stdout)["entries"] == nothing | {"new": 2}
    assert json.loads(again.stdout)["entries"] == nothing | {"unchanged": 2}


def test_import_of_a_folder_names_the_bad_file_and_stores_the_rest(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "good.xml").write_bytes((FEEDS / "rdf.xml").read_bytes())
    (folder / "poor.xml").write_text("no feed")
    done = watchfloor("import", str(folder), home=home)
    assert done.exit_code == 1
    assert "1 new articles" in done.stdout
    assert "poor.xml" in done.stdout


def test_import_of_a_missing_file_names_it(home: Path) -> None:
    done = watchfloor("import", "nowhere.jsonl", home=home)
    assert done.exit_code == 1
    assert "nowhere.jsonl" in done.stderr


def test_digest_of_an_empty_warehouse_is_written_and_ends_as_a_problem(home: Path) -> None:
    done = watchfloor("digest", home=home)
    assert done.exit_code == 1, done.output
    assert "0 stories" in done.stdout
    assert "nothing was collected" in done.stderr


@pytest.mark.parametrize("week", ["2026-33", "W33", "2026-W54", "2027-W01"])
def test_invalid_week_or_one_that_has_not_begun_is_a_usage_error(home: Path, week: str) -> None:
    done = watchfloor("digest", "--week", week, home=home)
    assert done.exit_code == 2
    assert "--week" in done.stderr


def test_invalid_now_is_a_usage_error(home: Path) -> None:
    done = watchfloor("digest", home=home, now="yesterday")
    assert done.exit_code == 2
    assert "--now" in done.stderr


@pytest.mark.usefixtures("sample")
def test_no_feed_answering_asks_to_try_again(home: Path) -> None:
    catalog = home / "catalog.toml"
    catalog.write_text(re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:1", catalog.read_text("utf-8")), "utf-8")
    done = watchfloor("ingest", home=home)
    assert done.exit_code == 3
    assert "no feed answered" in done.stderr


def test_second_writer_gets_the_file_and_is_asked_to_try_again(home: Path) -> None:
    with open_warehouse(home / "warehouse.duckdb"):
        done = subprocess.run(
            [sys.executable, "-m", "flows.cli", "--home", str(home), "publish"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 3, done.stderr
    assert "warehouse.duckdb" in done.stderr
    assert "Traceback" not in done.stderr


def test_bundled_catalog_has_no_problem(home: Path) -> None:
    done = watchfloor("sources", "check", home=home)
    assert done.exit_code == 0, done.output


def test_broken_catalog_is_named_source_and_field(home: Path) -> None:
    home.mkdir()
    (home / "catalog.toml").write_text('[[source]]\nid = "a b"\nurl = "gopher://x"\n', "utf-8")
    done = watchfloor("sources", "check", home=home)
    assert done.exit_code == 1
    assert "a b, id:" in done.stdout
    assert "a b, url:" in done.stdout
    assert watchfloor("ingest", home=home).exit_code == 1


def test_doctor_finds_this_installation_well(home: Path) -> None:
    done = watchfloor("doctor", "--json", home=home)
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert done.exit_code == 0, done.output
    assert checks["model"]["found"].startswith("all-MiniLM-L6-v2-int8@")


def test_doctor_names_a_missing_model_and_what_to_do(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHFLOOR_EMBEDDING_MODEL", "/no/such/model")
    done = watchfloor("doctor", home=home)
    assert done.exit_code == 1
    assert "WATCHFLOOR_EMBEDDING_MODEL" in done.stdout


def test_home_that_cannot_be_made_is_an_error_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    done = watchfloor("publish", home=tmp_path / "file" / "home")
    assert done.exit_code == 1
    assert "file" in done.stderr
    assert "Traceback" not in done.output
