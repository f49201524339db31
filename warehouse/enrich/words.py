"""The words of headlines and texts, folded and lightly stemmed, as they are compared. Pure.

Language-neutral but for a short English stop list.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# A number keeps its separators ("1.2", "2,500"); a word keeps an inner apostrophe, straight or curly.
_TOKEN = re.compile("\\d+(?:[.,:]\\d+)*|[^\\W\\d_]+(?:['\u2019][^\\W\\d_]+)*")
# " | WTOP", " - The Boston Globe": the outlet's name, which aggregators append after the last bar or spaced dash.
_OUTLET = re.compile(
    "\\s+[-\u2013\u2014|]\\s+([^-\u2013\u2014|]{2,40})$|\\s*\\|\\s*([^|]{2,40})$|\\s*\\([^()\\d]{2,40}\\)$"
)
_STOP_WORDS = frozenset(
    [
        *("a", "about", "after", "against", "all", "also", "amid", "an", "and", "any", "are", "as", "at", "be", "been"),
        *("before", "between", "but", "by", "can", "could", "did", "do", "does", "during", "for", "from", "had", "has"),
        *("have", "he", "her", "here", "his", "how", "if", "in", "into", "is", "it", "its", "just", "many", "may"),
        *("more", "most", "new", "no", "not", "of", "on", "or", "other", "our", "out", "over", "per", "s", "said"),
        *("say", "says", "she", "so", "some", "such", "t", "than", "that", "the", "their", "there", "these", "they"),
        *("this", "those", "to", "under", "up", "us", "via", "was", "we", "were", "what", "when", "where", "which"),
        *("while", "who", "why", "will", "with", "would", "you", "your"),
    ]
)
_ENDINGS = ("ing", "ied", "ies", "ed", "es", "s")


def words(text: str) -> list[str]:
    """Folded, lightly stemmed words and numbers in order, without function words."""
    return [word for raw in tokens(text) if (word := folded(raw))]


def surface_words(text: str) -> list[tuple[str, str]]:
    """The words and numbers of `words`, each as it is written and as it is compared."""
    return [(raw, word) for raw in tokens(text) if (word := folded(raw))]


def tokens(text: str) -> list[str]:
    """All words and numbers in order, as they are written."""
    return _TOKEN.findall(text)


def strip_outlet(title: str) -> str:
    """The headline without the outlet's name at its end, unless that leaves less than four words."""
    bare = _OUTLET.sub("", title)
    return bare if bare.count(" ") >= 3 else title


@lru_cache(maxsize=100_000)
def folded(raw: str) -> str:
    """The form under which a word is compared, or "" for one that is not."""
    word = raw.lower()
    if not word.isascii():
        word = "".join(char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char))
        word = word.replace("\u2019", "'")
    word = word.removesuffix("'s")
    if word in _STOP_WORDS or (len(word) == 1 and not word.isdigit()):
        return ""
    return _stem(word)


def _stem(word: str) -> str:
    """Plurals and verb forms fall together; crude, but the same for every word and every day."""
    if len(word) > 4 and not word.endswith("ss"):
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                return word[: -len(ending)]
    return word
