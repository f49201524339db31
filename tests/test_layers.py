"""The architecture as tests: who may import whom, and which folder alone knows a library."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter

import pytest
from paths import ROOT

PACKAGES = ("sources", "warehouse", "reports", "flows")
MAY_IMPORT = {
    "sources": {"sources"},
    "warehouse": {"warehouse", "sources.model"},
    "reports": {"reports", "warehouse"},
    "flows": {"flows", "reports", "warehouse", "sources"},
}
ONLY_IN = {
    "prefect": "flows/deployments/",
    "feedparser": "sources/feeds/feedparser_reader.py",
    "httpx": "sources/http/",
    "httpcore": "sources/http/",
    "protego": "sources/pages/robots.py",
    "sentence_transformers": "warehouse/embed/encoder.py",
    "onnxruntime": "warehouse/embed/encoder.py",
    "smtplib": "reports/send/smtp.py",
    "apprise": "reports/send/chat.py",
    "pydantic_settings": "flows/settings.py",
    "jinja2": "reports/digest/render.py",
    "matplotlib": "reports/digest/charts.py",
    "icalendar": "reports/digest/write.py",
    "trafilatura": "sources/pages/html_text.py",
    "pypdf": "sources/pages/pdf_text.py",
    "lxml": "sources/pages/",
    "css_inline": "reports/digest/write.py",
}
CLOCK_CALLS = {"now", "utcnow", "today"}


@cache
def modules(package: str) -> tuple[tuple[str, ast.Module], ...]:
    paths = sorted((ROOT / package).rglob("*.py"))
    return tuple((path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))) for path in paths)


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
                allowed = any(imported == ok or imported.startswith(f"{ok}.") for ok in MAY_IMPORT[package])
                assert allowed, (name, imported)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_circle_stands_between_the_folders_of_a_package(package: str) -> None:
    """A node is a folder of the package, or a module that lies directly in it."""
    graph: dict[str, set[str]] = {}
    for name, tree in modules(package):
        importer = name.removesuffix(".py").removesuffix("/__init__").split("/")[1:2]
        for imported in imports(tree):
            parts = imported.split(".")
            if parts[0] == package and importer and parts[1:2] and parts[1:2] != importer:
                graph.setdefault(importer[0], set()).add(parts[1])
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("library", ONLY_IN)
def test_library_is_imported_only_in_its_own_place(library: str) -> None:
    users = {
        name
        for package in PACKAGES
        for name, tree in modules(package)
        if any(imported.split(".")[0] == library for imported in imports(tree))
    }
    assert all(user.startswith(ONLY_IN[library]) for user in users), users


def test_duckdb_is_queried_only_in_the_warehouse() -> None:
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
                assert not (node.value.id in {"datetime", "date"} and node.attr in CLOCK_CALLS), (
                    name,
                    called,
                )
                assert called not in {"os.environ", "os.getenv", "time.time"}, (name, called)


SLOW = (
    "prefect torch sentence_transformers duckdb scipy httpx pydantic matplotlib apprise smtplib "
    "trafilatura lxml pypdf"
).split()


def test_command_line_starts_without_the_slow_libraries() -> None:
    probe = f"import sys, flows.cli; sys.exit(', '.join(sorted(set({SLOW!r}) & set(sys.modules))) or 0)"
    done = subprocess.run(
        [sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
