"""Redirector links that contain their target: search results, social networks, mail gateways, AMP caches.
Fetches nothing.

Redirectors whose target only their server knows (t.co, feedproxy.google.com, newer Google News ids) are left
as they are; `hides_target` names those that tell it to nobody but browsers.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from itertools import islice
from string import ascii_lowercase, ascii_uppercase, digits
from urllib.parse import parse_qs, unquote

# Host and path of a redirector, and the query parameters that contain its target.
_PARAMETERS = {
    "l.facebook.com/l.php": ("u",),
    "lm.facebook.com/l.php": ("u",),
    "facebook.com/l.php": ("u",),
    "l.instagram.com/": ("u",),
    "l.threads.net/": ("u",),
    "bing.com/news/apiclick.aspx": ("url",),
    "youtube.com/redirect": ("q",),
    "duckduckgo.com/l/": ("uddg",),
    "getpocket.com/redirect": ("url",),
    "slack-redir.net/link": ("url",),
    "linkedin.com/redir/redirect": ("url",),
    "linkedin.com/safety/go": ("url",),
    "away.vk.com/away.php": ("to",),
    "vk.com/away.php": ("to",),
    "t.umblr.com/redirect": ("z",),
    "link.zhihu.com/": ("target",),
    "exit.sc/": ("url",),
    "go.skimresources.com/": ("url",),
    "medium.com/m/global-identity": ("redirectUrl",),
    "medium.com/m/global-identity-2": ("redirectUrl",),
    "scholar.google.com/scholar_url": ("url",),
    "steamcommunity.com/linkfilter/": ("u", "url"),
}
# Google News tells the target to its own scripts only, by an endpoint that is not public; the robots.txt of
# t.co allows nothing; Feedburner's proxy was shut down; apple.news opens an app.
_HIDING = frozenset(("news.google.com", "t.co", "feedproxy.google.com", "apple.news"))
_GOOGLE = re.compile(r"google\.(?:com?\.)?[a-z]{2,3}")
_AMP_CACHE = re.compile(r"/(?:[cvaiwr]/)?(s/)?([^/]+\.[^/]+/.*)")
_GOOGLE_NEWS = re.compile(r"/(?:__i/)?(?:rss/)?(?:rd/)?articles/([\w-]+)")
_YAHOO = re.compile(r"/RU=([^/]+)(?:/|$)")
_SUBSTACK = re.compile(r"/redirect/2/([\w-]+)")
_MAIL_TRACKER = re.compile(r"/[CL]+L?0/(https?(?::|%3A)[^/]+)/")
_PROOFPOINT = re.compile(r"/v3/__(https?:/.+?)__;([\w-]*)", re.ASCII)
_MASKED = re.compile(r"\*(?:\*([\w-]))?", re.ASCII)
_RUN_LENGTHS = f"{ascii_uppercase}{ascii_lowercase}{digits}-_"


def target_of(host: str, path: str, query: str) -> str:
    """Returns the target inside a redirector's address, or an empty string if it is no redirector or hides
    the target.

    `host` is in lower case without `www.`; `path` and `query` are as in the address.
    """
    if names := _PARAMETERS.get(host + path) or _PARAMETERS.get(f"{host}{path}/"):
        return _parameter(query, *names)
    if _GOOGLE.fullmatch(host):
        if path == "/url":
            return _parameter(query, "q", "url")
        return _amp_target(path.removeprefix("/amp"), query) if path.startswith("/amp/") else ""
    if host == "cdn.ampproject.org" or host.endswith(".cdn.ampproject.org"):
        return _amp_target(path, query)
    if host == "news.google.com":
        return _google_news_target(path)
    if host == "out.reddit.com" or host.endswith(".safelinks.protection.outlook.com"):
        return _parameter(query, "url")
    return _target_in_path(host, path, query)


def hides_target(host: str) -> bool:
    """Returns whether the host's addresses lead to articles that cannot be found out by asking it.

    `host` is in lower case without `www.`.
    """
    return host in _HIDING


def _target_in_path(host: str, path: str, query: str) -> str:
    if host == "r.search.yahoo.com" and (found := _YAHOO.search(path)):
        return unquote(found[1])
    if (host == "substack.com" or host.endswith(".substack.com")) and (found := _SUBSTACK.match(path)):
        return _substack_target(found[1])
    if host in ("tracking.tldrnewsletter.com", "awstrack.me") or host.endswith(".awstrack.me"):
        return unquote(found[1]) if (found := _MAIL_TRACKER.match(path)) else ""
    if host == "go.theregister.com" and path.startswith("/feed/"):
        return _amp_target(f"/s/{path.removeprefix('/feed/')}", query)
    if host == "bing.com" and path == "/ck/a":
        return _base64(_parameter(query, "u").removeprefix("a1")).decode("utf-8", "replace")
    if host == "urldefense.com" and (found := _PROOFPOINT.match(f"{path}?{query}")):
        return _proofpoint_target(found[1], found[2])
    if host == "urldefense.proofpoint.com" and path == "/v2/url":
        return unquote(_parameter(query, "u").replace("-", "%").replace("_", "/"))
    return ""


def _parameter(query: str, *names: str) -> str:
    values = parse_qs(query, max_num_fields=None, errors="surrogateescape")
    return next((values[name][0] for name in names if name in values), "")


def _amp_target(path: str, query: str) -> str:
    """Returns the address in an AMP cache's path: `/c/s/host/path`, where `s` stands for https."""
    found = _AMP_CACHE.fullmatch(path)
    return f"http{'s' if found[1] else ''}://{found[2]}{f'?{query}' if query else ''}" if found else ""


def _google_news_target(path: str) -> str:
    """Returns the link in an article id as used until mid-2024.

    Base64 of a message whose field 4 is the link.
    """
    found = _GOOGLE_NEWS.fullmatch(path)
    raw = _base64(found[1]) if found else b""
    if not raw.startswith(b"\x08\x13\x22") or len(raw) < 5:
        return ""
    length, start = raw[3], 4
    if length & 0x80:  # a varint of two bytes
        length, start = (length & 0x7F) | raw[4] << 7, 5
    link = raw[start : start + length]
    return link.decode("utf-8", "replace") if link.startswith(b"http") and len(link) == length else ""


def _substack_target(token: str) -> str:
    try:
        target = json.loads(_base64(token)).get("e", "")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return target if isinstance(target, str) else ""


def _proofpoint_target(masked: str, hidden: str) -> str:
    """Returns the address with its masked characters restored from base64.

    `*` is one, `**A` two, `**B` three.
    """
    characters = iter(_base64(hidden).decode("utf-8", "replace"))

    def unmasked(stars: re.Match[str]) -> str:
        length = _RUN_LENGTHS.index(stars[1]) + 2 if stars[1] else 1
        return "".join(islice(characters, length)) or stars[0]

    return re.sub(r"^(https?):/+", r"\1://", _MASKED.sub(unmasked, masked))


def _base64(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        return b""
