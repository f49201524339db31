"""The files of an issue as the digest leaves them, with as much in them as the site and sending read."""

from __future__ import annotations

import json
from pathlib import Path

from fakes import WEEK

PAGE = (
    "<!doctype html><html lang='en'><head><title>Issue</title></head><body class='a'><main>{text}</main>"
    "</body></html>"
)


def write_issue(
    home: Path, title: str, text: str = "The rule takes effect.", *, week: str = str(WEEK), story_id: int = 7
) -> None:
    """An issue with one story at one desk."""
    digests = home / "digests"
    digests.mkdir(parents=True, exist_ok=True)
    record = {
        "week": week,
        "watermark": "2026-08-17T06:00:00+00:00",
        "corpus": {"articles": 12, "stories": 3, "publishers": 5},
        "sections": [
            {"desk": "regulation", "name": "Regulation", "items": [{"story_id": story_id, "title": title}]},
            {"desk": "arms_race", "name": "Arms race", "items": []},
        ],
    }
    for form, content in {
        "json": json.dumps(record),
        "html": PAGE.format(text=text),
        "md": text,
        "mail.html": f"<p>{text}</p>",
        "mail.txt": text,
    }.items():
        (digests / f"{week}.{form}").write_text(content, "utf-8")
