"""Chooses the sentences that tell a story from the whole texts of its articles. Pure.

The first says what happened; each further one is what says most that is not said yet, rather from another
outlet. Every sentence is understood where it stands: what it refers to is in the headline or was printed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reports.digest.references import Reference, can_follow, references
from reports.digest.sentences import fitting, repeats, words_of
from reports.digest.statements import segments
from warehouse.rounding import six_digits
from warehouse.stories.terms import words


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    """A text to quote from, and under which headline it stands."""

    article_id: int
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """How much is printed: sentences at most, words of each and of all."""

    sentences: int
    words: int
    words_of_all: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A sentence that may be printed: the number of its text, its number in it, and what it refers to."""

    source: int
    place: int
    text: str
    terms: frozenset[str]
    refers_to: tuple[Reference, ...]


OF_ONE_ARTICLE = 3  # sentences at most
# Of the words of two sentences so many, or of another outlet's so much of their weight, may be the same, and
# so many of one's words may be said already.
REPEATS, RETELLS, REPEATS_ALL = 0.45, 0.5, 0.65
# A text of which so many sentences stand in another is its copy.
COPIED = 0.4
# What happened stands at the top of a text, the background at its end: the weight falls by half in so many
# sentences; that of the first one printed in fewer.
HALF_AFTER, OPENING_HALF_AFTER, OPENING_PLACES = 12, 2, 8
# A word that was said adds little. The article of the headline opens rather; another outlet, and what comes
# next, are worth so much more.
SAID, OF_HEADLINE, OTHER_OUTLET, WHAT_NEXT = 0.2, 1.2, 1.4, 1.15
# After two sentences, a further one must add so much of what the second does.
WORTH = 0.5
IN_A_HEADLINE = 1.5
# A sentence of the story, not of another article that its page names, has so many of the words it is about;
# fewer if a headline has one of its words, and one at the top of a text.
AT_THE_TOP = 1
CORE_WORDS, OF_CORE, OF_CORE_AND_TITLES = 12, 4, 2
# A sentence that quotes at length is worth less; so is one to open with that first says something else.
IN_QUOTES, ASIDE = 0.7, 0.7
_ASIDE = re.compile(
    r"(?:While|Although|Though|If|When|As|Since|For|Despite|Even|With|Like|Once|After|Before|In recent"
    r"|Earlier|Later|Last|Back)\b"
)
_QUOTATION = re.compile(r"[“\"][^”\"]{40,}[”\"]|[‘'][^‘’']{40,}[’'](?!\w)")
_NEXT = re.compile(
    r"\b(?:will|next (?:week|month|year|step)|deadline|by the end of|expected to|due (?:on|in|by)|plans? to"
    r"|takes? effect|enters? into force|vote on)\b"
)


def tell(title: str, sources: Sequence[SourceText], space: Space) -> list[tuple[int, str]]:
    """Returns the sentences of a story under its headline, each after the id of its article.

    The headline is that of the first source. The sentences read as a paragraph; none is returned if no
    sentence can stand first.
    """
    sources = _without_copies(sources)
    passages = [
        one for number in range(len(sources)) for one in _passages(number, sources[number], title, space)
    ]
    weights = _weights([title], sources)
    core, titled = _core(title, weights), {word for source in sources for word in words(source.title)}
    passages = [one for one in passages if _is_of(one, titled, core)]
    choice = _Choice(title, passages, weights, space)
    choice.open()
    while choice.add():
        pass
    return [(sources[one.source].article_id, one.text) for one in _readable(choice.paragraph(), title)]


def _without_copies(sources: Sequence[SourceText]) -> list[SourceText]:
    kept, seen = list[SourceText](), set[str]()
    for source in sources:
        said = {" ".join(one.text.split()) for one in segments(source.text) if one.is_statement}
        if len(said & seen) < max(2, COPIED * len(said)):
            kept.append(source)
            seen |= said
    return kept


def _passages(number: int, source: SourceText, title: str, space: Space) -> Iterator[Passage]:
    headlines, before = [words_of(title), words_of(source.title)], ""
    for place, one in enumerate(segments(source.text)):
        is_new = one.is_statement and not one.text.startswith(source.title)
        is_new = is_new and not any(repeats(said, words_of(one.text)) for said in headlines)
        if is_new and (fit := fitting(one.text, space.words)):
            terms = frozenset(words(fit))
            if terms:
                refers_to = references(fit, before)
                yield Passage(source=number, place=place, text=fit, terms=terms, refers_to=refers_to)
        before += f" {one.text}"


def _weights(titles: Sequence[str], sources: Sequence[SourceText]) -> Mapping[str, float]:
    """The weight of a word: by the texts that have it, how often they do, and whether a headline has it."""
    texts, times = Counter[str](), Counter[str]()
    for source in sources:
        counted = Counter(words(source.text))
        texts.update(counted.keys())
        times.update({word: min(count, 4) for word, count in counted.items()})
    of_headlines = {word for title in titles for word in words(title)}
    return {
        word: times[word] / 4 / len(sources) * (IN_A_HEADLINE if word in of_headlines else 1)
        for word in texts
    }


def _is_of(one: Passage, titled: set[str], core: frozenset[str]) -> bool:
    shared = len(one.terms & core)
    if one.place < AT_THE_TOP:
        return shared > 0
    return shared >= (OF_CORE if one.terms.isdisjoint(titled) else OF_CORE_AND_TITLES)


