"""Extracts instruments by their numbers: register documents, dockets, controls, bills, orders, resolutions.

A number has one canonical form: "E.O. 14110" and "Executive Order 14110" are one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from warehouse.extract.extractions import ExtractionInput, Rows, content_version
from warehouse.extract.sentences import sentence_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A document of law or control in a text: its kind, its canonical number, and its position."""

    kind: str
    number: str
    start: int
    end: int


_Canonical = Callable[
    [re.Match[str]], tuple[str, ...]
]  # more than one for a list: "15 CFR Parts 734, 744 and 774"


@dataclass(frozen=True, slots=True)
class _Pattern:
    kind: str
    pattern: re.Pattern[str]
    canonical: _Canonical
    hints: tuple[
        str, ...
    ]  # a text with none of these has no match; the check is ten times faster than the pattern


def find_instruments(text: str) -> list[Instrument]:
    """Returns the instruments a text names, each number once, in the order of the text."""
    found: dict[tuple[str, str], Instrument] = {}
    for known in _PATTERNS:
        if not any(hint in text for hint in known.hints):
            continue
        for match in known.pattern.finditer(text):
            for number in known.canonical(match):
                found.setdefault(
                    (known.kind, number),
                    Instrument(kind=known.kind, number=number, start=match.start(), end=match.end()),
                )
    return sorted(found.values(), key=lambda one: (one.start, one.kind, one.number))


def instrument_of_url(url: str | None) -> str | None:
    """Returns the Federal Register document number in the URL of a document's own page."""
    match = _DOCUMENT_URL.search(url or "")
    return match[1] if match else None


class InstrumentExtractor:
    """Extracts the instruments named in articles.

    An article that is a register's own document names that document.
    """

    name = "instruments"
    tables: Mapping[str, pa.Schema] = {
        "article_instruments": pa.schema(
            [
                ("article_id", pa.int64()),
                ("kind", pa.string()),
                ("number", pa.string()),
                ("evidence", pa.string()),
            ]
        )
    }

    def __init__(self) -> None:
        self.version = content_version("extract/instruments.py", "extract/sentences.py")

    def extract(self, articles: Sequence[ExtractionInput]) -> dict[str, Rows]:
        """Returns one row per article and instrument, with the sentence that names it."""
        return {"article_instruments": [row for article in articles for row in _rows(article)]}


def _rows(article: ExtractionInput) -> Rows:
    text = article.whole
    named = {(one.kind, one.number): sentence_at(text, one.start, one.end) for one in find_instruments(text)}
    if own := instrument_of_url(article.url):
        named.setdefault(("fr_document", own), article.title)
    return [
        {"article_id": article.article_id, "kind": kind, "number": number, "evidence": evidence}
        for (kind, number), evidence in named.items()
    ]


def _squeezed(match: re.Match[str]) -> tuple[str, ...]:
    return (re.sub(r"\s+", " ", match[1]).strip(),)


def _docket(match: re.Match[str]) -> tuple[str, ...]:
    number = match["plain"] or match["case"] or match[0]
    return () if number.startswith(("CVE-", "TALOS-", "GHSA-")) else (number,)


def _cfr(match: re.Match[str]) -> tuple[str, ...]:
    parts = re.findall(r"(?<![\d.])\d{1,4}", match["parts"])
    return tuple(f"{match['title']} CFR {part}" for part in parts)


def _eu_act(match: re.Match[str]) -> tuple[str, ...]:
    """CELEX number, sector 3: "2024/1689" is year/number since 2015, "765/2008" number/year before.

    OJ C 2014/422 defines the change.
    """
    first, second = match["first"], match["second"]
    if len(first) == 4 and first[:2] in ("19", "20"):
        year, number = first, second
    elif len(second) == 4 and second[:2] in ("19", "20"):
        year, number = second, first
    else:
        return ()
    return (f"3{year}{_CELEX_LETTERS[match['type']]}{int(number):04d}",)


def _eu_directive(match: re.Match[str]) -> tuple[str, ...]:
    """CELEX of "Directive 95/46/EC" and "Directive 2002/58/EC": always year first, two digits before 1999."""
    year = match["first"]
    if len(year) == 2:
        year = f"19{year}"
    return (f"3{year}L{int(match['second']):04d}",) if len(year) == 4 else ()


