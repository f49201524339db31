"""Keeps a run's connections open between requests. How many there are is up to the caller: one for each of its threads."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from typing import Any

import httpcore

from sources.connection import NOT_MODIFIED, Connection


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
