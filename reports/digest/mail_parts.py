"""The issue as a message: an HTML part that mail programs show as it is, and its twin in plain text."""

from __future__ import annotations

import re

import css_inline

from reports.digest import phrases
from reports.digest.digest import Digest
from reports.digest.render import environment
from reports.escaping import without_commands


def to_message_parts(digest: Digest) -> tuple[str, str]:
    """HTML with its styles in the elements, plain text."""
    context = {
        "digest": digest,
        "names": {section.desk: section.name for section in digest.sections},
        "say": phrases,
    }
    html = environment(autoescape=True).get_template("mail.html.j2").render(context)
    text = environment(autoescape=False).get_template("mail.txt.j2").render(context)
    return without_commands(_INLINER.inline(html)), _BLANK_LINES.sub("\n\n", text).strip() + "\n"


_BLANK_LINES = re.compile(r"\n{3,}")
# Nothing is fetched: the styles stand in the template.
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)
