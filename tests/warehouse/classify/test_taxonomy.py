"""Taxonomy: what the bundled file must hold, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse.classify.taxonomy import OFF_TOPIC, TAXONOMY_FILE, load_taxonomy
from warehouse.errors import WarehouseError


def test_every_desk_has_topics_and_labels_end_with_off_topic() -> None:
    taxonomy = load_taxonomy()
    assert {topic.desk for topic in taxonomy.topics.values()} == set(taxonomy.desks)
    assert taxonomy.labels == (*taxonomy.desks, OFF_TOPIC)


def test_names_are_written_out_and_unique() -> None:
    taxonomy = load_taxonomy()
    for group in (taxonomy.desks, taxonomy.topics, taxonomy.themes):
        names = [one.name for one in group.values()]
        assert all(name[0].isupper() for name in names)
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ('name = "Dual use"', "'name' is missing"),
        ('desk = "arms_race"', "'armament', which is no desk"),
        ("[desk.arms_race]", "cannot be used"),
    ],
)
def test_broken_taxonomy_is_refused_with_what_is_wrong(tmp_path: Path, written: str, complaint: str) -> None:
    changed = {
        'name = "Dual use"': "",
        'desk = "arms_race"': 'desk = "armament"',
        "[desk.arms_race]": "[desk.arms_race",
    }
    broken = tmp_path / "taxonomy.toml"
    broken.write_text(TAXONOMY_FILE.read_text("utf-8").replace(written, changed[written], 1), "utf-8")
    with pytest.raises(WarehouseError, match=complaint):
        load_taxonomy(broken)
