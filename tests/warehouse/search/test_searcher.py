"""What a search finds, in the index and beyond its words."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from fakes import NOW, HashEmbedder, article, at, fetched_page, place, save, silent
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse import open_snapshot
from warehouse.embed.vectors import embed_pending
from warehouse.errors import WarehouseError
from warehouse.extract.entities import EntityExtractor, load_gazetteer
from warehouse.extract.extractions import extract_pending
from warehouse.search import inverted_index
from warehouse.search.inverted_index import index_pending, merge_since
from warehouse.search.query_syntax import Filter
from warehouse.search.searcher import Found, Mode, Searcher, fuse, rank_by_words
from warehouse.search.vector_codes import encode_pending, load_codes
from warehouse.snapshot.api import Snapshot
from warehouse.snapshot.publish import publish_snapshot
from warehouse.store.article_texts import save_page_texts
from warehouse.store.db import open_read_only, open_warehouse

LIST = article("Commerce adds chip makers to the Entity List", "Licences for HBM are denied.", feed="gazette")
SMUGGLED = article(
    "Smuggling ring shipped accelerators", "Officers seized servers in a port.", publisher="Reuters"
)
LISTS = article("A list of each entity that sells chips", published=at("2026-07-01"), feed="post")
BUREAU = article("The Bureau of Industry and Security writes a rule", "It takes effect in May.", feed="blog")
LONG = article(
    "Parliament votes", "", text="Members spoke. " * 60 + "Then lithography came up. " + "They left. " * 60
)
ARTICLES = (LIST, SMUGGLED, LISTS, BUREAU, LONG)


def index(con: duckdb.DuckDBPyConnection) -> int:
    extract_pending(con, EntityExtractor(load_gazetteer()), silent)
    embed_pending(con, HashEmbedder(), silent)
    encode_pending(con, HashEmbedder().model)
    return index_pending(con, silent)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("search")
    with open_warehouse(home / "warehouse.duckdb") as con:
        place(con, LIST, LISTS, story=7)
        place(con, SMUGGLED, desk="arms_race")
        place(con, BUREAU, desk="regulation")
        place(con, LONG, desk="regulation")
        for number in range(12):
            place(con, article(f"Weather {number}", "accelerators of rain"), desk="off_topic")
        index(con)
    publish_snapshot(home / "warehouse.duckdb", home / "snapshot.duckdb", NOW, 0)
    return home / "snapshot.duckdb"


@pytest.fixture(scope="module")
def opened(snapshot: Path) -> Iterator[Snapshot]:
    with open_snapshot(snapshot, HashEmbedder()) as opened:
        yield opened


def titles(found: Found) -> list[str]:
    return [hit.title for hit in found.hits]


@pytest.mark.parametrize("mode", Mode)
def test_article_with_all_the_words_comes_first(opened: Snapshot, mode: Mode) -> None:
    assert titles(opened.search("chip makers entity list", mode))[0] == LIST.title


def test_hit_tells_desk_date_publisher_story_and_where_it_matched(opened: Snapshot) -> None:
    hit = opened.search("HBM licences", "keyword").hits[0]
    assert (hit.desk, hit.publisher, hit.story_id, hit.url) == ("export_controls", "Gazette", 7, LIST.url)
    assert hit.published_at == LIST.published_at
    assert hit.snippet == "**Licences** for **HBM** are denied."
    assert hit.marked_title == LIST.title


def test_snippet_is_the_part_that_answers(opened: Snapshot) -> None:
    (hit,) = opened.search("lithography", "keyword").hits
    assert "**lithography**" in hit.snippet
    assert len(hit.snippet.split()) <= 42


def test_passage_of_a_page_is_shown_where_the_summary_does_not_answer(con: duckdb.DuckDBPyConnection) -> None:
    told = article("A rule on chips", "Licences are denied.")
    save(con, told, article("Weather"))
    save_page_texts(con, [fetched_page(told, "Licences are denied. Tooling of Zeiss is exempt.\nIt ends.")])
    index(con)
    searcher = Searcher(con, HashEmbedder)
    (hit,) = searcher.search("zeiss tooling", Mode.KEYWORD).hits
    assert (hit.snippet_from, hit.snippet) == (
        "text",
        "… **Tooling** of **Zeiss** is exempt. It ends.",
    )
    (hit,) = searcher.search("licences", Mode.KEYWORD).hits
    assert (hit.snippet_from, hit.snippet) == ("summary", "**Licences** are denied.")


def test_plurals_case_and_accents_are_one_term(opened: Snapshot) -> None:
    assert (
        titles(opened.search("LICENCE", "keyword"))
        == titles(opened.search("licencés", "keyword"))
        == [LIST.title]
    )


def test_phrase_must_stand_so(opened: Snapshot) -> None:
    assert titles(opened.search('"entity list"')) == [LIST.title]
    assert set(titles(opened.search("entity list", "keyword"))) == {LIST.title, LISTS.title}


def test_phrase_may_hold_words_that_are_not_indexed(opened: Snapshot) -> None:
    assert titles(opened.search('"bureau of industry"')) == [BUREAU.title]
    assert titles(opened.search('"bureau industry"')) == []


@pytest.mark.parametrize("typed", ["chips -hbm", 'chips -"entity list"', "chips -title:commerce"])
def test_exclusion_leaves_out(opened: Snapshot, typed: str) -> None:
    found = titles(opened.search(typed))
    assert LISTS.title in found
    assert LIST.title not in found


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("title:smuggling", {SMUGGLED.title}),
        ("title:servers", set()),
        ("publisher:reuters", {SMUGGLED.title}),
        ("desk:regulation", {BUREAU.title, LONG.title}),
        ("entity:BIS", {BUREAU.title}),
        ("entity:nobody", set()),
        ("chips until:2026-07-01", {LISTS.title}),
        ("chips since:2026-07-02 -source:wire", {LIST.title, BUREAU.title}),
        ("source:gazette", {LIST.title}),
    ],
)
def test_fields_filter(opened: Snapshot, typed: str, expected: set[str]) -> None:
    assert set(titles(opened.search(typed))) == expected


def test_filters_come_from_options_too(opened: Snapshot) -> None:
    found = opened.search("rule", "hybrid", 10, [Filter(field="desk", value="regulation")])
    assert set(titles(found)) == {BUREAU.title, LONG.title}


def test_mistyped_word_is_found_and_said(opened: Snapshot) -> None:
    found = opened.search("acelerators seized", "keyword")
    assert titles(found)[0] == SMUGGLED.title
    assert found.spellings == {"acelerator": ("accelerator",)}


def test_entity_is_found_by_another_of_its_names(opened: Snapshot) -> None:
    found = opened.search("BIS", "keyword")
    assert titles(found) == [BUREAU.title]
    assert found.entities == {"bis": "Bureau of Industry and Security"}
    assert "**Bureau**" in found.hits[0].marked_title


def test_date_that_is_none_is_left_out_and_said(opened: Snapshot) -> None:
    found = opened.search("chips since:yesterday")
    assert LIST.title in titles(found)
    assert "since:yesterday" in found.notes[0]


@pytest.mark.parametrize("mode", Mode)
@settings(max_examples=25)
@given(st.text(max_size=60) | st.text('"-: ab列title:entity:since:\\%_\n', max_size=60))
def test_nothing_that_is_typed_makes_it_fail(opened: Snapshot, mode: Mode, typed: str) -> None:
    found = opened.search(typed, mode, 3)
    assert len(found.hits) <= 3
    assert len({hit.article_id for hit in found.hits}) == len(found.hits)


def test_new_and_changed_articles_are_found_after_the_next_indexing(con: duckdb.DuckDBPyConnection) -> None:
    save(con, article("Old words", url="https://wire.example/1"))
    assert index(con) == 1
    save(con, article("New words", url="https://wire.example/1"), article("Others"))
    assert index(con) == 2
    assert index(con) == 0
    searcher = Searcher(con, HashEmbedder)
    assert titles(searcher.search("new", Mode.KEYWORD)) == ["New words"]
    assert titles(searcher.search("old", Mode.KEYWORD)) == []
    assert len(searcher.search("words", Mode.SEMANTIC).hits) == 2


def test_index_with_many_deleted_documents_is_rebuilt(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inverted_index, "FEW_DELETED", 0)
    for text in ("one", "two", "three"):
        save(con, article(text, url="https://wire.example/1"))
        index(con)
    assert con.execute("SELECT DISTINCT term FROM search_postings").fetchall() == [("three",)]
    assert con.execute("SELECT count(*) FROM store.search_deleted").fetchall() == [(0,)]


_ALL_POSTINGS = "FROM search_postings ORDER BY term, doc"


@pytest.mark.parametrize("at_once", [1, 7, 2_000_000])
def test_runs_are_merged_in_pieces_and_nothing_is_lost(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(inverted_index, "POSTINGS_AT_ONCE", at_once)
    monkeypatch.setattr(inverted_index, "BATCH_ARTICLES", 2)
    save(
        con,
        *(
            article(f"{WORDS[n % 7]} {WORDS[n % 5]} {WORDS[n % 3]}", url=f"https://wire.example/{n}")
            for n in range(9)
        ),
    )
    assert index(con) == 9
    postings = con.execute(_ALL_POSTINGS).fetchall()
    assert con.execute("SELECT count(DISTINCT run) < 5 FROM store.search_postings").fetchall() == [(True,)]
    con.execute("DELETE FROM store.search_documents; DELETE FROM store.search_postings")
    monkeypatch.setattr(inverted_index, "BATCH_ARTICLES", 100)
    index(con)
    assert con.execute(_ALL_POSTINGS).fetchall() == postings


@given(st.lists(st.integers(1, 10_000), max_size=200))
def test_runs_stay_few_however_they_arrive(sizes: list[int]) -> None:
    runs: list[tuple[int, int]] = []
    for number, size in enumerate(sizes):
        runs.append((number, size))
        since = merge_since(runs)
        if since is not None:
            merged = sum(size for run, size in runs if run >= since)
            runs = [*((run, size) for run, size in runs if run < since), (since, merged)]
    assert sum(size for _, size in runs) == sum(sizes)
    assert (
        len(runs) <= 21
    )  # each is larger than all later ones together, and there are 2,000,000 postings at most
    assert merge_since(runs) is None


def test_macro_finds_with_duckdb_alone(snapshot: Path) -> None:
    with open_read_only(snapshot) as con:
        found = con.execute("SELECT title, story_id FROM search('the entity makers', 5)").fetchall()
    assert found == [(LIST.title, 7), (LISTS.title, 7)]


WORDS = ("chips", "licence", "drones", "treaty", "court", "fab", "summit")


def titles_from(first: int) -> dict[str, str]:
    """Twelve titles by address."""
    return {
        f"https://wire.example/{number}": f"{WORDS[number % 7]} {WORDS[(number + first) % 5]} "
        f"{WORDS[number % 3]}"
        for number in range(first, first + 12)
    }


VERSIONS = tuple(titles_from(first) for first in (0, 8, 16))


@pytest.fixture(scope="module")
def reworded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Indexes in three batches, with a third of the articles changed: three runs and deleted documents."""
    with open_warehouse(tmp_path_factory.mktemp("reworded") / "warehouse.duckdb") as con:
        for titles in VERSIONS:
            save(con, *(article(title, url=url) for url, title in titles.items()))
            index(con)
        yield con


