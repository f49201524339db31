"""A server on loopback with a fault per path: what hostile, broken and old servers do to a collector."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import brotli

from sources.model import Outcome

GOOD = (
    b"<?xml version='1.0'?><rss version='2.0'><channel><title>Good</title><link>https://good.example/</link>"
    b"<item><title>Chip rule takes effect</title><link>https://good.example/1</link>"
    b"<pubDate>Tue, 11 Aug 2026 09:00:00 GMT</pubDate></item></channel></rss>"
)
TLS_HELLO = b"\x16"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a server does, and the outcomes that are right for it."""

    answer: Callable[[Connection], None]
    ends_in: Outcome
    articles: int = 0


class Connection:
    """One request being answered: its path and head, and raw bytes to send."""

    def __init__(self, sock: socket.socket, head: bytes, port: int, over: threading.Event) -> None:
        self._sock, self.head, self.port, self._over = sock, head, port, over
        self.path = head.split(b" ", 2)[1].decode() if head.count(b" ") >= 2 else ""

    def raw(self, data: bytes) -> None:
        self._sock.sendall(data)

    def send(self, status: str = "200 OK", body: bytes = GOOD, *headers: str) -> None:
        named = {header.partition(":")[0].lower() for header in headers}
        length = () if "content-length" in named else (f"Content-Length: {len(body)}",)
        self.raw("\r\n".join([f"HTTP/1.1 {status}", *headers, *length, "", ""]).encode("latin-1") + body)

    def redirect(self, to: str, status: str = "302 Found") -> None:
        self.send(status, b"", f"Location: {to}")

    def forever(self, piece: bytes, pause_s: float = 0.0) -> None:
        """Sends the piece again and again until the other side has enough or the server is stopped."""
        while not self._over.wait(pause_s):
            self.raw(piece)

    def reset(self) -> None:
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()


def _page(body: bytes, *headers: str, status: str = "200 OK") -> Callable[[Connection], None]:
    return lambda connection: connection.send(status, body, *headers)


def _to(location: str, status: str = "302 Found") -> Callable[[Connection], None]:
    return lambda connection: connection.redirect(location.replace("PORT", str(connection.port)), status)


def _head_then(headers: str, piece: bytes, pause_s: float = 0.0) -> Callable[[Connection], None]:
    def answer(connection: Connection) -> None:
        connection.raw(f"HTTP/1.1 200 OK\r\n{headers}\r\n".encode())
        connection.forever(piece, pause_s)

    return answer


def _raw_forever(start: bytes, piece: bytes, pause_s: float = 0.0) -> Callable[[Connection], None]:
    def answer(connection: Connection) -> None:
        connection.raw(start)
        connection.forever(piece, pause_s)

    return answer


def _cut_short(connection: Connection) -> None:
    connection.send("200 OK", GOOD, "Content-Length: 9999")
    connection.reset()


def _long_way(connection: Connection) -> None:
    connection.redirect(f"{connection.path}x")


def _moved_with_an_endless_page(connection: Connection) -> None:
    if connection.path.endswith("/there"):
        connection.send()
        return
    connection.raw(f"HTTP/1.1 301 Moved\r\nLocation: {connection.path}/there\r\n\r\n".encode())
    connection.forever(b"x" * 10_000)


def _titled(title: bytes) -> bytes:
    return GOOD.replace(b"Chip rule takes effect", title)


_ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
_BOMB = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e0 "ha">{_ENTITIES}]>'.encode()
_FILE = b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
_ZEROS = b"\0" * 30_000_000

