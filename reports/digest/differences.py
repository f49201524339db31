"""What outlets differ on: numbers of the same thing that disagree between the texts of a story. Pure.

Precision before recall: rather no line than a false one. Two numbers are of the same thing if they count the
same noun, currency or share, in sentences with the same verb that share enough words near them, of the same
period and names; and if neither text has the other's number anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from reports.digest.quantities import Quantity, contradict, is_near, numbers, quantities, was_exceeded
from reports.digest.statements import segments


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedText:
    """A text of a story: of which publisher, and of what day."""

    publisher: str
    day: date
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A number that a text states: the place of the text in the story, and the quantity."""

    source: int
    quantity: Quantity


# Of the words near a number so many, and such a share, must stand near the other.
SHARED_WORDS, SHARED_WORDS_OF_SHARES, SHARED = 2, 3, 0.4
MOST = 2


def differences(texts: Sequence[ComparedText]) -> list[tuple[Stated, Stated]]:
    """Returns pairs of numbers on which texts of different publishers differ, at most two, the surest first.

    Of two days the earlier one's stands first.
    """
    stated = [
        Stated(source=number, quantity=quantity)
        for number, one in enumerate(texts)
        for segment in segments(one.text)
        if segment.is_statement
        for quantity in quantities(segment.text)
    ]
    kept = dict[str, tuple[Stated, Stated]]()
    for pair in sorted(
        _differing(stated, texts), key=lambda pair: (-_shared(*pair), pair[0].source, pair[1].source)
    ):
        kept.setdefault(pair[0].quantity.of, pair)
    return list(kept.values())[:MOST]


def _differing(stated: Sequence[Stated], texts: Sequence[ComparedText]) -> Iterator[tuple[Stated, Stated]]:
    known = [numbers(text.text) for text in texts]
    by_day = sorted(stated, key=lambda one: texts[one.source].day)
    for one, other in combinations(by_day, 2):
        if (
            one.quantity.of == other.quantity.of
            and texts[one.source].publisher != texts[other.source].publisher
            and _are_of_one_thing(one.quantity, other.quantity)
            and _disagree(one, other, texts)
            and not any(is_near(value, other.quantity) for value in known[one.source])
            and not any(is_near(value, one.quantity) for value in known[other.source])
        ):
            yield one, other


def _disagree(one: Stated, other: Stated, texts: Sequence[ComparedText]) -> bool:
    """Whether the numbers differ, or the later day's exceeds "at least" that of the earlier day."""
    if texts[one.source].day < texts[other.source].day and was_exceeded(one.quantity, other.quantity):
        return True
    return contradict(one.quantity, other.quantity)


def _are_of_one_thing(one: Quantity, other: Quantity) -> bool:
    shared = len(one.context & other.context)
    return (
        shared >= (SHARED_WORDS_OF_SHARES if one.of == "%" else SHARED_WORDS)
        and shared >= SHARED * min(len(one.context), len(other.context))
        and one.when == other.when
        and one.verb == other.verb != ""
        and not (one.objects and other.objects and one.objects.isdisjoint(other.objects))
        and not (one.names - other.names and other.names - one.names)
        and (one.described == other.described or not one.described or not other.described)
        and one.bound * other.bound != -1
    )


def _shared(one: Stated, other: Stated) -> float:
    shared = len(one.quantity.context & other.quantity.context)
    return shared / min(len(one.quantity.context), len(other.quantity.context))
