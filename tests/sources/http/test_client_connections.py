"""Connections are kept alive between requests, shared by no two servers, and closed when they cannot be
used again.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest

from sources.http.client import FetchLimits, new_client

LIMITS = FetchLimits(connect_timeout_s=2, read_timeout_s=2, allowed_hosts=frozenset({"127.0.0.1"}))
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
UNMODIFIED = b"HTTP/1.1 304 Not Modified\r\n"
CLOSE = b""  # in the place of an answer: the server closes the connection


class Server:
    """Answers the requests of every connection in order from its own copy of a script, and counts the
    connections.
    """

    def __init__(self, script: list[bytes]) -> None:
        self.script, self.connections = script, 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            for answer in self.script:
                if not connection.recv(65_536) or answer == CLOSE:
                    return
                connection.sendall(answer)
            connection.recv(1)  # until the client closes it


@contextmanager
def serving(*script: bytes) -> Iterator[Server]:
    server = Server(list(script))
    try:
        yield server
    finally:
        server.close()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with new_client(LIMITS) as opened:
        yield opened


def test_second_request_to_a_server_uses_the_connection_of_the_first(client: httpx.Client) -> None:
    with serving(HELLO, HELLO) as server:
        assert [client.get(server.url).text for _ in range(2)] == ["hello", "hello"]
        client.close()
    assert server.connections == 1


def test_servers_share_no_connection_nor_do_two_requests_at_once(client: httpx.Client) -> None:
    with serving(HELLO, HELLO) as one, serving(HELLO) as other:
        with client.stream("GET", one.url) as answer:
            client.get(one.url)
            client.get(other.url)
            answer.read()
        client.close()
    assert (one.connections, other.connections) == (2, 1)


def test_idle_connections_beyond_the_limit_are_closed() -> None:
    with (
        serving(HELLO, HELLO) as one,
        serving(HELLO, HELLO) as two,
        serving(HELLO) as three,
        new_client(replace(LIMITS, requests_at_once=1)) as client,
    ):
        for server in (one, two, three, one):
            client.get(server.url)
        client.close()
    assert (one.connections, two.connections, three.connections) == (2, 1, 1)


def test_response_left_unread_closes_its_connection(client: httpx.Client) -> None:
    with serving(HELLO, HELLO) as server:
        with client.stream("GET", server.url):
            pass
        client.get(server.url)
        client.close()
    assert server.connections == 2


@pytest.mark.parametrize(
    ("header", "connections"), [(b"", 1), (b"Connection: close\r\n", 2), (b"Content-Length: 9\r\n", 1)]
)
def test_304_keeps_its_connection_unless_the_server_closes_it(
    client: httpx.Client, header: bytes, connections: int
) -> None:
    with serving(UNMODIFIED + header + b"\r\n", HELLO) as server:
        assert client.get(server.url).status_code == 304
        client.get(server.url)
        client.close()
    assert server.connections == connections


def test_request_on_a_connection_that_the_server_has_just_closed_is_sent_again(client: httpx.Client) -> None:
    with serving(HELLO, CLOSE) as server:
        assert [client.get(server.url).text for _ in range(2)] == ["hello", "hello"]
        client.close()
    assert server.connections == 2


def test_request_on_a_new_connection_is_sent_once(client: httpx.Client) -> None:
    with serving(CLOSE) as server:
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(server.url)
        client.close()
    assert server.connections == 1


def test_other_protocols_are_refused_by_name(client: httpx.Client) -> None:
    with pytest.raises(httpx.UnsupportedProtocol, match="ftp://"):
        client.get("ftp://one.example/feed.xml")
