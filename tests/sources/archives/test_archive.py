"""Archives: plain, packed, cut off, and with wrong types in every field."""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from fakes import at
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.archives import archive
from sources.archives.archive import archive_size, read_archive
from sources.archives.jsonl_rows import BATCH_LINES, ArchiveBatch
from sources.errors import ArchiveError
from sources.model import Article, DateStatus, Rejection

NOW = at("2026-08-12T12:00")
ROW: dict[str, object] = {
    "source": "Wire & Post",
    "title": "Licence rules tighten",
    "url": "https://wire.example/1?utm_source=x",
    "summary": "<p>The rule takes effect.</p>",
    "published": "2026-08-01T10:00:00+02:00",
    "first_seen": "2026-08-02T00:00:00Z",
}


def lines(*rows: object) -> bytes:
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def read(folder: Path, content: bytes) -> list[ArchiveBatch]:
    path = folder / "archive.jsonl"
    path.write_bytes(content)
    return list(read_archive(path, NOW))


def only(batches: list[ArchiveBatch]) -> Article:
    (batch,) = batches
    assert batch.parsed.rejections == ()
    return batch.parsed.articles[0]


def test_line_becomes_an_article_with_its_first_seen(tmp_path: Path) -> None:
    article = only(read(tmp_path, lines(ROW)))
    assert (article.title, article.summary) == ("Licence rules tighten", "The rule takes effect.")
    assert (article.url, article.source_id) == ("https://wire.example/1", "wire-post")
    assert (article.published_at, article.date_status) == (at("2026-08-01T08:00"), DateStatus.OK)
    assert article.first_seen_at == at("2026-08-02")


def test_rows_that_share_a_link_are_told_apart_by_their_guids(tmp_path: Path) -> None:
    notices = [
        {**ROW, "url": "https://wire.example/notices", "guid": f"n-{n}", "title": f"Notice {n}"}
        for n in range(3)
    ]
    (batch,) = read(tmp_path, lines(*notices, notices[0]))
    assert [article.title for article in batch.parsed.articles] == ["Notice 0", "Notice 1", "Notice 2"]
    assert batch.parsed.rejections == (Rejection.REPEATED_IN_FEED,)


def test_line_names_its_source(tmp_path: Path) -> None:
    (batch,) = read(tmp_path, lines({**ROW, "publisher": "Wire Ltd", "lang": "DE-at", "kind": "government"}))
    (named,) = batch.sources
    assert (named.id, named.name, named.publisher, named.kind) == (
        "wire-post",
        "Wire & Post",
        "Wire Ltd",
        "government",
    )
    assert named.language == "de"


def test_article_without_first_seen_was_seen_when_published(tmp_path: Path) -> None:
    article = only(read(tmp_path, lines({**ROW, "first_seen": None})))
    assert article.first_seen_at == at("2026-08-01T08:00")


@pytest.mark.parametrize("stated", ["2030-01-01", "never", "", 5])
def test_article_seen_at_no_usable_time_counts_as_seen_now(stated: object, tmp_path: Path) -> None:
    article = only(read(tmp_path, lines({**ROW, "published": stated, "first_seen": stated})))
    assert article.first_seen_at == NOW


def test_old_article_is_judged_by_the_day_it_was_seen(tmp_path: Path) -> None:
    row = {**ROW, "published": "2019-05-01", "first_seen": "2019-05-02"}
    assert only(read(tmp_path, lines(row))).date_status is DateStatus.OK


def test_article_without_link_and_guid_is_known_by_title_and_date(tmp_path: Path) -> None:
    row = {**ROW, "url": ""}
    first, again = only(read(tmp_path, lines(row))), only(read(tmp_path, lines(row)))
    other = only(read(tmp_path, lines({**row, "title": "Another"})))
    assert first.url is None
    assert first.article_id == again.article_id != other.article_id


@pytest.mark.parametrize("name", ["Китай сегодня", "\ud800", "🤖"])
def test_source_named_in_another_script_has_an_id_of_its_own(name: str, tmp_path: Path) -> None:
    article = only(read(tmp_path, lines({**ROW, "source": name})))
    assert article.source_id.isascii()
    assert article.source_id


@pytest.mark.parametrize("field", ["source", "publisher", "kind", "region", "lang", "feed_url"])
def test_source_is_named_in_plain_text(field: str, tmp_path: Path) -> None:
    (batch,) = read(tmp_path, lines({**ROW, field: "\ud800<script>x</script>\u202ewire"}))
    (named,) = batch.sources
    shown = "".join(
        (named.id, named.name, named.publisher, named.url, named.kind, named.region, named.language)
    )
    assert not set(shown) & set("<>\u202e\ud800")


