"""Protects the collector's connections from server-side request forgery, and ends them at a deadline.

The check is below HTTP, where a name is resolved, and connects to the address it checked: neither a
redirect nor a name that resolves differently the second time (DNS rebinding) gets around it.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore

# The only global unicast addresses of IPv6 so far (IANA, IPv6 Address Space). What lies outside is never a
# publisher, so no later special block there has to be known: ::/96, 64:ff9b:1::/48, 5f00::/16, fec0::/10 ...
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# Special by IANA's registries (RFC 6890), some of them global and yet never a publisher: relays, anycast
# services, and sinks for queries of private addresses. Listed, for Python's tables are as old as Python.
# And Azure's wire server.
_NEVER_A_PUBLISHER = tuple(
    map(
        ip_network,
        "168.63.129.16/32 192.0.0.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.175.48.0/24 "
        "198.18.0.0/15 240.0.0.0/4 2001::/23 2001:db8::/32 2620:4f:8000::/48 3fff::/20".split(),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")  # the last four bytes are an IPv4 address (RFC 6052)

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


class ForbiddenAddressError(Exception):
    """The host resolves to an address inside a private network, this machine, or a cloud platform."""


class HostNotFoundError(Exception):
    """The host has no address; `temporary` if its name server could not answer."""

    def __init__(self, host: str, error: OSError | UnicodeError) -> None:
        super().__init__(f"{host}: {getattr(error, 'strerror', None) or error}")
        self.temporary = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Ends all reading and writing in the block after `seconds`, however slowly a server sends."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Returns whether an address is global unicast.

    For one that wraps or translates another, whether that one is.
    """
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = IPv4Address(address.packed[-4:])
        if inner is not None:
            return is_public(inner)
        if address not in _GLOBAL_UNICAST:
            return False
    if any(address in network for network in _NEVER_A_PUBLISHER):
        return False
    return address.is_global and not address.is_multicast


def tls_context() -> ssl.SSLContext:
    """Returns the context of TLS connections, which checks certificates as RFC 9525 asks.

    A common name alone names no host.
    """
    context = ssl.create_default_context()
    context.hostname_checks_common_name = False
    return context


class GuardedBackend(httpcore.SyncBackend):
    """Opens connections to public addresses only, and to any address of the hosts in `allowed`."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(host.lower() for host in allowed)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connects to the first address that answers.

        Raises ForbiddenAddressError if any address of the host is not public.
        """
        addresses = _resolve(host, port)
        if host.lower() not in self._allowed:
            # One forbidden address forbids all: a name with both kinds is an attempt to pass a check of the
            # first.
            for address in addresses:
                if not is_public(ip_address(address.partition("%")[0])):
                    raise ForbiddenAddressError(
                        f"{host} resolves to {address}, which is not a public address"
                    )
        trouble: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                connected = super().connect_tcp(address, port, _left(timeout), local_address, socket_options)
                return _TimedStream(connected)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
        raise trouble


def _resolve(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise HostNotFoundError(host, error) from error
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def _left(timeout: float | None) -> float | None:
    """Returns the seconds one operation may take: its timeout, or less if the deadline is closer."""
    deadline = _deadline.get()
    if deadline is None:
        return timeout
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("its time is up")
    return left if timeout is None else min(timeout, left)


class _TimedStream(httpcore.NetworkStream):
    """A connection whose operations end at the deadline of the `time_limit` they run in."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