FAULTS = {
    # Status codes
    "not found": Fault(answer=_page(b"", status="404 Not Found"), ends_in=Outcome.HTTP_ERROR),
    "gone for good": Fault(answer=_page(b"", status="410 Gone"), ends_in=Outcome.GONE),
    "forbidden": Fault(answer=_page(b"", status="403 Forbidden"), ends_in=Outcome.HTTP_ERROR),
    "forbidden, meaning too many": Fault(
        answer=_page(b"", "Retry-After: 60", status="403 Forbidden"), ends_in=Outcome.RATE_LIMITED
    ),
    "too many requests": Fault(answer=_page(b"", status="429 Slow Down"), ends_in=Outcome.RATE_LIMITED),
    "unavailable": Fault(
        answer=_page(b"", "Retry-After: 60", status="503 Later"), ends_in=Outcome.RATE_LIMITED
    ),
    "server error": Fault(answer=_page(b"<html>", status="500 Oops"), ends_in=Outcome.SERVER_ERROR),
    "status of no class": Fault(answer=_page(b"", status="999 Denied"), ends_in=Outcome.HTTP_ERROR),
    # Redirects
    "redirect to itself": Fault(answer=lambda c: c.redirect(c.path), ends_in=Outcome.BAD_REDIRECT),
    "redirects without end": Fault(answer=_long_way, ends_in=Outcome.BAD_REDIRECT),
    "redirect to nowhere": Fault(answer=_page(b"", status="302 Found"), ends_in=Outcome.BAD_REDIRECT),
    "redirect to a file": Fault(answer=_to("file:///etc/passwd"), ends_in=Outcome.BAD_REDIRECT),
    "redirect to the metadata service": Fault(
        answer=_to("http://169.254.169.254/latest/meta-data/"), ends_in=Outcome.FORBIDDEN_ADDRESS
    ),
    "redirect to this machine by name": Fault(
        answer=_to("http://localhost:PORT/"), ends_in=Outcome.FORBIDDEN_ADDRESS
    ),
    "redirect to this machine as a number": Fault(
        answer=_to("http://2130706433:PORT/"), ends_in=Outcome.FORBIDDEN_ADDRESS
    ),
    "redirect to this machine in IPv6": Fault(
        answer=_to("http://[::ffff:127.0.0.1]:PORT/"), ends_in=Outcome.FORBIDDEN_ADDRESS
    ),
    "redirect to a private network": Fault(answer=_to("http://10.0.0.1/"), ends_in=Outcome.FORBIDDEN_ADDRESS),
    "redirect to a broken host": Fault(answer=_to("http://a..b/"), ends_in=Outcome.DNS_UNKNOWN),
    "redirect with an endless page": Fault(
        answer=_moved_with_an_endless_page, ends_in=Outcome.OK, articles=1
    ),
    # Time
    "silence": Fault(answer=lambda c: c.forever(b"", 0.05), ends_in=Outcome.TIMEOUT),
    "head that drips": Fault(
        answer=_raw_forever(b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.05), ends_in=Outcome.TIMEOUT
    ),
    "body that drips": Fault(
        answer=_head_then("Content-Length: 90000\r\n", b"x", 0.05), ends_in=Outcome.TIMEOUT
    ),
    "continue without end": Fault(
        answer=_raw_forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01), ends_in=Outcome.TIMEOUT
    ),
    # Size
    "body without end": Fault(answer=_head_then("", b"x" * 100_000), ends_in=Outcome.TOO_LARGE),
    "body said to be huge": Fault(
        answer=_page(GOOD, "Content-Length: 99999999999"), ends_in=Outcome.TOO_LARGE
    ),
    "gzip bomb": Fault(
        answer=_page(gzip.compress(_ZEROS), "Content-Encoding: gzip"), ends_in=Outcome.TOO_LARGE
    ),
    "brotli bomb": Fault(
        answer=_page(brotli.compress(_ZEROS), "Content-Encoding: br"), ends_in=Outcome.TOO_LARGE
    ),
    "gzip in gzip": Fault(
        answer=_page(gzip.compress(gzip.compress(_ZEROS)), "Content-Encoding: gzip, gzip"),
        ends_in=Outcome.BAD_RESPONSE,
    ),
    "head without end": Fault(
        answer=_raw_forever(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"x" * 1_000 + b"\r\n"),
        ends_in=Outcome.BAD_RESPONSE,
    ),
    # Broken protocol
    "body cut short by a reset": Fault(answer=_cut_short, ends_in=Outcome.UNREACHABLE),
    "body ending before its end": Fault(
        answer=_page(GOOD, "Content-Length: 9999", "Connection: close"), ends_in=Outcome.BAD_RESPONSE
    ),
    "gzip cut short": Fault(
        answer=_page(gzip.compress(GOOD)[:-20], "Content-Encoding: gzip"), ends_in=Outcome.BAD_RESPONSE
    ),
    "gzip that is broken": Fault(
        answer=_page(b"\x1f\x8b" + b"broken" * 9, "Content-Encoding: gzip"), ends_in=Outcome.BAD_RESPONSE
    ),
    "brotli that is broken": Fault(
        answer=_page(b"broken" * 9, "Content-Encoding: br"), ends_in=Outcome.BAD_RESPONSE
    ),
    "gzip in name only": Fault(answer=_page(GOOD, "Content-Encoding: gzip"), ends_in=Outcome.OK, articles=1),
    "encoding not asked for": Fault(
        answer=_page(GOOD, "Content-Encoding: zstd"), ends_in=Outcome.BAD_RESPONSE
    ),
    "chunks of no size": Fault(
        answer=lambda c: c.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + GOOD),
        ends_in=Outcome.BAD_RESPONSE,
    ),
    "no HTTP at all": Fault(answer=lambda c: c.raw(b"SSH-2.0-OpenSSH_9.2\r\n"), ends_in=Outcome.BAD_RESPONSE),
    "connection closed at once": Fault(answer=lambda _: None, ends_in=Outcome.BAD_RESPONSE),
    "connection reset": Fault(answer=lambda c: c.reset(), ends_in=Outcome.UNREACHABLE),
    # Content
    "web page": Fault(
        answer=_page(b"<!doctype html><html><body>Hi</body></html>", "Content-Type: text/html"),
        ends_in=Outcome.NOT_A_FEED,
    ),
    "empty page": Fault(answer=_page(b""), ends_in=Outcome.NOT_A_FEED),
    "no content": Fault(answer=_page(b"", status="204 No Content"), ends_in=Outcome.NOT_A_FEED),
    "picture": Fault(answer=_page(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20), ends_in=Outcome.NOT_A_FEED),
    "JSON that is no feed": Fault(answer=_page(b'{"error": "quota"}'), ends_in=Outcome.NOT_A_FEED),
    "bomb of entities": Fault(
        answer=_page(_BOMB + _titled(b"Boom &e11;")[21:]), ends_in=Outcome.OK, articles=1
    ),
    "file as an entity": Fault(
        answer=_page(_FILE + _titled(b"Look: &x;")[21:]), ends_in=Outcome.OK, articles=1
    ),
    "nesting without end": Fault(
        answer=_page(_titled(b"<![CDATA[" + b"<b>" * 100_000 + b"deep]]>")), ends_in=Outcome.OK, articles=1
    ),
    "bytes of zero": Fault(answer=_page(_titled(b"Chip\0 rule\0")), ends_in=Outcome.OK, articles=1),
    "another encoding than said": Fault(
        answer=_page(_titled("Règle".encode("latin-1")), "Content-Type: text/xml; charset=utf-8"),
        ends_in=Outcome.OK,
        articles=1,
    ),
    "title of 2 MB": Fault(answer=_page(_titled(b"word " * 400_000)), ends_in=Outcome.OK, articles=1),
    "feed cut in the middle": Fault(answer=_page(GOOD[:-30]), ends_in=Outcome.OK, articles=1),
}


@contextmanager
def fault_server() -> Iterator[int]:
    """Answers `/NUMBER` with the fault of that number in FAULTS, and any other path well; yields the port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    over = threading.Event()
    threads: list[threading.Thread] = []
    port = listener.getsockname()[1]

    def answer(sock: socket.socket) -> None:
        with sock, suppress(OSError):
            sock.settimeout(5)
            head = b""
            while b"\r\n\r\n" not in head and not head.startswith(TLS_HELLO) and (piece := sock.recv(4096)):
                head += piece
            if head.startswith(TLS_HELLO):
                sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                return
            connection = Connection(sock, head, port, over)
            number = connection.path.strip("/").split("/")[0].rstrip("x")
            fault = list(FAULTS.values())[int(number)] if number.isdecimal() else None
            fault.answer(connection) if fault else connection.send()
            sock.shutdown(socket.SHUT_WR)

    def serve() -> None:
        while not over.is_set():
            with suppress(OSError):
                sock, _ = listener.accept()
                thread = threading.Thread(target=answer, args=(sock,), daemon=True)
                threads.append(thread)
                thread.start()

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    try:
        yield port
    finally:
        over.set()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()  # wakes the listener
        listener.close()
        server.join(5)
        for thread in threads:
            thread.join(5)
