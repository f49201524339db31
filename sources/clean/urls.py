"""Canonical addresses: the same article gets the same address whatever feed links to it. Fetches nothing.

Decision 33 says why no library does this. A parameter is dropped only when it is known to track readers.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import idna
from publicsuffixlist import PublicSuffixList

from sources.clean.redirectors import target_of

# What every server should accept (RFC 9110, section 4.1); also bounds nested redirectors.
MAX_URL_CHARS = 8_000
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Allowed unescaped in a path or query (RFC 3986, section 3.3), and `%`, so that existing escapes stay.
_SAFE = "/%:@!$&'()*+,;=~?"
# Forbidden domain code points of the URL standard, and characters that reorder or hide text.
_FORBIDDEN_IN_HOST = re.compile(
    r"[\x00-,/:-@\[-^`{-\xa0\s\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_ABSOLUTE = re.compile(r"https?://[\w\[]", re.IGNORECASE)
_LINE_BREAK = re.compile(r"\s*[\r\n]\s*")
_HOST_FIRST = re.compile(r"www\.[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:[/?#]|\Z)", re.IGNORECASE)
_NORMAL_PART = re.compile(r"[\w.~/:@!$&'()*+,;=?-]*", re.ASCII)
_PAGE_PARTS = re.compile(r"https?://(?:www\.)?([^/?#]*)([^?#]*)\??([^#]*)#?(.*)")
_ESCAPE = re.compile(r"%(?:([0-9A-Fa-f]{2}))?")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_OTHER_FORM = re.compile(r"(?:(?:m|mobile|amp)\.)+(?=[^.]+\.)")
_WIKIMEDIA = re.compile(r"\.m\.(?=(?:wiki\w+|wiktionary)\.org$)")
# Their pages have other paths than the main host's, so the host cannot be replaced.
_SEPARATE_HOSTS = frozenset(("m.thepaper.cn", "m.weibo.cn", "m.weibo.com", "amp.cnn.com"))
# Google's AMP viewer, a redirector.
_AMP_VIEWER = re.compile(r"/amp/(?:s/)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/", re.ASCII)
_SLUG = re.compile(r"[^/]*[\d-][^/]*(?:/[^/]*)*")
_INDEX = re.compile(r"/index\.(?:html?|php)$")


def canonical_url(link: str, base: str = "") -> str | None:
    """Returns the canonical form of a link, made absolute against `base`; None unless it is http(s).

    Unwraps redirectors whose links contain their target; removes AMP and mobile variants, tracking
    parameters, default ports and fragments that mark no entry; brings host and escapes to the normal form of
    RFC 3986, section 6.2.
    """
    link = _LINE_BREAK.sub("", link.strip())
    if _HOST_FIRST.match(link):
        link = f"https://{link}"
    if "\\" in link:  # read as browsers read it
        path, mark, query = link.partition("?")
        link = path.replace("\\", "/") + mark + query
    if not link or link.startswith("#") or len(link) > MAX_URL_CHARS:  # `#` alone resolves to `base` itself
        return None
    page = _normal(link, base)
    while page and (target := target_of(page.netloc.removeprefix("www."), page.path, page.query)):
        inner = _normal(target)
        if inner is None:
            break
        page = inner
    if page is None:
        return None
    query, anchor = without_tracking(page.query, page.netloc), entry_anchor(page.fragment)
    url = (
        f"{page.scheme}://{page.netloc}{page.path}{'?' if query else ''}{query}{'#' if anchor else ''}"
        f"{anchor}"
    )
    return url if len(url) <= MAX_URL_CHARS else None


def url_key(url: str) -> str:
    """Returns a key of a canonical address that ignores scheme, `www.`, a closing slash and the index
    file.
    """
    parts = _PAGE_PARTS.fullmatch(url)
    if parts is None:
        return url
    host, path, query, fragment = parts.groups()
    path = _INDEX.sub("", path) if "/index." in path else path
    key = f"{host}{path.rstrip('/')}?{query}"
    return f"{key}#{fragment}" if fragment else key


def host_of(url: str) -> str:
    """Returns the host of a URL in lower case without `www.`, or an empty string."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


@lru_cache(maxsize=4_096)
def registrable_domain(host: str) -> str:
    """Returns the registrable domain.

    `bbc.co.uk` for `feeds.bbc.co.uk`. An IP address or unknown host is returned as is.
    """
    host = host.lower().rstrip(".")
    if ":" in host or host.replace(".", "").isdigit():
        return host
    return _suffixes().privatesuffix(host) or host


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()  # the list inside the package; reading it takes 0.2 s


