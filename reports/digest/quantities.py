"""The numbers that a sentence states of something: amounts of money, shares, counts of things. Pure.

What is compared, added, conditional, a range, an age or a part of another number is left out: two such
numbers differ without a contradiction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import floor, log10

from warehouse.stories.terms import folded, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number and what it is of.

    `of` is a currency, "%" or the folded noun that is counted, `noun` that as written, "amount" or "share";
    `described` the folded words between the number and the noun. `bound` is -1 for "at least", 1 for "up to";
    `is_rough` says "about". `digits` are the significant digits in which it is written, `context` the folded
    words near it, `when` the years and periods among them, `names` the capitalised ones but who says it.
    `verb` is the folded verb before it in its clause, else after it, or ""; `objects` are the words after it.
    `text` is the passage around it, verbatim.
    """

    value: float
    of: str
    described: frozenset[str]
    noun: str
    bound: int
    is_rough: bool
    digits: int
    context: frozenset[str]
    names: frozenset[str]
    verb: str
    objects: frozenset[str]
    when: frozenset[str]
    text: str


_WORDS = {
    word: number
    for number, word in enumerate(
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen"
        " eighteen nineteen twenty".split(),
        2,
    )
}
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SCALES |= {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "tn": 1e12}
_CURRENCIES = {"$": "dollar", "us$": "dollar", "€": "euro", "£": "pound"}
_AT_LEAST = ("at least", "more than", "over", "upwards of", "no fewer than", "exceeding", "above")
_AT_MOST = (
    "up to",
    "as many as",
    "as much as",
    "fewer than",
    "less than",
    "under",
    "nearly",
    "almost",
    "below",
)
_ROUGHLY = ("about", "around", "some", "roughly", "approximately", "an estimated", "close to", "estimated")
_BOUNDS = "|".join((*_AT_LEAST, *_AT_MOST, *_ROUGHLY)).replace(" ", r"\ ")
_QUANTITY = re.compile(
    rf"""(?<![\w.,$€£/–-])(?:(?P<bound>{_BOUNDS})\s+)?
    (?P<sign>US\$|[$€£])?\s?(?P<number>\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?|{"|".join(_WORDS)})
    (?:[ -]?(?P<scale>thousand|million|billion|trillion|bn|mn|tn|m|k)\b)?
    (?:\s?(?P<unit>%|percent\b|per\ cent\b|euros?\b|(?:U\.?S\.?\ )?dollars?\b|pounds?\b))?
    (?![\w%/]|[.,]\d|-\w)""",
    re.IGNORECASE | re.VERBOSE,
)
_PLURALS = frozenset("people men women children troops personnel staff police aircraft".split())
_SYNONYMS = {folded("firms"): folded("companies"), folded("enterprises"): folded("companies")}
# Ages and spans of time are of many things, pages and points of none.
_NO_COUNTS = frozenset(
    "years year months weeks days hours minutes times pages points others thirds sides ways".split()
)
_NOUN_AFTER = 4
# What says that the number is compared with another, part of one or only possible.
_COMPARED = re.compile(
    r"\b(?:compared|versus|up from|down from|previously|initially|originally|formerly|instead of"
    r"|rather than|another"
    r"|additional|further|extra|remaining|respectively|each|average|capped|maximum|minimum|if|could"
    r"|might|may|should"
    r"|would|estimates?|forecasts?|projected|range|between|ratio|odds|threshold|worth up|equivalent)\b"
    r"|\d\s?=\s?\d|=",
    re.IGNORECASE,
)
_PART = re.compile(
    r"^\s+(?:out of|of (?:the|its|their|those|these|\d)|more\b|other\b|further\b|additional\b|to \d|or \w+)"
)
_FROM = re.compile(
    r"\b(?:from|to|than|and|or|no|article|section|title|chapter|part|phase|version|page|top)\s+$",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"\b(?:(?:19|20)\d\d|Q[1-4]|(?:first|second|third|fourth) (?:quarter|half)|last (?:year|month|week)"
    r"|this (?:year|month|week|quarter)"
    r"|next year|so far|total|overall|in all|altogether|annual\w*|daily|monthly|weekly|a (?:year|month"
    r"|week|day)"
    r"|per \w+|since|January|February|March|April|May|June|July|August|September|October|November"
    r"|December)\b",
    re.IGNORECASE,
)
# Verbs whose form does not show it; other past forms end with -ed.
_VERB = re.compile(
    r"\w{3,}ed|f[ae]lls?|r[io]ses?|grew|grows?|sold|sells?|bought|buys?|sp[ae]nds?|spent|paid|pays?"
    r"|cuts?|lost|loses?|w[io]ns?"
    r"|hits?|shot|shoots?|stole|steals?|h[eo]lds?|made|makes?|g[eo]ts?|puts?|sets?|needs?|covers?"
    r"|builds?|built|sent|sends?"
    r"|employs?|applies|apply|hires?|fined?|bans?|kills?|raises?|owns?|uses|left|leaves?|fired?|flew"
    r"|flies|took|takes?|gave"
    r"|gives?|struck|strikes?|costs?|has|have|had"
)
_SAYING = frozenset(map(folded, "said reported announced showed estimated based related linked".split()))
_NEAR, _OBJECTS = 8, 5
_PASSAGE = 6
_CLAUSE = re.compile(r"[,;:()–—]|\b(?:and|but|while)\b")
_NAME = re.compile(r"\b(?<!^)[A-Z][\w’-]+")
_ATTRIBUTED = re.compile(
    r"(?:[A-Z][\w’'-]+ ?)+(?:said|says|reported|announced)\b|\b(?:said|says"
    r"|according to) (?:the )?(?:[A-Z][\w’'-]+ ?)+"
)


