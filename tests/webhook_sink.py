"""A webhook on loopback that keeps what it was sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Sink:
    """Its address, how it answers, and the requests it took: path and body."""

    url: str = ""
    status: int = 200
    calls: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def webhook_sink() -> Iterator[Sink]:
    """Yields a webhook that answers on a free port until the block ends."""
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if sink.status == 200:
                sink.calls.append((self.path, body))
            self.send_response(sink.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        sink.url = f"http://127.0.0.1:{server.server_port}"
        yield sink
        server.shutdown()
