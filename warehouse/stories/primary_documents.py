"""Which articles are primary documents: what an authority itself publishes of its own act. Pure.

A register's document is one by where it stands; a page of an authority only if its title states an act.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from warehouse.classify.genre import resolve_source_kind
from warehouse.extract.entities import Gazetteer

AUTHORITIES = frozenset(("government", "regulator", "international_body"))
_REGISTERS = frozenset(
    (
        *("federalregister.gov", "govinfo.gov", "congress.gov", "eur-lex.europa.eu", "legislation.gov.uk"),
        *("gazette.gc.ca", "thegazette.co.uk", "legifrance.gouv.fr", "bgbl.de", "recht.bund.de"),
    )
)
_POWERS = (
    *(
        ("gov", "US"),
        ("federalregister.gov", "US"),
        ("mil", "US"),
        ("europa.eu", "EU"),
        ("uk", "GB"),
        ("gc.ca", "CA"),
        ("gov.au", "AU"),
    ),
    *(
        ("gouv.fr", "FR"),
        ("bund.de", "DE"),
        ("go.jp", "JP"),
        ("go.kr", "KR"),
        ("gov.cn", "CN"),
        ("gov.in", "IN"),
    ),
)
_REGISTER_NAMES = re.compile(
    r"^(?:federal register|eur-lex\b.*|official journal\b.*|congress\.gov|govinfo\b.*|legislation\.gov\.uk"
    r"|eu publications office|canada gazette\b.*|the london gazette)$",
    re.IGNORECASE,
)
# What a register prints by form: nobody reports it, and one is worded as all the others are.
_PROCEDURAL = re.compile(
    r"""\binformation\s+collection\b|\b(?:paperwork|privacy)\s+act\b|\badvisory\s+(?:committee|council|board)\b
        |\b(?:closed|open|public)\s+meetings?\b|\bnotice\s+of\s+(?:\w+\s+){0,3}meetings?\b|\bsunshine\s+act\b
        |\bforeign-trade\s+zone\b|\bcorrections?\s*$|\btechnical\s+(?:amendments?|corrections?)\b
        |\binflation\s+adjustment|\bperformance\s+review\s+board|\bperiodic\s+reporting\b
        |\brequest\s+for\s+nominations\b|\bsystems?\s+of\s+records\b|\bsubmission\s+for\s+OMB\b
        |\b(?:proposed|notice\s+of)\s+(?:new\s+)?collection\b|\bextension\s+of\s+(?:comment|a\s+currently)
        |\bcomment\s+request\b|\bsemiannual\s+regulatory\s+agenda\b|\bcontinuation\s+of\s+the\s+national\s+emergency\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ACT = re.compile(
    r"""\b(?:adds?|issues?|proposes?|adopts?|finali[sz]es?|orders?|imposes?|designates?|sanctions|bans?|revokes?
        |rescinds?|repeals?|suspends?|opens|launches|fines?|charges|sues|settles|indicts?|seeks\s+(?:public\s+)?
        (?:comments?|input|views)|requests?\s+(?:comments?|information|input)|publishes|releases|amends?|expands?
        |strengthens?|tightens?|eases?|approves?|grants?|denies|signs?|enacts?|accepts?|prohibits?|blocks?
        |requires?|removes?|restricts?|awards?|establish(?:es)?|consults?|invites?)\b
        |\b(?:final|proposed|interim)\s+rules?\b|\bexecutive\s+order\b|\bproclamation\b|\bregulation\s+\(|\bdirective\s+\(
        |\brequest\s+for\s+(?:information|comments?|proposals)\b|\bnotice\s+of\b|\bconsultation\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
# An authority comments, explains or meets: the event is another's, or none.
_COMMENT = re.compile(
    r"""^(?:statement|remarks|speech|speaking|testimony|opening|keynote|readout|interview|opinion|blog|podcast
        |video|photo|why|how|what|when|meet|inside|webinar|event|workshop|watch|q\s*&\s*a|faqs?)\b
        |\b(?:welcomes?|congratulat\w+|responds?|reacts?|comments\s+on|mourns?|celebrat\w+|meets?\s+with|speaks?\s+(?:at|with)
        |visits?|attends?|hosts?|joins?|recogni[sz]es|thanks|reflections?|thoughts|lessons|highlights)\b|\?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_TALK_PATH = re.compile(
    r"/(?:blogs?|speech(?:es)?|remarks|podcasts?|events?|videos?|opinions?|testimony)(?:/|$)"
)
_AUTHORITY_HOST = re.compile(
    r"(?:^|\.)(?:gov|mil|europa\.eu|gc\.ca|gouv\.fr|bund\.de|admin\.ch|go\.jp|go\.kr"
    r"|(?:gov|gob|gov\.\w\w|mil)\.[a-z]{2})$"
)


def is_primary_document(
    title: str, url: str | None, publisher: str, source_kind: str, feed_url: str = ""
) -> bool:
    """Whether an article is a document of law, or an authority's own announcement of an act.

    What the catalog calls an authority has its own pages on the host of its feed, whatever that is named.
    """
    if is_of_register(url, publisher):
        return _PROCEDURAL.search(title) is None
    if resolve_source_kind(source_kind, publisher) not in AUTHORITIES or not _is_own_page(url, feed_url):
        return False
    return (
        _ACT.search(title) is not None
        and _COMMENT.search(title) is None
        and _PROCEDURAL.search(title) is None
        and _TALK_PATH.search(urlsplit(url or "").path.lower()) is None
    )


def is_of_register(url: str | None, publisher: str) -> bool:
    """Whether an article is a page of an official register, by its host or else its publisher."""
    host = _host(url)
    return (
        any(host == one or host.endswith(f".{one}") for one in _REGISTERS)
        or _REGISTER_NAMES.match(publisher) is not None
    )


def _is_own_page(url: str | None, feed_url: str) -> bool:
    """Whether the page is an authority's: what a search feed names after one may be a newspaper's."""
    host = _host(url).removeprefix("www.")
    return bool(host) and (
        _AUTHORITY_HOST.search(host) is not None or host == _host(feed_url).removeprefix("www.")
    )


def _host(url: str | None) -> str:
    return (urlsplit(url).hostname or "") if url else ""


def power_of(url: str | None, publisher: str, gazetteer: Gazetteer, region: str = "") -> str:
    """The jurisdiction of the authority that publishes it: an ISO 3166 code, EU or UN, or "".

    `region` is that of its source, for an authority that neither host nor name tells.
    """
    host = _host(url)
    known = next((power for end, power in _POWERS if host == end or host.endswith(f".{end}")), "")
    named = (one.entity.jurisdiction for one in gazetteer.find(publisher, "") if one.entity.jurisdiction)
    return known or ("US" if publisher == "Federal Register" else next(named, region))
