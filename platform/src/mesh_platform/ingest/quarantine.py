"""Quarantine: every bad record with where it came from, what is wrong with it, and the record itself."""

from collections.abc import Collection, Sequence

import polars as pl

from mesh_platform.ingest.breaches import by_row
from mesh_platform.ingest.readers import Piece
from mesh_platform.ingest.tables import QUARANTINE, quarantine_table
from mesh_platform.lake import Lake


def quarantine_rows(domain: str, source: str, lake: Lake) -> pl.DataFrame:
    """Read a source's bad records, in the order of files and lines; none where nothing was ever bad.

    Args:
        domain: The domain's name.
        source: The source's name.
        lake: Where the quarantine is.
    """
    table = quarantine_table(domain, source)
    if lake.current(table) is None:
        return pl.DataFrame(schema=QUARANTINE.schema)
    return lake.scan(table).collect().sort("file", "line")


def freed_by(files: Collection[str], domain: str, source: str, lake: Lake) -> frozenset[str]:
    """Name the files with duplicates of rows of these files: they must be read again with them."""
    table = quarantine_table(domain, source)
    if lake.current(table) is None:
        return frozenset()
    duplicates = lake.scan(table, columns=["file", "other_file"]).filter(pl.col("other_file").is_not_null())
    pairs = duplicates.unique().collect()
    found = set(files)
    while True:
        freed = set(pairs.filter(pl.col("other_file").is_in(list(found)))["file"]) - found
        if not freed:
            return frozenset(found - set(files))
        found |= freed


def refused_since(ledger: pl.DataFrame, domain: str, source: str, lake: Lake) -> pl.DataFrame:
    """Name the ingested files whose quarantine is that of a later delivery, which was refused.

    Even where such a file is put back as it was, it must be read again, for the sake of its quarantine.
    """
    table = quarantine_table(domain, source)
    if lake.current(table) is None or ledger.is_empty():
        return ledger.select("file").clear()
    held = lake.scan(table, columns=["file", "run_id"]).group_by("file").agg(pl.len(), pl.col("run_id").unique())
    both = ledger.lazy().select("file", "quarantined", ours="run_id").join(held, on="file").collect()
    settled = (pl.col("len") == pl.col("quarantined")) & (pl.col("run_id") == pl.concat_list("ours"))
    return both.filter(~settled).select("file")


def malformed_records(pieces: Sequence[Piece]) -> pl.DataFrame:
    """List the lines that are no record, as rows of the quarantine without run and source."""
    found = []
    for piece in pieces:
        if piece.malformed.is_empty():
            continue
        reason = pl.col("reason")
        whole = piece.malformed.with_columns(
            _file=pl.lit(piece.file.name),
            column=pl.lit(None, pl.String),
            rule=pl.lit("a record is well-formed"),
            reason=pl.lit("malformed: ") + reason,
            value=pl.lit(None, pl.String),
        )
        found.append(_with_records(whole, piece))
    return pl.concat([_nothing(), *found])


def broken_records(pieces: Sequence[Piece], rows: pl.DataFrame, breaches: pl.DataFrame) -> pl.DataFrame:
    """List the rows that broke a rule, as rows of the quarantine without run and source.

    Args:
        pieces: Where the rows came from.
        rows: The rows of all pieces, with `_file` and `_line`.
        breaches: By position in `rows`.
    """
    if breaches.is_empty():
        return _nothing()
    whole = by_row(breaches)
    places = rows.select("_file", "_line")[whole["row"]]
    return _recorded(pieces, pl.concat([whole.drop("row"), places], how="horizontal"))


def duplicate_records(
    pieces: Sequence[Piece], rows: pl.DataFrame, key: Sequence[str], duplicates: pl.DataFrame
) -> pl.DataFrame:
    """List the rows that repeat a key, as rows of the quarantine without run and source.

    Args:
        pieces: Where the rows came from.
        rows: The rows of all pieces, with `_file` and `_line`.
        key: The key's columns.
        duplicates: `row` (position in `rows`), `other_file`, `other_line`.
    """
    if duplicates.is_empty():
        return _nothing()
    shown = [pl.format("{}={}", pl.lit(c), pl.col(c).cast(pl.String)) for c in key]
    places = rows[duplicates["row"]].select("_file", "_line", value=pl.concat_str(shown, separator=", "))
    whole = pl.concat([places, duplicates.drop("row")], how="horizontal").with_columns(
        column=pl.lit(None, pl.String),
        rule=pl.lit(f"{', '.join(key)} names one row"),
        reason=pl.format("duplicate of {} line {}: {}", "other_file", "other_line", "value"),
    )
    return _recorded(pieces, whole)


def _recorded(pieces: Sequence[Piece], whole: pl.DataFrame) -> pl.DataFrame:
    files = set(whole["_file"])
    found = [
        _with_records(whole.filter(pl.col("_file") == piece.file.name), piece)
        for piece in pieces
        if piece.file.name in files
    ]
    return pl.concat([_nothing(), *found])


def _with_records(whole: pl.DataFrame, piece: Piece) -> pl.DataFrame:
    """Add the record itself to those of a piece: the line as it landed; for Parquet the row as JSON."""
    lines = piece.lines
    if lines is None:
        bad = piece.rows.join(whole, on="_line", how="semi", maintain_order="left")
        text = bad.select(pl.struct(pl.exclude("_line")).struct.json_encode()).to_series()
        lines = bad.select("_line").with_columns(text.alias("_record"))
    joined = whole.join(lines, on="_line", maintain_order="left")
    others = {"other_file": pl.String(), "other_line": pl.Int64()}
    missing = [pl.lit(None, t).alias(c) for c, t in others.items() if c not in joined.columns]
    named = joined.with_columns(
        *missing,
        file=pl.col("_file"),
        line=pl.col("_line"),
        record=pl.col("_record").str.strip_chars_end("\r\n"),
        ingested_at=pl.lit(piece.file.ingested_at, QUARANTINE.schema["ingested_at"]),
    )
    return named.select(_nothing().columns)


def _nothing() -> pl.DataFrame:
    schema = QUARANTINE.schema
    return pl.DataFrame(schema={c: t for c, t in schema.items() if c not in ("source", "run_id")})
