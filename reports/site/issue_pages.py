"""The pages of issues: each as it was written, with links to the site added; its files for download, unchanged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from reports.digest.written_issues import Issue
from reports.site import addresses
from reports.site.contents import Contents
from reports.site.page import File, Link, page

_HEAD_ENDS = re.compile(rb"</head>", re.IGNORECASE)
# The link that skips to the content must remain the first.
_PAGE_BEGINS = re.compile(rb"<(?:header|main)\b", re.IGNORECASE)
_BODY_ENDS = re.compile(rb"</body>", re.IGNORECASE)


def issue_pages(contents: Contents) -> Iterator[File]:
    """Yields for every issue its page and its files, and one list of all issues as JSON."""
    for issue in contents.issues:
        files = {form: path.read_bytes() for form, path in issue.files.items()}
        yield File(path=addresses.issue(issue.week), content=_with_site_links(contents, issue, files["html"]))
        for form, content in files.items():
            yield File(path=addresses.download(f"{issue.week}.{form}"), content=content)
    yield File(path=addresses.download("issues.json"), content=_list_of_issues(contents))


def _with_site_links(contents: Contents, issue: Issue, html: bytes) -> bytes:
    """The issue's own page with a bar above it and links to its stories below it; nothing between is changed."""
    path = addresses.issue(issue.week)
    shown = [
        Link(path=addresses.story(story_id), name=title)
        for story_id, title in issue.story_titles.items()
        if story_id in contents.cards or story_id in contents.merged
    ]
    for place, template in ((_HEAD_ENDS, "issue_style"), (_PAGE_BEGINS, "issue_bar"), (_BODY_ENDS, "issue_stories")):
        snippet = page(path, template, issue=issue, shown=shown).content
        if match := place.search(html):
            html = html[: match.start()] + snippet + html[match.start() :]
    return html


def _list_of_issues(contents: Contents) -> bytes:
    site_url = contents.site_url or ""
    issues = [
        {
            "week": issue.week,
            "watermark": issue.watermark.isoformat(),
            "stories": issue.stories,
            "page": f"{site_url}{addresses.issue(issue.week)}",
            "files": {form: f"{site_url}{addresses.download(f'{issue.week}.{form}')}" for form in issue.files},
        }
        for issue in contents.issues
    ]
    return (json.dumps({"issues": issues}, indent=1) + "\n").encode()
