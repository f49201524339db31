"""Which parameters of a link only say how a reader came. Those that name the page are never in doubt: they stay.

One article, one address: canonical links and what two links to one page share. Pure; nothing is fetched.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import idna
from publicsuffixlist import PublicSuffixList

from sources.clean.redirectors import target_of

# Names that no site uses to tell pages apart: campaign, click and mailing ids of analytics, advertising and mail vendors.
_ALWAYS = re.compile(
    r"(?:utm_\w*|pk_(?:campaign|kwd|keyword|source|medium|content|cid)|(?:piwik|matomo|mtm)_\w+|hsa_\w+|at_(?:medium|campaign|"
    r"link\w*|format|ptr_name|custom\d|bbc_team|product|creation|emailtype|recipient\w*)|ns_(?:mchannel|source|campaign|"
    r"linkname|fee)|sc_(?:cid|campaign|channel|content|medium|outcome|geo|country)|"
    r"fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|twclid|ttclid|yclid|ysclid|igshid?|li_fat_id|epik|"
    r"fb_(?:action_ids|action_types|source|ref|comment_id)|mc_[ce]id|_hs(?:enc|mi)|__hs(?:sc|tc|fp)|hsctatracking|mkt_tok|"
    r"vero_(?:id|conv)|oly_(?:enc|anon)_id|ml_subscriber(?:_hash)?|mibextid|_openstat|rb_clickid|s_cid|s_kwcid|ef_id|"
    r"_ga|_gl|ga_(?:source|medium|term|content|campaign|place)|wt[._]mc(?:_id)?|wtmc|wt\.(?:srch|tsrc|z_\w+)|xtor|xtref|"
    r"echobox|__source|__twitter_impression|spm|cmp|cmpid|int_?cmp|ncid|icid|ocid|ito|mbid|bxid|cndid|trkcampaign|trkinfo|"
    r"guccounter|guce_referrer\w*|sr_share|oref|smid|smtyp|taid|ref_src|ref_url|traffic_source|feedtype|feedname|"
    r"amp_(?:js_v|gsa|ct)|usqp)",
    re.IGNORECASE,
)
# Names that name a page on some sites, and a channel on others: the value decides.
_BY_VALUE = re.compile(
    r"(?:ref|referrer|referer|source|src|from|via|partner|origin|medium|campaign|cid|emc|mod|channel)", re.IGNORECASE
)
_BY_SITE = re.compile(r"ref|referrer|referer|via", re.IGNORECASE)
_CHANNEL = re.compile(
    r"(?:rss|atom|feed|newsletter|email|e-?mail|twitter|facebook|linkedin|social|hackernews|hn|tldr|dlvr\.it|feedburner|"
    r"googlenews|google-news|flipboard)(?:[-_.:]+[\w.-]+|nyt)?",
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
# Gift tokens, sharing marks and the like, by the last two labels of the host that uses them.
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
    """The query without the parameters that only say how a reader came; the others in their order, as they were."""
    of_host = _OF_HOST.get(".".join(host.rsplit(".", 2)[-2:]), frozenset[str]())
    return "&".join(pair for pair in query.split("&") if pair and not _is_tracking(pair, of_host))


def entry_anchor(fragment: str) -> str:
    """The fragment if it may be the place of an entry on its page, else empty.

    Changelogs and diaries link every entry to one page: 118 of 118 entries of a recorded feed, 43 of 43 of another. Other feeds
    mark their links instead: `#publisher=newsstand`, `#atom-everything`, `#utm_source=RSS`.
    """
    anchor = fragment.partition(":~:")[0].partition("?utm_")[0]
    name, is_pair, _value = anchor.partition("=")
    if _FRAGMENT_NAMES.fullmatch(anchor) or _FRAGMENT_PAIR.match(anchor) or (is_pair and _is_always_tracking(name)):
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


@lru_cache(maxsize=1_024)  # the same few names stand in all links of a feed, and a hundred spellings are tried for each
def _is_always_tracking(name: str) -> bool:
    return _ALWAYS.fullmatch(name) is not None


MAX_URL_CHARS = 8_000  # what every server should take (RFC 9110, section 4.1); also bounds links nested in links
_DEFAULT_PORTS = {"http": 80, "https": 443}
# What may stand unescaped in a path or query (RFC 3986, section 3.3), and `%`: what is escaped already stays so.
_SAFE = "/%:@!$&'()*+,;=~?"
# No host holds these (URL standard, forbidden domain code points), nor marks that reorder or hide text.
_NO_HOST = re.compile(r"[\x00-,/:-@\[-^`{-\xa0\s\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
# Most links need nothing but a look through their parameters: no resolving, unwrapping or escaping. Without `:` and `%3A`
# a parameter holds another link only in code, and the redirectors that do so are named below, with the AMP and mobile forms.
_PLAIN = re.compile(
    r"(?P<page>https?://(?!m\.|mobile\.)(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)"
    r"(?:/(?!\.)[\w.~-]*(?:%[89A-F][0-9A-F][\w.~-]*)*)+)"
    r"(?:\?(?P<query>[\w.~&=+,/-]*(?:%(?:20|[89A-F][0-9A-F])[\w.~&=+,/-]*)*))?(?:#(?P<fragment>[\w.~=-]*))?",
    re.ASCII,
)
_NOT_PLAIN = re.compile(
    r"[/.]amp(?![\w-])|\.m\.|ampproject\.org/|//news\.google\.|/redirect/|/ck/a|//go\.theregister\.|urldefense\."
)
_ABSOLUTE = re.compile(r"https?://[\w\[]", re.IGNORECASE)
_NORMAL_PART = re.compile(r"[\w.~/:@!$&'()*+,;=?-]*", re.ASCII)
_PAGE_PARTS = re.compile(r"https?://(?:www\.)?([^/?#]*)([^?#]*)\??([^#]*)#?(.*)")
_PLAIN_HOST = re.compile(r"https?://(?:www\.)?([a-z0-9.-]*)(?:[/?#]|\Z)")
_ESCAPE = re.compile(r"%(?:([0-9A-Fa-f]{2}))?")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_OTHER_FORM = re.compile(r"(?:(?:m|mobile|amp)\.)+(?=[^.]+\.)")
_WIKIMEDIA = re.compile(r"\.m\.(?=(?:wiki\w+|wiktionary)\.org$)")
# Their pages have other paths than those of the main host, so the host cannot be exchanged.
_HOSTS_OF_THEIR_OWN = frozenset(("m.thepaper.cn", "m.weibo.cn", "m.weibo.com", "amp.cnn.com"))
_AMP_VIEWER = re.compile(r"/amp/(?:s/)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/", re.ASCII)  # Google's, a redirector
_SLUG = re.compile(r"[^/]*[\d-][^/]*(?:/[^/]*)*")
_INDEX = re.compile(r"/index\.(?:html?|php)$")


def canonical_url(link: str, base: str = "") -> str | None:
    """The link made absolute against `base`, in one form for one page; None unless it is http(s).

    Redirectors are unwrapped where they carry their target; AMP and mobile forms, tracking parameters, default ports and
    fragments that are no entry's anchor go; host and escapes are in the normal form of RFC 3986, section 6.2.
    """
    link = link.strip()
    if not link or link.startswith("#") or len(link) > MAX_URL_CHARS:  # `#`: would be the address of `base` itself
        return None
    plain = _PLAIN.fullmatch(link)
    if plain and not _NOT_PLAIN.search(plain["page"]):
        return _address(plain["page"], plain["host"], plain["query"] or "", plain["fragment"] or "")
    page = _normal(link, base)
    while page and (target := target_of(page.netloc.removeprefix("www."), page.path, page.query)):
        inner = _normal(target)
        if inner is None:
            break
        page = inner
    if page is None:
        return None
    url = _address(f"{page.scheme}://{page.netloc}{page.path}", page.netloc, page.query, page.fragment)
    return url if len(url) <= MAX_URL_CHARS else None


def url_key(url: str) -> str:
    """What two canonical addresses of one page share: scheme, `www.`, closing slash and index file tell no pages apart."""
    parts = _PAGE_PARTS.fullmatch(url)
    if parts is None:
        return url
    host, path, query, fragment = parts.groups()
    path = _INDEX.sub("", path) if "/index." in path else path
    key = f"{host}{path.rstrip('/')}?{query}"
    return f"{key}#{fragment}" if fragment else key


def host_of(url: str) -> str:
    """The host of a URL in lower case without `www.`; empty if there is none."""
    if plain := _PLAIN_HOST.match(url):
        return plain[1]
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


@lru_cache(maxsize=4_096)
def registrable_domain(host: str) -> str:
    """The domain that was registered: `bbc.co.uk` of `feeds.bbc.co.uk`. A host without one, as an IP address, is its own."""
    host = host.lower().rstrip(".")
    if ":" in host or host.replace(".", "").isdigit():
        return host
    return _suffixes().privatesuffix(host) or host


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()  # the copy of the list that comes with the package; 0.2 s, so read when first asked


def _address(page: str, host: str, query: str, fragment: str) -> str:
    query = without_tracking(query, host) if query else ""
    anchor = entry_anchor(fragment) if fragment else ""
    return f"{page}{'?' if query else ''}{query}{'#' if anchor else ''}{anchor}"


def _normal(link: str, base: str = "") -> SplitResult | None:
    try:
        parts = urlsplit(urljoin(base, link) if base and not _ABSOLUTE.match(link) else link)
        port = parts.port
        host = _normal_host(parts.hostname or "")
        path, query, fragment = (_escaped(part) for part in (parts.path, parts.query, parts.fragment))
    except ValueError:  # among them half a surrogate pair, which no address can hold
        return None
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return None
    netloc = host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    return SplitResult(parts.scheme, netloc, _normal_path(path), re.sub("&(?:amp;)+", "&", query), fragment)


def _normal_host(stated: str) -> str:
    """The host in ASCII, without a closing dot, of the page's main form rather than its mobile or AMP one; else empty."""
    host = stated.rstrip(".")
    if ":" in host:
        return f"[{host}]"  # IPv6
    if _NO_HOST.search(host):
        return ""
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except (idna.IDNAError, ValueError):
            return host  # a name that was never registered, but a key like another
        if _NO_HOST.search(host):
            return ""
    if ".m." in host:
        host = _WIKIMEDIA.sub(".", host)
    main = _OTHER_FORM.match(host)
    if main and host not in _HOSTS_OF_THEIR_OWN and _suffixes().privatesuffix(host[main.end() :]):
        return host[main.end() :]
    return host


def _escaped(part: str) -> str:
    """The part with only what must be escaped escaped, in capitals (RFC 3986, sections 6.2.2.1 and 6.2.2.2)."""
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
    """The path without dot segments (RFC 3986, section 5.2.4), empty parameters and the marks of an AMP page."""
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
    """Only beside a slug is `amp` a form of the page; `/guitars/amp` is a page about amplifiers."""
    if _AMP_VIEWER.match(path):
        return path
    for ending in ("/amp/", "/amp", ".amp"):
        if path.endswith(ending) and _SLUG.fullmatch(path.removesuffix(ending).rpartition("/")[2]):
            return path.removesuffix(ending)
    if path.endswith(".amp.html"):
        return path.removesuffix(".amp.html") + ".html"
    before, found, after = path.partition("/amp/")
    return (
        f"{before}/{after}" if found and before.count("/") < 2 and _SLUG.fullmatch(after.rpartition("/")[2]) else path
    )
