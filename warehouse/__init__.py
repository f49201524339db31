"""The DuckDB warehouse and all that is computed from stored articles. Imports only `sources.model`.

For researchers: `from warehouse import open_snapshot`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse.snapshot.api import Snapshot, open_snapshot

__all__ = ["Snapshot", "open_snapshot"]


def __getattr__(name: str) -> object:
    # Imported on demand: DuckDB and Arrow take 0.3 s, and most commands need neither.
    if name in __all__:
        from warehouse.snapshot import api

        return getattr(api, name)
    raise AttributeError(f"module 'warehouse' has no attribute {name!r}")
