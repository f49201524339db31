"""What is sent of an issue: subject and both texts of the mail, title and text of the chat message, and which edition it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from reports.digest.written_issues import Issue, read_issue
from reports.errors import ReportError
from reports.escaping import clipped
from reports.site import addresses

SUBJECT_CHARS = 150
CHAT_LINE_CHARS = 200
TITLE = "Watchfloor weekly digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueMessage:
    """An issue as it goes out. `edition` is a hash of the mail's two texts: other content is another edition."""

    week: str
    edition: str
    subject: str
    html: str
    text: str
    chat_title: str
    chat_text: str


def read_issue_message(digests: Path, week: str, site_url: str | None, *, corrected: bool = False) -> IssueMessage:
    """The letter of a week from the files of its issue; ReportError if one is missing."""
    issue = read_issue(digests, week)
    html, text = (_part(digests / f"{week}.mail.{form}", week) for form in ("html", "txt"))
    first = next((one.title for one in issue.headlines if one.title), None)
    title = f"{'Corrected: ' if corrected else ''}{TITLE} {week}"
    return IssueMessage(
        week=week,
        edition=sha256(f"{html}\0{text}".encode()).hexdigest()[:12],
        subject=clipped(f"{title}: {first}" if first else title, SUBJECT_CHARS),
        html=html,
        text=text,
        chat_title=title,
        chat_text=_chat_text(issue, site_url),
    )


def _part(path: Path, week: str) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError as error:
        raise ReportError(str(path), f"is not there. `watchfloor digest --week {week}` writes it.") from error


def _chat_text(issue: Issue, site_url: str | None) -> str:
    heads = [f"{one.name}: {_harmless(one.title) if one.title else 'no material change'}" for one in issue.headlines]
    corpus = f"{issue.stories} stories from {issue.articles} articles of {issue.publishers} publishers"
    link = [f"{site_url}{addresses.issue(issue.week)}"] if site_url else []
    return "\n".join([*heads, corpus, *link])


# What chat servers read as a mention, a command, a link or a style. A headline cannot call a whole channel.
_CHAT_SYNTAX = {"@": "@\u2060", "<": "‹", ">": "›", "`": "'", "*": "∗", "[": "(", "]": ")"}


def _harmless(title: str) -> str:
    line = clipped(title, CHAT_LINE_CHARS)
    return re.sub("[@<>`*\\[\\]]", lambda match: _CHAT_SYNTAX[match[0]], line)
