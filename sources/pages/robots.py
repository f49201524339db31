"""robots.txt (RFC 9309): which pages of an origin may be asked for, and how long to wait between them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from protego import Protego

from sources.http.client import PRODUCT, Client, FetchLimits, fetch_page
from sources.model import Outcome, RobotsFile

# What a crawler has to read at least (section 2.5); what comes after is ignored.
MAX_BYTES, MAX_SECONDS = 500 * 1024, 15.0
FRESH = timedelta(days=1)  # section 2.4
# An origin whose file could not be read is asked again by the next run after this.
FRESH_FAILURE = timedelta(minutes=30)
MAX_DELAY_S = 60.0  # with more, ten pages would take longer than a run
_DEFAULT_PORTS = {"http": 80, "https": 443}
# A file that there is not allows everything (sections 2.3.1.2 and 2.3.1.3).
_NO_FILE = (Outcome.HTTP_ERROR, Outcome.GONE, Outcome.PAYWALL, Outcome.BAD_REDIRECT)
_AGENT = re.compile(r"\s*user[- ]?agent(?:\s*:|\s)\s*([^#]*)", re.IGNORECASE)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Robots:
    """What an origin's robots.txt says to us: `may_fetch`, and `delay_s`, the seconds between two requests.

    `why_not` says why no page may be asked for now, as the file could not be read; `outcome` is what reading
    it ended in.
    """

    def __init__(self, file: RobotsFile) -> None:
        self.outcome = file.outcome
        self.why_not = ""
        if file.outcome is not Outcome.OK and file.outcome not in _NO_FILE:
            status = f" (HTTP {file.http_status})" if file.http_status else ""
            self.why_not = f"{file.origin}/robots.txt could not be read: {file.outcome}{status}"
        # Reading never fails: what is no rule is left out.
        self._rules = Protego.parse("\n".join(_relevant(file.rules)))
        self.delay_s = self._rules.crawl_delay(PRODUCT) or 0.0
        if self.delay_s > MAX_DELAY_S:
            self.why_not = (
                f"{file.origin}/robots.txt asks for {self.delay_s:,.0f} s between requests; at most "
                f"{MAX_DELAY_S:.0f} are waited"
            )

    def may_fetch(self, url: str) -> bool:
        """Returns whether the file allows the address."""
        return self._rules.can_fetch(url, PRODUCT)


def origin_of(url: str) -> str:
    """Returns scheme, host and port of an http(s) address, the port only if it is not the usual one.

    Empty for other addresses.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return ""
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + ("" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}")


def is_fresh(file: RobotsFile, now: datetime) -> bool:
    """Returns whether the file need not be asked for again."""
    known = file.outcome is Outcome.OK or file.outcome in _NO_FILE
    return now - file.fetched_at < (FRESH if known else FRESH_FAILURE)


def fetch_robots(client: Client, origin: str, now: datetime, limits: FetchLimits) -> RobotsFile:
    """Returns the robots.txt of an origin, or the outcome why there is none. Raises nothing."""
    bounded = replace(limits, max_body_bytes=MAX_BYTES, total_timeout_s=MAX_SECONDS)
    answer = fetch_page(client, f"{origin}/robots.txt", now, bounded, cut=True)
    return RobotsFile(
        origin=origin,
        fetched_at=now,
        outcome=answer.outcome,
        http_status=answer.http_status,
        rules=decode_robots(answer.body or b""),
        retry_after_s=answer.retry_after_s,
    )


def decode_robots(body: bytes) -> str:
    """Returns the text: UTF-8 as the standard says, or what a byte order mark says. Raises nothing."""
    body = body[:MAX_BYTES]
    encoding = next((name for mark, name in _BOMS if body.startswith(mark)), "utf-8")
    return body.decode(encoding, "replace").removeprefix("\ufeff").replace("\0", "")


def _relevant(rules: str) -> Iterator[str]:
    """Yields the lines, with one name for all other crawlers.

    With thousands of crawlers in one group, each rule would be stored for each of them: 15,000 names and as
    many rules take minutes.
    """
    other_named = False
    for line in rules.splitlines():
        agent = _AGENT.match(line)
        if agent is None or not agent[1].strip():
            other_named = other_named and not line.strip()
            yield line
        elif name := _our_name(agent[1]):
            yield f"User-agent: {name}"
        elif not other_named:
            other_named = True
            yield "User-agent: other"


def _our_name(stated: str) -> str:
    """Returns the name of a group that is for us: the product token or `*`; else an empty string."""
    token = stated.strip().lower().partition("/")[0].strip()
    return token if token in ("*", PRODUCT) else PRODUCT if token.strip("*") == PRODUCT else ""
