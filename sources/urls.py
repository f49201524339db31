"""One article, one address: canonical links and what two links to one page share. Pure; nothing is fetched."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

# Parameters that say how a reader came, never what the page is.
_TRACKING = re.compile(
    r"^(utm_.*|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|yclid|_hs(enc|mi)|ref_src|cmpid|ncid|guccounter|"
    r"guce_referrer.*|sr_share|smid|wt\.mc_id|at_(medium|campaign|link.*)|ns_(mchannel|source|campaign))$",
    re.IGNORECASE,
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
# What may stand unescaped in a path or query (RFC 3986, section 3.3), and `%`: what is escaped already stays so.
_SAFE = "/%:@!$&'()*+,;=~?"
# No host holds these (URL standard, forbidden domain code points), nor marks that reorder or hide text.
_NO_HOST = re.compile(r"[\x00-,/:-@\[-^`{-\xa0\s\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def canonical_url(link: str, base: str = "") -> str | None:
    """The link made absolute against `base`, without tracking parameters and fragment; None unless it is http(s)."""
    link = link.strip()
    if not link or link.startswith("#"):  # would be the address of `base` itself, the same for every such entry
        return None
    try:
        parts = urlsplit(urljoin(base, link))
        host, port = (parts.hostname or "").rstrip("."), parts.port
        kept = [pair for pair in parts.query.split("&") if pair and not _TRACKING.match(pair.partition("=")[0])]
        path, query = quote(parts.path or "/", safe=_SAFE), quote("&".join(kept), safe=_SAFE)
    except ValueError:  # among them half a surrogate pair, which no address can hold
        return None
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return None
    if ":" in host:
        host = f"[{host}]"  # IPv6
    elif _NO_HOST.search(host):
        return None
    netloc = host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def url_key(url: str) -> str:
    """What two addresses of one page share: scheme, `www.` and a closing slash do not tell pages apart."""
    parts = urlsplit(url)
    return f"{parts.netloc.removeprefix('www.')}{parts.path.rstrip('/')}?{parts.query}"


def host_of(url: str) -> str:
    """The host of a URL in lower case without `www.`; empty if there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def registrable_domain(host: str) -> str:
    return host