def bm25f(weights: dict[str, float]) -> dict[str, float]:
    """The BM25F scores of the latest titles, computed plainly: mean length 10, boost 3, k1 and b of 0.6.

    Deleted documents still count in the frequency of a term, until their run is indexed again.
    """
    latest = {
        url: [word.removesuffix("s") for word in title.split()]
        for titles in VERSIONS
        for url, title in titles.items()
    }
    replaced = [
        [word.removesuffix("s") for word in title.split()] for titles in VERSIONS for title in titles.values()
    ]
    scores: defaultdict[str, float] = defaultdict(float)
    for term, weight in weights.items():
        frequency = min(sum(term in words for words in replaced), len(latest))
        idf = math.log(1 + (len(latest) - frequency + 0.5) / (frequency + 0.5))
        for url, words in latest.items():
            if term in words:
                in_field = round(100 * words.count(term) * 3 / (0.4 + 0.6 * len(words) / 10)) / 100
                scores[url] += weight * idf * in_field / (0.6 + in_field)
    return scores


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from((*WORDS, "nobody")), st.sampled_from((0.5, 0.7, 1.0)), min_size=1))
def test_words_are_ranked_by_bm25f(reworded: duckdb.DuckDBPyConnection, wanted: dict[str, float]) -> None:
    weights = {term.removesuffix("s"): weight for term, weight in wanted.items()}
    urls = dict(reworded.execute("SELECT article_id, url FROM articles").fetchall())
    ranked = rank_by_words(reworded, weights, 100)
    assert {urls[id_]: score for id_, score in ranked} == pytest.approx(bm25f(weights), abs=1e-5)
    assert [score for _, score in ranked] == sorted((score for _, score in ranked), reverse=True)
    assert rank_by_words(reworded, weights, 3) == ranked[:3]


