"""The lake tables of a source: its rows, its quarantine, its ledger of files; their names and layouts."""

from typing import Final

import polars as pl

from mesh_platform.contract import shape_of
from mesh_platform.lake import TableLayout
from mesh_platform.product import Source

TIMESTAMP: Final = pl.Datetime("us", "UTC")
QUARANTINE: Final = TableLayout(
    schema=pl.Schema(
        {
            "source": pl.String(),
            "file": pl.String(),
            "line": pl.Int64(),
            "column": pl.String(),
            "rule": pl.String(),
            "reason": pl.String(),
            "value": pl.String(),
            "record": pl.String(),
            "other_file": pl.String(),
            "other_line": pl.Int64(),
            "run_id": pl.String(),
            "ingested_at": TIMESTAMP,
        }
    ),
    required=frozenset({"source", "file", "line", "rule", "reason", "record", "run_id", "ingested_at"}),
    descriptions={
        "source": "The source.",
        "file": "The landed file, relative to the landing zone.",
        "line": "The record's line, 1-based; for Parquet the row number.",
        "column": "The first column that is wrong; null where the whole record is.",
        "rule": "The rules that it broke, joined with '; '.",
        "reason": "What broke them, in words, joined with '; '.",
        "value": "The first wrong value.",
        "record": "The record as it landed; for Parquet as JSON.",
        "other_file": "For a duplicate: the file of the row that was kept.",
        "other_line": "For a duplicate: the line of the row that was kept.",
        "run_id": "The run that read it.",
        "ingested_at": "When the mesh could first know it.",
    },
)
LEDGER: Final = TableLayout(
    schema=pl.Schema(
        {
            "file": pl.String(),
            "size": pl.Int64(),
            "mtime_us": pl.Int64(),
            "sha256": pl.String(),
            "delivered_on": pl.Date(),
            "read": pl.Int64(),
            "accepted": pl.Int64(),
            "quarantined": pl.Int64(),
            "late": pl.Int64(),
            "run_id": pl.String(),
            "read_at": TIMESTAMP,
        }
    ),
    required=frozenset({"file", "size", "mtime_us", "sha256", "delivered_on", "read", "accepted", "quarantined"}),
    descriptions={
        "file": "The landed file, relative to the landing zone.",
        "size": "Its size in bytes when it was read.",
        "mtime_us": "When it was last written, in microseconds since 1970.",
        "sha256": "The SHA-256 of the bytes that were read.",
        "delivered_on": "The day of delivery.",
        "read": "How many records it has: accepted and quarantined ones.",
        "accepted": "How many of them are rows of the raw table.",
        "quarantined": "How many of them are in quarantine.",
        "late": "How many of the accepted ones happened before the day of delivery.",
        "run_id": "The run that read it.",
        "read_at": "When it was read.",
    },
)


def raw_table(domain: str, source: str) -> str:
    """Name the table of a source's accepted rows."""
    return f"{domain}_raw.{source}"


def quarantine_table(domain: str, source: str) -> str:
    """Name the table of a source's bad records."""
    return f"{domain}_quarantine.{source}"


def ledger_table(domain: str, source: str) -> str:
    """Name the table of the files that were ingested."""
    return f"{domain}_landed.{source}"


def raw_layout(source: Source) -> TableLayout:
    """Lay out a source's accepted rows: the contract's columns and where and when each row came from."""
    contract = TableLayout.of(shape_of(source.contract))
    added: dict[str, pl.DataType] = {"_file": pl.String(), "_line": pl.Int64()}
    if source.event_time:
        added["_day"] = pl.Date()
    added["ingested_at"] = TIMESTAMP
    return TableLayout(
        schema=pl.Schema({**contract.schema, **added}),
        required=contract.required | set(added),
        partition="_day" if source.event_time else None,
        descriptions={
            **contract.descriptions,
            "_file": "The landed file, relative to the landing zone.",
            "_line": "The record's line in it, 1-based; for Parquet the row number.",
            **({"_day": f"The UTC day of {source.event_time}."} if source.event_time else {}),
            "ingested_at": "When the mesh could first know the row: the end of the file's day of delivery.",
        },
    )
