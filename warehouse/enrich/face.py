"""What stands for a story: its headline, its key terms, and whole sentences of its articles. Pure; invents no word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sentencex import segment

from warehouse.enrich.words import strip_outlet, surface_words, words

MAX_SENTENCES = 3
MAX_TERMS = 6
_SENTENCE_WORDS = (7, 60)
_REPEATS = 0.6  # a sentence that says nothing but such a share of what was said before adds nothing
_NEVER_LEADS = ("newsletter", "opinion", "vendor")
_LONG_TITLE = 140  # a longer headline is an aggregator's, which strings several together
_CHROME = re.compile(r"read more|click here|subscribe|sign up|continue reading|the post |cookies|all rights reserved", re.IGNORECASE)  # fmt: skip
_WHOLE = re.compile(r"^[\W\d]*[A-Z].*[.!?][\"'\u201d\u2019)]?$", re.DOTALL)

Rarity = Callable[[Sequence[str]], Sequence[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A text of a story; `vector` has length 1."""

    article_id: int
    publisher: str
    genre: str
    title: str
    text: str
    vector: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """The article whose headline is the title, the key terms, and the summary's sentences with the article of each."""

    article_id: int
    key_terms: tuple[str, ...]
    sentences: tuple[tuple[int, str], ...]


def face(members: Sequence[Member], rarity: Rarity) -> Face:
    """The face of a story of these texts, in the order in which they joined; `rarity` weighs normalised words."""
    lead = _most_central(members)
    worth = _worth(members, rarity)
    return Face(
        article_id=lead.article_id, key_terms=_key_terms(members, worth), sentences=_summary(members, lead, worth)
    )


def _most_central(members: Sequence[Member]) -> Member:
    """The text nearest to those of other publishers; one that may lead before one that may not, and the earliest of equals."""
    matrix = np.stack([member.vector for member in members])
    cosines = np.round(np.einsum("ij,kj->ik", matrix, matrix), 4)
    publishers = np.array([member.publisher for member in members])

    def standing(place: int) -> tuple[bool, bool, bool, float, int]:
        member = members[place]
        others = publishers != member.publisher
        central = float(cosines[place, others].mean()) if others.any() else float(cosines[place].mean())
        return (member.genre in _NEVER_LEADS, len(member.title) > _LONG_TITLE, member.title.isupper(), -central, place)

    return members[min(range(len(members)), key=standing)]


def _worth(members: Sequence[Member], rarity: Rarity) -> dict[str, float]:
    """What each word tells of this story: the share of its texts that have it, times how rare it is elsewhere."""
    counts = Counter(word for member in members for word in set(words(f"{member.title} {member.text}")))
    named = sorted(counts)
    return {
        word: counts[word] / len(members) * rare
        for word, rare in zip(named, rarity(named), strict=True)
        if not word[0].isdigit() and counts[word] >= min(2, len(members))
    }


def _key_terms(members: Sequence[Member], worth: dict[str, float]) -> tuple[str, ...]:
    """The most telling words of the headlines, as they are mostly written there."""
    written: dict[str, Counter[str]] = {}
    for member in members:
        for raw, word in surface_words(strip_outlet(member.title)):
            written.setdefault(word, Counter())[raw] += 1
    telling = sorted((word for word in written if word in worth), key=lambda word: (-worth[word], word))
    return tuple(min(written[word].items(), key=lambda item: (-item[1], item[0]))[0] for word in telling[:MAX_TERMS])


def _summary(members: Sequence[Member], lead: Member, worth: dict[str, float]) -> tuple[tuple[int, str], ...]:
    """The sentences that together tell most of what the texts share, none saying the headline or another again."""
    candidates = [
        (member.article_id, sentence, set(words(sentence)))
        for member in sorted(members, key=lambda member: (member.genre in _NEVER_LEADS, member is not lead))
        if member.genre not in _NEVER_LEADS or member is lead
        for sentence in _sentences(member.text)
    ]
    said, chosen = set(words(lead.title)), list[tuple[int, str]]()
    while candidates and len(chosen) < MAX_SENTENCES:
        fresh = [one for one in candidates if len(one[2] & said) <= _REPEATS * len(one[2])]
        if not fresh:
            break
        best = max(fresh, key=lambda one: sum(worth.get(word, 0.0) for word in one[2] - said) / len(one[2]) ** 0.5)
        chosen.append(best[:2])
        said |= best[2]
        candidates = fresh
        candidates.remove(best)
    return tuple(chosen)


def _sentences(text: str) -> list[str]:
    """The whole sentences of a text: no page furniture, nothing cut off at its end."""
    found = (" ".join(sentence.split()) for sentence in segment("en", text))
    least, most = _SENTENCE_WORDS
    return [
        sentence
        for sentence in found
        if least <= sentence.count(" ") + 1 <= most and _WHOLE.match(sentence) and not _CHROME.search(sentence)
    ]
