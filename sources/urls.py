"""One article, one address: canonical links and what two links to one page share. Pure; nothing is fetched."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

# Parameters that say how a reader came, never what the page is.
_TRACKING = re.compile(
    r"^(utm_.*|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|yclid|_hs(enc|mi)|ref_src|cmpid|ncid|guccounter|"
    r"guce_referrer.*|sr_share|smid|wt\.mc_id|at_(medium|campaign|link.*)|ns_(mchannel|source|campaign))$",
    re.IGNORECASE,
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def canonical_url(link: str, base: str = "") -> str | None:
    """The link made absolute against `base`, without tracking parameters and fragment; None unless it is http(s)."""
    try:
        parts = urlsplit(urljoin(base, link.strip()))
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return None
    netloc = host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    kept = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(key)]
    return urlunsplit((parts.scheme, netloc, parts.path or "/", urlencode(kept), ""))


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
