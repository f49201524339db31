"""Asks axe-core in headless Chromium what is wrong with a page for those who see, hear or move otherwise.

    npm install --prefix /tmp/axe axe-core
    python benchmarks/accessibility.py --axe /tmp/axe/node_modules/axe-core/axe.min.js \
        tests/golden/2026-W22.html

Runs every rule of WCAG 2.2 A and AA and the best practices, on paper-white and dark, at a desk and on a
phone. Exit code 1 if a finding is serious or critical.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

# Blink's preferred colour scheme: 0 is dark, 1 is light.
VIEWS = {"desk": (1280, 1), "desk, dark": (1280, 0), "phone": (390, 1), "phone, dark": (390, 0)}
GRAVE = ("serious", "critical")
_RUN = """
axe.run(document, {resultTypes: ["violations"]}).then(found => {
    const violations = found.violations.map(v => (
        {rule: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map(n => n.html)}
    ));
    document.documentElement.innerHTML = "<pre id='violations'></pre>";
    document.getElementById("violations").textContent = JSON.stringify(violations);
});
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule that a page breaks in one view, how grave that is, and the elements."""

    view: str
    rule: str
    impact: str
    help: str
    nodes: tuple[str, ...]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", type=Path, nargs="+")
    parser.add_argument("--axe", type=Path, required=True, help="axe.min.js of axe-core")
    options = parser.parse_args()
    found = [one for page in options.pages for one in violations(page, options.axe)]
    for one in found:
        print(
            f"{one.impact:9} {one.view:12} {one.rule}: {one.help} ({len(one.nodes)} elements, "
            f"{one.nodes[0][:120]})"
        )
    grave = sum(one.impact in GRAVE for one in found)
    print(
        f"{len(options.pages)} page(s), {len(VIEWS)} views each: {len(found)} findings, {grave} of them "
        "serious or critical"
    )
    sys.exit(bool(grave))


def violations(page: Path, axe: Path) -> list[Violation]:
    """What axe finds on the page in each view."""
    return [violation for view in VIEWS for violation in _in_view(page, axe, view)]


def chromium() -> str | None:
    """The browser's command, if there is one."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def _in_view(page: Path, axe: Path, view: str) -> list[Violation]:
    width, scheme = VIEWS[view]
    # The page itself allows no script, so the copy that is looked at goes without that rule.
    open_page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text("utf-8"))
    scripts = f"<script>{axe.read_text('utf-8')}</script><script>{_RUN}</script></body>"
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "page.html"
        copy.write_text(open_page.replace("</body>", "") + scripts, "utf-8")
        done = subprocess.run(
            [
                chromium() or "chromium",
                *("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=60000", "--dump-dom"),
                f"--user-data-dir={folder}/profile",
                f"--window-size={width},2000",
                f"--blink-settings=preferredColorScheme={scheme}",
                copy.as_uri(),
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
    written = re.search(r'<pre id="violations">(.*)</pre>', done.stdout, re.DOTALL)
    if written is None:
        raise RuntimeError(f"axe said nothing of {page} ({view}): {done.stderr[-500:]}")
    return [
        Violation(view=view, **one | {"nodes": tuple(one["nodes"])})
        for one in json.loads(html.unescape(written[1]))
    ]


if __name__ == "__main__":
    main()
