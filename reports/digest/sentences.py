"""Selects the sentences of an article that are quoted for its story, and shortens them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sentencex import segment

from warehouse.extract.page_chrome import is_page_chrome

# Shorter titles may occur in a summary by chance.
SHORT_TITLE = 25
SENTENCE_WORDS = (7, 60)
QUOTED_WORDS = 20
ELLIPSIS = " …"
# A sentence that has this share of the headline's words, and not twice as many words, repeats the headline.
HEADLINE_SHARE = 0.8
_CREDIT = re.compile(r"\s*\([^()]+\)$")
# Newsletters put this between a headline and its text.
_READING_TIME = re.compile(r"^\s*\(\d+ minutes? read\)\s*", re.IGNORECASE)
# Where and when an agency's report was written: "SAN JOSE, Calif., May 27 (Meridian Wire) - ".
DATELINE = re.compile(
    r"^[A-Z][A-Z .'’-]+(?:, [A-Z][\w.]*)*(?:,? [A-Z][a-z]{2,8}\.? \d{1,2})? ?(?:\([^)]{1,40}\) ?)?[-–—] "
    r"?(?=[A-Z])"
)
# A sentence with fewer lower-case words is a list of names or numbers.
LEAST_SMALL_WORDS = 4
# Markup lost between two sentences: "(9 minute read)China has".
_GLUED = re.compile(r"[).!?][A-Z][a-z]")
_CREDITS = re.compile(
    r"^abstract:|^\||^photo|^image|getty images|photo(?:graph)? by|image credit|file photo|pictured",
    re.IGNORECASE,
)
_WRITER = re.compile(r"\b(?:I|I'm|I’m|I've|I’ve|my|we|our|us|you|your)\b(?! ?[.\"”])", re.ASCII)
# Begins with a word that refers to a sentence that is not printed.
_DANGLING = re.compile(
    r"^[\"“‘']?(?:It|Its|He|She|They|Their|His|Her|This|That|These|Those|But|And|So|However|Meanwhile|Yet"
    r"|Still|Then|Here|There"
    r"|Instead|Also|Both|Such|Moreover|Nevertheless|In particular|In addition|As a result|For example"
    r"|By contrast"
    r"|(?:One|Two|Three|Four|Five|Six|Seven|Eight|Nine|Ten|Some|Several|Many|Most|Others|None|All|Neither"
    r"|Each) "
    r"(?:is|was|are|were|ha[sd]|have|will|would|did|do|does)"
    r"|The (?:amendment|bill|compan(?:y|ies)|firm|group|agency|move|decision|deal|agreement|proposal|report"
    r"|study|order|rule|ban"
    r"|episode|institution|plan|measure|letter|filing|lawsuit|announcement|statement|two|new) "
    r"(?:is|was|are|were|ha[sd]|will|would|did|does|declined|also|comes?|came|follow(?:s|ed)))\b"
)
_QUOTED = re.compile(r"[“\"]([^”\"]*)[”\"]")
# The start of a clause that only adds, so that the part before it remains true without it.
_ADDING = re.compile(
    r"(?:,|;| [—–-]) ?(?=(?:which|who|whose|where|including|with|after|following|as|and|while|in a)\b)|;"
    r"| [—–] "
)
# A clause with one of these qualifies or attributes the statement: it is never cut off.
_BINDING = re.compile(
    r"\b(?:if|unless|but|except|however|though|although|not|no|nor|never|without|den(?:y|ies|ied)|alleg\w+"
    r"|reported\w*|accord\w+"
    r"|sa(?:y|ys|id|ying)|told|tells?|wr(?:ote|ites?)|argu\w+|claim\w*|warn\w*|add(?:s|ed)|announc\w*"
    r"|stat(?:es?|ed)|sources?"
    r"|officials?|people|pending|until|could|may|might)\b|n['’]t\b",
    re.IGNORECASE,
)


def headline(title: str, publisher: str) -> str:
    """Returns the title without an aggregator's credit: `... (Ann Writer/Wired)` for an article of Wired."""
    credit = _CREDIT.search(title)
    if credit and credit[0].strip(" ()").lower().endswith(publisher.lower()):
        return title[: credit.start()]
    return title


def quotable_sentences(
    title: str, summary: str, language: str, limit: int, words: int = SENTENCE_WORDS[1]
) -> list[str]:
    """Returns the first sentences of a summary that say more than the headline, each of at most `words`.

    The first of them is clear by itself; the others follow on it.
    """
    chosen: list[str] = []
    for sentence in _statements(title, summary, language):
        if len(chosen) == limit:
            break
        fit = fitting(sentence, words)
        if fit and (chosen or not _DANGLING.match(sentence)):
            chosen.append(fit)
        elif chosen:
            break
    return chosen


def shortened(sentence: str, words: int) -> str | None:
    """Returns the sentence cut at its last adding clause to at most `words`; None if no cut is good.

    A cut sentence ends with an ellipsis.
    """
    for match in reversed(list(_ADDING.finditer(sentence))):
        head, tail = sentence[: match.start()], sentence[match.start() :]
        if SENTENCE_WORDS[0] <= len(head.split()) <= words and not _BINDING.search(tail) and _balanced(head):
            return head + ELLIPSIS
    return None


def fitting(sentence: str, words: int) -> str | None:
    """The sentence if it has at most `words`, else shortened to that; None if it cannot be."""
    return sentence if len(sentence.split()) <= words else shortened(sentence, words)


def stands_in(printed: str, text: str) -> bool:
    """Whether a printed sentence is one of the text, whole or up to its ellipsis; blanks count once."""
    return " ".join(printed.removesuffix(ELLIPSIS).split()) in " ".join(text.split())


def _statements(title: str, summary: str, language: str) -> Iterator[str]:
    said = words_of(title)
    for segmented in segment(language, _after_headline(title, summary)):
        sentence = DATELINE.sub("", segmented.strip())
        if is_statement(sentence) and not repeats(said, words_of(sentence)):
            yield sentence


def _after_headline(title: str, summary: str) -> str:
    """Returns the summary without its leading headline (Techmeme's `Author / Outlet: Headline — ...`)."""
    bare = _CREDIT.sub("", title)
    _, found, rest = summary.partition(bare)
    rest = rest.lstrip(" —–-:|.") if found and len(bare) >= SHORT_TITLE else summary
    return _READING_TIME.sub("", rest)


def repeats(said: set[str], sentence: set[str]) -> bool:
    return sentence <= said or (
        len(said & sentence) >= HEADLINE_SHARE * len(said) and len(sentence) <= 2 * len(said)
    )


def is_statement(sentence: str) -> bool:
    shortest, longest = SENTENCE_WORDS
    return (
        shortest <= len(sentence.split()) <= longest
        and sentence.rstrip("\"'”’)").endswith((".", "!"))
        and not sentence.endswith(("...", "[…]", "…"))
        and not _GLUED.search(sentence)
        and not is_page_chrome(sentence)
        and not _CREDITS.search(sentence)
        and not _WRITER.search(_QUOTED.sub("", sentence))
        and _balanced(sentence)
        and sum(word[0].islower() for word in sentence.split()) >= LEAST_SMALL_WORDS
        and all(len(quoted.split()) <= QUOTED_WORDS for quoted in _QUOTED.findall(sentence))
    )


def _balanced(text: str) -> bool:
    return (
        text.count("“") == text.count("”") and text.count('"') % 2 == 0 and text.count("(") == text.count(")")
    )


def words_of(text: str) -> set[str]:
    return {word.strip(".,:;!?\"'“”‘’()").lower() for word in text.split()}
