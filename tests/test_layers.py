"""The house's walls: who may import whom, and which package alone knows a library."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("sources", "warehouse", "reports", "flows")
MAY_IMPORT = {
    "sources": {"sources"},
    "warehouse": {"warehouse", "sources.model"},
    "reports": {"reports", "warehouse"},
    "flows": {"flows", "reports", "warehouse", "sources"},
}
ONLY_IN = {
    "prefect": {
        *(
            f"flows/{name}.py"
            for name in ("ingest", "enrich", "publish", "digest", "maintain", "backfill", "site", "send")
        ),
        *(f"flows/{name}.py" for name in ("runtime", "deployment", "automations")),
    },
    "feedparser": {"sources/tolerant.py"},
    "httpx": {"sources/fetch.py"},
    "httpcore": {"sources/connection.py", "sources/connections.py", "sources/guard.py"},
    "sentence_transformers": {"warehouse/enrich/embed.py"},
    "onnxruntime": {"warehouse/enrich/embed.py"},
    "onnx": {"warehouse/enrich/bert_graph.py"},
    "smtplib": {"reports/send_mail.py"},
    "apprise": {"reports/send_chat.py"},
    "pydantic_settings": {"flows/settings.py"},
    "jinja2": {"reports/render.py"},
    "matplotlib": {"reports/charts.py"},
    "icalendar": {"reports/calendar.py"},
    "css_inline": {"reports/mail.py"},
}
CLOCK_CALLS = {"now", "utcnow", "today"}


def modules(package: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / package).rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("package", PACKAGES)
def test_package_imports_only_what_its_layer_allows(package: str) -> None:
    for name, tree in modules(package):
        for imported in imports(tree):
            if imported.split(".")[0] in PACKAGES:
                assert any(imported == ok or imported.startswith(f"{ok}.") for ok in MAY_IMPORT[package]), (
                    name,
                    imported,
                )


@pytest.mark.parametrize("library", ONLY_IN)
def test_library_is_known_to_its_own_rooms_only(library: str) -> None:
    users = {
        name
        for package in PACKAGES
        for name, tree in modules(package)
        if any(imported.split(".")[0] == library for imported in imports(tree))
    }
    assert users <= ONLY_IN[library]


def test_duckdb_is_spoken_only_in_the_warehouse_and_handed_on_elsewhere() -> None:
    for package in ("sources", "reports", "flows"):
        for name, tree in modules(package):
            calls = [
                node.func.attr
                for node in ast.walk(tree)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            ]
            assert "fetchall" not in calls, name


@pytest.mark.parametrize("package", ["sources", "warehouse", "reports"])
def test_nothing_below_flows_reads_clock_or_environment(package: str) -> None:
    for name, tree in modules(package):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                called = f"{node.value.id}.{node.attr}"
                assert not (node.value.id in {"datetime", "date"} and node.attr in CLOCK_CALLS), (name, called)
                assert called not in {"os.environ", "os.getenv", "time.time"}, (name, called)


def test_command_line_starts_without_the_slow_libraries() -> None:
    probe = (
        "import sys, flows.cli; "
        "slow = {'prefect', 'torch', 'sentence_transformers', 'duckdb', 'scipy', 'httpx', 'pydantic', 'matplotlib', 'apprise', 'smtplib'} & set(sys.modules); "
        "sys.exit(', '.join(sorted(slow)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
