"""Plays the sample with other settings of the numeric libraries, and counts the rows that differ.

    python benchmarks/numeric_settings.py            about twenty seconds a setting and embedder

Bytes must be the same where the vectors are, decisions also where vectors differ in
a last bit; else it fails.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

from other_numerics import AS_IT_IS, DECISIONS, SETTINGS, play_with


def main() -> None:
    failures = []
    for model in (False, True):
        print(f"\n{'the real model' if model else 'the embedder of the tests'}")
        usual = play_with(AS_IT_IS, model=model)
        for name, numerics in SETTINGS.items():
            found = play_with(numerics, model=model)
            differing = {table: len(set(usual[table]) ^ set(found[table])) for table in usual}
            print(
                f"  {name:38} "
                f"{', '.join(f'{table} {rows}' for table, rows in differing.items() if rows) or 'the same'}"
            )
            judged = DECISIONS if differing["vectors"] else usual
            failures += [f"{name}: {table}" for table in judged if differing[table]]
    sys.exit("\n".join(failures) or 0)


if __name__ == "__main__":
    main()
