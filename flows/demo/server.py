"""Serves the sample's feeds on loopback as they are at the moment its clock shows."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from flows.demo.formats import render
from flows.demo.sample import FIRST_WEEK, Outlet, load_entries, load_outlets, visible
from sources.model import Source

_ERROR_PAGE = b"<!doctype html><html><body><h1>Error establishing a database connection</h1></body></html>"


class SampleServer:
    """The running server: set `clock`, then fetch `catalog`."""

    def __init__(self, port: int) -> None:
        self.clock: datetime = FIRST_WEEK.start
        self._outlets = {outlet.source.id: outlet for outlet in load_outlets()}
        self._entries = load_entries()
        self._base = f"http://127.0.0.1:{port}"

    @property
    def catalog(self) -> list[Source]:
        """The outlets as sources, with their feeds on this server."""
        return [
            replace(outlet.source, url=f"{self._base}/feeds/{outlet.source.id}")
            for outlet in self._outlets.values()
        ]

    def answer(self, path: str) -> tuple[HTTPStatus, str, bytes]:
        """Returns status, content type and body for a path."""
        outlet = self._outlets.get(path.removeprefix("/feeds/"))
        if outlet is None:
            return HTTPStatus.NOT_FOUND, "text/plain", b"no such feed\n"
        if _is_broken(outlet, self.clock):
            return HTTPStatus.OK, "text/html", _ERROR_PAGE
        return HTTPStatus.OK, *render(outlet, visible(self._entries, outlet.source.id, self.clock))


def _is_broken(outlet: Outlet, moment: datetime) -> bool:
    return outlet.breaks_at is not None and moment >= outlet.breaks_at


@contextmanager
def sample_server() -> Iterator[SampleServer]:
    """Runs the server on a free loopback port until the block ends."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    sample = SampleServer(http.server_address[1])
    http.sample = sample  # type: ignore[attr-defined]
    thread = threading.Thread(target=http.serve_forever, name="sample-server", daemon=True)
    thread.start()
    try:
        yield sample
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        sample: SampleServer = self.server.sample  # type: ignore[attr-defined]
        status, content_type, body = sample.answer(self.path)
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == etag:
            status, body = HTTPStatus.NOT_MODIFIED, b""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("ETag", etag)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """Logs nothing: the terminal shows the pipeline's progress."""