def test_phrase_may_repeat_a_word(con: duckdb.DuckDBPyConnection) -> None:
    save(con, article("Chips for chips"), article("Chips and treaties"))
    index(con)
    searcher = Searcher(con, HashEmbedder)
    assert titles(searcher.search('"chips for chips"', Mode.KEYWORD)) == ["Chips for chips"]
    assert titles(searcher.search('"chips and chips"', Mode.KEYWORD)) == [
        "Chips for chips"
    ]  # `and` is not indexed
    assert titles(searcher.search('"chips chips"', Mode.KEYWORD)) == []


def test_nearest_by_codes_are_those_by_whole_vectors(con: duckdb.DuckDBPyConnection) -> None:
    save(con, *(article(f"w{number % 17} v{number % 13} u{number}") for number in range(300)))
    index(con)
    vector = HashEmbedder().encode(["w3 v4 u5"])[0]
    truly = con.execute(
        "SELECT article_id FROM store.vectors ORDER BY list_cosine_similarity(vector, $v::FLOAT[]) DESC, "
        "article_id LIMIT 3",
        {"v": vector.tolist()},
    ).fetchall()
    found = load_codes(con, "hash@1").nearest(vector, 10)
    assert [id_ for id_, _ in found[:3]] == [id_ for (id_,) in truly]
    assert [cosine for _, cosine in found] == sorted((cosine for _, cosine in found), reverse=True)


