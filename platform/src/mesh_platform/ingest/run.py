"""Ingests a source: from pending files to a new snapshot of its raw table, or to nothing at all.

The state after a run depends on the files alone, not on the order or the number of the runs: of the rows that share a
key, the first by file name and line is the one in the raw table. So a file that changes may free or take keys of other
files, which are then read again with it.

Order of writing: quarantine, raw rows, ledger. A file counts as ingested once the ledger says so; after a crash it is
read again, and its rows take the place of what was written.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

from mesh_platform.ingest.landing import LandedFile, landed_files
from mesh_platform.ingest.ledger import compare
from mesh_platform.ingest.quarantine import freed_by
from mesh_platform.ingest.reading import Count, read_files
from mesh_platform.ingest.spool import Spool
from mesh_platform.ingest.suppression import Suppressed
from mesh_platform.ingest.tables import raw_layout, raw_table
from mesh_platform.ingest.tolerance import refuse_too_many
from mesh_platform.ingest.writing import Writer
from mesh_platform.lake import Lake, Snapshot
from mesh_platform.product import Domain, Source
from mesh_platform.settings import Settings

BATCH_BYTES: Final = 48 << 20  # a batch needs about four times as much memory while it is screened


@dataclass(frozen=True, slots=True)
class Ingested:
    """What a run of a source did.

    Args:
        source: "<domain>.<source>".
        files: The files that were read, relative to the landing zone.
        read: Their records; each of them was accepted or quarantined.
        accepted: Rows of the raw table.
        quarantined: Records in quarantine.
        late: Accepted rows that happened before their file's day of delivery.
        snapshot: The raw table's current snapshot; None where the source never landed.
    """

    source: str
    files: tuple[str, ...]
    read: int
    accepted: int
    quarantined: int
    late: int
    snapshot: Snapshot | None


def ingest(
    domain: Domain,
    source: Source,
    lake: Lake,
    settings: Settings,
    *,
    run_id: str,
    code_version: str,
    days: Collection[date] | None = None,
    tolerated: float = 0.05,
    batch_bytes: int = BATCH_BYTES,
) -> Ingested:
    """Take a source's files from the landing zone into the lake; bad records go to quarantine.

    Args:
        domain: The source's domain.
        source: The source.
        lake: Where rows go.
        settings: Says where the landing zone is.
        run_id: Names the run in ledger, quarantine and snapshots.
        code_version: The version of the domain's code.
        days: Read all files delivered on these days, changed or not; None for the new and changed ones of any day.
        tolerated: The largest share of the files' records that may be bad.
        batch_bytes: About how many bytes are read before they are screened.

    Raises:
        BadFile: A file can't be read as its source promises; nothing of the source changes.
        TooManyBadRows: More records are bad than tolerated; they are in quarantine, nothing else changes.
    """
    landed = landed_files(settings.landing, domain.name, source.name)
    asked, touched = _asked(domain, source, lake, landed, days)
    writer = Writer(domain, source, lake, run_id, code_version)
    writer.touch(touched)
    suppressed = Suppressed.load(settings.home)
    files = frozenset(file.name for file in asked)
    while files:
        files |= freed_by(files, domain.name, source.name, lake) & {file.name for file in landed}
        chosen = [file for file in landed if file.name in files]
        with Spool(settings.home / "spool", raw_layout(source).schema, 4 * batch_bytes) as spool:
            known = {f.name for f in landed}
            reading = read_files(domain, source, lake, chosen, known, spool, batch_bytes, suppressed)
            if reading.displaced:
                files |= reading.displaced
                continue
            named = {file.name for file in asked}
            refuse_too_many(domain, source, reading, named, tolerated, on_refusal=writer.quarantine)
            snapshot = writer.write(chosen, reading, spool, extra=files - named)
        return _told(domain, source, reading.counts, snapshot)
    return _told(domain, source, {}, lake.current(raw_table(domain.name, source.name)))


def _asked(
    domain: Domain, source: Source, lake: Lake, landed: tuple[LandedFile, ...], days: Collection[date] | None
) -> tuple[tuple[LandedFile, ...], tuple[LandedFile, ...]]:
    if days is not None:
        return tuple(file for file in landed if file.day in days), ()
    compared = compare(domain.name, source.name, lake, landed)
    return compared.pending, compared.touched


def _told(domain: Domain, source: Source, counts: dict[str, Count], snapshot: Snapshot | None) -> Ingested:
    return Ingested(
        source=f"{domain.name}.{source.name}",
        files=tuple(counts),
        read=sum(c.read for c in counts.values()),
        accepted=sum(c.accepted for c in counts.values()),
        quarantined=sum(c.quarantined for c in counts.values()),
        late=sum(c.late for c in counts.values()),
        snapshot=snapshot,
    )
