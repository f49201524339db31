"""One connection to a server. Reads a 304 in its usual form at once; every other answer, from its first byte on, h11 reads.

Keeps a run's connections open between requests. How many there are is up to the caller: one for each of its threads.
"""

from __future__ import annotations

import re
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
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


class ConnectionPool(httpcore.ConnectionPool):
    """httpcore's pool, without the queue that its requests wait in.

    That one looks through all connections several times a request: with sixteen, a quarter of what a 304 costs. Nothing
    else of it is used but `request` and `stream`, which ask `handle_request`.
    """

    def __init__(self, *, network_backend: httpcore.NetworkBackend, idle_at_most: int, keep_open_s: float) -> None:
        self._backend, self._idle_at_most, self._keep_open_s = network_backend, idle_at_most, keep_open_s
        self._lock = threading.Lock()
        self._idle: list[Connection] = []  # the one used last at the end

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """The answer, on a connection of the request's own until it is closed."""
        if request.url.scheme not in (b"http", b"https"):
            raise httpcore.UnsupportedProtocol(f"an address that begins with {request.url.scheme.decode()}:")
        if idle := self._take_idle(request.url.origin):
            # The server may have closed it just as we asked: then we ask again, once (RFC 9112, section 9.3.1).
            with suppress(httpcore.RemoteProtocolError, httpcore.NetworkError):
                return self._answer(idle, request)
        return self._answer(self._opened(request), request)

    def give_back(self, connection: Connection) -> None:
        """Keeps a connection for the next request to its server, if it can be used again."""
        if not connection.is_idle():  # something was left unread, or said to be the last: it has closed itself
            return
        connection.idle_since = time.monotonic()
        with self._lock:
            self._idle.append(connection)
            oldest = self._idle.pop(0) if len(self._idle) > self._idle_at_most else None
        if oldest:
            oldest.close()

    def close(self) -> None:
        """Closes the connections nobody uses; those in use close with their answers."""
        with self._lock:
            idle, self._idle, self._idle_at_most = self._idle, [], 0
        for connection in idle:
            connection.close()

    def _answer(self, connection: Connection, request: httpcore.Request) -> httpcore.Response:
        answer = connection.handle_request(request)
        if answer.status == NOT_MODIFIED:  # nothing of it is left to be read
            self.give_back(connection)
        else:
            answer.stream = _Stream(answer.stream, connection, self)
        return answer

    def _take_idle(self, origin: httpcore.Origin) -> Connection | None:
        while True:
            with self._lock:
                found = next((one for one in reversed(self._idle) if one.origin == origin), None)
                if found is None:
                    return None
                self._idle.remove(found)
            if time.monotonic() - found.idle_since <= self._keep_open_s and not found.was_closed():
                return found
            found.close()

    def _opened(self, request: httpcore.Request) -> Connection:
        origin, timeout_s = request.url.origin, request.extensions.get("timeout", {}).get("connect")
        host = origin.host.decode("ascii")
        stream = self._backend.connect_tcp(host, origin.port, timeout_s)
        if origin.scheme == b"https":
            stream = stream.start_tls(self._tls, host, timeout_s)
        return Connection(origin, stream)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()  # reads the machine's certificates: 30 ms
        context.set_alpn_protocols(["http/1.1"])
        return context


class _Stream:
    """A body on a borrowed connection, which goes back when it is closed."""

    def __init__(self, inner: Any, connection: Connection, pool: ConnectionPool) -> None:
        self._inner, self._connection, self._pool = inner, connection, pool

    def __iter__(self) -> Iterator[bytes]:
        yield from self._inner

    def close(self) -> None:
        self._inner.close()
        self._pool.give_back(self._connection)
