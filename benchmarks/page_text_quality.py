"""Quality of the texts read from recorded pages, in-process: token F1 against their true texts, beside the
library as it comes. The publishers are in two halves by a hash of their name: design on one, confirm on the
other.

    python benchmarks/page_text_quality.py [--worst 20]
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import Any
from urllib.parse import urlsplit

import trafilatura

from sources.model import PageText, WantedPage
from sources.pages.read_page import read_page

PAGES = Path(__file__).parents[2] / "shared" / "data" / "pages"
_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+"
)


def f1(read: str, true: str) -> float:
    """Returns the F1 of the tokens of two texts as bags; a sign of Chinese, Japanese or Korean is a token."""
    ours, theirs = Counter(_TOKEN.findall(read.lower())), Counter(_TOKEN.findall(true.lower()))
    return 2 * (ours & theirs).total() / max(ours.total() + theirs.total(), 1)


def recorded_pages(folder: Path = PAGES) -> list[dict[str, Any]]:
    """Returns the recorded pages: `id`, `url`, `title`, `text`, `set`, and `body`, the bytes."""
    with gzip.open(folder / "pages.jsonl.gz", "rt", encoding="utf-8") as rows:
        pages = [json.loads(row) for row in rows]
    return [{**page, "body": gzip.decompress((folder / page["html"]).read_bytes())} for page in pages]


def wanted_page(page: dict[str, Any]) -> WantedPage:
    """Returns the page as it is asked for."""
    return WantedPage(article_id=1, source_id="s", url=page["url"], title=page["title"] or "", language="en")


def half_of(page: dict[str, Any]) -> str:
    """Returns the half of the page's publisher."""
    name = page["publisher"] or urlsplit(page["url"]).netloc
    return "confirm" if int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2 == 0 else "design"


def ours(page: dict[str, Any]) -> str:
    read = read_page(page["body"], "text/html", wanted_page(page))
    return read.text if isinstance(read, PageText) else ""


def as_it_comes(page: dict[str, Any]) -> str:
    return trafilatura.extract(page["body"]) or ""


def measure(name: str, reader: Callable[[dict[str, Any]], str], pages: list[dict[str, Any]]) -> list[float]:
    reader(pages[0])
    began = time.process_time()
    scores = [f1(reader(page), page["text"]) for page in pages]
    elapsed = time.process_time() - began
    groups: dict[str, list[float]] = defaultdict(list)
    for page, score in zip(pages, scores, strict=True):
        groups[page["set"]].append(score)
        groups[f"{page['set']}, {half_of(page)}"].append(score)
    print(
        f"{name}: {len(pages) / elapsed:.0f} pages/s on one core, {1000 * elapsed / len(pages):.0f} ms a page"
    )
    for group, values in sorted(groups.items()):
        low = sum(value < 0.8 for value in values) / len(values)
        print(f"  {group:20} {len(values):4} pages, mean F1 {fmean(values):.4f}, under .80 {low:.3f}")
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worst", type=int, default=0, help="print so many of the worst pages")
    options = parser.parse_args()
    if not PAGES.exists():
        sys.exit(f"skipped: there are no recorded pages in {PAGES}")
    pages = recorded_pages()
    measure("trafilatura as it comes", as_it_comes, pages)
    scores = measure("read_page", ours, pages)
    for score, page in sorted(zip(scores, pages, strict=True), key=lambda pair: pair[0])[: options.worst]:
        print(f"  {score:.3f}  {page['html']}  {page['url'][:100]}")


if __name__ == "__main__":
    main()
