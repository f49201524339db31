"""Extracts dates by what happens on them: comments close, takes effect, vote, hearing, report due ...

A date counts only beside words that say what happens. A day and a month without a year get the year from the
article's own date, and only if the words refer to the future; otherwise the date stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

import pyarrow as pa

from warehouse.extract.extractions import ExtractionInput, Rows, content_version
from warehouse.extract.sentences import sentences_of

KINDS = ("comment_closes", "takes_effect", "applies_from", "vote", "hearing", "report_due", "expires")
MOST_DAYS_AHEAD = 300  # a writer names the year of a later day


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedDate:
    """A day on which something of `kind` happens, with the sentence that says so."""

    kind: str
    due_on: date
    year_inferred: bool
    evidence: str


@dataclass(frozen=True, slots=True)
class _Written:
    """A date as written: its position in the sentence, and its year if the sentence gives one."""

    start: int
    end: int
    day: int
    month: int
    year: int | None


_MONTHS = {
    name: number
    for number, names in enumerate(
        "jan january|feb february|mar march|apr april|may|jun june|jul july|aug august|sep sept "
        "september|oct october|nov november|dec december".split("|"),
        start=1,
    )
    for name in names.split()
}
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,? {_YEAR})?(?![\w%]|,\d)",
        rf"(?<![\d.,-])\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? {_YEAR})?(?!\w)",
        r"\b(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)\b",
    )
)
# What may stand between the words and their date: a few more words, but no other clause or other event.
_REACH = re.compile(
    r"(?:(?!\b(?:published|issued|announced|directed|dated|signed|launched|posted|since|who|which"
    r"|whose)\b)[^.;:()]){0,50}?"
    r"(?:\b(?:on|by|until|till|before|after|from|through|of|is|as of|to|for|starting|beginning|no later than"
    r"|deadline(?: is)?)|[:,(])?\s*"
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? )?(?:(?:11:59|5:00|5) ?p\.?m\.? (?:ET|EST|EDT"
    r"|Eastern Time)?,? ?(?:on )?)?(?:midnight on |the end of |an? )?",
    re.IGNORECASE,
)
_CALLS = (
    r"(?:(?:public |written )?comments?|submissions?|comment period|feedback|(?:public )?consultation"
    r"|call for evidence|objections|responses to the (?:RFI|consultation|request))"
)
_TRIGGER = {
    kind: re.compile(pattern, re.IGNORECASE)
    for kind, pattern in {
        "comment_closes": rf"\b{_CALLS}\b(?:(?!published|issued)[^.;]){{0,60}}?\b(?:by|until|till|before"
        r"|clos\w+|due|no later than|through|on or before|deadline|ends?|ended|runs? (?:to"
        r"|until)|received|extended)\b"
        rf"|\bdeadline for (?:the )?(?:submission of |filing )?{_CALLS}",
        "takes_effect": r"\b(?:effective(?: date(?: (?:of|is))?)?|(?:takes?|took|taking|taken) effect"
        r"|(?:enters?|entered|comes?|came|coming|entering|entry|goes?|went"
        r"|going) into (?:force|effect))\b(?! (?:through|until))",
        "applies_from": r"\b(?:(?:will |shall )?appl(?:y|ies) (?=from|as of|on|starting|beginning|after)"
        r"|applicable (?=from|as of|on)|(?:begins?|starts?|start(?:ing)?) to apply"
        r"|compliance (?:date|deadline|is required|required)|must comply"
        r"|obligations? (?:begin|start|apply))",
        "vote": r"\b(?:votes?|voting) (?:(?:on|for) (?!the \w+ of)[^.;]{0,40}?)?(?=on|is|was|scheduled|set"
        r"|expected|planned|by|for|before|in )|\bvote\b",
        "hearing": r"\b(?:hearings?|listening sessions?|oral arguments?|public meeting)\b",
        "report_due": r"\b(?:reports?|recommendations|plans?|strategy|guidance|assessment"
        r"|findings)\b[^.;]{0,40}?\b(?:(?:is|are) due|due|no later than|deadline)\b"
        r"|\b(?:must|shall|has to|have to|(?:is|are) required to|ordered to"
        r"|orders? [^.;]{0,40} to) (?:report|submit|deliver|publish|issue|produce"
        r"|develop)\b[^.;]{0,60}?\b(?:by|no later than|before)\b(?= )",
        "expires": r"\b(?:expires?|will expire|expired|expiring|expiration date|sunsets?|lapses?|(?:valid"
        r"|effective) (?:until|through)|remains? in (?:force|effect) (?:until|through)"
        r"|terminates?)\b",
    }.items()
}
# The date first: "On August 2, 2026, the rules take effect".
_SOON = r"^,? (?:\w+ ){0,8}?(?:will |would |shall )?"
_FOLLOWS = {
    kind: re.compile(pattern, re.IGNORECASE)
    for kind, pattern in {
        "takes_effect": rf"{_SOON}(?:takes? effect|took effect|enters? into force|entered into force"
        r"|goes? into effect|comes? into force)\b|^,? effective date\b",
        "applies_from": r"^,? (?:\w+ ){0,8}?(?:will apply|shall apply|applies to|become applicable"
        r"|begin to apply)\b",
        "comment_closes": r"^,? (?:comment )?(?:deadline|closing date) for (?:the submission "
        r"of )?(?:written )?(?:comments|submissions)\b|^,? comment deadline\b",
        "hearing": r"^,? (?:\w+ )?(?:hearing|listening session)\b",
        "vote": r"^,? (?:\w+ )?vote\b",
        "expires": r"^,? (?:\w+ ){0,5}?(?:expires|will expire|lapses|will lapse)\b",
    }.items()
}
_LOOKS_AHEAD = re.compile(
    r"\b(?:will|by|until|till|due|deadline|next|upcoming|expected|scheduled|set (?:to|for)|takes? effect"
    r"|enters? into force|appl(?:y|ies)|closes?|before|expires?)\b",
    re.IGNORECASE,
)
# A cheap check first: most texts name no month.
_MONTH_HINTS = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
    "-0",
    "-1",
)
_DIGIT_AND_MONTH = re.compile(
    rf"\b(?:{_MONTH} \d|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{'|'.join(_MONTHS)})|20\d\d-\d\d-\d\d)".replace(
        "(?P<month>", "(?:"
    ),
    re.IGNORECASE,
)


class DateExtractor:
    """Extracts the typed dates of articles."""

    name = "dates"
    tables: Mapping[str, pa.Schema] = {
        "article_dates": pa.schema(
            [
                ("article_id", pa.int64()),
                ("kind", pa.string()),
                ("due_on", pa.date32()),
                ("year_inferred", pa.bool_()),
                ("evidence", pa.string()),
            ]
        )
    }

    def __init__(self) -> None:
        self.version = content_version("extract/due_dates.py", "extract/sentences.py")

    def extract(self, articles: Sequence[ExtractionInput]) -> dict[str, Rows]:
        """Returns one row per article and typed date, with the sentence that gives it."""
        return {
            "article_dates": [
                {"article_id": article.article_id} | asdict(found)
                for article in articles
                for found in find_dates(
                    f"{article.title}\n{article.text or article.summary}", article.published_on
                )
            ]
        }


def find_dates(text: str, published_on: date | None) -> list[TypedDate]:
    """Returns the typed dates of a text, each kind and day once, in the order of the text."""
    if not any(month in text for month in _MONTH_HINTS) or _DIGIT_AND_MONTH.search(text) is None:
        return []
    found: dict[tuple[str, date], TypedDate] = {}
    for sentence in sentences_of(text):
        for kind, written in _typed(sentence):
            day, inferred = _resolve(written, sentence, published_on)
            if day is not None:
                found.setdefault(
                    (kind, day), TypedDate(kind=kind, due_on=day, year_inferred=inferred, evidence=sentence)
                )
    return list(found.values())


def _typed(sentence: str) -> Iterator[tuple[str, _Written]]:
    """Yields the dates of a sentence that have a kind, by the nearest words before it, else after it."""
    dates = _written_dates(sentence)
    after_last = 0
    for place, written in enumerate(dates):
        before = sentence[after_last : written.start]
        until = dates[place + 1].start if place + 1 < len(dates) else len(sentence)
        kind = _kind_before(before) or _kind_after(sentence[written.end : until])
        if kind:
            yield kind, written
        after_last = written.end


def _kind_before(before: str) -> str | None:
    nearest, kind_of_nearest = -1, None
    for kind, trigger in _TRIGGER.items():
        for match in trigger.finditer(before):
            if match.end() > nearest and _REACH.fullmatch(before, match.end()):
                nearest, kind_of_nearest = match.end(), kind
    return kind_of_nearest


def _kind_after(after: str) -> str | None:
    return next((kind for kind, pattern in _FOLLOWS.items() if pattern.match(after)), None)


def _written_dates(sentence: str) -> list[_Written]:
    dates: list[_Written] = []
    for pattern in _DATES:
        for match in pattern.finditer(sentence):
            month = match["month"].lower()
            dates.append(
                _Written(
                    match.start(),
                    match.end(),
                    int(match["day"]),
                    _MONTHS[month] if month in _MONTHS else int(month),
                    int(match["year"]) if match["year"] else None,
                )
            )
    dates.sort(key=lambda one: (one.start, -one.end))
    return [one for place, one in enumerate(dates) if place == 0 or one.start >= dates[place - 1].end]


def _resolve(written: _Written, sentence: str, published_on: date | None) -> tuple[date | None, bool]:
    """Returns the date and whether its year was inferred (if the words refer to the future)."""
    if written.year is not None:
        return _day(written.year, written), False
    if published_on is None or not _LOOKS_AHEAD.search(sentence):
        return None, True
    for year in (published_on.year, published_on.year + 1):
        day = _day(year, written)
        if day is not None and 0 <= (day - published_on).days <= MOST_DAYS_AHEAD:
            return day, True
    return None, True


def _day(year: int, written: _Written) -> date | None:
    try:
        return date(year, written.month, written.day)
    except ValueError:
        return None
