"""Which themes a digest tells of: those that moved, else those most told. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from warehouse.store.trend_tests import TrendTest, Verdict

MOVED_THEMES, STILL_THEMES = 3, 2
_MOVED = (Verdict.RISEN, Verdict.FALLEN, Verdict.FIRST_SEEN, Verdict.POSSIBLY_RISEN, Verdict.POSSIBLY_FALLEN)


def moved(claim: TrendTest) -> bool:
    """Whether the claim says that its series changed."""
    return claim.verdict in _MOVED


def themes_to_tell(claims: Sequence[TrendTest]) -> tuple[TrendTest, ...]:
    """At most three themes that moved, the surest first; if none did, the two with most stories."""
    themes = [claim for claim in claims if claim.kind == "theme"]
    changed = sorted(filter(moved, themes), key=lambda claim: (_MOVED.index(claim.verdict), claim.q, claim.key))
    most = sorted((claim for claim in themes if claim.stories), key=lambda claim: (-claim.stories, claim.key))
    return tuple(changed[:MOVED_THEMES] or most[:STILL_THEMES])
