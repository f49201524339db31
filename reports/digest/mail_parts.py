"""The issue as a mail: an HTML part that mail programs show as it is, and the same in plain text."""

from __future__ import annotations

import css_inline

from reports.digest.digest import Digest
from reports.digest.render import environment, joined_blocks, section_blocks
from reports.escaping import without_commands


def to_message_parts(digest: Digest) -> tuple[str, str]:
    """Returns the HTML with its styles in the elements, and the plain text."""
    frame = environment(autoescape=True).get_template("mail.html.j2")
    html = frame.render(digest=digest, blocks=section_blocks(digest, "mail"))
    text = joined_blocks([*section_blocks(digest, "mail_text"), _CLOSING])
    return without_commands(_INLINER.inline(html)), text


_CLOSING = "Made by Watchfloor from what the cited outlets published. Nothing here was written by a model."
# Nothing is fetched: the template has all styles.
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)
