"""A connection serves one request at a time, is used again, and is let go of when it has served its time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpcore
import pytest

from sources.http.connections import ConnectionPool

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Network(httpcore.MockBackend):
    """Servers that answer every request alike; counts the connections opened."""

    def __init__(self, answers: Iterable[bytes] = (ANSWER,) * 9) -> None:
        super().__init__(list(answers))
        self.opened: list[str] = []

    def connect_tcp(self, host: str, *given: Any, **named: Any) -> httpcore.NetworkStream:
        self.opened.append(host)
        return super().connect_tcp(host, *given, **named)


def pool_over(network: Network, idle_at_most: int = 2) -> ConnectionPool:
    return ConnectionPool(network_backend=network, idle_at_most=idle_at_most, keep_open_s=60.0)


def ask(pool: ConnectionPool, url: str) -> None:
    assert pool.request("GET", url).content == b"hello"


def test_second_request_to_a_server_uses_the_connection_of_the_first() -> None:
    network = Network()
    with pool_over(network) as pool:
        ask(pool, "http://one.example/a")
        ask(pool, "http://one.example/b")
    assert network.opened == ["one.example"]


def test_servers_share_no_connection_nor_do_two_requests_at_once() -> None:
    network = Network()
    with pool_over(network) as pool, pool.stream("GET", "http://one.example/") as answer:
        ask(pool, "http://one.example/")
        ask(pool, "http://two.example/")
        answer.read()
    assert network.opened == ["one.example", "one.example", "two.example"]


def test_the_connection_longest_unused_is_closed_when_there_are_too_many() -> None:
    network = Network()
    with pool_over(network, idle_at_most=1) as pool:
        ask(pool, "http://one.example/")
        ask(pool, "http://two.example/")
        ask(pool, "http://two.example/")
        ask(pool, "http://one.example/")
    assert network.opened == ["one.example", "two.example", "one.example"]


def test_answer_left_unread_takes_its_connection_along() -> None:
    network = Network()
    with pool_over(network) as pool:
        with pool.stream("GET", "http://one.example/"):
            pass
        ask(pool, "http://one.example/")
    assert network.opened == ["one.example", "one.example"]


@pytest.mark.parametrize(
    ("said", "connections"), [(b"", 1), (b"Connection: close\r\n", 2), (b"Content-Length: 9\r\n", 1)]
)
def test_304_leaves_its_connection_to_the_next_request_unless_it_is_the_last(said: bytes, connections: int) -> None:
    network = Network([b"HTTP/1.1 304 Not Modified\r\n" + said + b"\r\n", ANSWER] * 2)
    with pool_over(network) as pool:
        assert pool.request("GET", "http://one.example/").status == 304
        pool.request("GET", "http://one.example/")
    assert len(network.opened) == connections


def test_request_on_a_connection_that_the_server_has_just_closed_is_asked_again() -> None:
    network = Network([ANSWER])
    with pool_over(network) as pool:
        ask(pool, "http://one.example/")
        ask(pool, "http://one.example/")
    assert network.opened == ["one.example", "one.example"]


def test_other_protocols_are_refused_by_name() -> None:
    with pool_over(Network()) as pool, pytest.raises(httpcore.UnsupportedProtocol, match="file:"):
        pool.request("GET", "file:///etc/passwd")
