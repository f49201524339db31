"""A line of JSONL ends at a line feed and nowhere else; a bad one costs itself; links are named."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest
from fakes import at

from sources.archives.archive import read_archive
from sources.archives.jsonl_rows import ArchiveBatch

# Line separators of Unicode that JSON lets stand in a string, and the controls that `str.splitlines` obeys.
SEPARATORS = "\u2028\u2029\u0085"


def row(number: int, title: str) -> str:
    fields = {
        "source": "Wire",
        "title": title,
        "url": f"https://wire.example/{number}",
        "published": "2026-08-01",
    }
    return json.dumps(fields, ensure_ascii=False) + "\n"


LINES = (row(1, f"One{SEPARATORS}line") + row(2, "Two")).encode()


def packed(kind: str, content: bytes) -> bytes:
    into = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(into, "w") as pack:
            pack.writestr("rows.jsonl", content)
    elif kind == "zip of gz":
        with zipfile.ZipFile(into, "w") as pack:
            pack.writestr("rows.jsonl.gz", gzip.compress(content))
    elif kind == "tar.gz":
        with tarfile.open(fileobj=into, mode="w:gz") as pack:
            member = tarfile.TarInfo("rows.jsonl")
            member.size = len(content)
            pack.addfile(member, io.BytesIO(content))
    else:
        into.write(gzip.compress(content) if kind == "jsonl.gz" else content)
    return into.getvalue()


def titles(batches: list[ArchiveBatch]) -> list[str]:
    return [article.title for batch in batches for article in batch.parsed.articles]


@pytest.mark.parametrize("kind", ["jsonl", "jsonl.gz", "zip", "zip of gz", "tar.gz"])
def test_separators_in_a_string_end_no_line(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"rows.{kind.partition(' ')[0]}"
    path.write_bytes(packed(kind, LINES))
    assert titles(list(read_archive(path, at("2026-08-12")))) == ["One line", "Two"]


@pytest.mark.parametrize("kind", ["jsonl", "jsonl.gz", "zip", "tar.gz"])
def test_bad_line_costs_itself(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"rows.{kind}"
    path.write_bytes(packed(kind, LINES + b'{"title": "cut\n' + row(3, "Three").encode()))
    batches = list(read_archive(path, at("2026-08-12")))
    assert titles(batches) == ["One line", "Two", "Three"]
    (failure,) = [failure for batch in batches for failure in batch.failures]
    assert "line 3 is not JSON" in failure


def test_links_in_a_folder_are_not_followed_and_named(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "folder", tmp_path / "elsewhere.jsonl"
    folder.mkdir()
    elsewhere.write_text(row(9, "Elsewhere"))
    (folder / "own.jsonl").write_bytes(LINES)
    (folder / "link.jsonl").symlink_to(elsewhere)
    (folder / "circle").symlink_to(folder)
    (folder / "nowhere.jsonl").symlink_to("missing")
    batches = list(read_archive(folder, at("2026-08-12")))
    assert titles(batches) == ["One line", "Two"]
    named = [failure.partition(" is a link")[0] for batch in batches for failure in batch.failures]
    assert named == [str(folder / name) for name in ("circle", "link.jsonl", "nowhere.jsonl")]
