"""Keeps a run's connections open between requests. How many there are is up to the caller: one for each of its threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpcore
from httpcore import ConnectionInterface


class ConnectionPool(httpcore.ConnectionPool):
    """httpcore's pool, without the queue that its requests wait in.

    That one looks through all connections several times a request: with sixteen, a quarter of what a 304 costs.
    """

    def __init__(self, *, idle_at_most: int, **settings: Any) -> None:
        super().__init__(**settings)
        self._idle_at_most = idle_at_most
        self._lock = threading.Lock()
        self._idle: list[ConnectionInterface] = []  # the one used last at the end

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """The answer, on a connection of the request's own until it is closed."""
        if request.url.scheme not in (b"http", b"https"):
            raise httpcore.UnsupportedProtocol(f"an address that begins with {request.url.scheme.decode()}:")
        if idle := self._take_idle(request.url.origin):
            # The server may have closed it just as we asked: then we ask again, once (RFC 9112, section 9.3.1).
            with suppress(httpcore.RemoteProtocolError, httpcore.NetworkError):
                return self._answer(idle, request)
        return self._answer(self.create_connection(request.url.origin), request)

    def give_back(self, connection: ConnectionInterface) -> None:
        """Keeps a connection for the next request to its server, if it can be used again."""
        if not connection.is_idle():  # something was left unread, and it has closed itself
            return
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

    def _answer(self, connection: ConnectionInterface, request: httpcore.Request) -> httpcore.Response:
        answer = connection.handle_request(request)
        answer.stream = _Stream(answer.stream, connection, self)
        return answer

    def _take_idle(self, origin: httpcore.Origin) -> ConnectionInterface | None:
        while True:
            with self._lock:
                found = next((one for one in reversed(self._idle) if one.can_handle_request(origin)), None)
                if found is None:
                    return None
                self._idle.remove(found)
            if not found.has_expired():
                return found
            found.close()


class _Stream:
    """A body on a borrowed connection, which goes back when it is closed."""

    def __init__(self, inner: Any, connection: ConnectionInterface, pool: ConnectionPool) -> None:
        self._inner, self._connection, self._pool = inner, connection, pool

    def __iter__(self) -> Iterator[bytes]:
        yield from self._inner

    def close(self) -> None:
        self._inner.close()
        self._pool.give_back(self._connection)
