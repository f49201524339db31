"""Reads and decompresses a response's body up to a limit, so that a decompression bomb cannot fill the
memory.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable

import brotli

# Not deflate: servers disagree on what that name means (RFC 9110, section 8.4.1.2).
ACCEPT_ENCODING = "gzip, br"


class BodyTooLargeError(Exception):
    """The body is larger than the limit, as sent or after decompression."""


class BrokenBodyError(Exception):
    """The body cannot be decompressed, or is cut off."""


def read_body(chunks: Iterable[bytes], content_encoding: str, max_bytes: int, *, cut: bool = False) -> bytes:
    """Returns the decompressed body of the raw chunks.

    Raises BodyTooLargeError beyond `max_bytes`, or with `cut` returns what comes before; BrokenBodyError for
    an encoding that was not requested or broken data.
    """
    body = _decoded(chunks, _decoder(content_encoding), max_bytes, cut=cut)
    # A server that sends a file.xml.gz says so in no header, and one that compresses it once more in one of
    # two.
    try:
        zipped = body.startswith(b"\x1f\x8b\x08")
        return _decoded((body,), _Inflate(), max_bytes, cut=cut) if zipped else body
    except BrokenBodyError:
        return body


def _decoder(content_encoding: str) -> _Plain | _Inflate | _Brotli:
    """Returns the decoder of a Content-Encoding; what names no compression (`none`, `utf-8`) is none."""
    stated = [name.strip().lower() for name in content_encoding.split(",")]
    compressions = [name for name in stated if name.partition(";")[0] in (*_DECODERS, *_NOT_REQUESTED)]
    if not compressions:
        return _Plain()
    if len(compressions) > 1 or compressions[0] not in _DECODERS:
        # Among them "gzip, gzip": 64 KB compressed twice become 64 GB at once.
        raise BrokenBodyError(f"compressed as {content_encoding!r}, which was not asked for")
    return _DECODERS[compressions[0]]()


def _decoded(
    chunks: Iterable[bytes], decoder: _Plain | _Inflate | _Brotli, max_bytes: int, *, cut: bool
) -> bytes:
    pieces, room, sent = [], max_bytes, 0
    for chunk in chunks:
        sent += len(chunk)
        piece = decoder.decode(chunk, room + 1)
        pieces.append(piece)
        room -= len(piece)
        # `sent` also counts data that decompresses to nothing, as after the end of a gzip body.
        if room < 0 or sent > max_bytes:
            if cut:
                return b"".join(pieces)[:max_bytes]
            raise BodyTooLargeError(f"more than {max_bytes:,} bytes")
    if not decoder.complete:
        raise BrokenBodyError("the compressed body is cut off")
    return b"".join(pieces)


class _Plain:
    complete = True

    def decode(self, data: bytes, limit: int) -> bytes:
        return data[:limit]


class _Inflate:
    """Decompresses gzip (also of several members) or deflate, recognised by the first bytes."""

    def __init__(self) -> None:
        self._inner: zlib._Decompress | None = None
        self._plain = False

    @property
    def complete(self) -> bool:
        return self._plain or self._inner is None or self._inner.eof

    def decode(self, data: bytes, limit: int) -> bytes:
        if self._inner is None and data and not self._plain:
            # Some servers name an encoding but send plain text: every gzip or zlib stream begins with these
            # bytes, no feed does.
            self._plain = data[:1] not in (b"\x1f", b"\x78")
            self._inner = zlib.decompressobj(wbits=32 + zlib.MAX_WBITS)
        if self._plain or self._inner is None:
            return data[:limit]
        if self._inner.eof and not data.startswith(b"\x1f\x8b"):
            return b""
        try:
            out = self._inner.decompress(data, limit)
            while self._inner.eof and self._inner.unused_data.startswith(b"\x1f\x8b") and len(out) < limit:
                rest, self._inner = self._inner.unused_data, zlib.decompressobj(wbits=32 + zlib.MAX_WBITS)
                out += self._inner.decompress(rest, limit - len(out))
        except zlib.error as error:
            raise BrokenBodyError(f"broken compression: {error}") from error
        return out


class _Brotli:
    def __init__(self) -> None:
        self._inner = brotli.Decompressor()
        self._seen = False

    @property
    def complete(self) -> bool:
        return not self._seen or bool(self._inner.is_finished())

    def decode(self, data: bytes, limit: int) -> bytes:
        self._seen = self._seen or bool(data)
        try:
            return bytes(self._inner.process(data, output_buffer_limit=limit))
        except brotli.error as error:
            raise BrokenBodyError(f"broken compression: {error}") from error


_DECODERS: dict[str, Callable[[], _Plain | _Inflate | _Brotli]] = {
    "gzip": _Inflate,
    "x-gzip": _Inflate,
    "deflate": _Inflate,
    "br": _Brotli,
}
_NOT_REQUESTED = frozenset(
    ("zstd", "compress", "x-compress", "bzip2", "x-bzip2", "xz", "lzma", "dcb", "dcz", "exi")
)
