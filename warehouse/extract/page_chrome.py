"""Sentences that belong to a page, not to its article: menus, buttons, notices, credits. Pure."""

from __future__ import annotations

import re

# Of each kind only what a page says of itself: states sign up to a treaty, and ministers rule on cookies.
_PAGE_CHROME = re.compile(
    r"""\bappeared\s+first\s+on|^\W*The\ ?post\ ?(?=[“‘"A-Z\d])(?-i:[“‘"A-Z\d])
    |\bread\s+(?:the\s+)?(?:full|whole|entire|original)\s+(?:story|article|post|text|report|interview|piece)
    |(?:^|[.!?…\]]\s*)read\s+more\b|read\s+more\s*(?:$|[.:»→]|(?:here|at|on|about)\b)|\bread\s+more\s.*\bhere\b
    |\b(?:click|tap)\s+here\b|\bcontinue\s+reading\b|\bkeep\s+reading\b|\bview\s+in\s+(?:your\s+)?browser
    |\bsubscribe\s+(?:to\s+(?:our|my|read|get|receive|keep)|now|today|here|for\s+(?:free|more|full)|below|using)\b|\bplease\s+subscribe\b
    |\b(?:sign|signing)\s+up\s+(?:here|now|today|below|free|for\s+(?:our|the|free|a|more|my)
        |to\s+(?:our|my|receive|get))\b|\bopt\s+in\s+for\b|\b(?:join|get)\s+our\s+newsletter
    |\ba\s+(?:weekly|daily|monthly)\s+newsletter\b|\bin\s+your\s+inbox\b|\bsubscribers?(?:[’']\s+inboxes|-only\s+(?:email|post))\b|\bour\s+(?:free\s+)?newsletters?\b
    |\bskip\s+to\s+(?:the\s+)?(?:main\s+|primary\s+)?(?:content|navigation|footer|search)\b
    |\bexplore\s+the\s+latest\b|^\W*share\s+this\b|\bshare\s+this\s+(?:article|story|post|page|on)\b
    |\bfollow\s+us\s+on\b|\brelated\s+(?:articles|stories|posts|coverage)\s*:|\bleave\s+a\s+(?:comment|reply)\b
    |\b(?:enable|requires?)\s+javascript\b|\btable\s+of\s+contents\b
    |\b(?:this\s+(?:site|website|page)|we)\s+uses?\s+cookies\b|\baccept\s+(?:all\s+)?cookies\b
    |\bcookie\s+(?:policy|settings|preferences|notice)\b
    |^\W*\d[\d,.]*\s?[km]?\s+(?:views?|shares?|likes?|comments?|reads)\b|^\W*\d+\s+min(?:ute)?s?\s+read\W*$
    |\ball\s+rights\s+reserved\b|\bcreative\s+commons\b|^\W*(?:\(c\)|©|copyright\s+©)
    |\bthis\s+(?:article|story|post|essay|piece|column)\s+(?:was\s+)?(?:originally|first)\s+
        (?:appeared|published)\b
    |\blisten\s+to\s+(?:this|the\s+full)\s+(?:article|episode|podcast|story)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)


def is_page_chrome(sentence: str) -> bool:
    """Whether the sentence is of the page around the article."""
    return _PAGE_CHROME.search(sentence) is not None