def test_fusion_prefers_what_both_lists_have() -> None:
    assert [id_ for id_, _ in fuse([(1.0, [(1, 9.0), (2, 8.0)]), (1.0, [(3, 0.9), (2, 0.8)])])] == [2, 1, 3]


def test_vectors_of_another_model_leave_the_words(snapshot: Path) -> None:
    class Other(HashEmbedder):
        model = "other@1"

    with open_snapshot(snapshot, Other()) as opened:
        found = opened.search("entity list")
        assert titles(found)[0] == LIST.title
        assert "hash@1" in found.notes[0]
        with pytest.raises(WarehouseError, match=r"hash@1, not of other@1"):
            opened.search("entity list", "semantic")


def test_vectors_that_are_not_coded_yet_leave_the_words(con: duckdb.DuckDBPyConnection) -> None:
    save(con, article("Entity list"))
    index_pending(con, silent)
    found = Searcher(con, HashEmbedder).search("entity")
    assert titles(found) == ["Entity list"]
    assert "watchfloor enrich" in found.notes[0]


def test_snapshot_that_only_has_signs_of_vectors_says_what_to_do(con: duckdb.DuckDBPyConnection) -> None:
    save(con, article("Entity list"))
    index(con)
    con.execute("ALTER TABLE store.search_codes RENAME numbers TO code")  # as until schema 9
    searcher = Searcher(con, HashEmbedder)
    assert titles(searcher.search("entity", Mode.KEYWORD)) == ["Entity list"]
    with pytest.raises(WarehouseError, match="Publish it anew"):
        searcher.search("entity")


def test_snapshot_of_an_older_release_says_what_to_do(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "old.duckdb") as con:
        con.execute("CREATE TABLE articles AS SELECT 1 AS article_id")
    with (
        pytest.raises(WarehouseError, match="`watchfloor publish` makes a new snapshot"),
        open_read_only(tmp_path / "old.duckdb") as con,
    ):
        Searcher(con, HashEmbedder).search("word")
