"""Dropping a table: what nobody is served any more goes, with all its states."""

from __future__ import annotations

import shutil
from pathlib import Path

from mesh_platform.lake.catalog import LOCAL, LakeCatalog


def drop(catalog: LakeCatalog, table: str) -> int:
    """Take a table out of the catalog, then delete its files.

    Args:
        catalog: The lake's catalog.
        table: The table.

    Returns:
        The bytes freed; 0 in a bucket, where the files are deleted one by one and not measured.
    """
    state = catalog.state(table)
    if state is None:
        return 0
    if not catalog.is_local:
        catalog.iceberg().purge_table(table)
        return 0
    folder = Path(state.location.removeprefix(LOCAL))
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    catalog.iceberg().drop_table(table)
    shutil.rmtree(folder)
    return size
