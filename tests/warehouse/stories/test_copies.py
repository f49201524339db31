"""Copies by whole texts: under another headline, begun anew, cut, edited; texts that only quote another."""

from __future__ import annotations

import random
from datetime import timedelta

import numpy as np
from fakes import NOW

from warehouse.stories.cluster import StoryIndex
from warehouse.stories.copies import are_copies, repeat_openings
from warehouse.stories.documents import Document, DocumentPairs, Documents, columns_of
from warehouse.stories.terms import read_terms

WORDS = [
    f"{one}{two}{three}" for one in ("ba", "ko", "li") for two in ("mur", "sen", "tol") for three in "aeiou"
]


def sentences(seed: int, count: int = 40) -> list[str]:
    """Sentences of twelve invented words, others for each seed."""
    draw = random.Random(seed)
    return [" ".join(f"{draw.choice(WORDS)}{seed}" for _ in range(12)) + "." for _ in range(count)]


WIRE = sentences(1)


def is_copy(
    one: list[str],
    other: list[str],
    *,
    publishers: tuple[str, str] = ("Wire", "Post"),
    headlines: tuple[str, str] = ("Chipmakers face a levy in June", "What the new duty means for factories"),
) -> bool:
    documents = Documents()
    documents.add(
        columns_of(
            [
                Document(
                    article_id=number,
                    publisher=publisher,
                    terms=read_terms(headline, " ".join(text)[:300], " ".join(text)),
                    moment=NOW + timedelta(hours=number),
                    vector=np.ones(1, np.float32),
                )
                for number, (text, publisher, headline) in enumerate(
                    zip((one, other), publishers, headlines, strict=True)
                )
            ]
        )
    )
    row, ones, no = np.array([1]), np.ones(1), np.zeros(1, np.bool_)
    pairs = DocumentPairs(moments=row, rows=row, sizes=np.array([1]), others=np.array([0]))
    return bool(are_copies(documents, pairs, ones, no, repeat_openings(documents, pairs, ones, ones, no))[0])


def test_text_under_another_headline_and_with_another_beginning_is_a_copy() -> None:
    assert is_copy(WIRE, [*sentences(2, 2), *WIRE[1:]])


def test_copy_under_another_headline_joins_its_original_and_later_articles_are_compared_with_it() -> None:
    documents = [
        Document(
            article_id=number,
            publisher=f"publisher {number}",
            terms=read_terms(headline, " ".join(text)[:300], " ".join(text)),
            moment=NOW + timedelta(hours=number),
            vector=np.array([1, number], np.float32) / np.float32((1 + number**2) ** 0.5),
        )
        for number, (headline, text) in enumerate(
            [("Chipmakers face a levy", WIRE), ("What the duty means", [*sentences(2, 2), *WIRE[1:]])]
        )
    ]
    first, second = StoryIndex(new_story_id=lambda id_: 100 + id_).assign_all(documents)
    assert (second.story_id, second.copy_of, second.is_compared) == (first.story_id, 0, True)


def test_text_that_was_cut_and_edited_is_a_copy() -> None:
    edited = [" ".join([*one.split()[:5], "also", *one.split()[6:]]) for one in WIRE[:24:3]]
    kept = [one for place, one in enumerate(WIRE[:24]) if place % 3]
    assert is_copy(WIRE, [*edited, *kept])


def test_articles_that_quote_one_statement_are_texts_of_their_own() -> None:
    statement = sentences(3, 10)
    assert not is_copy([*WIRE[:2], *statement, *WIRE[2:]], [*sentences(4, 30), *statement])


def test_statement_is_no_copy_of_the_long_article_that_quotes_it_whole() -> None:
    statement = sentences(3, 6)
    assert not is_copy(statement, [*WIRE[:2], *statement, *WIRE[2:]])


def test_form_of_one_publisher_is_no_copy_and_a_form_with_another_number_is_none_either() -> None:
    assert not is_copy(WIRE, WIRE, publishers=("Register", "Register"))
    assert not is_copy(WIRE, WIRE, headlines=("Market report for 8 shares", "Market report for 9 shares"))
    assert is_copy(WIRE, WIRE)
