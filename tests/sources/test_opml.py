"""Subscription lists: an export is read back whole, and a hostile list is refused."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.catalog import append_sources, load_catalog, to_source, to_toml
from sources.errors import CatalogError
from sources.model import FullText, Source
from sources.opml import MAX_REPEATS, from_opml, to_opml

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
SOURCES = st.builds(
    Source,
    id=st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True),
    name=TEXT,
    publisher=TEXT,
    url=st.from_regex(r"https://[a-z]{1,8}\.example/[a-z?&=]{0,8}", fullmatch=True),
    kind=st.sampled_from(["news", "ai_lab"]),
    region=st.just("NO"),
    language=st.just("en"),
    desks=st.lists(st.sampled_from(["regulation", "arms_race"]), unique=True).map(tuple),
    hosts=st.lists(st.sampled_from(["a.example", "b.example"]), unique=True).map(tuple),
    redistribute=st.booleans(),
    full_text=st.sampled_from(FullText),
)


@given(st.lists(SOURCES, max_size=4, unique_by=lambda source: source.url))
def test_exported_list_comes_back_with_every_field(sources: list[Source]) -> None:
    back = {feed.url: feed.fields for feed in from_opml(to_opml(sources, "all").encode(), "all")}
    assert back == {
        s.url: {
            **{
                name: getattr(s, name)
                for name in ("id", "name", "publisher", "url", "kind", "region", "language")
            },
            "desks": " ".join(s.desks),
            "hosts": " ".join(s.hosts),
            "redistribute": "true" if s.redistribute else "",
            "full_text": s.full_text,
        }
        for s in sources
    }


@given(SOURCES)
def test_written_table_reads_back_the_same(source: Source) -> None:
    assert to_source(tomllib.loads(to_toml(source))["source"][0]) == source


def test_appending_keeps_comments_and_starts_from_the_bundled_list(tmp_path: Path) -> None:
    path = tmp_path / "home" / "catalog.toml"
    added = Source(
        id="new-one",
        name='A "b"',
        publisher="New",
        url="https://new.example/f",
        kind="news",
        region="NO",
        language="en",
    )
    append_sources(path, [added])
    assert load_catalog(path) == (*load_catalog(), added)
    assert path.read_text("utf-8").startswith("# Watchfloor source catalog")
    assert [file.name for file in path.parent.iterdir()] == ["catalog.toml"]


def test_catalog_that_is_a_link_stays_one(tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "catalog.toml"
    append_sources(real, [])
    path = tmp_path / "catalog.toml"
    path.symlink_to(real)
    append_sources(path, [])
    assert path.is_symlink()
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["catalog.toml"]


@pytest.mark.parametrize(
    "content",
    [b"", b"no list", b"<outline text='a'>" * 100, b"<opml>" + b" " * 2_000_001],
    ids=["empty", "text", "deep", "huge"],
)
def test_list_that_is_none_or_hurts_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(CatalogError, match=r"feeds\.opml"):
        from_opml(content, "feeds.opml")


@given(st.binary(max_size=200))
def test_any_bytes_end_in_feeds_or_a_refusal(content: bytes) -> None:
    try:
        assert all(feed.url for feed in from_opml(b"<opml><body>" + content, "x"))
    except CatalogError as error:
        assert error.subject == "x"


def test_repeated_address_is_listed_once() -> None:
    line = b'<outline type="rss" xmlUrl="https://a.example/f" text="A"/>'
    assert len(from_opml(b"<opml version='2.0'><body>" + line * 50 + b"</body></opml>", "x")) == 1


REPEATED = '<outline type="rss" xmlUrl="https://a.example/f" text="A"/>'


@pytest.mark.parametrize("address", ["https://a.example/f", "https://a.example/&#102;"])
def test_address_repeated_without_end_is_refused(address: str) -> None:
    lines = "".join(
        REPEATED if number % 2 else f"<outline xmlUrl='{address}'/>" for number in range(MAX_REPEATS + 2)
    )
    with pytest.raises(CatalogError, match="lists one address more than 500 times"):
        from_opml(f"<opml version='2.0'><body>{lines}</body></opml>".encode(), "x")


@pytest.mark.parametrize(
    "category", ["/watchfloor", "/watchfloor/", "watchfloor", "/watchfloor//x", ",,", "/"]
)
def test_category_that_only_resembles_ours_is_not_a_field(category: str) -> None:
    line = f"<outline xmlUrl='https://a.example/f' category='{category}'/>"
    assert (
        from_opml(f"<opml version='2.0'><body>{line}</body></opml>".encode(), "x")[0].url
        == "https://a.example/f"
    )


def test_list_of_ten_thousand_feeds_is_read_in_seconds() -> None:
    lines = "".join(
        '<outline type="rss" text="A" title="A" xmlUrl="https://www.publisher-'
        f'{number}.example/feeds/rss.xml?long={"x" * 80}"/>\n'
        for number in range(10_000)
    )
    began = time.process_time()
    assert len(from_opml(f"<opml version='2.0'><body>{lines}</body></opml>".encode(), "x")) == 10_000
    assert time.process_time() - began < 10