def test_repeated_and_unusable_lines_are_counted(tmp_path: Path) -> None:
    (batch,) = read(tmp_path, lines(ROW, ROW, {}, {**ROW, "url": "javascript:x"}))
    assert [article.url for article in batch.parsed.articles] == ["https://wire.example/1", None]
    assert batch.parsed.rejections == (Rejection.REPEATED_IN_FEED, Rejection.NO_TITLE)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["without mark", "byte order mark"])
def test_packed_and_marked_files_are_read(pack: type[bytes], mark: bytes, tmp_path: Path) -> None:
    assert only(read(tmp_path, pack(mark + lines(ROW)))).title == "Licence rules tighten"


def test_blank_lines_and_foreign_line_ends_are_no_matter(tmp_path: Path) -> None:
    assert (
        only(read(tmp_path, b"\r\n\n  \n" + lines(ROW).replace(b"\n", b"\r\n"))).title
        == "Licence rules tighten"
    )


@pytest.mark.parametrize("content", [b"", gzip.compress(b"")], ids=["plain", "gzipped"])
def test_empty_file_holds_nothing(content: bytes, tmp_path: Path) -> None:
    assert read(tmp_path, content) == []


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
def test_bytes_read_reach_the_size_of_the_file(pack: type[bytes], tmp_path: Path) -> None:
    content = pack(lines(*({**ROW, "url": f"https://wire.example/{n}"} for n in range(BATCH_LINES + 1))))
    batches = read(tmp_path, content)
    assert [len(batch.parsed.articles) for batch in batches] == [BATCH_LINES, 1]
    assert 0 < batches[0].bytes_read <= batches[1].bytes_read == len(content)


@pytest.mark.parametrize("line", [b"{", b"[1]", b'"text"', b"null", b"[" * 100_000, b"1" * 5_000, b"\x00"])
def test_broken_line_is_named_by_its_number(line: bytes, tmp_path: Path) -> None:
    (batch,) = read(
        tmp_path, lines(ROW) + b"\n" + line + b"\n" + lines({**ROW, "url": "https://wire.example/b"})
    )
    (failure,) = batch.failures
    assert re.search(r"archive\.jsonl: line 3 is not (a )?JSON", failure)
    assert len(batch.parsed.articles) == 2  # the others are read


def test_batches_before_a_broken_line_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "archive.jsonl"
    path.write_bytes(lines(*({**ROW, "guid": str(n)} for n in range(BATCH_LINES))) + b"{")
    batches = read_archive(path, NOW)
    assert len(next(batches).parsed.articles) == 1
    with pytest.raises(ArchiveError, match=f"line {BATCH_LINES + 1} "):
        next(batches)


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(lines(*[ROW] * 50))[:-20],
        gzip.compress(lines(ROW))[:5],
        gzip.compress(lines(ROW))[:10] + b"\xff" * 50,
        gzip.compress(lines(ROW))[:-8] + b"\x00" * 8,
    ],
    ids=["cut off", "header cut off", "corrupt", "wrong checksum"],
)
def test_file_that_is_cut_off_is_reported(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="cannot be read to its end"):
        read(tmp_path, content)


@pytest.mark.parametrize(
    "content", [b'{"title": "\xff"}\n', "\ufefftitle".encode("utf-16")], ids=["Latin-1", "UTF-16"]
)
def test_file_without_a_line_of_utf_8_is_reported(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="line 1 is not JSON"):
        read(tmp_path, content)


@pytest.mark.parametrize("name", ["missing.jsonl", "missing.xml"])
def test_file_that_cannot_be_opened_is_reported(name: str, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="cannot be opened"):
        list(read_archive(tmp_path / name, NOW))


WILD = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    | st.sampled_from(["\ud800", "http://[::1", "#", "2026-08-01", "<p>x", "0001-01-01T00:00:00+14:00"])
    | st.lists(st.integers(), max_size=2) | st.dictionaries(st.text(max_size=2), st.text(max_size=2),
        max_size=2)
)  # fmt: skip
FIELDS = st.sampled_from(
    [*ROW, "link", "text", "guid", "id", "lang", "publisher", "feed_url", "kind", "region"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(FIELDS, WILD), max_size=4))
def test_any_rows_are_each_counted_once(tmp_path: Path, rows: list[dict[str, object]]) -> None:
    for batch in read(tmp_path, lines(*rows)):
        assert len(batch.parsed.articles) + len(batch.parsed.rejections) == len(rows)
        assert {article.source_id for article in batch.parsed.articles} == {
            named.id for named in batch.sources
        }
        for named in batch.sources:
            "".join(
                (named.name, named.publisher, named.url, named.kind, named.region, named.language)
            ).encode()


# Folders, packs and feed files

