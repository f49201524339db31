"""No private address is reached by any form of name, and no server outlasts the deadline."""

from __future__ import annotations

import socket
import threading
from ipaddress import ip_address

import httpcore
import pytest

from sources.http.ssrf import ForbiddenAddressError, GuardedBackend, HostNotFoundError, is_public, time_limit

PRIVATE = """
127.0.0.1 127.255.255.254 0.0.0.0 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 192.0.0.192
168.63.129.16 198.18.0.1 192.0.2.1 224.0.0.1 240.0.0.1 255.255.255.255
:: ::1 fe80::1 fc00::1 fd00:ec2::254 fec0::1 ff02::1
2001:db8::1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe
64:ff9b:1::1 2002:7f00:1:: 2002:a00:1:: 2001:0:7f00:1::
""".split()
PUBLIC = (
    "8.8.8.8 1.1.1.1 93.184.216.34 2606:2800:220:1::1 ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::".split()
)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_address_is_recognised_in_every_form(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_allowed(address: str) -> None:
    assert is_public(ip_address(address))


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str] | OSError) -> None:
    """Makes the name server give these answers, one after the other."""
    left = iter(answers)

    def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        answer = next(left)
        if isinstance(answer, OSError):
            raise answer
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in answer]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses connected to, of which none exists."""
    made: list[str] = []

    def connect_tcp(_self: object, host: str, *_: object) -> httpcore.NetworkStream:
        made.append(host)
        raise httpcore.ConnectError("nobody there")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect_tcp)
    return made


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "0x7f.0.0.1", "2130706433", "localhost", "::1"])
def test_this_machine_is_not_reached_under_any_name(host: str, connected: list[str]) -> None:
    with pytest.raises(ForbiddenAddressError, match="not a public address"):
        GuardedBackend([]).connect_tcp(host, 80)
    assert connected == []


def test_name_with_one_private_address_is_refused_whole(
    monkeypatch: pytest.MonkeyPatch, connected: list[str]
) -> None:
    resolving(monkeypatch, ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(ForbiddenAddressError, match=r"two\.example resolves to 10\.0\.0\.1"):
        GuardedBackend([]).connect_tcp("two.example", 80)
    assert connected == []


def test_address_connected_to_is_the_one_that_was_checked(
    monkeypatch: pytest.MonkeyPatch, connected: list[str]
) -> None:
    resolving(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])  # a second look-up would be answered otherwise
    with pytest.raises(httpcore.ConnectError):
        GuardedBackend([]).connect_tcp("rebinding.example", 80)
    assert connected == ["93.184.216.34"]
    with pytest.raises(ForbiddenAddressError):
        GuardedBackend([]).connect_tcp("rebinding.example", 80)


def test_every_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch, connected: list[str]) -> None:
    resolving(monkeypatch, ["93.184.216.34", "93.184.216.35"])
    with pytest.raises(httpcore.ConnectError):
        GuardedBackend([]).connect_tcp("two.example", 80)
    assert connected == ["93.184.216.34", "93.184.216.35"]


def test_host_admitted_by_name_may_be_private_and_no_other(
    monkeypatch: pytest.MonkeyPatch, connected: list[str]
) -> None:
    resolving(monkeypatch, ["10.0.0.7"], ["10.0.0.7"])
    backend = GuardedBackend(["feeds.intranet"])
    with pytest.raises(httpcore.ConnectError):
        backend.connect_tcp("Feeds.Intranet", 80)
    assert connected == ["10.0.0.7"]
    with pytest.raises(ForbiddenAddressError):
        backend.connect_tcp("other.intranet", 80)


@pytest.mark.parametrize(("errno", "temporary"), [(socket.EAI_AGAIN, True), (socket.EAI_NONAME, False)])
def test_temporary_failure_of_the_name_server_is_not_an_unknown_name(
    monkeypatch: pytest.MonkeyPatch, errno: int, temporary: bool
) -> None:
    resolving(monkeypatch, socket.gaierror(errno, "said the name server"))
    with pytest.raises(HostNotFoundError, match="said the name server") as caught:
        GuardedBackend([]).connect_tcp("gone.example", 80)
    assert caught.value.temporary is temporary


def test_deadline_ends_reading_though_each_piece_comes_in_time() -> None:
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            sock, _ = listener.accept()
            with sock:
                while not over.wait(0.01):
                    sock.sendall(b"x")

        server = threading.Thread(target=drip)
        server.start()
        stream = GuardedBackend(["127.0.0.1"]).connect_tcp("127.0.0.1", listener.getsockname()[1], 5)
        try:
            with time_limit(0.2), pytest.raises(httpcore.ReadTimeout):
                while stream.read(1, timeout=5):
                    pass
        finally:
            over.set()
            server.join()
            stream.close()
