"""The ledger of a source: which files were ingested, as which bytes, with which counts; and so which are pending."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from mesh_platform.ingest.landing import LandedFile, landed_files
from mesh_platform.ingest.quarantine import refused_since
from mesh_platform.ingest.tables import LEDGER, ledger_table
from mesh_platform.lake import Lake
from mesh_platform.product import Domain, Source
from mesh_platform.settings import Settings


@dataclass(frozen=True, slots=True)
class Compared:
    """Landed files against the ledger.

    Args:
        pending: New and changed ones.
        touched: Those that were written again with the same bytes.
    """

    pending: tuple[LandedFile, ...]
    touched: tuple[LandedFile, ...]


def ledger_rows(domain: str, source: str, lake: Lake) -> pl.DataFrame:
    """Read what is known of a source's ingested files, one row a file, in the order of their names.

    Args:
        domain: The domain's name.
        source: The source's name.
        lake: Where the ledger is.
    """
    table = ledger_table(domain, source)
    if lake.current(table) is None:
        return pl.DataFrame(schema=LEDGER.schema)
    return lake.scan(table).collect().sort("file")


def pending(domain: Domain, source: Source, lake: Lake, settings: Settings) -> list[Path]:
    """List a source's files that are new or changed since they were ingested, in the order of their names."""
    files = landed_files(settings.landing, domain.name, source.name)
    return [file.path for file in compare(domain.name, source.name, lake, files).pending]


def deliveries(domain: str, source: str, lake: Lake) -> date | None:
    """Tell the newest day on which a source delivered a file that was ingested; None where it never did.

    Args:
        domain: The domain's name.
        source: The source's name.
        lake: Where the ledger is.
    """
    newest: Any = ledger_rows(domain, source, lake)["delivered_on"].max()
    return newest if isinstance(newest, date) else None


def compare(domain: str, source: str, lake: Lake, files: Collection[LandedFile]) -> Compared:
    """Tell which files must be read; only those of another time but the same size are hashed.

    Args:
        domain: The domain's name.
        source: The source's name.
        lake: Where ledger and quarantine are.
        files: The landed files.
    """
    known = ledger_rows(domain, source, lake)
    known = known.join(refused_since(known, domain, source, lake), on="file", how="anti")
    seen = {file: facts for file, *facts in known.select("file", "size", "mtime_us", "sha256").iter_rows()}
    pending: list[LandedFile] = []
    touched: list[LandedFile] = []
    for file in files:
        if file.name not in seen or seen[file.name][0] != file.size:
            pending.append(file)
        elif seen[file.name][1] != file.mtime_us:
            (touched if _sha256(file.path) == seen[file.name][2] else pending).append(file)
    return Compared(tuple(pending), tuple(touched))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
