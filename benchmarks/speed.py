"""Compares us with a peer on the same work in one run and prints ratios, which hold on other machines.

    python benchmarks/speed.py collect [--feeds 1000] [--entries 30] [--rounds 3]
    python benchmarks/speed.py stories [embed] [window] [bertopic] [--json]
    python benchmarks/speed.py digest [100000] [1000000] [--folder DIR] [--json]
    python benchmarks/speed.py site [--articles 100000]
    python benchmarks/speed.py research [--articles 100000] [--peers]
    python benchmarks/speed.py pages [--pages 1000] [--kills 20]
    python benchmarks/speed.py threads [100000] [--near .2]

Peers of `collect` are installed into build/peers, an environment of their own, the first time; `stories
bertopic` needs `pip install bertopic` beside us, as both group the same vectors in one process.
"""

from __future__ import annotations

import argparse

import speed_collect
import speed_digest
import speed_pages
import speed_research
import speed_site
import speed_stories
import speed_threads


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="WHAT")
    speed_collect.add_to(commands)
    speed_stories.add_to(commands)
    speed_digest.add_to(commands)
    speed_site.add_to(commands)
    speed_research.add_to(commands)
    speed_pages.add_to(commands)
    speed_threads.add_to(commands)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