def _normal(link: str, base: str = "") -> SplitResult | None:
    try:
        parts = urlsplit(urljoin(base, link) if base and not _ABSOLUTE.match(link) else link)
        port = parts.port
        host = _normal_host(parts.hostname or "")
        path, query, fragment = (_escaped(part) for part in (parts.path, parts.query, parts.fragment))
    except ValueError:  # also raised for half a surrogate pair
        return None
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return None
    netloc = host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    return SplitResult(parts.scheme, netloc, _normal_path(path), re.sub("&(?:amp;)+", "&", query), fragment)


def _normal_host(stated: str) -> str:
    """Returns the main host in ASCII instead of its mobile or AMP variant, without a closing dot.

    Empty if invalid.
    """
    host = stated.rstrip(".")
    if ":" in host:
        return f"[{host}]"  # IPv6
    if _FORBIDDEN_IN_HOST.search(host):
        return ""
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except (idna.IDNAError, ValueError):
            return host  # not a registered name, but still usable as a key
        if _FORBIDDEN_IN_HOST.search(host):
            return ""
    if ".m." in host:
        host = _WIKIMEDIA.sub(".", host)
    main = _OTHER_FORM.match(host)
    if main and host not in _SEPARATE_HOSTS and _suffixes().privatesuffix(host[main.end() :]):
        return host[main.end() :]
    return host


def _escaped(part: str) -> str:
    """Returns the part with only the necessary escapes, in capitals (RFC 3986, sections 6.2.2.1 and
    6.2.2.2).
    """
    if _NORMAL_PART.fullmatch(part):
        return part
    quoted = quote(part, safe=_SAFE)
    return _ESCAPE.sub(_normal_escape, quoted) if "%" in quoted else quoted


def _normal_escape(escape: re.Match[str]) -> str:
    if escape[1] is None:
        return "%25"
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else escape[0].upper()


def _normal_path(path: str) -> str:
    """Returns the path without dot segments (RFC 3986, section 5.2.4), empty parameters and AMP suffixes."""
    path = path.rstrip(";")
    if "/." in path:
        path = _without_dots(path)
    while "amp" in path and (shorter := _without_amp(path).rstrip(";")) != path:
        path = shorter
    return path or "/"


def _without_dots(path: str) -> str:
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return "/" + "/".join(kept) + ("/" if kept and segments[-1] in (".", "..") else "")


def _without_amp(path: str) -> str:
    """Removes `amp` from a path only beside a slug: `/guitars/amp` is a page about amplifiers."""
    if _AMP_VIEWER.match(path):
        return path
    for ending in ("/amp/", "/amp", ".amp"):
        if path.endswith(ending) and _SLUG.fullmatch(path.removesuffix(ending).rpartition("/")[2]):
            return path.removesuffix(ending)
    if path.endswith(".amp.html"):
        return path.removesuffix(".amp.html") + ".html"
    before, found, after = path.partition("/amp/")
    return (
        f"{before}/{after}"
        if found and before.count("/") < 2 and _SLUG.fullmatch(after.rpartition("/")[2])
        else path
    )


# Campaign, click and mailing ids of analytics, advertising and mail vendors: no site uses them to identify a
# page.
_TRACKING = re.compile(
    r"(?:utm_\w*|pk_(?:campaign|kwd|keyword|source|medium|content|cid)|(?:piwik|matomo|mtm)_\w+|hsa_\w+"
    r"|at_(?:medium|campaign|link\w*|format|ptr_name|custom\d|bbc_team|product|creation|emailtype"
    r"|recipient\w*)|ns_(?:mchannel|source|campaign|linkname|fee)|sc_(?:cid|campaign|channel|content|medium"
    r"|outcome|geo|country)|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|twclid|ttclid|yclid|ysclid"
    r"|igshid?|li_fat_id|epik|fb_(?:action_ids|action_types|source|ref|comment_id)|mc_[ce]id|_hs(?:enc|mi)"
    r"|__hs(?:sc|tc|fp)|hsctatracking|mkt_tok|vero_(?:id|conv)|oly_(?:enc|anon)_id|ml_subscriber(?:_hash)?"
    r"|mibextid|_openstat|rb_clickid|s_cid|s_kwcid|ef_id|_ga|_gl|ga_(?:source|medium|term|content|campaign"
    r"|place)|wt[._]mc(?:_id)?|wtmc|wt\.(?:srch|tsrc|z_\w+)|xtor|xtref|echobox|__source|__twitter_impression"
    r"|spm|cmp|cmpid|int_?cmp|ncid|icid|ocid|ito|mbid|bxid|cndid|trkcampaign|trkinfo|guccounter"
    r"|guce_referrer\w*|sr_share|oref|smid|smtyp|taid|ref_src|ref_url|traffic_source|feedtype|feedname"
    r"|amp_(?:js_v|gsa|ct)|usqp)",
    re.IGNORECASE,
)
# Identify a page on some sites and a channel on others: the value decides.
_BY_VALUE = re.compile(
    r"(?:ref|referrer|referer|source|src|from|via|partner|origin|medium|campaign|cid|emc|mod|channel)",
    re.IGNORECASE,
)
_BY_SITE = re.compile(r"ref|referrer|referer|via", re.IGNORECASE)
_CHANNEL = re.compile(
    r"(?:rss|atom|feed|newsletter|email|e-?mail|twitter|facebook|linkedin|social|hackernews|hn|tldr|dlvr\.it"
    r"|feedburner|googlenews|google-news|flipboard)(?:[-_.:]+[\w.-]+|nyt)?",
    re.IGNORECASE,
)
_SITE = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,6}", re.IGNORECASE)
_SWITCHES = {"rss": ("", "1", "yes", "true"), "amp": ("", "1", "true"), "_amp": ("", "1", "true")}
_AMP_OUTPUTS = frozenset(("outputtype=amp", "output=amp"))

