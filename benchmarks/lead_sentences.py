"""Measures the sentences that a digest prints of whole texts: how many leads have at least two.

    python benchmarks/lead_sentences.py [--print] [--items]

The articles are those of ../shared/data: a hand-labelled policy feed, whose stories of several outlets are
known, and pages of publishers, each a story of its own. Texts in English of at least 200 words count that are
news, a document or a statement by our own rules: an issue tells no others with sentences. Every story is
told as a lead (or as an item), and each sentence is held against the warehouse as `verify` does.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from fakes import NOW, WEEK, article, fetched_page, place_surely, watch  # noqa: E402

from reports.digest import items  # noqa: E402
from reports.digest.build import build_digest, issue_context  # noqa: E402
from reports.digest.items import Item  # noqa: E402
from reports.digest.verify import Finding, verify_record  # noqa: E402
from sources.model import Article  # noqa: E402
from warehouse.classify.genre import find_genre  # noqa: E402
from warehouse.queries.story_texts import texts_as_of  # noqa: E402
from warehouse.store.article_texts import save_page_texts  # noqa: E402
from warehouse.store.db import open_warehouse  # noqa: E402

DATA = ROOT.parent / "shared" / "data"
STORIES, PAGES = DATA / "labelled/stories_eu_policy_2025_05.jsonl.gz", DATA / "pages/pages.jsonl.gz"
LEAST_WORDS = 200
ENGLISH_WORDS = 25  # of the commonest, in the first 1,500 characters
TOLD = ("news", "primary_document", "official_statement")
_ENGLISH = re.compile(r"\b(?:the|of|and|to|in)\b")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--print", action="store_true", help="print every sentence under its headline")
    parser.add_argument("--items", action="store_true", help="as secondary items instead of leads")
    options = parser.parse_args()
    if not PAGES.exists():
        print("no data: ../shared/data is missing")
        return
    quoting = items.ITEM if options.items else items.LEAD
    for name, stories in (("policy feed", policy_stories()), ("publishers' pages", page_stories())):
        told, found = tell_all(stories, quoting)
        if options.print:
            for one in told:
                print(f"\n## {one.title}")
                for sentence in one.sentences:
                    print(f"- {sentence.text} ({sentence.source.outlet})")
        report(name, told, found)


def policy_stories() -> list[list[Article]]:
    stories: defaultdict[str, list[Article]] = defaultdict(list)
    for row in rows(STORIES):
        text = without_excerpt(row["text"])
        if (
            row["kind"] == "policy"
            and row["lang"] == "en"
            and is_told(row["title"], text, row["source"], row["url"])
        ):
            stories[row["cluster"]].append(
                article(
                    row["title"],
                    text=text,
                    feed=row["source"].lower(),
                    publisher=row["source"],
                    url=row["url"],
                )
            )
    return list(stories.values())


def page_stories() -> list[list[Article]]:
    return [
        [article(row["title"], text=row["text"], feed=row["publisher"].lower(), url=row["url"])]
        for row in rows(PAGES)
        if row.get("title")
        and len(_ENGLISH.findall(row["text"][:1500])) >= ENGLISH_WORDS
        and is_told(row["title"], row["text"], row["publisher"], row["url"])
    ]


def is_told(title: str, text: str, publisher: str, url: str) -> bool:
    return len(text.split()) >= LEAST_WORDS and find_genre(title, text, "news", publisher, url) in TOLD


def rows(path: Path) -> Iterator[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def without_excerpt(text: str) -> str:
    """The text without the byline and the excerpt that the feed put before it."""
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("*By ")]
    again = next((n for n, line in enumerate(lines[1:], 1) if line[:60] == lines[0][:60]), 0)
    return "\n".join(lines[again:])


def tell_all(
    stories: Sequence[Sequence[Article]], quoting: items.Quoting
) -> tuple[list[Item], list[Finding]]:
    """The stories as items with sentences, and the sentences that are not found in the stored texts."""
    with tempfile.TemporaryDirectory() as folder, open_warehouse(Path(folder) / "warehouse.duckdb") as con:
        for number, members in enumerate(stories, 1):
            place_surely(con, *(replace(one, text="") for one in members), story=number, desk="regulation")
        save_page_texts(con, [fetched_page(one, one.text) for members in stories for one in members])
        watch(con, "wire")
        with issue_context(con, WEEK, NOW) as context:
            counted = context.stories["regulation"]
            read = [one.article_id for story in counted for one in items.quotable_articles(story)]
            texts = texts_as_of(con, read, context.as_of)
            told = [items.item(story, WEEK.start, quoting=quoting, texts=texts) for story in counted]
        digest = build_digest(con, WEEK, NOW)
        section = next(one for one in digest.sections if one.desk == "regulation")
        digest = replace(digest, sections=(replace(section, items=tuple(told)),))
        return told, [one for one in verify_record(con, digest) if "sentences" in one.where]


def report(name: str, told: Sequence[Item], found: Sequence[Finding]) -> None:
    several = [one for one in told if one.publishers > 1]
    print(f"\n{name}: {len(told)} stories with a text, {len(several)} of several outlets")
    print(f"  with two sentences or more  {share(len(one.sentences) > 1 for one in told)}")
    print(f"  sentences a story           {mean(len(one.sentences) for one in told)}")
    words = [sum(len(sentence.text.split()) for sentence in one.sentences) for one in told]
    quoted = [len({sentence.source.outlet for sentence in one.sentences}) for one in several]
    print(f"  words a story               {mean(words)}")
    print(f"  outlets quoted, of several  {mean(quoted)}")
    print(f"  outlets cited, of several   {mean(len(one.citations) for one in several)}")
    print(f"  sentences not found         {len(found)} of {sum(len(one.sentences) for one in told)}")


def share(values: Iterable[bool]) -> str:
    known = list(values)
    return f"{sum(known)} of {len(known)}, {sum(known) / max(len(known), 1):.3f}"


def mean(values: Iterable[int]) -> str:
    known = list(values)
    return f"{sum(known) / max(len(known), 1):.2f}"


if __name__ == "__main__":
    main()
