"""The adapters by name."""

from importlib import import_module
from pathlib import Path
from typing import Final

from mesh_platform.errors import UnknownName, UserError
from mesh_platform.ingest.adapters.interface import Adapted, Adapter, Progress, nobody_watches
from mesh_platform.ingest.origin import claim_origin, complete_origin

ADAPTERS: Final = {
    "cdnow": "CDNOW: purchases of a CD shop's first customers (CDNOW_master.txt)",
    "dunnhumby": "dunnhumby The Complete Journey: a folder with transactions, products, campaigns… as Parquet",
    "fraud-handbook": "Fraud Detection Handbook: simulated card transactions (transactions_raw.parquet)",
    "online-retail": "UCI Online Retail: invoices of a gift shop (online_retail.parquet, or the same as CSV)",
}


def adapt(name: str, path: Path, landing: Path, progress: Progress = nobody_watches) -> Adapted:
    """Map a public export to files in the landing zone. The same export makes the same bytes.

    Args:
        name: The adapter; see ADAPTERS.
        path: The export: a file, or the folder that holds it.
        landing: The landing zone.
        progress: Told of every file.

    Raises:
        UnknownName: Where there is no such adapter.
        BadFile: Where the export is not what the adapter reads.
        UserError: Where there is no export, or the landing zone holds files of another origin.
    """
    if name not in ADAPTERS:
        raise UnknownName.of("adapter", name, list(ADAPTERS))
    if not path.exists():
        raise UserError(
            f"{path}: no such file or folder (rule: the export of {name}); see PATH in `mesh ingest --help`"
        )
    module = import_module(f"mesh_platform.ingest.adapters.{name.replace('-', '_')}")
    read: Adapter = module.read
    mapped = read(path)
    from mesh_platform.ingest.adapters.writing import write_feeds

    details: dict[str, str | int | float] = {"export": path.name, **mapped.rows_read}
    claim_origin(landing, name, details)
    files = write_feeds(mapped.feeds, landing, progress)
    complete_origin(landing)
    written = {feed.name: feed.rows.height for feed in mapped.feeds}
    return Adapted(files, dict(mapped.rows_read), written, mapped.notes)
