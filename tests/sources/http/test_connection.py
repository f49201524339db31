"""A 304 read at once says what h11 would say of it, or is left to h11; so is every other answer, from its first byte on."""

from __future__ import annotations

from typing import Any

import h11
import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.http.connections import Connection, usual_304, usual_request

ORIGIN = httpcore.Origin(b"http", b"wire.example", 80)
HEAD = b"HTTP/1.1 304 Not Modified\r\n"
PLAIN = HEAD + b'ETag: "1"\r\nConnection: keep-alive\r\n\r\n'


def request(url: str = "http://wire.example/feed", method: str = "GET", **headers: str) -> httpcore.Request:
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return httpcore.Request(method, url, headers=[("Host", "wire.example"), *named])


def sent_by_h11(asked: httpcore.Request) -> bytes | None:
    """The bytes h11 sends for a request without a body; None if it refuses."""
    connection = h11.Connection(h11.CLIENT)
    try:
        event = h11.Request(method=asked.method, target=asked.url.target, headers=asked.headers)
        return (connection.send(event) or b"") + (connection.send(h11.EndOfMessage()) or b"")
    except h11.LocalProtocolError:
        return None


def read_by_h11(answer: bytes) -> list[tuple[bytes, bytes]] | None:
    """The fields of a 304 if h11 finds one there, complete, with nothing after it, on a connection that stays open."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "wire.example")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(answer)
    try:
        head, end = connection.next_event(), connection.next_event()
    except h11.RemoteProtocolError:
        return None
    stays_open = connection.our_state is connection.their_state is h11.DONE
    if not (isinstance(head, h11.Response) and head.status_code == 304 and isinstance(end, h11.EndOfMessage)):
        return None
    return head.headers.raw_items() if stays_open and connection.trailing_data == (b"", False) else None


NAMES = "ETag Date ETAG x-y Connection connection Content-Length Transfer-Encoding Upgrade Keep-Alive Host".split()
VALUES = [
    '"1"',
    "",
    "keep-alive",
    "Keep-Alive",
    "close",
    "keep-alive, close",
    "chunked",
    "0",
    "17",
    "a b",
    "a  b",
    "b ",
    "\t",
]
ODD = st.text(st.characters(max_codepoint=255), max_size=5) | st.lists(
    st.sampled_from(["\r\n", "\n", "X", ": ", ":", " ", " HTTP/1.1", "304"]), max_size=6
).map("".join)


def mostly(usual: list[str], odd: st.SearchStrategy[str] = ODD) -> st.SearchStrategy[str]:
    return st.integers(0, 9).flatmap(lambda die: odd if die == 5 else st.sampled_from(usual))


FIELD = st.tuples(mostly(NAMES), mostly([": ", ": ", ":"]), mostly(VALUES), mostly(["\r\n"])).map("".join)
START = mostly(["HTTP/1.1 304 Not Modified\r\n", "HTTP/1.1 304\r\n", "HTTP/1.1 304 \r\n", "HTTP/1.0 304 x\r\n"])


@given(START, st.lists(FIELD, max_size=4).map("".join), mostly(["\r\n"]))
def test_what_is_read_at_once_is_what_h11_reads(start: str, fields: str, end: str) -> None:
    answer = f"{start}{fields}{end}".encode("latin-1")
    found = usual_304(answer)
    assert found is None or found == read_by_h11(answer)


@given(
    mostly(["GET"], st.sampled_from(["HEAD", "POST", "get"])), mostly(["", "feed?a=b"]), mostly(NAMES), mostly(VALUES)
)
def test_what_is_sent_at_once_is_what_h11_sends(method: str, path: str, name: str, value: str) -> None:
    url = httpcore.URL(scheme=b"http", host=b"wire.example", target=f"/{path}".encode("latin-1"))
    headers = [(b"Host", b"wire.example"), (name.encode("latin-1"), value.encode("latin-1"))]
    asked = httpcore.Request(method, url, headers=headers)
    head = usual_request(asked)
    assert head is None or head == sent_by_h11(asked)


def test_most_servers_304_is_read_at_once() -> None:
    nginx = HEAD + (
        b"Server: nginx/1.24.0\r\nDate: Tue, 11 Aug 2026 09:00:00 GMT\r\nConnection: keep-alive\r\n"
        b'ETag: W/"66b1-1f"\r\nCache-Control: max-age=300, public\r\nVary: Accept-Encoding\r\n\r\n'
    )
    assert usual_304(nginx) == read_by_h11(nginx)
    assert usual_304(nginx) is not None


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        PLAIN[:-2],
        PLAIN + b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN,
        PLAIN.replace(b"1.1", b"1.0"),
        PLAIN.replace(b"304", b"200"),
        PLAIN.replace(b"keep-alive", b"close"),
        PLAIN.replace(b"keep-alive", b"keep-alive, close"),
        PLAIN.replace(b"ETag", b"Content-Length"),
        PLAIN.replace(b"ETag", b"transfer-encoding"),
        PLAIN.replace(b"ETag", b"ETag "),
        PLAIN.replace(b'"1"', b'"1"\r\n folded'),
        PLAIN.replace(b'"1"', b'"\xe9"'),
        PLAIN.replace(b"\r\n", b"\n"),
    ],
)
def test_what_is_not_usual_is_left_to_h11(answer: bytes) -> None:
    assert usual_304(answer) is None


@pytest.mark.parametrize(
    "asked",
    [
        request(method="POST"),
        request(Content_Length="3"),
        request(Transfer_Encoding="chunked"),
        request(If_None_Match='"1"\r\nX: injected'),
        request(Host="other.example"),
        httpcore.Request("GET", "http://wire.example/", headers=[("X", "no host")]),
    ],
)
def test_request_that_h11_must_look_at_is_not_sent_at_once(asked: httpcore.Request) -> None:
    assert usual_request(asked) is None


class Wire(httpcore.NetworkStream):
    """Answers in these pieces, whatever is asked; an exception among them is raised."""

    def __init__(self, *pieces: bytes | Exception) -> None:
        self.sent, self.closed = b"", False
        self._pieces = list(pieces)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        piece = self._pieces.pop(0) if self._pieces else b""
        if isinstance(piece, Exception):
            raise piece
        return piece

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.sent += buffer

    def close(self) -> None:
        self.closed = True

    def get_extra_info(self, info: str) -> Any:
        return None


def answers(wire: Wire, *requests: httpcore.Request) -> list[tuple[int, bytes]]:
    connection, said = Connection(ORIGIN, wire), []
    for asked in requests:
        answer = connection.handle_request(asked)
        said.append((answer.status, answer.read()))
        answer.close() if answer.status != 304 else None
    return said


def test_request_is_sent_once_whoever_reads_the_answer() -> None:
    wire = Wire(PLAIN, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", PLAIN)
    assert answers(wire, *[request(X="y")] * 3) == [(304, b""), (200, b"hi"), (304, b"")]
    assert wire.sent == 3 * (sent_by_h11(request(X="y")) or b"")
    assert not wire.closed


@pytest.mark.parametrize("at", [1, 12, len(PLAIN) - 1])
def test_304_in_pieces_is_read_as_one(at: int) -> None:
    wire = Wire(PLAIN[:at], PLAIN[at:], PLAIN)
    assert answers(wire, request(), request()) == [(304, b""), (304, b"")]
    assert not wire.closed


def test_304_that_is_the_last_closes_the_connection() -> None:
    wire = Wire(PLAIN.replace(b"keep-alive", b"close"))
    connection = Connection(ORIGIN, wire)
    assert connection.handle_request(request()).status == 304
    assert (connection.is_idle(), wire.closed) == (False, True)


def test_request_that_is_not_usual_goes_by_h11() -> None:
    wire = Wire(PLAIN)
    headers = [(b"Host", b"wire.example"), (b"If-None-Match", b'"\xe9"')]
    assert answers(wire, httpcore.Request("GET", "http://wire.example/", headers=headers)) == [(304, b"")]
    assert b'If-None-Match: "\xe9"\r\n' in wire.sent


def test_server_that_hangs_up_without_hearing_us_out_is_still_heard() -> None:
    class Deaf(Wire):
        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            raise httpcore.WriteError("broken pipe")

    assert answers(Deaf(b"HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n"), request()) == [(429, b"")]


@pytest.mark.parametrize(
    ("piece", "error"),
    [
        (b"", httpcore.RemoteProtocolError),
        (b"SSH-2.0-OpenSSH\r\n\r\n", httpcore.RemoteProtocolError),
        (httpcore.ReadTimeout(), httpcore.ReadTimeout),
        (httpcore.ReadError(), httpcore.ReadError),
    ],
)
def test_connection_without_an_answer_is_closed(piece: bytes | Exception, error: type[Exception]) -> None:
    wire = Wire(piece)
    with pytest.raises(error):
        answers(wire, request())
    assert wire.closed
