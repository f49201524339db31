"""The lines of an article's text: which of the extracted ones belong to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from sources.clean.text import PlainText, plain_text

LINE_CHARS = 20_000
TITLE_LINES, TITLE_CHARS, TITLE_SHARE = 6, 10, 0.6
SHORT_CHARS = 80
STANDFIRST_LINES, KNOWN_SHARE = 4, 0.8
REPEATED_CHARS = 40
CHROME_CHARS = 300
_KINDS = frozenset(("p", "head", "item", "quote", "code", "row"))
_BLOCKS = _KINDS | {"list", "table", "div", "body"}
_TOKEN = re.compile(r"\w+")
# Of each kind only what a page says of itself, in the languages of the catalog.
_CHROME = re.compile(
    r"""
    # Other pages.
    ^(?:\W*(?:read|see|watch)\s(?:more|also|next)|also\sread|related(?:\s\w+)?|more\s(?:from|on
    |about)\b.{0,40}|recommended(?:\sstories|\svideos)?|more)\s*:?\W*$
    |^\W*(?:read\smore|read\salso|also\sread|see\salso|related|read\snext|more|don.t\smiss|must\sread
    |watch|listen)\s*[:|»>–]\s*\S
    |^\W*(?:lesen\ssie|mehr\szum\sthema|auch\sinteressant|das\skönnte\s(?:sie|dich)|mehr\s(?:dazu|zu\b
    |über)|lies\sauch|zum\sthema\W*$)
    |^\W*(?:lire\saussi|à\slire|voir\saussi|notre\sdossier|sur\sle\smême\s(?:thème|sujet)
    |en\savoir\splus\W*$)
    |^\W*(?:leggi\s(?:anche|qui)|lee\stambién|lea\stambién|te\spuede\sinteresar|más\sinformación\W*$
    |leia\s(?:também|mais)|lees\sook|läs\s(?:också|mer)|les\sogså|læs\sogså|lue\smyös|czytaj\s(?:też
    |także|również|więcej)|zobacz\s(?:też|także)|читайте\s(?:также|також)|читать\sтакже|čtěte\staké
    |baca\sjuga|okumaya\sdevam|ayrıca\soku|あわせて読みたい|関連記事|相关阅读|延伸阅读|관련기사|اقرأ\sأيضا)
    # Newsletters, accounts, applications.
    |\b(?:sign\sup|subscribe)\b.{0,60}\b(?:newsletters?|inbox|emails?|alerts?|updates|channel
    |podcast)\b|\bnewsletters?\b.{0,80}\b(?:sign\sup|subscribe|inbox|abonnieren|anmelden|inscri
    |iscriviti|suscr[ií]b|meld\sje)
    |\bnewsletters?\b.{0,60}(?:informiert\ssie|hier\sentlang|direkt\sin)|in\syour\sinbox\W*$
    |^get\s(?:daily|the\slatest|breaking)\b.{0,50}\b(?:news|inbox|headlines)
    |^\W*(?:follow|folgen\ssie|suivez|síguenos|seguici|siga)\b.{0,80}\b(?:twitter|facebook|instagram
    |whatsapp|telegram|google\snews|youtube|linkedin|x)\b|\bwhatsapp[- ](?:kanal|channel)\b.{0,60}
    |^(?:download|get)\s(?:our|the)\b.{0,30}\bapp\b
    # The page's own work.
    |^(?:advertisement|anzeige|werbung|publicité|publicidad|pubblicità|reklama|реклама|annons
    |advertentie|story\scontinues\sbelow|article\scontent|スポンサー|広告)\b.{0,40}$
    |^(?:loading|share|teilen|partager|compartir|condividi|print|drucken|copy\slink|embed|comments?
    |kommentare|(?:leave|post)\sa\scomment|live|video|photos?|gallery)\W*$
    |fehler\sgefunden|^(?:have|got)\sa\s(?:tip|story)\b|get\sin\stouch\swith\sour\b
    |for\smore\sstories\slike\sthis|scroll\sto\scontinue|this\scopy\sis\sfor\syour\spersonal
    |our\sstandards:\sthe\sthomson
    |^we\s(?:independently|may)\b.{0,60}\b(?:recommend|earn|receive)\b|\bmay\searn\s(?:us\s)?(?:a
    |an)\b.{0,20}\bcommission\b|\binvitation-only\scommunity\b
    |\btable\sof\scontents\b|\b\d+\smin(?:ute)?s?\sread\W*$
    # Rights and credits.
    |^\W*(?:copyright\b|\(c\)\s|©)|\ball\srights\sreserved\b|無断転載|무단\s?전재|\bpermission\sto\srepublish\b
    |^(?:this\s(?:article|story|post)\s(?:was\s)?(?:originally|first)\s(?:appeared|published)
    |dieser\s(?:artikel|beitrag|text)\s(?:ist|erschien|wurde)\b.{0,30}\b(?:zuerst|erstmals))
    |^\W*(?:reporting|additional\sreporting|editing|writing|edited|compiled|report)\sby\s.{3,}$
    |\bcontributed\sto\sthis\s(?:report|story|article)|^[-–—(\s]*(?:mit\s(?:material|informationen
    |agenturmaterial)\s|mit\sdpa\W*$)
    |^(?:image|photo|picture|foto|bild|bildquelle|quelle|quellen|source|fuente|fonte
    |credits?)\s*[:©/]\s*\S.{0,120}$|\((?:image|photo)\scredit|^(?:sendung
    |dieses\sthema\sim\sprogramm)\s?:
    |^[\w.+-]+@[\w-]+\.[\w.]+$|^\W*(?:e-?)?mail:\s*\S+@\S+$
    """,
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; `kind` is `p`, `head`, `item`, `quote`, `code` or `row`."""

    kind: str
    text: str


def line_of(kind: str, text: str) -> Line | None:
    """Returns the line of a text as plain text, or None if it has no letter or digit."""
    plain = plain_text(PlainText(text), LINE_CHARS)
    return Line(kind, plain) if _TOKEN.search(plain) else None


def key_of(text: str) -> str:
    """Returns the words of a text in lower case, by which texts are compared."""
    return " ".join(_TOKEN.findall(text.lower()))


def lines_of(body: Any) -> list[Line]:
    """Returns the lines of an extracted body (the element that trafilatura makes)."""
    lines: list[Line] = []
    parts: list[str] = []

    def close(kind: str) -> None:
        if line := line_of(kind, "".join(parts)):
            lines.append(line)
        parts.clear()

    def walk(element: Any, kind: str) -> None:
        own = element.tag if element.tag in _KINDS else kind
        if element.tag in _BLOCKS or element.tag == "lb":
            close(kind)
        elif element.tag == "cell":
            parts.append(" ")
        parts.append(element.text or "")
        for child in element:
            walk(child, own)
        if element.tag in _BLOCKS:
            close(own)
        parts.append(element.tail or "")

    walk(body, "p")
    close("p")
    return lines


def within(lines: Sequence[Line], limit: int) -> list[Line]:
    """Returns the first lines, which together have at most `limit` characters."""
    ends = accumulate(len(line.text) + 1 for line in lines)
    return [line for line, end in zip(lines, ends, strict=True) if end <= limit]


def without_title(lines: Sequence[Line], titles: Sequence[str]) -> list[Line]:
    """Returns the lines after the title, if it is among the first with nothing but short ones before it."""
    keys = {key for key in map(key_of, titles) if len(key) > TITLE_CHARS}
    for at in reversed(range(min(TITLE_LINES, len(lines)))):
        key = key_of(lines[at].text)
        if any(_is_title(key, title) for title in keys) and all(
            len(line.text) <= SHORT_CHARS for line in lines[:at]
        ):
            return list(lines[at + 1 :])
    return list(lines)


def _is_title(key: str, title: str) -> bool:
    if len(key) <= TITLE_CHARS:
        return False
    short, long = sorted((key, title), key=len)
    return short in long and len(short) >= TITLE_SHARE * len(long)


def with_standfirst(lines: Sequence[Line], standfirst: str) -> list[Line]:
    """Returns the lines after the standfirst, unless it is among the first of them already."""
    line = line_of("p", standfirst)
    if line is None:
        return list(lines)
    words = set(_TOKEN.findall(line.text.lower()))
    known = set(_TOKEN.findall(" ".join(line.text for line in lines[:STANDFIRST_LINES]).lower()))
    return list(lines) if len(words & known) >= KNOWN_SHARE * len(words) else [line, *lines]


def without_repetition(lines: Sequence[Line]) -> list[Line]:
    """Returns the lines without those that stand in another: quotes drawn out of it, a list told twice."""
    keys = [key_of(line.text) for line in lines]
    whole = "\n".join(keys)
    kept: list[Line] = []
    seen: set[str] = set()
    for line, key in zip(lines, keys, strict=True):
        if len(key) >= REPEATED_CHARS and (key in seen or whole.count(key) > keys.count(key)):
            continue
        seen.add(key)
        kept.append(line)
    return kept


def without_chrome(lines: Sequence[Line]) -> list[Line]:
    """Returns the lines without notices, credits and calls to read, share or subscribe, and without headings
    that nothing follows.
    """
    kept: list[Line] = []
    for line in reversed([line for line in lines if not is_chrome(line.text)]):
        if (
            line.kind != "head"
            or (kept and kept[-1].kind != "head")
            or (kept and len(line.text) > SHORT_CHARS)
        ):
            kept.append(line)
    return kept[::-1]


def is_chrome(text: str) -> bool:
    """Whether the line is of the page, not of the article."""
    return len(text) <= CHROME_CHARS and _CHROME.search(text) is not None
