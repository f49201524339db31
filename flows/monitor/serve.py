"""Serves the static site and, at /metrics, the metrics as they are now, on this host only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from prometheus_client import CONTENT_TYPE_LATEST

from flows.logs import log
from warehouse.errors import WarehouseError

HOST = "127.0.0.1"
METRICS = "/metrics"
# A job waits a second for a reader of the warehouse. Whoever asks more often than this shares an answer.
SHARED_FOR_S = 1.0
SLOW_CLIENT_S = 30.0


class SiteServer(ThreadingHTTPServer):
    """Serves the folder `site`, whatever it is a link to at the moment, and what `metrics` returns.

    It listens once it is made; raises OSError if the port (0: any free one) cannot be used.
    """

    daemon_threads = True

    def __init__(self, port: int, site: Path, metrics: Callable[[], str]) -> None:
        super().__init__((HOST, port), _Handler)
        self.site = site
        self._metrics, self._reading = metrics, threading.Lock()
        self._made_at, self._text = float("-inf"), ""

    def metrics(self) -> str:
        """Returns the metrics; one thread at a time reads the warehouse."""
        with self._reading:
            if time.monotonic() - self._made_at > SHARED_FOR_S:
                self._text, self._made_at = self._metrics(), time.monotonic()
            return self._text


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Watchfloor", ""
    timeout = SLOW_CLIENT_S
    server: SiteServer

    def __init__(self, request: object, address: object, server: SiteServer) -> None:
        super().__init__(request, address, server, directory=str(server.site))  # type: ignore[arg-type]

    def send_head(self) -> BytesIO | BinaryIO | None:
        """Finds what GET and HEAD ask for: the metrics, else a file that really lies in the site."""
        if self.path.split("?", 1)[0] == METRICS:
            return self._metrics()
        if not self.server.site.exists():
            self.send_error(HTTPStatus.NOT_FOUND, "There is no site yet", "`watchfloor site` builds it.")
        elif not self._lies_in_site(Path(self.translate_path(self.path))):
            self.send_error(HTTPStatus.NOT_FOUND)
        else:
            return super().send_head()
        return None

    def _lies_in_site(self, path: Path) -> bool:
        try:
            return path.resolve().is_relative_to(self.server.site.resolve())
        except (OSError, ValueError):  # too long, a loop of links, a zero byte
            return False

    def list_directory(self, path: object) -> None:  # noqa: ARG002 - the base class names it
        """Shows no folder without a page of its own."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def _metrics(self) -> BytesIO | None:
        try:
            body = self.server.metrics().encode()
        except (OSError, WarehouseError) as error:
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, explain=str(error))
            return None
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", CONTENT_TYPE_LATEST)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return BytesIO(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        log.info(format, *args)
