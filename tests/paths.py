"""Where the tests find the repository, their own files and the recorded data."""

from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.parent
FEEDS = TESTS / "feeds"
GOLDEN = TESTS / "golden"
SHARED_DATA = ROOT.parent / "shared" / "data"