RSS = (
    b"<rss version='2.0'><channel><title>Post &amp; Wire</title><link>https://post.example/</link>"
    b"<language>de</language>"
)
ITEM = (
    b"<item><title>Rules</title><link>https://post.example/%d</link><pubDate>Sat, 01 Aug 2026 10:00:00 GMT"
    b"</pubDate></item>"
)
FEED = RSS + ITEM % 1 + ITEM % 2 + b"</channel></rss>"
JSON_FEED = json.dumps({"title": "Lab", "items": [{"id": "1", "title": "A card"}]}).encode()


def titles(batches: list[ArchiveBatch]) -> list[str]:
    return [article.title for batch in batches for article in batch.parsed.articles]


def failures(batches: list[ArchiveBatch]) -> list[str]:
    return [failure for batch in batches for failure in batch.failures]


def packed_in_zip(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in members.items():
            pack.writestr(name, content)


def packed_in_tar(path: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as pack:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            pack.addfile(info, io.BytesIO(content))


def laid_in_folder(path: Path, members: dict[str, bytes]) -> None:
    for name, content in members.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)


@pytest.mark.parametrize("name", ["a.xml", "a.RSS", "a.atom.gz"])
def test_feed_file_is_read_as_just_fetched(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(FEED) if name.endswith(".gz") else FEED)
    (batch,) = read_archive(path, NOW)
    assert [article.url for article in batch.parsed.articles] == [
        "https://post.example/1",
        "https://post.example/2",
    ]
    assert {article.first_seen_at for article in batch.parsed.articles} == {NOW}
    assert batch.bytes_read == path.stat().st_size


def test_feed_file_names_its_own_source(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(FEED)
    (batch,) = read_archive(tmp_path / "a.xml", NOW)
    (named,) = batch.sources
    assert (named.id, named.name, named.publisher) == ("post-wire", "Post & Wire", "post.example")
    assert (named.url, named.language) == ("https://post.example/", "de")
    assert {article.source_id for article in batch.parsed.articles} == {"post-wire"}


def test_feed_without_metadata_is_named_by_its_file(tmp_path: Path) -> None:
    (tmp_path / "old wire.json").write_bytes(b'{"items": [{"id": "1", "title": "A card"}]}')
    (batch,) = read_archive(tmp_path / "old wire.json", NOW)
    assert batch.sources[0].id == "old-wire"


@pytest.mark.parametrize(
    ("name", "pack"),
    [("pack.zip", packed_in_zip), ("pack.tar.gz", packed_in_tar), ("folder", laid_in_folder)],
)
def test_bad_file_among_others_is_named_and_the_rest_goes_on(
    name: str, pack: Callable[[Path, dict[str, bytes]], None], tmp_path: Path
) -> None:
    path = tmp_path / name
    pack(path, {"a/bad.xml": b"no feed", "a/feed.xml": FEED, "b/cut.jsonl": lines(ROW) + b"{",
        "lab.json": JSON_FEED,
                "rows.jsonl": lines(ROW), "z.xml.gz": gzip.compress(FEED)[:-9]})  # fmt: skip
    batches = list(read_archive(path, NOW))
    assert titles(batches) == ["Rules", "Rules", "Licence rules tighten", "A card", "Licence rules tighten"]
    assert [message.split(": ")[0].replace(":",
    "/").rpartition(f"{name}/")[2] for message in failures(batches)] == [
        "a/bad.xml", "b/cut.jsonl", "z.xml.gz",
    ]  # fmt: skip
    assert batches[-1].bytes_read <= archive_size(path)


def test_bomb_in_a_pack_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILE_BYTES", 100_000)
    packed_in_zip(
        tmp_path / "pack.zip", {"bomb.xml": b" " * 10_000_000, "twice.xml": gzip.compress(b" " * 10_000_000)}
    )
    assert [
        message.split(": ")[1][:32] for message in failures(list(read_archive(tmp_path / "pack.zip", NOW)))
    ] == ["is larger than 100,000 bytes unp"] * 2


@pytest.mark.parametrize("name", ["cut.zip", "cut.tar", "cut.tgz"])
def test_broken_packed_archive_is_reported(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04" + b"\x00" * 100)
    with pytest.raises(ArchiveError, match=name):
        list(read_archive(tmp_path / name, NOW))


def test_empty_folder_is_reported_and_hidden_files_are_ignored(tmp_path: Path) -> None:
    laid_in_folder(tmp_path, {".git/a.jsonl": b"{"})
    with pytest.raises(ArchiveError, match="contains no files"):
        list(read_archive(tmp_path, NOW))


def test_row_may_carry_a_registers_own_fields(tmp_path: Path) -> None:
    row = {**ROW, "document_number": "2026-1", "type": "Rule", "effective_on": "2026-09-01"}
    register = only(read(tmp_path, lines(row))).register
    assert register is not None
    assert (register.document_number, register.effective_on) == ("2026-1", date(2026, 9, 1))