def quantities(sentence: str) -> Iterator[Quantity]:
    """Yields the numbers of a sentence that may be held against those of another text."""
    if _COMPARED.search(sentence):
        return
    for found in _QUANTITY.finditer(sentence):
        after = sentence[found.end() :]
        before = sentence[: found.start()]
        if _PART.match(after) or _FROM.search(before) or before.count("(") > before.count(")"):
            continue  # in brackets stands what it is in another currency
        counted = _counted(found, after)
        if counted:
            yield _quantity(sentence, found, *counted)


def _counted(found: re.Match[str], after: str) -> tuple[str, str, frozenset[str], int] | None:
    """What the number is of, as compared and as written, what describes it, and how long that is."""
    if found["sign"]:
        return _CURRENCIES[found["sign"].lower()], "amount", frozenset(), 0
    if found["unit"]:
        unit = found["unit"].lower()
        if unit[0] in "%p" and not unit.startswith("pound"):
            return "%", "share", frozenset(), 0
        return folded(unit.rpartition(" ")[2]).rstrip("s"), "amount", frozenset(), 0
    if len(found["number"]) == 4 and found["number"].isdigit() and not found["scale"]:
        return None  # a year
    described = list[str]()
    end = 0
    for word in list(re.finditer(r"\s+([A-Za-z’'-]+)", after))[:_NOUN_AFTER]:
        if word.start() != end:
            return None
        end = word.end()
        noun = word[1].lower()
        if noun in _NO_COUNTS or not folded(noun):
            return None
        if noun in _PLURALS or (noun.endswith("s") and not noun.endswith(("ss", "’s", "'s", "us", "is"))):
            of = folded(noun)
            return _SYNONYMS.get(of, of), noun, frozenset(filter(None, map(folded, described))), end
        described.append(word[1])
    return None


