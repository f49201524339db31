"""One connection to a server. Reads a 304 in its usual form at once; every other answer, from its first byte on, h11 reads."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import httpcore

_NAME = rb"[-!#$%&'*+.^_`|~0-9A-Za-z]++"
_VALUE = rb"(?:[!-~]++(?:[ \t]++[!-~]++)*+)?+"
# What says whom a message is for, where it ends, or that it is the connection's last, is h11's to weigh.
_FRAMING = rb"(?!(?i:host|content-length|transfer-encoding|upgrade|connection(?!: ?keep-alive\r)):)"
_FIELDS = rb"(?:" + _FRAMING + _NAME + rb": ?" + _VALUE + rb"\r\n)*+"
_USUAL_REQUEST = re.compile(rb"GET [!-~]++ HTTP/1\.1\r\n(Host: [!-~]++\r\n" + _FIELDS + rb")\r\n")
_USUAL_304 = re.compile(rb"HTTP/1\.1 304(?: [ -~]*+)?\r\n(" + _FIELDS + rb")\r\n")
_FIELD = re.compile(rb"(" + _NAME + rb"): ?(" + _VALUE + rb")\r\n")
_READ_BYTES = 65_536
NOT_MODIFIED = 304

Fields = list[tuple[bytes, bytes]]


def usual_request(request: httpcore.Request) -> bytes | None:
    """The request's head if it is a GET without a body that reads as it is meant; None if h11 is to look at it."""
    lines = [request.method, b" ", request.url.target, b" HTTP/1.1\r\n"]
    for name, value in request.headers:
        lines += (name, b": ", value, b"\r\n")
    head = b"".join((*lines, b"\r\n"))
    found = _USUAL_REQUEST.fullmatch(head)
    return head if found and _FIELD.findall(found[1]) == request.headers else None


def usual_304(answer: bytes) -> Fields | None:
    """The fields of an answer that is a whole 304 and nothing more, on a connection that stays open; None for any other."""
    found = _USUAL_304.fullmatch(answer)
    return _FIELD.findall(found[1]) if found else None


class Connection:
    """An open connection to `origin`, for one request at a time. `idle_since` is for its keeper, in monotonic seconds.

    It does as `httpcore.HTTP11Connection` does, without it for what most feeds answer most of the time: that and h11 are
    half of what a 304 costs.
    """

    def __init__(self, origin: httpcore.Origin, stream: httpcore.NetworkStream) -> None:
        self.origin, self.idle_since = origin, 0.0
        self._stream = stream
        self._by_h11: httpcore.HTTP11Connection | None = None

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """The answer; the connection is closed if there is none."""
        self._by_h11 = None
        stream = self._stream
        if head := usual_request(request):
            first = self._first_of_answer(head, request.extensions.get("timeout", {}))
            if (fields := usual_304(first)) is not None:
                return httpcore.Response(NOT_MODIFIED, headers=fields)
            stream = _Asked(stream, first)
        self._by_h11 = httpcore.HTTP11Connection(self.origin, stream)
        answer = self._by_h11.handle_request(request)
        if answer.status == NOT_MODIFIED:  # has no body (RFC 9110, section 15.4.5): so its end is here
            answer.read()
            answer.close()
            return httpcore.Response(NOT_MODIFIED, headers=answer.headers)
        return answer

    def is_idle(self) -> bool:
        """Whether the last answer was read to its end, and its server will give another."""
        return self._by_h11 is None or self._by_h11.is_idle()

    def was_closed(self) -> bool:
        """Whether an idle connection was closed by its server, or had words on it that nobody asked for."""
        return bool(self._stream.get_extra_info("is_readable"))

    def close(self) -> None:
        """Ends it, whatever is under way."""
        self._stream.close()

    def _first_of_answer(self, head: bytes, timeouts: dict[str, float | None]) -> bytes:
        try:
            # A server may answer and close without hearing us out: then the answer counts.
            with suppress(httpcore.WriteError):
                self._stream.write(head, timeouts.get("write"))
            return self._stream.read(_READ_BYTES, timeouts.get("read"))
        except BaseException:
            self.close()
            raise


class _Asked(httpcore.NetworkStream):
    """A connection on which the request was sent, and the first of the answer read: so h11 finds it as if it had done both."""

    def __init__(self, stream: httpcore.NetworkStream, first: bytes) -> None:
        self._stream = stream
        self._first: bytes | None = first

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        first, self._first = self._first, None
        return self._stream.read(max_bytes, timeout) if first is None else first

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        pass

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
