"""Plays the sample in subprocesses with other settings of the numeric libraries, for tests and benchmarks.

The settings make one machine compute as others do: OpenBLAS and numpy with the kernels of older processors,
the C library's exponentials without fused multiply-add, ONNX Runtime with other threads and graphs. What they
change are last bits. ONNX Runtime's own kernels cannot be chosen; noise of a last bit on every vector stands
for most of what they differ by, and docs/decisions/0010 says what the rest is.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import numpy as np  # noqa: E402
from fakes import HashEmbedder  # noqa: E402
from numpy._core._multiarray_umath import __cpu_dispatch__ as dispatched  # noqa: E402

from flows.demo.play import ALL_WEEKS, play  # noqa: E402
from flows.progress import silent  # noqa: E402
from flows.settings import Settings  # noqa: E402
from warehouse.embed.encoder import Embedder, Reading, Vectors, load_embedder, read_articles  # noqa: E402
from warehouse.store.db import open_read_only  # noqa: E402

NOISE = 1e-7  # of each entry of a vector: a float32 has 24 bits
# `decisions` leave out the numbers that a last bit of a vector may move.
TABLES = {
    "vectors": "SELECT article_id, vector FROM store.vectors",
    "desks": "FROM store.article_desks",
    "genres": "SELECT article_id, genre FROM store.classifications",
    "stories": "FROM store.story_members",
    "founded": "FROM store.stories",
    "summaries": "SELECT * EXCLUDE (members_hash) FROM store.story_summaries",
    "sentences": "FROM store.story_sentences",
    "trend_tests": "FROM store.trend_tests",
    "desk_decisions": "SELECT article_id, desk, is_primary FROM store.article_desks",
    "story_decisions": "SELECT article_id, story_id, position, copy_of FROM store.story_members",
}
DECISIONS = (
    "desk_decisions",
    "genres",
    "story_decisions",
    "founded",
    "summaries",
    "sentences",
    "trend_tests",
    "issue",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numerics:
    """Environment variables and arguments of a process."""

    environment: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()


_OLD_LIBRARY = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX2,-FMA,-FMA4"}
_NO_EXTENSIONS = {"NPY_DISABLE_CPU_FEATURES": " ".join(dispatched)}
AS_IT_IS = Numerics()
HASWELL = Numerics(
    environment={
        "OPENBLAS_CORETYPE": "Haswell",
        "NPY_DISABLE_CPU_FEATURES": " ".join(one for one in dispatched if one != "X86_V3"),
    }
)
NEHALEM = Numerics(environment={"OPENBLAS_CORETYPE": "Nehalem", **_NO_EXTENSIONS, **_OLD_LIBRARY})
TWO_THREADS = Numerics(environment={"OPENBLAS_NUM_THREADS": "1"}, arguments=("--threads", "2"))
SETTINGS = {
    "as it is": AS_IT_IS,
    "OpenBLAS as on Haswell": Numerics(environment={"OPENBLAS_CORETYPE": "Haswell"}),
    "OpenBLAS as on Nehalem": Numerics(environment={"OPENBLAS_CORETYPE": "Nehalem"}),
    "OpenBLAS as on Prescott": Numerics(environment={"OPENBLAS_CORETYPE": "Prescott"}),
    "numpy without extensions": Numerics(environment=_NO_EXTENSIONS),
    "C library without AVX2 and FMA": Numerics(environment=_OLD_LIBRARY),
    "OpenBLAS and numpy as on Haswell": HASWELL,
    "all as on Nehalem": NEHALEM,
    "OpenBLAS one thread, ONNX Runtime two": TWO_THREADS,
    "ONNX Runtime, graph not optimised": Numerics(arguments=("--graph", "ORT_DISABLE_ALL")),
    "ONNX Runtime, graph optimised further": Numerics(arguments=("--graph", "ORT_ENABLE_ALL")),
    "noise of 1e-7 on the vectors": Numerics(arguments=("--noise", "1")),
    "other noise of 1e-7 on the vectors": Numerics(arguments=("--noise", "2")),
}


def play_with(numerics: Numerics, *, model: bool, weeks: int = ALL_WEEKS) -> dict[str, list[str]]:
    """Returns what the sample's last `weeks` weeks come to: the rows of each table, and the hashes of the
    issue's files. The embedder is the real model, or else that of the tests.
    """
    command = [sys.executable, __file__, *numerics.arguments, "--weeks", str(weeks)]
    command += ["--model"] if model else []
    done = subprocess.run(
        command, env=os.environ | numerics.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


class Noisy:
    """An embedder with noise, as of kernels that round otherwise; the same for the same text."""

    def __init__(self, embedder: Embedder, seed: int) -> None:
        self.model = embedder.model
        self._embedder = embedder
        self._seed = seed

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self._disturbed(self._embedder.encode(texts), texts)

    def read(self, texts: Sequence[str]) -> Reading:
        reading = read_articles(self._embedder, texts)
        return Reading(self._disturbed(reading.vectors, texts), self._disturbed(reading.head_outputs, texts))

    def _disturbed(self, numbers: Vectors, texts: Sequence[str]) -> Vectors:
        for row, text in enumerate(texts):
            random = np.random.default_rng([self._seed, *sha256(text.encode()).digest()])
            numbers[row] *= (1 + NOISE * random.uniform(-1, 1, numbers.shape[1])).astype(np.float32)
        return numbers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="store_true")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--graph")
    parser.add_argument("--noise", type=int)
    parser.add_argument("--weeks", type=int, default=ALL_WEEKS)
    asked = parser.parse_args()
    if asked.threads or asked.graph:
        _set_sessions(asked.threads, asked.graph)
    embedder: Embedder = load_embedder() if asked.model else HashEmbedder()
    if asked.noise:
        embedder = Noisy(embedder, asked.noise)
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        play(settings, silent, embedder, weeks=asked.weeks)
        with open_read_only(settings.warehouse_path) as con:
            found = {
                name: [repr(row) for row in con.execute(f"FROM ({query}) ORDER BY ALL").fetchall()]
                for name, query in TABLES.items()
            }
        files = [path for path in sorted(settings.digests_dir.iterdir()) if path.is_file()]
        found["issue"] = [f"{path.name} {sha256(path.read_bytes()).hexdigest()}" for path in files]
    sys.stdout.write(json.dumps(found))


def _set_sessions(threads: int | None, graph: str | None) -> None:
    import onnxruntime

    make = onnxruntime.InferenceSession

    def made(model: bytes, options: Any, providers: list[str]) -> Any:
        options.intra_op_num_threads = threads or options.intra_op_num_threads
        if graph:
            options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, graph)
        return make(model, options, providers=providers)

    onnxruntime.InferenceSession = made


if __name__ == "__main__":
    main()
