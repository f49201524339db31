"""Which parameters of a link only say how a reader came. Those that name the page are never in doubt: they stay."""

from __future__ import annotations

import re
from functools import lru_cache

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
