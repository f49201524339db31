"""The bundled catalog is valid, and the problems of another are reported by source and field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.catalog_edits import known_desks
from sources.catalog import KINDS, find_problems, load_catalog, read_catalog
from sources.clean.urls import canonical_url
from sources.errors import CatalogError

GOOD: dict[str, Any] = {
    "id": "wire",
    "name": "Wire",
    "publisher": "Wire Ltd",
    "url": "https://wire.example/feed.xml",
    "kind": "news",
    "region": "NO",
    "language": "en",
    "desks": ["regulation"],
}
WILD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["http://[x", "regulation"]),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=3,
)


def complaints(**changed: object) -> list[str]:
    return [str(problem) for problem in find_problems([{**GOOD, **changed}])]


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "catalog.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_bundled_catalog_has_no_problems() -> None:
    assert find_problems(read_catalog()[1], known_desks()) == []


def test_desk_that_is_not_known_is_a_problem() -> None:
    (problem,) = find_problems([{**GOOD, "desks": ["regulation", "sport"]}], {"regulation"})
    assert str(problem) == "wire, desks: 'sport' is not one of the desks regulation"


def test_bundled_catalog_covers_the_three_desks_and_many_publishers() -> None:
    sources = load_catalog()
    desks = {desk for source in sources for desk in source.desks}
    assert {"export_controls", "arms_race", "regulation"} <= desks <= known_desks()
    assert len({source.publisher for source in sources}) > 50


def test_bundled_feeds_have_valid_addresses() -> None:
    assert [source.id for source in load_catalog() if canonical_url(source.url) is None] == []


def test_good_source_has_no_problem() -> None:
    assert complaints() == []


def test_desks_may_be_left_out() -> None:
    assert find_problems([{key: value for key, value in GOOD.items() if key != "desks"}]) == []


@pytest.mark.parametrize("field", ["id", "name", "publisher", "url", "kind", "region", "language"])
@pytest.mark.parametrize("value", [None, "", "  ", 5, False, ["x"]])
def test_field_that_is_no_text_is_missing(field: str, value: object) -> None:
    assert any(line.endswith(f"{field}: is missing") for line in complaints(**{field: value}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "Wire"),
        ("id", "wire--2"),
        ("id", "wire feed"),
        ("url", "wire.example/feed"),
        ("url", "ftp://wire.example/"),
        ("url", "https://"),
        ("url", "https://[x"),
        ("url", "https://wire<b>.example/feed"),
        ("kind", "blog"),
        ("region", "Norway"),
        ("region", "no"),
        ("language", "EN"),
        ("language", "english"),
        ("desks", "regulation"),
        ("desks", ["Sport news"]),
        ("desks", [["regulation"]]),
        ("desks", [1, "regulation"]),
        ("desks", {"regulation": 1}),
        ("colour", "red"),
    ],
)
def test_wrong_value_is_named_with_its_field(field: str, value: object) -> None:
    found = find_problems([{**GOOD, field: value}])
    assert found
    assert {problem.field for problem in found} == {field}


def test_region_of_norway_stays_a_code(tmp_path: Path) -> None:
    lines = "\n".join(f"{key} = {value!r}" for key, value in GOOD.items())
    assert load_catalog(write(tmp_path, f"[[source]]\n{lines}"))[0].region == "NO"


def test_repeated_id_is_a_problem_of_the_second_source_only() -> None:
    found = find_problems([GOOD, {**GOOD, "url": "https://other.example/"}])
    assert [str(problem) for problem in found] == ["wire, id: is already used by wire"]


@pytest.mark.parametrize(
    "url",
    [
        "http://wire.example/feed.xml",
        "https://www.wire.example/feed.xml",
        "https://wire.example/feed.xml/",
        "https://WIRE.example:443/feed.xml",
        "https://wire.example/feed.xml#x",
        "http://www.wire.example/feed.xml/?utm_source=x",
    ],
)
def test_same_feed_under_another_id_is_a_problem(url: str) -> None:
    found = find_problems([GOOD, {**GOOD, "id": "other", "url": url}])
    assert [str(problem) for problem in found] == ["other, url: is already used by wire"]


@pytest.mark.parametrize("url", ["https://wire.example/feed.xml?cat=2", "https://b.wire.example/feed.xml"])
def test_another_feed_of_the_site_is_no_repetition(url: str) -> None:
    assert find_problems([GOOD, {**GOOD, "id": "other", "url": url}]) == []


@pytest.mark.parametrize("spelling", ["wire ltd", "Wire Ltd.", "WireLtd", "Wire-Ltd "])
def test_two_spellings_of_a_publisher_are_a_problem(spelling: str) -> None:
    other = {**GOOD, "id": "other", "url": "https://other.example/", "publisher": spelling}
    assert [str(problem) for problem in find_problems([GOOD, other])] == [
        f"other, publisher: {spelling!r} is spelled 'Wire Ltd' at wire"
    ]


def test_publishers_in_other_scripts_are_not_taken_for_one() -> None:
    other = {**GOOD, "id": "other", "url": "https://other.example/", "publisher": "新华社"}
    third = {**GOOD, "id": "third", "url": "https://third.example/", "publisher": "财新"}
    assert find_problems([GOOD, other, third]) == []


def test_same_source_twice_is_a_problem_of_both_fields() -> None:
    assert [problem.field for problem in find_problems([GOOD, GOOD])] == ["id", "url"]


def test_empty_catalog_is_a_problem() -> None:
    assert [problem.message for problem in find_problems([])] == ["it lists no feed"]


@given(st.lists(st.dictionaries(st.sampled_from([*GOOD, "x"]), WILD), max_size=3))
def test_any_tables_are_judged_without_a_crash(tables: list[dict[str, Any]]) -> None:
    assert all(str(problem) for problem in find_problems(tables))


def test_load_names_three_problems_and_counts_the_rest(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"and 4 more\. `watchfloor sources check`"):
        load_catalog(write(tmp_path, "[[source]]\nname = 5\n"))


@pytest.mark.parametrize(
    "content", ["[[source", b"\xff\xfe", "source = 5", "source = [1]", "[source]\nid = 'a'"]
)
def test_file_that_is_no_catalog_is_named(content: str | bytes, tmp_path: Path) -> None:
    path = write(tmp_path, content)
    with pytest.raises(CatalogError) as caught:
        load_catalog(path)
    assert caught.value.subject == str(path)


def test_missing_catalog_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="cannot be read: No such file"):
        load_catalog(tmp_path / "none.toml")


def test_kinds_of_the_bundled_catalog_are_all_in_use() -> None:
    assert {source.kind for source in load_catalog()} <= KINDS
