"""A site of pages on a real server for tests of fetching pages, and the source that lists them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sources.model import FullText, Source

SENTENCE = "The Commerce Department adds twelve chip makers to its entity list and asks for a license."
PARAGRAPH = f"{SENTENCE} {'Officials in the capital said that the rule takes effect on Monday. ' * 8}"


def page(title: str) -> str:
    """Returns the HTML of an article of four paragraphs."""
    body = "".join(f"<p>{title}: {PARAGRAPH} Part {number}.</p>" for number in range(4))
    return (
        f"<html lang='en'><head><title>{title}</title></head>"
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server says that is no usual page."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Site:
    """Serves pages by path, or answers instead of them, and counts what is asked."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.pages: dict[str, str] = {}
        self.answers: dict[str, Answer] = {}
        self.asked: Counter[str] = Counter()


@contextmanager
def serving() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked[self.path] += 1
            page = site.pages.get(self.path, "").encode()
            answer = site.answers.get(self.path, Answer(page, 200 if page else 404))
            usual = {"Content-Type": "text/plain" if self.path == "/robots.txt" else "text/html"}
            self.send_response(answer.status)
            for name, value in {**usual, **answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def source(
    full_text: FullText = FullText.ALL, *, id_: str = "wire", kind: str = "news", host: str = "127.0.0.1"
) -> Source:
    """Returns the source of a feed, by default one whose pages are all wanted."""
    return Source(
        id=id_,
        name=id_.title(),
        publisher=id_.title(),
        url=f"http://{host}/{id_}/feed",
        kind=kind,
        region="INT",
        language="en",
        full_text=full_text,
    )
