"""The step that shows: the static site, made from the published snapshot, so that it neither waits for a flow nor holds one up."""

from __future__ import annotations

from pathlib import Path

from flows.settings import Settings
from reports.site.build import SiteReport, build_site
from warehouse.snapshot.api import open_to_read


def site(settings: Settings, out: Path | None = None) -> SiteReport:
    """Builds the site at `out` (HOME/site) from the snapshot and the issues in HOME/digests."""
    with open_to_read(settings.snapshot_path) as con:
        return build_site(con, settings.digests_dir, out or settings.site_dir, settings.site_url)
