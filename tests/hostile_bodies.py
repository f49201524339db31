"""Bodies that hang or kill their parser. In their own file, because the parser's process imports it."""

from __future__ import annotations

import os
import time

from sources.model import PageText, WantedPage


class Endless(bytes):
    """A body that the parser never comes to the end of."""

    def lstrip(self, *_: object) -> bytes:
        time.sleep(60)
        return self


class Deadly(bytes):
    """A body that ends whoever parses it, as a fault in a parser written in C does."""

    def lstrip(self, *_: object) -> bytes:
        os._exit(11)


class Poisoned(bytes):
    """A body that ends whoever receives it, as a lack of memory may."""

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (11,)


def ending_page_1(body: bytes, _content_type: str, wanted: WantedPage) -> PageText:
    """Reads pages, and ends the process that reads the one of article 1."""
    if wanted.article_id == 1:
        os._exit(11)
    return PageText(text=body.decode(), extractor="test")
