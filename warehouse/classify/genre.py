"""Finds the genre of an article from title, URL and source, and the kind of a source from its name.

Both are rules without a model; the first match wins.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import urlsplit

_GENERAL_KINDS = frozenset(("news", "aggregator"))


@lru_cache(maxsize=10_000)
def resolve_source_kind(source_kind: str, publisher: str) -> str:
    """Returns the kind of a source; of news and aggregators, that of the publisher's name in outlets.toml."""
    if source_kind not in _GENERAL_KINDS:
        return source_kind
    return next((kind for kind, pattern in _outlet_patterns() if pattern.search(publisher)), source_kind)


@cache
def _outlet_patterns() -> list[tuple[str, re.Pattern[str]]]:
    outlets = tomllib.loads(Path(__file__).with_name("outlets.toml").read_text("utf-8"))
    return [
        (kind, re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)", re.IGNORECASE))
        for kind, names in outlets.items()
    ]


GENRES = (
    "news",
    "primary_document",
    "official_statement",
    "analysis",
    "opinion",
    "event_report",
    "research",
    "explainer",
    "newsletter",
    "vendor",
)
_OPINION_TITLE = re.compile(
    r"""^\s*(?:guest\s+)?(?:opinion|op-?ed|commentary|comment|editorial|column|viewpoint|perspective
        |guest\s+(?:post|essay|column)
        |letters?(?:\s+to\s+the\s+editor)?|first\s+person)\s*(?:[|:–—-]|\s\|)
      | [|:–—-]\s*(?:opinion|op-?ed|editorial|commentary|viewpoint|guest\s+(?:post|essay|column))s?\s*$
      | ^\s*(?:why\s+i\b|i\s+(?:was|am|have|used|tried|think)\b|in\s+defen[cs]e\s+of\b
        |the\s+case\s+(?:for|against)\b|dear\s+\w+)
      | \bis\s+(?:not|no)\s+an?\s+\w+(?:\s+\w+)?$
      | \b(?:we|our|let[’']s|let\s+us)\s+(?:must|should|need|can[’']t|cannot|have\s+to)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
# A headline that says what ought to be, without attributing it to anyone.
_NORMATIVE = re.compile(
    r"\b(?:should|ought\s+to|(?:must|needs?|ha(?:s|ve)\s+to)\b.*\bbefore|urgently\s+needs?|needs?\s+to"
    r"|can(?:not|[’']t)\s+(?:be\s+trusted|afford|wait|ignore)|it(?:[’']s|\s+is)\s+time\s+(?:to|for))\b"
    r"|^let\s+(?:the|us)\b",
    re.IGNORECASE,
)
_ATTRIBUTED = re.compile(
    r"\?|:|^(?:how|what|why|when|who|which|should|where)\b|\b(?:says?|said|urges?|calls?|tells?|told|warns?"
    r"|reports?|judges?|courts?"
    r"|poll|survey|finds?|argues?|thinks?|wants?|proposes?|asks?|according|know|you)\b|^sources",
    re.IGNORECASE,
)
# First person at the start, outside quotation marks: columnists write so, reporters do not.
_FIRST_PERSON = re.compile(
    r"^opinion\.|^[^\"“”‘:]{0,160}\bI(?:[’']ve|[’']m|\s+[a-z]+)\b|^(?:Forgive|Call)\s+me\b", re.ASCII
)
_GUEST_BYLINE = re.compile(r"^By [A-Z]\w+ (?:[A-Z]\.? )?[A-Z]\w+ (?![A-Z]{3,}|\()[A-Z]\w+ [a-z]")
_OPINION_PATH = re.compile(
    r"/(?:opinions?|op-?eds?|commentary|commentisfree|comment|editorials?|columns?|columnists?|viewpoints?"
    r"|essays?|reviews?)(?:/|$)"
)
_OPINION_OUTLETS = frozenset(
    (
        "national review",
        "the bulwark",
        "project syndicate",
        "reason",
        "jacobin",
        "the free press",
        "unherd",
        "the spectator",
    )
)
_NEWSLETTER_TITLE = re.compile(
    r"""view\s+in\s+(?:your\s+)?browser|\bnewsletter\b|\b(?:weekly|daily|morning|monthly)\s+(?:digest|briefing
        |brief|update|round-?up|
        compass|recap|newsletter|wrap|download)\b|^the\s+batch\b|^import\s+ai\b|^ai\s+weekly\b|^tldr\b
        |\bweek\s+in\s+review\b
        |\bround-?up\b|^the\s+(?:weekly|week|download)\b|\bweekly\s*(?:\#|no\.?|:|\d)|\bthis\s+week\s+in\b
        |\blinks?\s+for\b|\bweek\s+ahead\b|^\[(?:\w+news|tl;dr\s\w+)\]
        |^this\s+week:|\bissue\s+(?:\#|no\.?\s*)?\d+\b|collections?\s+\|\s|^updates\s+on\s+your
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NEWSLETTER_TEXT = re.compile(
    r"view\s+(?:this\s+(?:email|post)\s+)?in\s+(?:your\s+)?browser|welcome\s+to\s+(?:this\s+week|import\s+ai"
    r"|the\s+\w+\s+newsletter)"
    r"|this\s+newsletter|the\s+batch\s+-?\s*ai\s+news|also\s+in\s+this\s+(?:newsletter|issue)"
    r"|good\s+morning!",
    re.IGNORECASE,
)
# The titles of issues among a newsletter's entries ("AI #178: ...", "2026.34: ...", "A; B; C"); its other
# entries are single items. So is "AMD Is #2".
_ISSUE_TITLE = re.compile(r"#\s?\d+(?=\s*(?:[:)|]|part\b|$))|;.*;|^20\d\d\.\d\d:", re.IGNORECASE)
_FEWEST_TOPICS = 3
# A list goes on so inside the sentence of a headline: "OpenAI, Microsoft, and Cursor unite behind ...".
_GOES_ON = re.compile(
    r"(?:and|or|but|the|an?|in|on|at|to|for|from|by|with|which|who|where|as|says?|after|while|not|its)\b"
)
_PARTICIPLE = re.compile(r"[a-z]+ing\b")
_ONE_OF_A_LIST = re.compile(r"^[^\s,:]+(?:, [^\s,:]+)* and (?:an?|the|\w+) [^\s,:]+$")
# Who pays for a text: the outlet's mark on it, a wire of press releases, a market report for sale.
_PAID_TITLE = re.compile(
    r"""^\W*(?:sponsored|paid\s+(?:post|content|program|partnership)|partner\s+content|advertorial
        |promoted|brand\s?voice|branded\s+content)\b\s*(?:content|post|by)?\s*[:|\]–—-]
    |[|\[(–—-]\s*(?:sponsored(?:\s+(?:content|post))?|paid\s+post|partner\s+content|advertorial)\W*$
    |\bbrought\s+to\s+you\s+by\b
    |\bmarket\s+(?:size|share|to\s+(?:reach|hit|surpass|grow)|report|outlook|is\s+(?:expected|projected)\s+to)\b
        .*(?:\bCAGR\b|\bUSD\b|\$\s?\d|\bby\s+20[2-4]\d\b|\b20[2-4]\d\s?[-–]\s?20[2-4]\d\b)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_WIRES = re.compile(
    r"\b(?:(?:cision\s+)?pr\s?newswire|globe\s?newswire|business\s?wire|ein\s?presswire|acc?ess\s?wire"
    r"|access\s+newswire|newsfile|prweb|prlog|openpr|pr\.com|24-7\s+press\s+release|issuewire|einnews)\b",
    re.IGNORECASE,
)
_WIRE_TEXT = re.compile(
    r"/PRNewswire/|\((?:GLOBE ?NEWSWIRE|BUSINESS WIRE|NEWSFILE|ACCESS ?(?:NEWS)?WIRE|Newsfile Corp\.)\)"
    r"|GLOBE NEWSWIRE\) --|EINPresswire\.com/|^\W*(?:sponsored|paid post|advertorial|brought to you by)\b",
    re.IGNORECASE,
)
# Law firms and their collections tell clients what something means for them.
_LAW_FIRM = re.compile(
    r"\b(?:LLP|PLLC|L\.L\.P\.)(?!\w)|&\s+Partners\b|\b(?:JD\s?Supra|Lexology|Mondaq|(?:The\s+)?National\s+Law\s+"
    r"Review|natlawreview)\b|\b(?:solicitors|attorneys\s+at\s+law|law\s+(?:firm|offices?))\b",
    re.IGNORECASE,
)
_CLIENT_ALERT = re.compile(
    r"\b(?:client|legal)\s+(?:alert|update|advisory|briefing)\b|\bwhat\s+(?:\w+\s+)?(?:employers|companies"
    r"|businesses|boards|exporters|importers|providers|gcs|in-house\s+counsel|general\s+counsel|contractors)"
    r"\s+(?:\w+\s+)?(?:need|should|must)\b",
    re.IGNORECASE,
)
_EXPLAINER_TITLE = re.compile(
    r"""^\s*explain(?:er|ed)\b|\bexplain(?:ed|er)\b\s*(?:[:|]|$)|^what\s+(?:is|are|was|were)\b
        |^how\s+(?:does|do|is|are)\b.*\bwork|^what\s+to\s+know
        |\bwhat\s+(?:to|you\s+(?:need|should))\s+know\b|^what\s+happens\s+when\b
        |^(?:a|the)\s+(?:beginner|short|quick|simple)\S*\s+guide
        |^q\s*&\s*a\b|\bthings?\s+to\s+know\b|^why\s+(?:did|is|are|does|do|has|have)\b.*\?|\bfaq\b
        |frequently\s+asked|\bwhat\s+it\s+(?:is|means)\b
        |\b101\b|^\s*a\s+guide\s+to\b|^who\s+is\b|\bprimer\b|^understanding\b|^how\s+to\s+read\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ANALYSIS_TITLE = re.compile(
    r"""^\s*(?:analysis|news\s+analysis|in\s+depth|deep\s+dive|long\s+read|the\s+big\s+read|tracker
        |explained\s+by)\b\s*[:|–—-]
        |\|\s*(?:analysis|the\s+strategist|lawfare)\s*$|\b(?:implications?|lessons?)\s+(?:of|for|from)\b
        |\bassessing\b|\bthe\s+future\s+of\b
        |^taking\s+stock\b|\bwhat\s+.+\s+means?\s+for\b|\bdilemma\b|\bperspectives?\s+from\b
        |\bstrategic\s+shift\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_EVENT_TITLE = re.compile(
    r"""\b(?:event|meeting|workshop|conference|summit|seminar|webinar|panel|roundtable)\s+(?:report|summary
        |recap|readout|highlights|takeaways)\b
        |^(?:event|conference|workshop)\s*[:|]|\b(?:hosts?|hosted|convenes?|convened
        |co-hosts?)\b.*\b(?:workshop|conference|seminar|roundtable|forum|dialogue|symposium|meeting)\b
        |\b(?:takeaways|highlights|readout)\s+from\b|^(?:report|summary)\s+(?:of|on)\s+the\s+.*\b(?:meeting
        |seminar|workshop|conference)\b
        |\bexperts?\s+(?:meet|met|gather|gathered|convene)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_RESEARCH_TEXT = re.compile(
    r"arXiv:\d{4}\.\d{4,5}|Announce Type:|\bin this paper\b|\bthis paper (?:presents|proposes|introduces"
    r"|examines)\b",
    re.IGNORECASE,
)
_RESEARCH_TITLE = re.compile(
    r"^(?:position|technical report|working paper|preprint)\s*:|\ba\s+(?:systematic\s+)?(?:survey"
    r"|benchmark)\s+(?:of|for)\b|^\[\d{4}\.\d{5}\]",
    re.IGNORECASE,
)
_DOCUMENT_TITLE = re.compile(
    r"""\b(?:interim\s+final|final|proposed|direct\s+final)\s+rules?\b|\bnotice\s+of\b
        |;\s*(?:correction|final\s+rule|proposed\s+rule|notice|request\s+for)\b
        |\brequest\s+for\s+(?:information|comments?|input)\b
        |^(?:additions?|revisions?|implementation|amendments?)\b.*\b(?:to|of)\b.*\b(?:list|regulations?
        |controls?|entities)\b
        |\bexecutive\s+order\s+(?:no\.?\s*)?\d+|\bregulation\s+\((?:EU|EC)\)|\bdirective\s+\(?(?:EU\)?|\d{4}/)
        |\b(?:S|H)\.?R?\.?\s?\d{2,5}\b.*\bact\b
        |\b(?:complaint|indictment|opinion\s+and\s+order|memorandum\s+opinion|plea\s+agreement)\s*$
        |\bfrequently\s+asked\s+questions\b.*\bECCN\b
        |^(?:order|license|licence)\s+(?:no|denying|renewing)\b|\bv\.\s.+\bNo\.\s*\d
    """,
    re.IGNORECASE | re.VERBOSE,
)
_DOCUMENT_SOURCES = re.compile(
    r"federal register|gazette|official journal|eur-lex|govinfo|legislation\.gov", re.IGNORECASE
)
_STATEMENT_TITLE = re.compile(
    r"""^\s*(?:press\s+release|statement|joint\s+statement|remarks|speech|readout|communiqu[eé]|declaration
        |fact\s+sheet|open\s+letter|letter\s+to|testimony)\b
        |\b(?:urges?|calls?\s+(?:on|for)|submits?\s+comments|files?\s+(?:comments|amicus))\b.*\b(?:senate
        |congress|committee|commission|parliament|government|agency|FTC)\b
        |^our\s+(?:approach|response|position|commitment|statement|submission)\b|\bprogress\s+report\b
        |^partnering\s+with\b|\bwe(?:[’']re|\s+are)\s+(?:committed|launching|announcing)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_KINDS_WITH_COLUMNS = frozenset(
    ("news", "tech_press", "think_tank", "law_trade_press", "defence_press", "civil_society", "academia")
)
_ANALYST_KINDS = frozenset(("think_tank", "academia"))
_STATE_KINDS = frozenset(("government", "regulator", "international_body"))


def find_genre(title: str, summary: str, source_kind: str, publisher: str, url: str | None) -> str:
    """Returns one of `GENRES`: by the title, else the URL, else the kind of source, else `news`."""
    path = urlsplit(url).path.lower() if url else ""
    if _DOCUMENT_SOURCES.search(publisher):
        return "primary_document"
    if _OPINION_TITLE.search(title) or _OPINION_PATH.search(path) or publisher.lower() in _OPINION_OUTLETS:
        return "opinion"
    if source_kind == "vendor" or _is_paid(title, summary, publisher):
        return "vendor"
    if (
        (source_kind == "newsletter" and _is_issue(title))
        or _NEWSLETTER_TITLE.search(title)
        or _NEWSLETTER_TEXT.search(summary[:300])
    ):
        return "newsletter"
    if source_kind in _KINDS_WITH_COLUMNS and _is_personal_view(title, summary):
        return "opinion"
    if (
        "arxiv.org" in (url or "").lower()
        or "arxiv" in publisher.lower()
        or _RESEARCH_TEXT.search(summary[:400])
        or _RESEARCH_TITLE.search(title)
    ):
        return "research"
    if _EVENT_TITLE.search(title):
        return "event_report"
    if _EXPLAINER_TITLE.search(title) and not _DOCUMENT_TITLE.search(title):
        return "explainer"
    if source_kind in _STATE_KINDS or source_kind == "law_trade_press":
        if _DOCUMENT_TITLE.search(title):
            return "primary_document"
        if source_kind in _STATE_KINDS:
            return "official_statement"
    if _STATEMENT_TITLE.search(title) and source_kind in (*_STATE_KINDS, "ai_lab", "civil_society"):
        return "official_statement"
    if (
        _ANALYSIS_TITLE.search(title)
        or _CLIENT_ALERT.search(title)
        or _LAW_FIRM.search(publisher)
        or source_kind in _ANALYST_KINDS
    ):
        return "analysis"
    return "news"


def _is_paid(title: str, summary: str, publisher: str) -> bool:
    wired = _WIRES.search(publisher) or _WIRE_TEXT.search(summary[:300])
    return wired is not None or _PAID_TITLE.search(title) is not None


def _is_issue(title: str) -> bool:
    """Whether a newsletter's entry is an issue: numbered, or with a title that lists topics."""
    if _ISSUE_TITLE.search(title) or _ONE_OF_A_LIST.match(title):
        return True
    label, found, listed = title.partition(": ")
    topics = (listed if found else label).split(", ")
    several_words = sum(" " in topic for topic in topics)
    if len(topics) < _FEWEST_TOPICS or several_words < max(_FEWEST_TOPICS, len(topics) - 1):
        return False
    return not any(_GOES_ON.match(topic) or (not found and _PARTICIPLE.match(topic)) for topic in topics[1:])


def _is_personal_view(title: str, summary: str) -> bool:
    normative = _NORMATIVE.search(title) is not None and _ATTRIBUTED.search(title) is None
    return normative or _FIRST_PERSON.search(summary) is not None or _GUEST_BYLINE.match(summary) is not None
