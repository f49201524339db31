"""Whether copies are found by whole texts: true texts, copies made of them, and texts that quote another.

    python benchmarks/text_copies.py

Reads the true texts of ../shared/data: 325 pages and 252 articles on European policy. Copies have another
headline; they are cut, edited as in another house, begun with another sentence, and have a local one. The
pairs of one labelled story are counted too: some of them are copies of one wire.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from warehouse.stories.copies import are_copies, repeat_openings  # noqa: E402
from warehouse.stories.documents import Document, DocumentPairs, Documents, columns_of  # noqa: E402
from warehouse.stories.terms import read_all_terms  # noqa: E402

DATA = ROOT.parent / "shared" / "data"
STATEMENTS = 300
_HOUSE = {"percent": "%", "per cent": "%", "United States": "US", "said": "says", "program ": "programme "}
_HOUSE |= {" which ": " that ", "million": "m", "Mr ": "", "Ms ": "", '"': "“"}
Pair = tuple[str, str, str]  # its kind and two texts


def main() -> None:
    """Prints for each kind of pair how many are called copies, by openings and by whole texts."""
    texts, stories = _texts()
    by_kind: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for kind, one, other in [*_copies(texts), *_no_copies(texts), *_one_story(stories)]:
        by_kind[kind].append((one, other))
    for kind, pairs in by_kind.items():
        openings, whole = _called(pairs, with_bodies=False), _called(pairs, with_bodies=True)
        print(f"{kind:40} {len(pairs):5} pairs: by openings {openings:.3f}, by whole texts {whole:.3f}")


def _called(pairs: Sequence[tuple[str, str]], *, with_bodies: bool) -> float:
    texts = [text for pair in pairs for text in pair]
    openings = [(f"Headline number {'abcdefgh'[n % 8]}", text[:1000]) for n, text in enumerate(texts)]
    terms = read_all_terms(openings, texts if with_bodies else None)
    documents = Documents()
    documents.add(
        columns_of(
            [
                Document(
                    article_id=number,
                    publisher=f"publisher {number}",
                    terms=one,
                    moment=datetime(2026, 8, 12, tzinfo=UTC),
                    vector=np.ones(1, np.float32),
                )
                for number, one in enumerate(terms)
            ]
        )
    )
    firsts = np.arange(0, len(texts), 2)
    compared = DocumentPairs(moments=firsts, rows=firsts, sizes=np.ones_like(firsts), others=firsts + 1)
    alike, no = np.ones(len(firsts)), np.zeros(len(firsts), np.bool_)
    opens_alike = repeat_openings(documents, compared, alike, alike, no)
    return float(are_copies(documents, compared, alike, no, opens_alike).mean())


def _texts() -> tuple[list[str], list[list[str]]]:
    """All texts of 150 to 2,500 words, and those of each labelled story."""
    with gzip.open(DATA / "pages" / "pages.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    stories = defaultdict(list)
    policy = DATA / "labelled" / "stories_eu_policy_2025_05.jsonl.gz"
    with gzip.open(policy, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            stories[row["cluster"]].append(row["text"])
    every = [*texts, *(text for members in stories.values() for text in members)]
    return [text for text in every if 150 <= len(text.split()) <= 2500], list(stories.values())


def _sentences(text: str) -> list[str]:
    return [one for one in re.split(r"(?<=[.!?])\s+|\n+", text) if one.strip()]


def _copies(texts: list[str]) -> Iterator[Pair]:
    draw = random.Random(7)
    local = [one for text in texts for one in _sentences(text)[:6] if 12 < len(one.split()) < 45]
    for text in texts:
        yield "copy cut to 60 %", text, _copy(text, draw, local, share=0.6)
        yield (
            "copy cut to 60 %, edited, begun anew",
            text,
            _copy(text, draw, local, share=0.6, edited=0.15, added=1, anew=True),
        )
        yield "copy cut to 40 %, edited", text, _copy(text, draw, local, share=0.4, edited=0.15)
        yield "copy edited in every third sentence", text, _copy(text, draw, local, edited=0.3, added=2)


def _copy(
    text: str,
    draw: random.Random,
    local: list[str],
    *,
    share: float = 1.0,
    edited: float = 0.0,
    added: int = 0,
    anew: bool = False,
) -> str:
    found = _sentences(text)
    kept = [_edited(one, draw, edited) for one in found[: max(5, int(len(found) * share))]]
    if anew:
        kept[0] = draw.choice(local)
    for _ in range(added):
        kept.insert(draw.randrange(min(4, len(kept))), draw.choice(local))
    return " ".join(["By A Reporter, Metro Desk.", *kept])


def _edited(sentence: str, draw: random.Random, share: float) -> str:
    words = sentence.split()
    if share and draw.random() < share:
        place = draw.randrange(len(words))
        how = draw.random()
        if how < 0.3 and len(words) > 10:
            del words[place]
        elif how < 0.6:
            words[place] = draw.choice(["also", "local", "recently", "officials"])
        else:
            words = words[: max(6, len(words) - draw.randint(2, 5))]
    edited = " ".join(words)
    if share:
        for theirs, ours in _HOUSE.items():
            edited = edited.replace(theirs, ours)
    return edited


def _no_copies(texts: list[str]) -> Iterator[Pair]:
    draw = random.Random(8)
    for _ in range(STATEMENTS):
        one, other, source = (_sentences(text) for text in draw.sample(texts, 3))
        least, statement = draw.choice([60, 100, 150]), list[str]()
        while source and sum(len(sentence.split()) for sentence in statement) < least:
            statement.append(source.pop(0))
        one[2:2], other[3:3] = statement, statement
        yield "two articles quote one statement", " ".join(one), " ".join(other)
        yield "a statement and an article with it", " ".join(statement), " ".join(other)


def _one_story(stories: list[list[str]]) -> Iterator[Pair]:
    for members in stories:
        for one, other in combinations(members, 2):
            yield "two articles of one labelled story", one, other


if __name__ == "__main__":
    main()
