"""A loopback server of many synthetic feeds for measuring collectors; prints its port.

    python benchmarks/feed_load.py FEEDS ENTRIES

GET /etag/N answers feed N with an ETag and honours If-None-Match; GET /bare/N sends the same bytes every time
and no validator. Uses asyncio streams without an HTTP library, so that it takes little time from the measured
programs.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import sys
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

WORDS = (
    "export control licence chip rule minister agency model compute frontier safety board treaty drone "
    "autonomy procurement committee deadline comment hearing statute court data biometric border police "
    "research laboratory network supply mineral policy regulator standard audit release weights open cloud "
    "remote access company officials said on Monday that the new draft would require firms to report before "
    "the end of year according"
).split()
BEGAN = datetime(2026, 8, 1, tzinfo=UTC)


def sentence(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(WORDS, k=words)).capitalize()


def paragraph(chance: random.Random, words: int) -> str:
    link = f'<a href="https://other.example/{chance.getrandbits(32):x}?a=1&amp;b=2">{sentence(chance, 3)}</a>'
    return (
        f"<p>{sentence(chance, words // 2)}, <em>{sentence(chance, 4)}</em> {link} &amp; "
        f"{sentence(chance, words // 2)}.</p>"
    )


def rss(number: int, entries: int) -> bytes:
    """Returns a news feed.

    Headline, link with tracking, date, a summary of some 400 characters; a third have full texts.
    """
    chance = random.Random(number)
    items = []
    for entry in range(entries):
        moment = BEGAN + timedelta(hours=number % 7 - entry * 3)
        link = (
            f"https://outlet-{number}.example/2026/08/{entry}-"
            f"{chance.getrandbits(40):x}?utm_source=rss&utm_medium=feed"
        )
        full = "".join(paragraph(chance, 60) for _ in range(6)) if number % 3 == 0 else ""
        items.append(
            f"<item><title>{escape(sentence(chance, 10))}</title><link>{escape(link)}</link>"
            f"<guid isPermaLink='false'>outlet-{number}-{entry}</guid>"
            f"<pubDate>{moment:%a, %d %b %Y %H:%M:%S} GMT</pubDate><dc:creator>A. Writer</dc:creator>"
            f"<description>{escape(paragraph(chance, 40))}</description>"
            + (f"<content:encoded><![CDATA[{full}]]></content:encoded>" if full else "")
            + "</item>"
        )
    return (
        "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/' "
        "xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>"
        f"<title>Outlet {number}</title><link>https://outlet-{number}.example/</link><description>News"
        "</description>"
        f"{''.join(items)}</channel></rss>"
    ).encode()


async def serve(feeds: int, entries: int) -> None:
    bodies = [rss(number, entries) for number in range(feeds)]
    etags = [f'"{hashlib.sha256(body).hexdigest()[:16]}"'.encode() for body in bodies]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                _, kind, number = head.split(b" ", 2)[1].split(b"/")
                etag = etags[int(number)]
                if kind == b"etag" and etag in head:
                    writer.write(b"HTTP/1.1 304 Not Modified\r\nETag: %b\r\n\r\n" % etag)
                    continue
                body = bodies[int(number)]
                validator = b"ETag: %b\r\n" % etag if kind == b"etag" else b""
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n%bContent-Length: %d\r\n\r\n%b"
                    % (validator, len(body), body)
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
