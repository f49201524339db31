"""Texts of pages are deleted when they are older than they are kept; backups still have them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from fakes import NOW, WEEK, article, fetched_page, place_surely

from flows import pipeline
from flows.settings import Settings
from warehouse.store.article_texts import save_page_texts
from warehouse.store.db import open_read_only, open_warehouse

pytestmark = pytest.mark.slow

LATER = NOW + timedelta(days=40)
RULE = article("A rule on chips", "The ministry signed a rule on the export of chips on Monday.")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", keep_texts_months=1)
    with open_warehouse(settings.warehouse_path) as con:
        place_surely(con, RULE)
        save_page_texts(con, [fetched_page(RULE, "The rule takes effect in May, the ministry said.")])
    return settings


def texts(settings: Settings) -> list[tuple[str]]:
    with open_read_only(settings.warehouse_path) as con:
        return con.execute("SELECT text FROM article_texts").fetchall()


def maintained(settings: Settings) -> pipeline.MaintenanceReport:
    report = pipeline.maintain(settings, LATER)
    assert isinstance(report, pipeline.MaintenanceReport)
    return report


def test_maintenance_deletes_old_texts_says_how_many_and_a_backup_brings_them_back(
    settings: Settings,
) -> None:
    report = maintained(settings)
    assert (report.texts_forgotten, texts(settings)) == (1, [])
    with open_read_only(settings.warehouse_path) as con:
        runs = con.execute("SELECT outcome FROM runs WHERE flow = 'maintain'").fetchall()
    assert "1 old texts deleted" in runs[0][0]
    pipeline.restore(settings, report.backup.folder, LATER)
    assert texts(settings) == [("The rule takes effect in May, the ministry said.",)]


def test_without_the_setting_all_texts_are_kept(settings: Settings) -> None:
    kept = maintained(settings.model_copy(update={"keep_texts_months": 0}))
    assert (kept.texts_forgotten, len(texts(settings))) == (0, 1)


def test_issue_as_of_its_time_can_be_made_again_after_its_texts_are_deleted(settings: Settings) -> None:
    made = pipeline.write_issue(settings, WEEK, NOW).digest
    maintained(settings)
    again = pipeline.rebuild_issue(settings, WEEK, NOW).digest
    assert [section.stories for section in again.sections] == [section.stories for section in made.sections]
