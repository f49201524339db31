"""`speed.py pages`: a thousand recorded pages fetched and read, by us and by the library we read them with.

Ours is the whole command, `watchfloor ingest`: robots.txt, one page at a time a host, worker processes, the
warehouse. The peer fetches with sixteen threads and reads in one process, and stores nothing. With --kills
the command is killed so often at random moments: afterwards no text may be missing, and the pages that were
asked for twice are counted (each was under way when the command was killed).
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
CATALOG = """
[[source]]
id = "pages"
name = "Pages"
publisher = "Pages"
kind = "news"
region = "INT"
language = "en"
url = "{url}/feed.xml"
full_text = "all"
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("pages", help="reading pages, beside trafilatura alone", description=__doc__)
    parser.add_argument("--pages", type=int, default=1_000)
    parser.add_argument("--kills", type=int, default=0)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder, page_server(options.pages, Path(folder) / "log") as url:
        if options.kills:
            killed(Path(folder) / "home", url, options.kills)
            return
        seconds, cpu_s, peak_mb = ours(Path(folder) / "home", url, options.pages)
        peer_s = peer(url, options.pages)
    print(
        f"{options.pages} pages: ours {options.pages / seconds:.0f} pages/s ({cpu_s:.0f} s of CPU, peak "
        f"{peak_mb:.0f} MB of all processes), trafilatura alone {options.pages / peer_s:.0f} pages/s; "
        f"ours / peer {peer_s / seconds:.2f}"
    )


@contextmanager
def page_server(pages: int, log: Path) -> Iterator[str]:
    command = [sys.executable, str(HERE / "page_server.py"), str(pages), str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        server.kill()


def ours(home: Path, url: str, pages: int) -> tuple[float, float, float]:
    """Returns the seconds, the CPU seconds and the peak megabytes of all its processes together."""
    began = time.monotonic()
    process, peak = started(home, url, 0, pages), 0.0
    while process.poll() is None:
        peak = max(peak, resident_mb(process.pid))
        time.sleep(0.1)
    seconds = time.monotonic() - began
    usage = os.times()
    return seconds, usage.children_user + usage.children_system, peak


def started(home: Path, url: str, minute: int, pages: int = 1_000) -> subprocess.Popen[bytes]:
    home.mkdir(exist_ok=True)
    (home / "catalog.toml").write_text(CATALOG.format(url=url))
    command = [sys.executable, "-m", "flows.cli", "--home", str(home)]
    command += ["--now", f"2026-08-17T08:{minute:02}Z", "ingest", "--force"]
    environment = {
        **os.environ,
        "WATCHFLOOR_ALLOWED_HOSTS": "127.0.0.1",
        "WATCHFLOOR_PAGES_PER_RUN": str(pages),
    }
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def resident_mb(pid: int) -> float:
    """Returns the resident memory of the process and its children."""
    found = subprocess.run(
        ["ps", "-o", "rss=", "-s", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return sum(map(int, found.split())) / 1024


def peer(url: str, pages: int) -> float:
    """Returns the seconds that trafilatura's own functions take."""
    import trafilatura

    began = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        for body in pool.map(trafilatura.fetch_url, (f"{url}/p/{number}" for number in range(pages))):
            trafilatura.extract(body, include_comments=False)
    return time.monotonic() - began


def killed(home: Path, url: str, kills: int) -> None:
    """Kills the command at random moments, lets it end at last, and counts."""
    chance = random.Random(7)
    for minute in range(kills):
        process = started(home, url, minute)
        time.sleep(chance.uniform(1.0, 8.0))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    started(home, url, kills).wait()
    asked = Counter((home.parent / "log").read_text().split())
    twice = sum(count - 1 for count in asked.values())
    import duckdb

    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        ((logged,),) = con.execute(
            "SELECT count(DISTINCT article_id) FROM fetches WHERE kind = 'page'"
        ).fetchall()
    print(f"{kills} kills: {logged} of {len(asked)} pages asked for are stored; asked for again {twice}")


if __name__ == "__main__":
    sys.exit("python benchmarks/speed.py pages")
