"""Whether a text reports a primary document, by what a reader can check in both. Pure.

A document's title is formal, its coverage's is not: they share no words that grouping could go by. What they
share is a number, an address, or what is done to what and by whom.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from warehouse.extract.entities import Gazetteer, Mention
from warehouse.extract.instruments import find_instruments, instrument_of_url
from warehouse.stories.document_words import (
    ACRONYM,
    ACTS,
    AUTHORITY_KINDS,
    BLACKLIST,
    COMMON_ACRONYMS,
    COMMON_NAMES,
    CONCEPT_PATTERNS,
    FORMAL,
    GENERAL,
    IN_CONCEPTS,
    NOT_DONE,
    NUMBER,
    OWN_NUMBERS,
    PLACES,
    WRITTEN_OUT,
)
from warehouse.stories.terms import surface_words

# A document is printed days after it was announced: of 32 entity list rules and orders two to six. Law firms
# write for a week after.
DAYS_BEFORE, DAYS_AFTER = 8.0, 7.0
# One that is cited by number or address may be older news by then.
CITED_DAYS = 21.0
# So many particular words of both titles say which document it is, whatever is done.
MANY_WORDS = 3
_SAME_BEGINNING = 4
# A document that names no more countries is on them.
_FEW_PLACES = 2


@dataclass(frozen=True, kw_only=True)
class ReadText:
    """A document or a report as it is compared: `day` counts from 1970, `text` is what follows the title."""

    article_id: int
    publisher: str
    title: str
    text: str
    url: str | None
    day: float
    gazetteer: Gazetteer

    @cached_property
    def instruments(self) -> frozenset[str]:
        """The numbers it has, as "kind number"; a register's page has that of the document."""
        found = {f"{one.kind} {one.number}" for one in find_instruments(f"{self.title}\n{self.text}")}
        own = instrument_of_url(self.url)
        return frozenset(found | ({f"fr_document {own}"} if own else set()))

    @cached_property
    def own_numbers(self) -> frozenset[str]:
        """Of these, the numbers of one document, in the title or the address."""
        own = instrument_of_url(self.url)
        found = {f"{one.kind} {one.number}" for one in find_instruments(self.title)}
        numbers = found | ({f"fr_document {own}"} if own else set())
        return frozenset(one for one in numbers if one.split()[0] in OWN_NUMBERS)

    @cached_property
    def names(self) -> dict[str, str]:
        """What it names, by id, with the display name; no places and no authorities."""
        return {
            one.entity.id: one.entity.name
            for one in self._mentions
            if one.entity.kind not in PLACES | AUTHORITY_KINDS and one.entity.id not in COMMON_NAMES
        } | ({"entity-list": "Entity List"} if BLACKLIST.search(self.title) and "US" in self.powers else {})

    @cached_property
    def powers(self) -> frozenset[str]:
        """The jurisdictions that it names, or of which it names an authority."""
        return frozenset(one.entity.jurisdiction for one in self._mentions if one.entity.jurisdiction)

    @cached_property
    def title_places(self) -> dict[str, str]:
        """The countries that the title names: ids and names."""
        return {
            one.entity.id: one.entity.name
            for one in self._mentions
            if one.in_title and one.entity.kind == "country"
        }

    @cached_property
    def places(self) -> frozenset[str]:
        """The countries that title or text names."""
        return frozenset(one.entity.id for one in self._mentions if one.entity.kind == "country")

    @cached_property
    def on_places(self) -> frozenset[str]:
        """The countries that it is on: those of its title, or the only ones that it names."""
        few = self.places if len(self.places) <= _FEW_PLACES + 1 else frozenset()  # one is the authority's
        return few | self.title_places.keys()

    @cached_property
    def subjects(self) -> dict[str, str]:
        """The words of the title that say what it is on, folded, as they are written."""
        found = {
            word: raw
            for raw, word in surface_words(self.title)
            if word not in FORMAL | IN_CONCEPTS
            and raw.lower() not in FORMAL
            and len(word) > 2
            and not word.isdigit()
        }
        general = _concepts(f"{self.title}\n{self.text}") & GENERAL
        return found | {name: name for name in _concepts(self.title) | general}

    @cached_property
    def words(self) -> frozenset[str]:
        """The folded words of title and text."""
        whole = f"{self.title}\n{self.text}"
        return frozenset(word for _, word in surface_words(whole)) | _concepts(whole)

    @cached_property
    def acronyms(self) -> frozenset[str]:
        """Programmes and offices by capitals, also of names that are written out."""
        whole = f"{self.title}\n{self.text}"
        initials = {"".join(word[0] for word in name.split()) for name in WRITTEN_OUT.findall(whole)}
        return frozenset(one for one in {*ACRONYM.findall(whole), *initials} if not self._is_place(one))

    def _is_place(self, name: str) -> bool:
        return any(one.entity.kind in PLACES for one in self.gazetteer.find(name, ""))

    @cached_property
    def _mentions(self) -> list[Mention]:
        return self.gazetteer.find(self.title, self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What shows that a text reports a document: all of it can be read in both.

    `number` is cited, or `address`. Else `acts` are done in both, to `subjects` that both name, and `power`
    is the jurisdiction of the authority. `days` are from the report to the document.
    """

    days: float
    number: str = ""
    address: bool = False
    acts: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    power: str = ""

    @property
    def in_words(self) -> str:
        """The evidence as a sentence's end: "both say ..."."""
        if self.address:
            shown = "the report links to the document"
        elif self.number:
            shown = f"both have {self.number}"
        else:
            done = f"tell of {self.acts[0]} and " if self.acts else ""
            shown = f"both {done}name {', '.join(self.subjects)}"
        days = round(abs(self.days))
        apart = "on one day" if not days else f"{days} day{'s' if days > 1 else ''} apart"
        return f"{shown}, {apart}"


def evidence(document: ReadText, report: ReadText, power: str) -> Evidence | None:
    """What shows that `report` reports `document`, of an authority of the jurisdiction `power`; or None.

    Both must tell of one act, and name one thing that few texts do or two that both titles have.
    """
    days = document.day - report.day
    if document.publisher == report.publisher or abs(days) > CITED_DAYS:
        return None
    if _links_to(report, document):
        return Evidence(days=days, address=True)
    if numbers := sorted(document.own_numbers & report.instruments):
        return Evidence(days=days, number=numbers[0].split(" ", 1)[1])
    if not -DAYS_AFTER <= days <= DAYS_BEFORE or NOT_DONE.search(report.title):
        return None
    if document.places and report.title_places and document.places.isdisjoint(report.title_places):
        return None
    acts = tuple(
        name
        for name, (ours, theirs) in ACTS.items()
        if ours.search(_head(document)) and theirs.search(report.title)
    )
    names, words = _shared(document, report, power)
    special = [word for word in words if word not in GENERAL]
    office = bool(document.acronyms & report.acronyms)
    by_power = office or power in report.powers
    is_shown = (
        (acts and names and by_power)
        or (acts and special and len(words) > 1 and (by_power or len(special) > 1))
        or (by_power and len(special) >= MANY_WORDS)
        or (office and len(special) > 1 and len(words) >= MANY_WORDS)
    )
    return Evidence(days=days, acts=acts, subjects=(*names, *words), power=power) if is_shown else None


def _shared(document: ReadText, report: ReadText, power: str) -> tuple[list[str], list[str]]:
    """What both are on: names of few things in the headline, and words of both titles."""
    in_title = {
        name for name in report.names if _is_in(report.names[name], report.title) or name == "entity-list"
    }
    names = [document.names[name] for name in sorted(document.names.keys() & in_title)]
    capitals = sorted(
        (document.acronyms - COMMON_ACRONYMS) & report.acronyms & set(ACRONYM.findall(report.title))
    )
    places = [
        name
        for place, name in sorted(report.title_places.items())
        if place in document.on_places and place not in (*COMMON_NAMES, power.lower())
    ]
    rare = list(dict.fromkeys((*names, *capitals, *places)))
    words = sorted({raw for word, raw in document.subjects.items() if _has(report.subjects, word)})
    return rare, [word for word in words if word not in rare]


def _has(subjects: Mapping[str, str], word: str) -> bool:
    """Whether a subject is this word, or one begins with the other: safe, safety."""
    least = _SAME_BEGINNING
    return word in subjects or any(
        min(len(word), len(other)) >= least and (word.startswith(other) or other.startswith(word))
        for other in subjects
    )


def _concepts(text: str) -> frozenset[str]:
    return frozenset(name for name, _, pattern in CONCEPT_PATTERNS if pattern.search(text))


def _is_in(name: str, title: str) -> bool:
    return name.lower() in title.lower()


def _head(document: ReadText) -> str:
    """The title and the first sentences: what the document does."""
    return f"{document.title}\n{document.text[:1200]}"


def _links_to(report: ReadText, document: ReadText) -> bool:
    own = document.url and document.url.split("://", 1)[-1].rstrip("/")
    return bool(own) and len(own or "") > 20 and str(own) in f"{report.text} {report.url or ''}"


def number_agrees(document: ReadText, report: ReadText) -> bool:
    """Whether the headline gives a number that the document has: "adds 23 Chinese firms"."""
    return bool(set(NUMBER.findall(report.title)) & set(NUMBER.findall(f"{document.title} {document.text}")))
