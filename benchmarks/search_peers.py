"""Times tantivy and DuckDB's fts and vss on the same queries, each in its own environment and process."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
from peers import python_with

_TEXTS = "COPY (SELECT article_id, title, summary, text FROM store.articles) TO '{}' (FORMAT parquet)"
_VECTORS = "COPY (SELECT article_id, vector FROM store.vectors) TO '{}' (FORMAT parquet)"
# Each script reads the queries as JSON and prints its times; its argument is the
# folder of the texts or vectors.
_COMMON = """
import json, pathlib, statistics, sys, time
folder, asked = sys.argv[1], json.load(sys.stdin)
def report(began, answer, **more):
    built, took = time.perf_counter() - began, []
    answer(asked[0])
    for question in asked:
        began = time.perf_counter()
        answer(question)
        took.append((time.perf_counter() - began) * 1e3)
    took.sort()
    status = pathlib.Path("/proc/self/status").read_text().splitlines()
    (peak,) = [line.split()[1] for line in status if line.startswith("VmHWM")]
    print("\\n" + json.dumps({"build_s": round(built, 1), "p50_ms": round(statistics.median(took), 2),
        "p95_ms": round(took[int(.95 * (len(took) - 1))], 2),
        "peak_memory_gb": round(int(peak) / 1e6, 2)} | more))
def duckdb_with(extension):
    import duckdb, importlib.util, pathlib
    package = importlib.util.find_spec("duckdb_extension_" + extension).origin
    (found,) = pathlib.Path(package).parent.rglob("*.duckdb_extension")
    con = duckdb.connect()
    con.load_extension(str(found))
    return con
"""
_TANTIVY = """
import pyarrow.parquet as pq, tantivy, os
schema = tantivy.SchemaBuilder().add_integer_field("id", stored=True)
for field in ("title", "summary", "text"):
    schema = schema.add_text_field(field)
schema = schema.build()
os.mkdir(folder + "/tantivy")
began = time.perf_counter()
index = tantivy.Index(schema, path=folder + "/tantivy")
writer = index.writer(500_000_000, 2)
for batch in pq.ParquetFile(folder + "/texts.parquet").iter_batches(10_000):
    for row in batch.to_pylist():
        texts = {field: row[field] for field in ("title", "summary", "text")}
        writer.add_document(tantivy.Document(id=row["article_id"], **texts))
writer.commit(); writer.wait_merging_threads(); index.reload()
searcher = index.searcher()
parse = index.parse_query
report(began, lambda question: searcher.search(parse(question, ["title", "summary", "text"]), 10).hits)
"""
_FTS = """
con = duckdb_with("fts")
con.execute(f"CREATE TABLE texts AS FROM '{folder}/texts.parquet'")
began = time.perf_counter()
con.execute("PRAGMA create_fts_index('texts', 'article_id', 'title', 'summary', 'text')")
ask = ("SELECT article_id, fts_main_texts.match_bm25(article_id, ?) AS score FROM texts "
    "WHERE score IS NOT NULL ORDER BY score DESC LIMIT 10")
report(began, lambda question: con.execute(ask, [question]).fetchall())
"""
_VSS = """
con = duckdb_with("vss")
con.execute("CREATE TABLE vectors AS SELECT article_id, vector::FLOAT[384] AS vector "
    f"FROM '{folder}/vectors.parquet'")
ask = "SELECT article_id FROM vectors ORDER BY array_cosine_distance(vector, ?::FLOAT[384]) LIMIT 10"
truly = [con.execute(ask, [vector]).fetchall() for vector in asked]
began = time.perf_counter()
con.execute("CREATE INDEX near ON vectors USING HNSW (vector) WITH (metric = 'cosine')")
found = [con.execute(ask, [vector]).fetchall() for vector in asked]
share = sum(len({*mine} & {*theirs}) for mine, theirs in zip(found, truly)) / sum(map(len, truly))
report(began, lambda vector: con.execute(ask, [vector]).fetchall(), recall_at_10=round(share, 3))
"""


def tantivy(con: duckdb.DuckDBPyConnection, scratch: Path, questions: Sequence[str]) -> object:
    con.execute(_TEXTS.format(scratch / "texts.parquet"))
    return _run(_TANTIVY, scratch, list(questions), "tantivy", "pyarrow")


def fts(con: duckdb.DuckDBPyConnection, scratch: Path, questions: Sequence[str]) -> object:
    con.execute(_TEXTS.format(scratch / "texts.parquet"))
    return _run(_FTS, scratch, list(questions), "duckdb==1.5.5", "duckdb-extension-fts==1.5.5")


def vss(con: duckdb.DuckDBPyConnection, scratch: Path, vectors: Sequence[np.ndarray]) -> object:
    con.execute(_VECTORS.format(scratch / "vectors.parquet"))
    asked = [vector.tolist() for vector in vectors]
    return _run(_VSS, scratch, asked, "duckdb==1.5.5", "duckdb-extension-vss==1.5.5")


def _run(script: str, scratch: Path, asked: list, *packages: str) -> object:
    command = [python_with(*packages), "-c", _COMMON + script, scratch]
    done = subprocess.run(command, input=json.dumps(asked), text=True, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.splitlines()[-1])  # DuckDB may draw a progress bar before it
