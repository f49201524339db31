"""What a sentence refers to that another must have said: who "he" is, which bill "the bill" is. Pure.

It is read from the form of English sentences alone and rather finds too much: a sentence that is wrongly
held to lean on another is replaced by one that does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from warehouse.extract.entities import load_gazetteer
from warehouse.stories.terms import folded, words


class Reference(NamedTuple):
    """What must have been said: one of the folded words.

    If `by_previous` the sentence right before it may say it in other words.
    """

    words: frozenset[str] = frozenset()
    by_previous: bool = True


LEANING = Reference()  # on the sentence right before, whatever the words

_QUOTED = re.compile(r"[“\"][^”\"]*[”\"]")
_LEANING_START = re.compile(
    r"""^["“‘']?(?:
    (?:but|and|or|nor|so|yet|which|who|whose|whereas)\b
    |(?:it|its|he|she|they|their|his|her|this|that|these|those|such|both|neither|another|others?|here|there|still|then|thus|hence|however|meanwhile|instead|also|moreover
        |nevertheless|nonetheless|furthermore|additionally|besides|therefore|consequently|accordingly|similarly
        |likewise|indeed|rather|perhaps|otherwise|conversely|ultimately|overall|finally|separately|elsewhere
        |afterwards?|previously|secondly|thirdly|firstly|first|second|third|specifically|notably|importantly
        |crucially|plus|(?:later|earlier)(?!\s+(?:this|in|on)))\b(?!\s+(?-i:[A-Z]))
    |(?:as|at|in|on|by|for|to|under|with|from|over|after|before|since|until|during|through|like|unlike|of|beyond
        |despite|because\s+of|according\s+to|based\s+on|alongside|along\s+with|apart\s+from|instead\s+of
        |in\s+addition\s+to|in\s+response\s+to)\s+
        (?:it|its|he|she|they|them|their|his|her|him|this|that|these|those|such|both|so|then|doing|which|now)\b
    |(?:in|as|for|by|of|at|on|to)\s+(?:addition|turn|response|contrast|comparison|particular|fact|short|return
        |practice|total|all|a\s+result|a\s+separate|part|example|instance|course|then
        |the\s+(?:one|other|same|first|second|end|meantime|process|past|case|time))\b(?!\s+(?:of|to|from)\b)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_COUNT_ALONE = re.compile(
    r"^(?:One|Two|Three|Four|Five|Six|Seven|Eight|Nine|Ten|Some|Several|Many|Most|None|All|Each)"
    r" (?:is|was|are|were|ha[sd]|have|will|would|did|do|does|of (?:them|these|those|its|his|her|their))\b"
)
_DETERMINED = re.compile(
    r"^(?:(?:In|Under|With|At|For|By|On|From|As part of|After|During|According to|Through|Of|To"
    r"|Following|Despite|Since|Before|Amid|Until|Without|Against) )?"
    r"(?:The|the|An additional|A further|A second|A third|A separate|A similar|A different)\b"
)
# "The firm's lawyer", "a spokesman for the ministry": of whom somebody speaks.
_WHOSE = re.compile(
    r"\b(?:spokes\w+|representatives?|lawyers?|attorneys?|officials?|heads?|director|members?"
    r"|chief executive|CEO)"
    r" (?:for|of|at|from) (?:the|its|their|his|her) ([a-z]+)\b(?! (?:of|for|on) (?:the )?[A-Z])"
)
_SAYS = (
    r"(?:said|says|added|adds|told|tells|wrote|writes|warned|warns|argued|argues|noted|notes|explained"
    r"|explains"
    r"|continued|stated|states|insisted|concluded|stressed|commented|replied|acknowledged)"
)
_ATTRIBUTED_TO_ANYONE = re.compile(
    rf"\b(?:he|she|they|it)\b (?:also |later |then )?{_SAYS}\b|\b{_SAYS} (?:he|she|they)\b(?=\W*[,.]|$)"
)
_PERSONAL = re.compile(r"\b(?:he|she|him|her|his|hers|himself|herself)\b", re.IGNORECASE)
# "accused the platform": nothing names it. A sentence that begins with a name may mean that.
_ACTOR = re.compile(
    r"\b(?<!^)the (?:\w+ )?(compan(?:y|ies)|firms?|platforms?|group|agency|startup|start-up|app|bill"
    r"|proposal|chatbot|tool"
    r"|model|suspects?|defendants?|network|operation|ruling|regulator|watchdog|ministry|department"
    r"|document|letter)\b"
    r"(?! (?:(?:of|for|behind) (?:the )?[A-Z]|that|which|[A-Z“\"]))"
)
_POINTING = re.compile(
    r"\b(?:this|these|those) (?!(?:week|month|year|day|morning|afternoon|evening|summer|winter|autumn"
    r"|fall|spring|time"
    r"|quarter|century|decade|weekend|past|coming|who|in|with|of|under|from|that)s?\b)[a-z]+"
)
_RELATIVE_DAY = re.compile(
    r"\b(?:[Yy]esterday|[Tt]omorrow|[Tt]onight|[Ll]ast night|this (?:morning|afternoon|evening))\b"
)
_POSSESSIVE = re.compile(r"\b(?:its|their)\b", re.IGNORECASE)
_NAME = re.compile(r"\b[A-Z][\w’'-]+")
_FULL_NAME = re.compile(
    r"\b([A-Z][a-zà-ÿ’-]+(?: [A-Z]\.)?) ((?:(?:von|van|de|der|la|al|bin) )*[A-Z][\w’-]*[a-zà-ÿ])\b"
)
_NOT_NAMES = frozenset(
    "The A An In On At For By Of To Under With From As It Its He She They This That These Those But And "
    "Mr Ms Mrs Dr "
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June "
    "July August "
    "September October November December".split()
)
_VERBS = frozenset(
    "is was are were be been has have had will would can could may might must should shall does did do "
    "said says told "
    "comes came makes made gives gave takes took sets set seeks sought found finds means meant includes "
    "requires covers "
    "aims marks follows applies allows adds goes went began begins brings brought sees saw shows puts "
    "put calls leaves "
    "left leads led keeps kept runs ran rose rises fell falls grew grows held holds stands stood won "
    "lost met sent "
    "notes argues warns claims believes wants plans expects faces uses uses offers contains creates "
    "provides seems "
    "appears remains reflects represents raises targets also which who that and , ;".split()
)
_NOUN_WINDOW = 6
# Kinds of the gazetteer, of which "the company" or "the platform" may be said in the same sentence.
_FIRMS = frozenset(("ai_lab", "platform", "chipmaker", "arms_maker", "autonomy_maker", "surveillance_firm"))


def references(sentence: str, before: str) -> tuple[Reference, ...]:
    """Returns what must have been said for the sentence to be understood; `before` is the text before it."""
    return tuple(_references(sentence, before))


def _references(sentence: str, before: str) -> Iterator[Reference]:
    bare = _QUOTED.sub(" ", sentence)
    if _LEANING_START.match(sentence) or _COUNT_ALONE.match(sentence) or _ATTRIBUTED_TO_ANYONE.search(bare):
        yield LEANING
    if (personal := _PERSONAL.search(bare)) and not _names(bare[: personal.start()]):
        yield LEANING
    if _POINTING.search(bare) or _RELATIVE_DAY.search(bare):
        yield LEANING
    if sentence.split()[0] in _NOT_NAMES or sentence[:1].islower():
        for actor in _ACTOR.finditer(bare):
            if not _names_a_firm(bare[: actor.start()]):
                yield Reference(frozenset({folded(actor[1])}))
    if (own := _POSSESSIVE.search(bare)) and not _names(bare[: own.start()]):
        yield LEANING
    if (determined := _DETERMINED.match(sentence)) and (nouns := _unnamed(sentence[determined.end() :])):
        yield Reference(nouns)
    for whose in _WHOSE.finditer(bare):
        yield Reference(frozenset({folded(whose[1])}))
    for surname in _surnames(bare, before):
        yield Reference(frozenset(words(surname)), by_previous=False)


def can_follow(sentence: str, previous: str) -> bool:
    """Whether a leaning sentence may stand after the one before it: who he is, that must have been named."""
    personal = _PERSONAL.search(_QUOTED.sub(" ", sentence))
    return (
        personal is None
        or bool(_FULL_NAME.search(previous))
        or any(name in known_surnames() for name in _names(previous))
    )


def _names(text: str) -> list[str]:
    return [name for name in _NAME.findall(text) if name not in _NOT_NAMES]


def _unnamed(text: str) -> frozenset[str] | None:
    """The last words of a subject that nothing in it names; None if a name, a number or an "of ..." does."""
    nouns = list[str]()
    for raw in text.replace(",", " ,").split()[: _NOUN_WINDOW + 1]:
        word = raw.strip("“”\"'’()")
        if not nouns and word == ",":
            break
        if word.lower() in _VERBS or (nouns and word.endswith("ed")) or word == ",":
            break
        if word[:1].isdigit() or word[:1] in "€$£" or (word[:1].isupper() and word not in _NOT_NAMES):
            return None
        if nouns and word in (
            "of",
            "for",
            "between",
            "on",
            "against",
            "to",
            "in",
            "from",
            "by",
            "with",
            "at",
        ):
            rest = text.partition(f" {word} ")[2].split()[:_NOUN_WINDOW]
            if any(one[:1].isdigit() or (one[:1].isupper() and one not in _NOT_NAMES) for one in rest):
                return None
            return frozenset(filter(None, map(folded, [nouns[-1], *rest[:3]])))
        nouns.append(word)
    return frozenset(filter(None, map(folded, nouns[-2:]))) if nouns else None


def _surnames(sentence: str, before: str) -> Iterator[str]:
    """Names by which the sentence calls somebody whom the text before it has named in full."""
    full = {last.split()[-1]: first for first, last in _FULL_NAME.findall(before) if first not in _NOT_NAMES}
    for found in _NAME.finditer(sentence):
        name = found[0].removesuffix("’s").removesuffix("'s")
        if name not in full or name in _NOT_NAMES or name in known_surnames():
            continue
        previous = sentence[: found.start()].rstrip().rpartition(" ")[2].strip("“\"'(")
        after = sentence[found.end() :]
        if previous.lower() in ("the", "a", "an") or re.match(r" [A-Z]", after):
            continue  # "the Commission", "Trump Organization"
        if previous[:1].isupper() and previous.rstrip(".") not in _NOT_NAMES:
            continue  # "Jane Smith", "Commissioner Smith"
        if previous or after.partition(" ")[2].partition(" ")[0].strip(",") in _VERBS:
            yield name


def _names_a_firm(text: str) -> bool:
    return any(mention.entity.kind in _FIRMS for mention in load_gazetteer().find("", text))


@cache
def known_surnames() -> frozenset[str]:
    """Surnames that reports use alone, of the gazetteer: Trump, Putin."""
    names = load_gazetteer().names_by_kind()
    return frozenset(
        alias
        for kind, aliases in names.items()
        if "person" in kind or kind == "official"
        for alias in aliases
        if " " not in alias
    )
