"""A loopback server of recorded pages with a feed of them; prints its port.

    python benchmarks/page_server.py PAGES LOG

GET /feed.xml lists PAGES articles, /p/N is the page of the Nth: the recorded ones again and again. A line of
LOG is a page that was asked for.
"""

from __future__ import annotations

import gzip
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TextIO

PAGES = Path(__file__).parents[2] / "shared" / "data" / "pages" / "html"
NOW = datetime(2026, 8, 17, 8, tzinfo=UTC)


def main() -> None:
    with Path(sys.argv[2]).open("a", buffering=1) as log:
        serve(int(sys.argv[1]), log)


def serve(pages: int, log: TextIO) -> None:
    bodies = [gzip.decompress(path.read_bytes()) for path in sorted(PAGES.glob("*.gz"))]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            kind, body, status = "text/html", b"", 200
            if self.path == "/feed.xml":
                kind, body = "application/rss+xml", feed(self.headers["Host"], pages)
            elif self.path.startswith("/p/"):
                log.write(f"{self.path}\n")
                body = bodies[int(self.path[3:]) % len(bodies)]
            else:
                status = 404
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


def feed(host: str, pages: int) -> bytes:
    """Returns a feed of all pages, the first the newest."""
    items = "".join(
        f"<item><title>Report {number} on chips</title><link>http://{host}/p/{number}</link>"
        f"<pubDate>{format_datetime(NOW - timedelta(minutes=number + 1))}</pubDate></item>"
        for number in range(pages)
    )
    return f"<rss version='2.0'><channel><title>Pages</title>{items}</channel></rss>".encode()


if __name__ == "__main__":
    main()