def _quantity(
    sentence: str, found: re.Match[str], of: str, noun: str, described: frozenset[str], length: int
) -> Quantity:
    written = found["number"].replace(",", "").lower()
    before, after = sentence[: found.start()].split(), sentence[found.end() + length :].split()
    near = " ".join(before[-_NEAR:] + after[:_NEAR])
    last, first = (
        _CLAUSE.split(sentence[: found.start()])[-1],
        _CLAUSE.split(sentence[found.end() + length :])[0],
    )
    bound = (found["bound"] or "").lower()
    return Quantity(
        value=_value(found),
        of=of,
        noun=noun,
        described=described,
        bound=-1 if bound in _AT_LEAST else 1 if bound in _AT_MOST else 0,
        is_rough=bound in _ROUGHLY,
        digits=len(written.replace(".", "").strip("0")) or 1,
        context=frozenset(word for word in words(near) if not word[0].isdigit()) - {of},
        names=frozenset(_NAME.findall(_ATTRIBUTED.sub(" ", near))),
        verb=next(iter([*reversed(_verbs(last)), *_verbs(first)]), ""),
        objects=frozenset(_lower_case(first)[:_OBJECTS]),
        when=frozenset(one.lower() for one in _WHEN.findall(sentence)),
        text=_passage(sentence, found.start(), found.end() + length),
    )


def _verbs(text: str) -> list[str]:
    """Its folded verbs, as far as their form or the word before them shows it; none of saying."""
    found, previous = list[str](), ""
    for raw in text.split():
        word = raw.strip("“”\"'’.").lower()
        if _VERB.fullmatch(word) or previous in ("will", "to", "must", "not", "can"):
            found.append(folded(word))
        previous = word
    return [verb for verb in found if verb and verb not in _SAYING]


def _lower_case(text: str) -> list[str]:
    """Its folded words but names and numbers."""
    return [word for raw in text.split() if raw[:1].islower() for word in words(raw)]


def numbers(text: str) -> frozenset[float]:
    """The values of all numbers in a text, of whatever."""
    return frozenset(map(_value, _QUANTITY.finditer(text)))


def _value(found: re.Match[str]) -> float:
    written = found["number"].replace(",", "").lower()
    return float(_WORDS.get(written, 0) or written) * _SCALES.get((found["scale"] or "").lower(), 1)


def _passage(sentence: str, start: int, end: int) -> str:
    """The clause around a number, verbatim: at most some words on each side."""
    before, after = sentence[:start], sentence[end:]
    if cuts := list(_CLAUSE.finditer(before)):
        before = before[cuts[-1].end() :]
    if cut := _CLAUSE.search(after):
        after = after[: cut.start()]
    first = [match.start() for match in re.finditer(r"\S+", before)][-_PASSAGE:]
    last = [match.end() for match in re.finditer(r"\S+", after)][:_PASSAGE]
    left = before[first[0] :] if first else ""
    right = after[: last[-1]] if last else ""
    return f"{left}{sentence[start:end]}{right}".strip(" .")


def contradict(one: Quantity, other: Quantity) -> bool:
    """Whether the numbers differ by more than rounding, and neither bound allows for the other."""
    low, high = sorted((one, other), key=lambda quantity: quantity.value)
    if is_same(low, high):
        return False
    near = high.value - low.value <= _ROUGH * high.value
    if near and (one.is_rough or other.is_rough):
        return False
    return not (low.bound == -1 or high.bound == 1)


def is_near(value: float, quantity: Quantity) -> bool:
    """Whether a number of another text is that of the quantity, but for rounding."""
    return abs(value - quantity.value) <= _ROUNDING * quantity.value


def is_same(one: Quantity, other: Quantity) -> bool:
    """Whether the numbers are equal but for rounding."""
    return _rounds_to(one, other) or _rounds_to(other, one)


def was_exceeded(one: Quantity, later: Quantity) -> bool:
    """Whether a number that was known to be a lower bound was followed by a higher one."""
    return one.bound == -1 and later.bound != 1 and later.value > one.value and not _rounds_to(one, later)


_ROUGH, _ROUNDING = 0.15, 0.02


def _rounds_to(one: Quantity, other: Quantity) -> bool:
    """Whether one number, written in as few digits as the other, is it."""
    digits = min(one.digits, other.digits)
    place = digits - 1 - floor(log10(one.value)) if one.value else 0
    return abs(round(one.value, place) - round(other.value, place)) <= 1e-6 * other.value