_SOCIAL = frozenset("s t".split())
_DOW_JONES = frozenset("st reflink mod mr".split())
_SUBSTACK = frozenset(
    "r s isfreemail post_id publication_id token triedredirect showwelcome showwelcomeonshare".split()
)
# Gift tokens, sharing ids and the like, by the last two labels of the host that uses them.
_OF_HOST = {
    "x.com": _SOCIAL,
    "twitter.com": _SOCIAL,
    "youtube.com": frozenset("si feature pp ab_channel".split()),
    "youtu.be": frozenset("si feature".split()),
    "nytimes.com": frozenset("unlocked_article_code partner emc referringsource smvar nl regi_id".split()),
    "bloomberg.com": frozenset("accesstoken leadsource srnd sref".split()),
    "wsj.com": _DOW_JONES,
    "barrons.com": _DOW_JONES,
    "marketwatch.com": _DOW_JONES,
    "theatlantic.com": frozenset(("gift",)),
    "economist.com": frozenset(("giftid",)),
    "ft.com": frozenset("ftcamp sharetype segmentid accesstoken".split()),
    "forbes.com": frozenset(("sh",)),
    "stratechery.com": frozenset(("access_token",)),
    "washingtonpost.com": frozenset("pwapi_token itid".split()),
    "substack.com": _SUBSTACK,
    "google.com": frozenset("oc hl gl ceid ved usg rct".split()),
    "cnet.com": frozenset(("ftag",)),
    "zdnet.com": frozenset(("ftag",)),
    "linkedin.com": frozenset("trk lipi".split()),
    "aliyun.com": frozenset(("scm",)),
}
_FRAGMENT_NAMES = re.compile(
    r"comments?|respond|disqus_thread|google_vignette|top|main|content|main-content|page-content|"
    r"(?:rss|atom|feed)(?:-(?:everything|entries|all|links|feed))?|more-\d+",
    re.IGNORECASE,
)
_FRAGMENT_PAIR = re.compile(r"(?:publisher|ref|source|from|rss|intcid|link)=", re.IGNORECASE)


def without_tracking(query: str, host: str) -> str:
    """Returns the query without tracking parameters; the others keep their order and spelling."""
    of_host = _OF_HOST.get(".".join(host.rsplit(".", 2)[-2:]), frozenset[str]())
    return "&".join(pair for pair in query.split("&") if pair and not _is_tracking(pair, of_host))


def entry_anchor(fragment: str) -> str:
    """Returns the fragment if it may identify an entry within its page, else an empty string.

    Changelogs link every entry to one page: 118 of 118 entries of a recorded feed, 43 of 43 of another. Other
    feeds add tracking fragments: `#publisher=newsstand`, `#atom-everything`, `#utm_source=RSS`.
    """
    anchor = fragment.partition(":~:")[0].partition("?utm_")[0]
    name, is_pair, _value = anchor.partition("=")
    if (
        _FRAGMENT_NAMES.fullmatch(anchor)
        or _FRAGMENT_PAIR.match(anchor)
        or (is_pair and _is_always_tracking(name))
    ):
        return ""
    return anchor


def _is_tracking(pair: str, of_host: frozenset[str]) -> bool:
    name, _, value = pair.partition("=")
    if _is_always_tracking(name) or name.lower() in of_host:
        return True
    if _BY_VALUE.fullmatch(name):
        by_site = _BY_SITE.fullmatch(name) and _SITE.fullmatch(value)
        return bool(by_site or _CHANNEL.fullmatch(value))
    return value.lower() in _SWITCHES.get(name.lower(), ()) or pair.lower() in _AMP_OUTPUTS


@lru_cache(maxsize=1_024)  # all links of a feed use the same few names
def _is_always_tracking(name: str) -> bool:
    return _TRACKING.fullmatch(name) is not None
