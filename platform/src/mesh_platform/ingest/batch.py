"""One batch of a source's records: into rows that keep the contract and records that don't."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.ingest.breaches import BREACHES, joined
from mesh_platform.ingest.cast import cast
from mesh_platform.ingest.duplicates import repeated_in, repeated_within
from mesh_platform.ingest.known import Masters
from mesh_platform.ingest.quarantine import broken_records, duplicate_records, malformed_records
from mesh_platform.ingest.readers import Piece
from mesh_platform.ingest.tables import TIMESTAMP
from mesh_platform.product import Source


@dataclass(frozen=True, slots=True)
class Screened:
    """A batch after the rules that look at one row at a time.

    Args:
        pieces: What was read.
        good: Typed rows that keep them, with `_file`, `_line`, perhaps `_day`, and `ingested_at`.
        bad: The other records, as rows of the quarantine without run and source.
    """

    pieces: Sequence[Piece]
    good: pl.DataFrame
    bad: pl.DataFrame

    def without(self, duplicates: pl.DataFrame, key: Sequence[str]) -> "Screened":
        """Move rows that repeat a key from the good ones to the bad ones.

        Args:
            duplicates: `row` (position in `good`), `other_file`, `other_line`.
            key: The key's columns.
        """
        if duplicates.is_empty():
            return self
        bad = duplicate_records(self.pieces, self.good, key, duplicates)
        repeated = pl.Series(range(self.good.height), dtype=pl.UInt32).is_in(duplicates["row"].implode())
        return Screened(self.pieces, self.good.filter(~repeated), pl.concat([self.bad, bad]))


def batches(pieces: Iterable[Piece], limit: int) -> Iterator[list[Piece]]:
    """Group pieces into batches of about so many bytes."""
    batch: list[Piece] = []
    size = 0
    for piece in pieces:
        batch.append(piece)
        size += piece.size
        del piece  # only the batch holds it
        if size >= limit:
            full, batch, size = batch, [], 0
            yield full
            del full
    if batch:
        yield batch


def screened(source: Source, pieces: Sequence[Piece], masters: Masters) -> Screened:
    """Type the rows of a batch and hold each against the contract and the masters."""
    shape = shape_of(source.contract)
    rows = pl.concat([_placed(piece) for piece in pieces], rechunk=True)
    typed, failures = cast(rows, shape)
    breaches = joined([failures, _broken(source, typed, failures), masters.unknown(typed)])
    bad = pl.concat([malformed_records(pieces), broken_records(pieces, typed, breaches)])
    if breaches.height:
        broken = pl.Series(range(typed.height), dtype=pl.UInt32).is_in(breaches["row"].implode())
        typed = typed.filter(~broken)
    return Screened(pieces, _dated(typed, source), bad)


def without_repeats(batch: Screened, held: pl.DataFrame, key: Sequence[str]) -> Screened:
    """Move to the bad ones the rows whose key is held already, then those that repeat one of the batch.

    Args:
        batch: The batch.
        held: The keys that are held, with `_file` and `_line` of the row that has each.
        key: The key's columns.
    """
    fresh = batch.without(repeated_in(batch.good, held, key), key)
    return fresh.without(repeated_within(fresh.good, key), key)


def _placed(piece: Piece) -> pl.DataFrame:
    file = piece.file
    return piece.rows.with_columns(
        pl.lit(file.name).alias("_file"), pl.lit(file.ingested_at, TIMESTAMP).alias("ingested_at")
    )


def _broken(source: Source, typed: pl.DataFrame, failures: pl.DataFrame) -> pl.DataFrame:
    """Screen the rows; a value that could not be cast is not missing as well."""
    found = screen(source.contract, typed)
    if failures.height:
        found = found.join(failures, on=["row", "column"], how="anti", maintain_order="left")
    where, value = pl.col("column"), pl.col("value")
    return found.select(
        "row",
        "column",
        pl.concat_str(where, "rule", separator=": ", ignore_nulls=True).alias("rule"),
        pl.when(value.is_null())
        .then(pl.concat_str(where, pl.lit("missing"), separator=": ", ignore_nulls=True))
        .when(where.is_null())
        .then(pl.format("{} (rule: {})", value, "rule"))
        .otherwise(pl.format("{}: {} (rule: {})", where, value, "rule"))
        .alias("reason"),
        "value",
    ).cast(BREACHES)


def _dated(rows: pl.DataFrame, source: Source) -> pl.DataFrame:
    if source.event_time is None:
        return rows
    return rows.with_columns(pl.col(source.event_time).dt.date().alias("_day"))
