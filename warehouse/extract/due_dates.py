"""Extracts dates by what happens on them: comments close, takes effect, vote, hearing, report due ...

A date counts only beside words that say what happens. A day and a month without a year get the year from the
article's own date, and only if the words refer to the future; otherwise the date stays unknown. So do "by
Friday" and "at the end of the year", if the sentence says that something is due then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta

import pyarrow as pa

from warehouse.extract.extractions import ExtractionInput, Rows, content_version
from warehouse.extract.sentences import sentences_of

KINDS = ("comment_closes", "takes_effect", "applies_from", "vote", "hearing", "report_due", "expires")
MOST_DAYS_AHEAD = 300  # a writer names the year of a later day


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedDate:
    """A day on which something of `kind` happens, with the sentence that says so.

    `year_inferred`: the article's own date was needed, for the year or for "on Friday".
    """

    kind: str
    due_on: date
    year_inferred: bool
    evidence: str


@dataclass(frozen=True, slots=True)
class _Written:
    """A date as written: its position in the sentence, its year if the sentence gives one, and whether it is
    relative to the article's date.
    """

    start: int
    end: int
    day: int
    month: int
    year: int | None
    relative: bool = False


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
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
# Not "next month" or "later this week", which are no day; not "Friday, June 12", which is written out.
_RELATIVE = re.compile(
    rf"\b(?:(?:(?P<how>on|by|until|till|before|this|next)\s+|(?<=\bdue\s))(?P<weekday>{'|'.join(_WEEKDAYS)})"
    rf"(?!['’\w]|,?\s+(?:the\s+)?(?:\d|(?:{'|'.join(_MONTHS)})\b))"
    r"|(?:by|before|until)\s+tomorrow|tomorrow"
    r"|(?:(?:by|at|before|until|through)\s+)?(?:the\s+)?(?:end\s+of\s+(?:the|this)\s+(?P<span>year|month)"
    r"|year(?:['’]s)?[\s-]end))\b",
    re.IGNORECASE,
)
# A day of the week may be past, and is so where a report says what was done on it.
_DUE = re.compile(
    r"\b(?:will|due|deadlines?|upcoming|expected|scheduled|slated|planned|plans?|set (?:to|for)|(?:is|are) to"
    r"|to (?:vote|hold|hear)|next|must|shall|takes? effect|enters? into force"
    r"|(?:comes?|go(?:es)?) into (?:force|effect)|begins? to apply|closes?|expires?|lapses?|runs? out)\b",
    re.IGNORECASE,
)
_DONE_THEN = re.compile(
    r"\b(?!scheduled|expected|planned|slated)(?:\w+ed|said|told|wrote|met|held|began|took|put|sent|gave)"
    r"(?:\s+(?!(?:will|would|must|shall|is|are|be|to|scheduled|expected|planned|slated)\b)\w+){0,5}\s*$",
    re.IGNORECASE,
)
# What may stand between the words and their date: a few more words, but no other clause or other event.
_REACH = re.compile(
    r"(?:(?!\b(?:published|issued|announced|directed|dated|signed|launched|posted|submission|since|who|which"
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
        r"|(?:enters?|entered|comes?|came|coming|entering|entry|go(?:es)?|went"
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
        r"|go(?:es)? into effect|comes? into force)\b(?! (?:on )?the (?:following|next) day)"
        r"|^,? effective date\b",
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
                for found in find_dates(article.whole, article.published_on)
            ]
        }


def find_dates(text: str, published_on: date | None) -> list[TypedDate]:
    """Returns the typed dates of a text, each kind and day once, in the order of the text."""
    with_day = any(month in text for month in _MONTH_HINTS) and _DIGIT_AND_MONTH.search(text) is not None
    if not with_day and (published_on is None or _RELATIVE.search(text) is None):
        return []
    found: dict[tuple[str, date], TypedDate] = {}
    for sentence in sentences_of(text):
        for kind, written in _typed(sentence, published_on):
            day, inferred = _resolve(written, sentence, published_on)
            if day is not None:
                found.setdefault(
                    (kind, day), TypedDate(kind=kind, due_on=day, year_inferred=inferred, evidence=sentence)
                )
    return list(found.values())


def _typed(sentence: str, published_on: date | None) -> Iterator[tuple[str, _Written]]:
    """Yields the dates of a sentence that have a kind, by the nearest words before it, else after it."""
    dates = _written_dates(sentence, published_on)
    after_last = 0
    for place, written in enumerate(dates):
        before = sentence[after_last : written.start]
        until = dates[place + 1].start if place + 1 < len(dates) else len(sentence)
        kind = _kind_before(before) or _kind_after(sentence[written.end : until])
        if written.relative and (_DUE.search(sentence) is None or _DONE_THEN.search(before)):
            kind = None
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


def _written_dates(sentence: str, published_on: date | None) -> list[_Written]:
    dates = list(_relative_dates(sentence, published_on)) if published_on else []
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


def _relative_dates(sentence: str, published_on: date) -> Iterator[_Written]:
    for match in _RELATIVE.finditer(sentence):
        day = _day_meant(match, published_on)
        yield _Written(match.start(), match.end(), day.day, day.month, day.year, relative=True)


def _day_meant(match: re.Match[str], published_on: date) -> date:
    """Returns the coming day of that name (with "next" that of the next week), or the last day of the
    span.
    """
    if match["weekday"]:
        ahead = (_WEEKDAYS.index(match["weekday"].lower()) - published_on.weekday() - 1) % 7 + 1
        is_this_week = published_on.weekday() + ahead <= 6
        if (match["how"] or "").lower() == "next" and is_this_week:
            ahead += 7
        return published_on + timedelta(days=ahead)
    if "tomorrow" in match[0].lower():
        return published_on + timedelta(days=1)
    if (match["span"] or "").lower() == "month":
        first_of_next = (published_on.replace(day=1) + timedelta(days=31)).replace(day=1)
        return first_of_next - timedelta(days=1)
    return date(published_on.year, 12, 31)


def _resolve(written: _Written, sentence: str, published_on: date | None) -> tuple[date | None, bool]:
    """Returns the date and whether it was inferred (if the words refer to the future)."""
    if written.year is not None:
        return _day(written.year, written), written.relative
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