def _core(title: str, weights: Mapping[str, float]) -> frozenset[str]:
    """The words that the story is about: those of its headline, and the heaviest of its texts."""
    once = min(weights.values(), default=0)  # of a word that one text has once
    repeated = [word for word in weights if weights[word] > once]
    heaviest = sorted(repeated, key=lambda word: (-weights[word], word))[:CORE_WORDS]
    return frozenset(words(title)) | frozenset(heaviest)


class _Choice:
    """The passages chosen so far, in order of choice."""

    def __init__(
        self, title: str, passages: Sequence[Passage], weights: Mapping[str, float], space: Space
    ) -> None:
        self.chosen: list[Passage] = []
        self._passages = passages
        self._weights = weights
        self._space = space
        self._said = set(words(title))
        self._worth = 0.0  # what the second sentence adds

    def open(self) -> None:
        """Chooses the sentence that says what happened, if one can stand first."""
        able = [
            one
            for one in self._passages
            if one.place < OPENING_PLACES and _is_clear(one.refers_to, self._said)
        ]
        if able:
            self._take(max(able, key=self._opens))

    def add(self) -> bool:
        """Chooses one more sentence; False if none is worth it or there is no space."""
        if not self.chosen or len(self.chosen) == self._space.sentences:
            return False
        able = [one for one in self._passages if self._fits(one)]
        best = max(able, key=self._adds, default=None)
        if best is None or (len(self.chosen) > 1 and self._adds(best) < WORTH * self._worth):
            return False
        if len(self.chosen) == 1:
            self._worth = self._adds(best)
        self._take(best)
        return True

    def paragraph(self) -> list[Passage]:
        """The sentences in the order of reading: what happened, by outlet, and at last what comes next.

        A sentence that leans on another stays behind it.
        """
        blocks = list[list[Passage]]()
        for one in self.chosen:
            before = next((block for block in blocks if one.refers_to and _follows(one, block[-1])), None)
            if before:
                before.append(one)
            else:
                blocks.append([one])
        order = list(dict.fromkeys(one.source for one in self.chosen))
        blocks[1:] = sorted(
            blocks[1:],
            key=lambda block: (
                bool(_NEXT.search(block[0].text)),
                order.index(block[0].source),
                block[0].place,
            ),
        )
        return [one for block in blocks for one in block]

    def _take(self, one: Passage) -> None:
        self.chosen.append(one)
        self._said |= one.terms

    def _opens(self, one: Passage) -> float:
        headline = OF_HEADLINE if one.source == 0 else 1
        whole = self._weight(one.terms) / len(one.terms) ** 0.5
        headline *= ASIDE if _ASIDE.match(one.text) else 1
        return six_digits(_worded(one) * headline * whole * 0.5 ** (one.place / OPENING_HALF_AFTER))

    def _adds(self, one: Passage) -> float:
        """What a sentence says that was not said yet, for its length. Sorted, so that it is always equal."""
        said = self._said
        new = sum(self._weights[word] * (SAID if word in said else 1) for word in sorted(one.terms))
        outlet = 1 if any(one.source == other.source for other in self.chosen) else OTHER_OUTLET
        told = any(_NEXT.search(other.text) for other in self.chosen)
        what_next = WHAT_NEXT if not told and _NEXT.search(one.text) else 1
        new *= _worded(one) / len(one.terms) ** 0.5
        return six_digits(new * outlet * what_next * 0.5 ** (one.place / HALF_AFTER))

    def _repeats(self, one: Passage, other: Passage) -> bool:
        """Whether it says the same in these words or, in another outlet's, of the same things."""
        shared = one.terms & other.terms
        if len(shared) >= REPEATS * min(len(one.terms), len(other.terms)):
            return True
        lighter = min(self._weight(one.terms), self._weight(other.terms))
        return one.source != other.source and six_digits(self._weight(shared) / lighter) >= RETELLS

    def _weight(self, terms: frozenset[str]) -> float:
        """Summed in order, so that the sum is always the same."""
        return sum(self._weights[word] for word in sorted(terms))

    def _fits(self, one: Passage) -> bool:
        taken = sum(len(other.text.split()) for other in self.chosen)
        return (
            one not in self.chosen
            and sum(one.source == other.source for other in self.chosen) < OF_ONE_ARTICLE
            and taken + len(one.text.split()) <= self._space.words_of_all
            and not any(self._repeats(one, other) for other in self.chosen)
            and len(one.terms & self._said) < REPEATS_ALL * len(one.terms)
            and (
                _is_clear(one.refers_to, self._said)
                or any(_follows(one, other) and _leans_on(one, other, self._said) for other in self.chosen)
            )
        )


def _readable(paragraph: Sequence[Passage], title: str) -> Iterator[Passage]:
    """The sentences of which all that they refer to stands before them, in the headline or a sentence."""
    said, previous = set(words(title)), None
    for one in paragraph:
        if _is_clear(one.refers_to, said) or (
            previous and _follows(one, previous) and _leans_on(one, previous, said)
        ):
            yield one
            said |= one.terms
            previous = one


def _is_clear(refers_to: Sequence[Reference], said: set[str]) -> bool:
    return all(reference.words & said for reference in refers_to)


def _follows(one: Passage, other: Passage) -> bool:
    """Whether it is the next sentence of the same text."""
    return one.source == other.source and one.place == other.place + 1


def _leans_on(one: Passage, previous: Passage, said: set[str]) -> bool:
    """Whether the sentence is understood after the one before it."""
    others = [reference for reference in one.refers_to if not reference.by_previous]
    return _is_clear(others, said) and can_follow(one.text, previous.text)


def _worded(one: Passage) -> float:
    """What is done is told rather than what somebody says in many words."""
    return IN_QUOTES if _QUOTATION.search(one.text) else 1
