"""Reads the files of one run: every record ends among the accepted rows or among the bad ones."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from mesh_platform.contract import shape_of
from mesh_platform.ingest.batch import batches, screened, without_repeats
from mesh_platform.ingest.known import Masters, held_keys
from mesh_platform.ingest.landing import LandedFile
from mesh_platform.ingest.readers import Piece, Sha, reader_of
from mesh_platform.ingest.readers.kinds import refuse_wrong_ending
from mesh_platform.ingest.spool import Spool
from mesh_platform.ingest.suppression import Suppressed
from mesh_platform.ingest.tables import raw_table
from mesh_platform.lake import Lake
from mesh_platform.product import Domain, Source


@dataclass(slots=True)
class Count:
    """What became of a file's records."""

    read: int = 0
    accepted: int = 0
    quarantined: int = 0
    late: int = 0
    sha256: str = ""


@dataclass(slots=True)
class Reading:
    """What reading the files found.

    Args:
        counts: By file name.
        bad: Bad records, as rows of the quarantine without run and source, batch by batch.
        displaced: Files of earlier runs with rows whose key an earlier file of this run has, so that theirs are the
            duplicates: they must be read again with these.
    """

    counts: dict[str, Count]
    bad: list[pl.DataFrame] = field(default_factory=list)
    displaced: set[str] = field(default_factory=set)


def read_files(
    domain: Domain,
    source: Source,
    lake: Lake,
    files: Sequence[LandedFile],
    landed: Collection[str],
    spool: Spool,
    batch_bytes: int,
    suppressed: Suppressed | None = None,
) -> Reading:
    """Read files into accepted rows, which go to the spool, and bad records.

    Args:
        domain: The source's domain.
        source: The source.
        lake: Holds masters and earlier rows.
        files: The files, in the order of their names.
        landed: All files of the source that are in the landing zone: those that could be read again.
        spool: Takes in the accepted rows.
        batch_bytes: About how many bytes are read before they are screened.
        suppressed: Persons who were erased: their records don't come in again.

    Raises:
        BadFile: Where one of the files can't be read as its source promises.
    """
    reading = Reading({file.name: Count() for file in files})
    masters, key = Masters.of(domain, source, lake), shape_of(source.contract).key
    raw, names = raw_table(domain.name, source.name), frozenset(reading.counts)
    days = {file.name: file.day for file in files}
    for pieces in batches(_pieces(source, files, reading, batch_bytes // 3, suppressed), batch_bytes):
        batch = screened(source, pieces, masters)
        held = held_keys(lake, raw, key, batch.good, without=names)
        later = _displaced(batch.good, held, key, landed)
        reading.displaced |= set(later["_file"])
        held = held.join(later, on=["_file", "_line"], how="anti")
        batch = without_repeats(batch, pl.concat([held, spool.keys(key, batch.good)]), key)
        spool.add(batch.good)
        reading.bad.append(batch.bad)
        _count(reading, pieces, batch.good, batch.bad, days)
        del pieces, batch  # or they would stay in memory while the next ones are read
    return reading


def _pieces(
    source: Source, files: Sequence[LandedFile], reading: Reading, limit: int, suppressed: Suppressed | None
) -> Iterator[Piece]:
    reader, shape = reader_of(source.format), shape_of(source.contract)
    for file in files:
        refuse_wrong_ending(file, source.format)
        sha = Sha()
        for piece in reader.pieces(file, shape, sha, limit):
            yield piece if suppressed is None else suppressed.applied(piece, shape)
        reading.counts[file.name].sha256 = sha.text


def _displaced(good: pl.DataFrame, held: pl.DataFrame, key: Sequence[str], landed: Collection[str]) -> pl.DataFrame:
    """Find the held rows that are later than a row of the batch with their key, in files that are still there."""
    if held.is_empty():
        return held.select("_file", "_line")
    ours = good.select(*key, ours="_file")
    both = held.filter(pl.col("_file").is_in(list(landed))).join(ours, on=list(key))
    return both.filter(pl.col("_file") > pl.col("ours")).select("_file", "_line").unique()


def _count(
    reading: Reading, pieces: Sequence[Piece], good: pl.DataFrame, bad: pl.DataFrame, days: Mapping[str, date]
) -> None:
    for piece in pieces:
        reading.counts[piece.file.name].read += piece.read
    for file, rows in good.group_by("_file").len().iter_rows():
        reading.counts[file].accepted += rows
    for file, rows in bad.group_by("file").len().iter_rows():
        reading.counts[file].quarantined += rows
    if "_day" in good.columns:
        delivered = pl.col("_file").replace_strict(days, return_dtype=pl.Date)
        late = good.filter(pl.col("_day") < delivered).group_by("_file").len()
        for file, rows in late.iter_rows():
            reading.counts[file].late += rows
