"""Bodies of every encoding and chunking are decompressed, or refused before they fill the memory."""

from __future__ import annotations

import gzip
import itertools
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.http.decompress import BodyTooLargeError, BrokenBodyError, read_body

PACKED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
}


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@given(st.sampled_from(sorted(PACKED)), st.binary(max_size=2_000), st.integers(1, 300))
def test_body_comes_out_as_it_went_in(encoding: str, body: bytes, size: int) -> None:
    assert read_body(pieces(PACKED[encoding](body), size), encoding, 2_000) == body


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=5), st.integers(50, 300))
def test_members_of_gzip_one_after_the_other_are_one_body(members: list[bytes], size: int) -> None:
    packed = b"".join(map(gzip.compress, members))
    assert read_body([packed], "gzip", 2_000) == b"".join(members)


@pytest.mark.parametrize("encoding", sorted(PACKED))
def test_body_over_the_limit_is_refused(encoding: str) -> None:
    assert len(read_body([PACKED[encoding](b"<" * 1_000)], encoding, 1_000)) == 1_000
    with pytest.raises(BodyTooLargeError, match="1,000 bytes"):
        read_body([PACKED[encoding](b"<" * 1_001)], encoding, 1_000)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_bomb_costs_no_more_memory_than_the_limit(encoding: str) -> None:
    bomb = PACKED[encoding](bytes(50_000_000))
    tracemalloc.start()
    with pytest.raises(BodyTooLargeError):
        read_body([bomb], encoding, 1_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_body_that_ends_before_its_end_is_broken(encoding: str) -> None:
    with pytest.raises(BrokenBodyError):
        read_body([PACKED[encoding](b"<rss/>" * 99)[:-3]], encoding, 2_000)


@pytest.mark.parametrize("encoding", ["gzip, gzip", "zstd", "compress", "br;q=1"])
def test_encoding_that_was_not_requested_is_refused_by_name(encoding: str) -> None:
    with pytest.raises(BrokenBodyError, match="not asked for"):
        read_body([b"x"], encoding, 10)


def test_rubbish_after_a_gzip_body_is_left_out() -> None:
    assert read_body([gzip.compress(b"<rss/>"), b"rubbish"], "gzip", 1_000) == b"<rss/>"


def test_rubbish_without_end_after_a_gzip_body_is_refused() -> None:
    chunks = itertools.chain([gzip.compress(b"<rss/>")], itertools.repeat(b"x" * 1_000))
    with pytest.raises(BodyTooLargeError):
        read_body(chunks, "gzip", 100_000)


def test_gzip_in_name_only_is_taken_as_it_is() -> None:
    assert read_body([b"<rss", b"/>"], "gzip", 100) == b"<rss/>"


@given(st.sampled_from(sorted(PACKED)), st.lists(st.binary(max_size=50), max_size=5))
def test_wild_bytes_end_in_a_body_or_a_reason(encoding: str, chunks: list[bytes]) -> None:
    try:
        assert len(read_body(chunks, encoding, 1_000)) <= 1_000
    except (BrokenBodyError, BodyTooLargeError) as error:
        assert str(error)


@pytest.mark.parametrize(
    "stated", ["", "none", "utf-8", "identity", "identity, identity", "UTF-8, identity", ","]
)
def test_encoding_that_names_no_compression_is_none(stated: str) -> None:
    assert read_body([b"<rss/>"], stated, 100) == b"<rss/>"
    assert read_body([gzip.compress(b"<rss/>")], stated, 100) == b"<rss/>"  # a file.xml.gz


@pytest.mark.parametrize("stated", ["x-gzip", "gzip, identity", "identity, gzip", " GZIP "])
def test_compression_is_found_among_other_names(stated: str) -> None:
    assert read_body([gzip.compress(b"<rss/>")], stated, 100) == b"<rss/>"


@pytest.mark.parametrize(
    "packed", [zlib.compress(b"<rss/>"), brotli.compress(b"<rss/>"), b"\x28\xb5\x2f\xfd\x00"]
)
def test_other_compressions_unannounced_are_left_as_they_are(packed: bytes) -> None:
    """The parser then says that they are no feed: only gzip is a file format of its own."""
    assert read_body([packed], "", 100) == packed
