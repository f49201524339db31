"""What a digest tells and lists of unseen articles on topic, without and with their texts.

    python benchmarks/text_told.py [--near]

The articles are those of text_filing.py, dated into one week: 1,395, or with --near those
that name AI, chips, drones and the like. They are imported, filed, grouped and told by the commands.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from text_filing import Item, articles

from warehouse.store.db import open_read_only

NOW, WEEK = "2026-08-17T06:00Z", "2026-W33"
OUTLETS = 12
_STORIES = """
SELECT a.article_id, s.story_id FROM story_articles AS s JOIN articles AS a USING (article_id)
WHERE a.title IN (SELECT unnest($titles::VARCHAR[])) ORDER BY a.article_id
"""


def main() -> None:
    """Prints how many of the articles on topic stand in stories that are told, and listed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--near", action="store_true", help="only articles near the topic")
    near = parser.parse_args().near
    items = [one for one in articles() if one.is_near or not near]
    for with_text in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            told, listed, known = tell(Path(folder), items, with_text=with_text)
        print(f"{'with' if with_text else 'without'} texts: told {told}, listed {listed} of {known} on topic")


def tell(home: Path, items: Sequence[Item], *, with_text: bool) -> tuple[int, int, int]:
    """Returns the articles on topic of which the issue tells the story, those that it lists, and all."""
    archive = home / "archive.jsonl"
    archive.write_text("\n".join(json.dumps(row(one, with_text=with_text)) for one in items), "utf-8")
    for words in (["import", str(archive)], ["enrich"], ["publish"], ["digest", "--week", WEEK]):
        command = [sys.executable, "-m", "flows.cli", "--home", str(home), "--now", NOW, *words]
        subprocess.run(command, check=True, capture_output=True)
    titles = [one.title for one in items if one.desk != "off_topic"]
    with open_read_only(home / "warehouse.duckdb") as con:
        stories = [str(story) for _, story in con.execute(_STORIES, {"titles": titles}).fetchall()]
    places = list(places_of(json.loads(next(home.rglob(f"{WEEK}.json")).read_text("utf-8"))))
    listed = {story for _, story in places}
    told = {story for path, story in places if path[:1] == ("sections",) and not {"unsure", "low"} & {*path}}
    return sum(one in told for one in stories), sum(one in listed for one in stories), len(stories)


def row(one: Item, *, with_text: bool) -> dict[str, str]:
    """Returns the article as a row of an archive; outlet, day and hour hang on its title."""
    chance = int(hashlib.sha256(one.title.encode()).hexdigest(), 16)
    outlet = chance % OUTLETS
    return {
        "source": f"Outlet {outlet}",
        "title": one.title,
        "link": f"https://outlet{outlet}.example/{chance % 10**12}",
        "summary": one.summary,
        "published": f"2026-08-{11 + chance % 6}T{chance % 24:02}:00:00Z",
        "first_seen": "2026-08-17T01:00:00Z",
        **({"text": one.text} if with_text else {}),
    }


def places_of(node: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yields where in an issue each story stands."""
    if isinstance(node, dict):
        if "story_id" in node:
            yield path, str(node["story_id"])
        for key, value in node.items():
            yield from places_of(value, (*path, key))
    elif isinstance(node, list):
        for value in node:
            yield from places_of(value, path)


if __name__ == "__main__":
    main()
