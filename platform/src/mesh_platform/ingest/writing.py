"""Writes what a run read: quarantine, raw rows, ledger, in this order."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import polars as pl

from mesh_platform.errors import ContractBroken
from mesh_platform.ingest.known import Masters
from mesh_platform.ingest.landing import LandedFile
from mesh_platform.ingest.ledger import ledger_rows
from mesh_platform.ingest.reading import Reading
from mesh_platform.ingest.spool import Spool
from mesh_platform.ingest.tables import (
    LEDGER,
    QUARANTINE,
    ledger_table,
    quarantine_table,
    raw_layout,
    raw_table,
)
from mesh_platform.lake import Candidate, Lake, Made, RowsOf, Snapshot
from mesh_platform.product import Domain, Source

CONTRACT: Final = "1.0.0"  # a source's contract has no versions: it changes with its operational system


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes for one run of a source.

    Args:
        domain: The source's domain.
        source: The source.
        lake: Where it writes.
        run_id: The run.
        code_version: The version of the domain's code.
    """

    domain: Domain
    source: Source
    lake: Lake
    run_id: str
    code_version: str

    def write(self, files: Sequence[LandedFile], reading: Reading, spool: Spool, extra: Collection[str]) -> Snapshot:
        """Write a reading of files.

        Args:
            files: The files.
            reading: What was found in them.
            spool: Their accepted rows.
            extra: Those of the files that are read again for the sake of others. They are struck from the ledger
                first, so that after a crash halfway they are read again as well.
        """
        if extra:
            self._enter(pl.DataFrame(schema=LEDGER.schema), extra)
        names = frozenset(file.name for file in files)
        self.quarantine(reading, names)
        snapshot = self._publish_rows(names, reading, spool)
        self._enter(pl.DataFrame([self._entry(f, reading) for f in files], LEDGER.schema, orient="row"), names)
        return snapshot

    def quarantine(self, reading: Reading, files: Collection[str]) -> None:
        """Put the bad records of files in the place of those that the quarantine has of them."""
        table = quarantine_table(self.domain.name, self.source.name)
        bad = pl.concat(reading.bad).filter(pl.col("file").is_in(list(files)))
        if bad.is_empty() and not self._has(table, files):
            return
        rows = bad.with_columns(source=pl.lit(self.source.name), run_id=pl.lit(self.run_id))
        self._replace(table, rows.select(QUARANTINE.schema.names()).sort("file", "line"), files)

    def touch(self, files: Sequence[LandedFile]) -> None:
        """Note the new times of files whose bytes are the same, so that they are not hashed again."""
        if not files:
            return
        times = {file.name: file.mtime_us for file in files}
        known = ledger_rows(self.domain.name, self.source.name, self.lake).filter(pl.col("file").is_in(list(times)))
        self._enter(known.with_columns(mtime_us=pl.col("file").replace_strict(times, return_dtype=pl.Int64)), times)

    def _publish_rows(self, files: frozenset[str], reading: Reading, spool: Spool) -> Snapshot:
        masters = Masters.of(self.domain, self.source, self.lake)
        return self.lake.publish(
            raw_table(self.domain.name, self.source.name),
            raw_layout(self.source),
            spool.frames,
            replace=RowsOf("_file", files),
            made=self._made(masters.snapshots),
            audit=_rows_are(sum(count.accepted for count in reading.counts.values()), files),
        )

    def _enter(self, entries: pl.DataFrame, files: Collection[str]) -> None:
        table = ledger_table(self.domain.name, self.source.name)
        if entries.height or self._has(table, files):
            self._replace(table, entries, files)

    def _entry(self, file: LandedFile, reading: Reading) -> tuple[object, ...]:
        count, now = reading.counts[file.name], datetime.now(UTC)
        facts = (file.name, file.size, file.mtime_us, count.sha256, file.day)
        return (*facts, count.read, count.accepted, count.quarantined, count.late, self.run_id, now)

    def _replace(self, table: str, rows: pl.DataFrame, files: Collection[str]) -> None:
        layout = LEDGER if table == ledger_table(self.domain.name, self.source.name) else QUARANTINE
        replaced = RowsOf("file", frozenset(files))
        self.lake.publish(table, layout, lambda: [rows], replace=replaced, made=self._made({}), audit=None)

    def _has(self, table: str, files: Collection[str]) -> bool:
        if self.lake.current(table) is None:
            return False
        named = pl.col("file").is_in(list(files))
        return not self.lake.scan(table, columns=["file"]).filter(named).head(1).collect().is_empty()

    def _made(self, inputs: Mapping[str, int]) -> Made:
        return Made(self.run_id, self.code_version, CONTRACT, dict(inputs))


def _rows_are(accepted: int, files: frozenset[str]) -> Callable[[Candidate], int]:
    """Make the audit of a raw table: the rows were screened already, so it counts that all of them arrived."""

    def audit(candidate: Candidate) -> int:
        paths = [file.path for file in candidate.new_files]
        written = 0
        if paths:
            named = pl.col("_file").is_in(list(files))
            written = pl.scan_parquet(paths, hive_partitioning=False).filter(named).select(pl.len()).collect().item()
        if written != accepted:
            raise ContractBroken(
                f"{written:,} rows were written of {accepted:,} accepted ones (rule: all of them); run again"
            )
        return 1

    return audit