def _us_bill(match: re.Match[str]) -> tuple[str, ...]:
    chamber = re.sub(r"[\s.]+", "", match["chamber"]).upper()
    return (f"{chamber} {int(match['number'])}",)


def _state_bill(match: re.Match[str]) -> tuple[str, ...]:
    session = f"{match['session']}-" if match["session"] else ""
    return (
        f"{match['chamber'][0] + 'B' if match['chamber'] in _SPELT else match['chamber']} "
        f"{session}{int(match['number'])}",
    )


_DOCUMENT_URL = re.compile(r"federalregister\.gov/(?:documents|d)/(?:\d{4}/\d\d/\d\d/)?(\d{2,4}-\d{4,5})\b")
_CELEX_LETTERS = {"Regulation": "R", "Directive": "L", "Decision": "D"}
_STATE_CHAMBERS = "SB|HB|AB|LB|LD|HF|SF"
_SPELT = ("Senate", "House", "Assembly")


def _known(kind: str, hints: str, pattern: str, canonical: _Canonical = _squeezed) -> _Pattern:
    return _Pattern(kind, re.compile(pattern), canonical, tuple(hints.split("|")))


_PATTERNS = (
    _known(
        "fr_document",
        "FR|ocument",
        r"\b(?:FR Doc(?:ument)?\.?(?: No\.?)?|[Dd]ocument [Nn]umber|FR) ?:? ?((?:19|20)\d\d-\d{4,5})\b",
    ),
    _known("fr_document", "federalregister", _DOCUMENT_URL.pattern),
    _known(
        "fr_citation",
        "FR|Fed. Reg.",
        r"\b(\d{2,3}) (?:FR|Fed\. Reg\.) (\d{3,6})\b",
        lambda m: (f"{m[1]} FR {m[2]}",),
    ),
    _known("rin", "-A|-B|-Z", r"\b([0-9]{4}-[A-Z]{2}[0-9]{2})\b"),
    _known(
        "docket",
        "-20|Docket|Case ",
        r"\bDocket (?:No\.?|Number|ID):? ?(?P<plain>[A-Z0-9]+(?:-[A-Z0-9]+)+)\b|\b(?P<case>(?:DFARS"
        r"|FAR) Case \d{4}-[DN]?\d{3})\b"
        r"|\b[A-Z]{2,6}-(?:[A-Z]{1,5}-)?20\d\d-\d{3,5}(?:-\d{4})?\b",
        _docket,
    ),
    _known(
        "cfr_part",
        "CFR|C.F.R",
        r"\b(?P<title>\d{1,2}) C\.?F\.?R\.? (?:[Pp]arts? |§+ ?"
        r"|[Ss]ections? )?(?P<parts>\d{1,4}(?:\.\d+)?(?:(?:, and |, | and )\d{1,4}(?:\.\d+)?(?! CFR))*)\b",
        _cfr,
    ),
    _known("cfr_part", "of the EAR", r"\bpart (7[3-7]\d) of the EAR\b", lambda m: (f"15 CFR {m[1]}",)),
    # "the ECCN is 3A090", "ECCNs 3B001.a.4 and 4A090": without a hint such a number may be anything.
    _Pattern(
        "eccn",
        re.compile(
            r"(?<![\w-])([0-9][A-E](?:[0-9]{3}|Y[0-9]{3})"
            r"|0Y521)(?:\.[a-z](?:\.\d{1,2})*(?:\.[a-z])?)?(?![\w-])"
        ),
        _squeezed,
        ("ECCN", "xport", "EAR", "BIS", "Commerce Control List", "dual-use", "Annex I"),
    ),
    _known("celex", "319|320", r"\b(3(?:19|20)\d\d[RLDQ]\d{4})\b"),
    _known(
        "celex",
        "(EU|(EC|(EEC",
        r"\b(?P<type>Regulation|Directive|Decision) ?\((?:EU|EC|EEC"
        r"|EU, Euratom)\) ?(?:No\.? ?)?(?P<first>\d{1,4})/(?P<second>\d{1,4})\b",
        _eu_act,
    ),
    _known(
        "celex", "Directive", r"\bDirective (?P<first>\d{2,4})/(?P<second>\d{1,4})/E[CU]\b", _eu_directive
    ),
    _known(
        "eu_proposal",
        "COM|SWD|JOIN",
        r"\b(COM|SWD|JOIN) ?\((20\d\d)\) ?(\d{1,4})\b",
        lambda m: (f"{m[1]}({m[2]}) {m[3]}",),
    ),
    _known(
        "us_bill",
        "H.|HR|S.|S. |Res.",
        r"(?<![\w.])(?<!\d )(?P<chamber>H\. ?R\.|HR(?= ?\d)|S\.(?= ?\d)|H\. ?Res\.|S\. ?Res\.|H\. ?J\. ?Res\."
        r"|S\. ?J\. ?Res\.|H\. ?Con\. ?Res\.)"
        r" ?(?P<number>[1-9]\d{0,4})(?![\w.,-]\d|\w|%)",
        _us_bill,
    ),
    _known(
        "state_bill",
        f"{_STATE_CHAMBERS}| Bill ",
        rf"\b(?P<chamber>{_STATE_CHAMBERS}|(?:Senate|House"
        rf"|Assembly)(?= Bill))(?: Bill(?: No\.)?)? ?-?(?:(?P<session>\d\d)-)?(?P<number>\d{{1,5}})\b"
        r"(?! ?(?:GB|MB|percent|%|billion|million))",
        _state_bill,
    ),
    _known("uk_bill", "HL Bill|HC Bill", r"\b(H[LC] Bill \d{1,3})\b"),
    _known("uk_instrument", "SI 20|S.I.", r"\b(?:S\.I\.|SI) (20\d\d/\d{1,4})\b", lambda m: (f"SI {m[1]}",)),
    _known(
        "executive_order",
        "Order|E.O|E. O|EO",
        r"\b(?:Executive Order|Exec\. Order|E\.\s?O\.|EO)(?: \(E\.?O\.?\))? ?(?:No\. ?|#)?(1[0-9]{4})\b",
        lambda m: (f"EO {m[1]}",),
    ),
    _known(
        "un_symbol",
        "A/|S/|E/|CCW/",
        r"(?<![\w/])((?:A|S|E)/(?:RES|C\.\d|HRC|AC\.\d+|DEC|CONF\.\d+|INF)(?:/[A-Z0-9.]*[A-Z0-9])+"
        r"|CCW/GGE(?:\.\d)?/\d{4}(?:/[A-Z]+\.?\d*)*"
        r"|[AS]/\d{2,4}/\d{1,4})(?![\w/])",
    ),
    _known(
        "un_symbol",
        "esolution",
        r"\b(?:General Assembly|UNGA|UN) [Rr]esolution ([5-9]\d)/(\d{1,3})\b",
        lambda m: (f"A/RES/{m[1]}/{m[2]}",),
    ),
    _known("omb_memo", "M-", r"(?<![\w-])(M-\d\d-\d\d)\b"),
    _known(
        "public_law",
        "Pub",
        r"\bPub(?:lic|\.) L(?:aw|\.) (?:No\. )?(\d{2,3})[-–](\d{1,4})\b",
        lambda m: (f"PL {m[1]}-{m[2]}",),
    ),
    _known(
        "directive",
        "Directive|Instruction",
        r"\b(?:DoDD?|Department of Defense|DOD) (?:Directive|Instruction) ?(\d{4}\.\d\d)\b",
        lambda m: (f"DoDD {m[1]}",),
    ),
    _known(
        "standard",
        "ISO|NIST|prEN",
        r"\b(ISO(?:/IEC)?(?: TS| TR)? \d{4,5}|NIST (?:AI|SP) \d{3}-\d{1,3}|prEN \d{4,6})\b",
    ),
    _known(
        "court_case", "-cv-|-cr-|-mc-", r"\b(\d:\d\d-(?:cv|cr|mc)-\d{4,5}|(?<=No\. )\d\d-(?:cv|cr)-\d{3,5})\b"
    ),
)
