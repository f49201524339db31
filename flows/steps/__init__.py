"""The pipeline as plain functions: each opens the warehouse, does one stage, and says what came of it. No Prefect here."""

from flows.steps.archives import ImportReport, import_archives
from flows.steps.collection import IngestReport, ingest
from flows.steps.enrichment import EnrichReport, enrich
from flows.steps.issue import DigestReport, digest
from flows.steps.maintenance import MaintenanceReport, back_up, maintain, restore
from flows.steps.publication import publish
from flows.steps.sending import SendReport, send
from flows.steps.static_site import site

__all__ = [
    "DigestReport",
    "EnrichReport",
    "ImportReport",
    "IngestReport",
    "MaintenanceReport",
    "SendReport",
    "back_up",
    "digest",
    "enrich",
    "import_archives",
    "ingest",
    "maintain",
    "publish",
    "restore",
    "send",
    "site",
]
