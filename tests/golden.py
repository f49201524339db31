"""Writes anew what the tests compare with byte by byte: `make golden` (half a minute), then look at the diff.

The golden issue is that of the bundled sample's last week, enriched with the tests' embedder, so that it is
the same on every machine; and the published schema of issues.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

from paths import GOLDEN, ROOT

os.environ["WATCHFLOOR_ALLOWED_HOSTS"] = "127.0.0.1"

from fakes import HashEmbedder

from flows.demo.play import play
from flows.progress import silent
from flows.settings import Settings
from reports.digest.record import json_schema

SCHEMA = ROOT / "docs" / "researchers" / "digest.schema.json"


def main() -> None:
    """Plays the sample into a folder that is thrown away, and keeps its issue."""
    SCHEMA.write_text(json.dumps(json_schema(), indent=1) + "\n", "utf-8")
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        play(settings, silent, HashEmbedder())
        shutil.rmtree(GOLDEN, ignore_errors=True)
        shutil.copytree(settings.digests_dir, GOLDEN)


if __name__ == "__main__":
    main()
