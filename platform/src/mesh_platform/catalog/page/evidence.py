"""What a page shows beside the metadata: the lake's snapshots and rows as they are now, and who registered to read.

Rows leave here masked, by the same switch as everywhere: the published classification.
"""

import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from mesh_platform.contract.consumers import consumers, reading_products
from mesh_platform.contract.export.masks import masked, masked_columns
from mesh_platform.contract.export.read import PublishedProduct, published
from mesh_platform.errors import MeshError
from mesh_platform.lake import Lake
from mesh_platform.pipeline.measured import Measured, end_of, newest_delivery
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.contract.consumers import Consumer

_UNREADABLE = (MeshError, OSError, sqlite3.Error)
"""What a lake that is away, or half copied, raises; the page then shows what the metadata knows."""
_UNREAD = "The lake can't be read: {}"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads a product.

    Args:
        name: The consumer; a product's full name where it is one.
        kind: What it is: "product", "dashboard", …
        owner: Who answers for it.
        purpose: What it is for.
        major: The major version that it reads.
        columns: The columns that it reads.
        expires: The last day of the use; None where it has no end.
    """

    name: str
    kind: str
    owner: str
    purpose: str
    major: int
    columns: tuple[str, ...]
    expires: date | None


@dataclass(frozen=True, slots=True)
class Sample:
    """A few rows of a product.

    Args:
        columns: The columns.
        rows: The values, in the columns' order, personal data masked.
        hidden: The columns whose values are masked.
        problem: Why there are no rows; "" where there are.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    hidden: frozenset[str] = frozenset()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Documents:
    """What is read of contracts/: the newest version of each product, and all consumers."""

    products: dict[str, PublishedProduct]
    readers: "tuple[Consumer, ...]"


class Evidence:
    """The lake and the published documents beside the metadata.

    Args:
        settings: Where the lake is.
        contracts: The folder of published documents.
    """

    def __init__(self, settings: Settings, contracts: Path) -> None:
        self._settings, self._contracts, self._reading = settings, contracts, Lock()
        self._read: _Documents | None = None

    def forget(self) -> None:
        """Read the documents again when they are needed next."""
        with self._reading:
            self._read = None

    def load(self) -> "_Documents":
        """Read the documents, all at once: a thousand products take seconds, so they are kept.

        Raises:
            BadContract: Where a document can't be understood.
        """
        with self._reading:
            if self._read is None:
                products = published(self._contracts)
                readers = (*reading_products(products), *consumers(self._contracts))
                self._read = _Documents({product.table: product for product in products}, readers)
            return self._read

    def warm_up(self) -> None:
        """Read the documents ahead; whoever needs them is told what is wrong with them."""
        with suppress(MeshError):
            self.load()

    def readers(self, table: str) -> list[Reader]:
        """Who reads a product: other products through their input ports, then registered consumers."""
        return [
            Reader(c.name, c.kind, c.owner, c.purpose, use.major, use.columns, _end(use.expires))
            for c in self.load().readers
            for use in c.uses
            if use.product == table
        ]

    def measured(self, table: str) -> Measured:
        """Measure a table: states, newest row, newest delivery of its sources, refused rows."""
        try:
            return self._measured(table)
        except _UNREADABLE as error:
            return Measured(problem=_UNREAD.format(error))

    def _measured(self, table: str) -> Measured:
        lake = Lake.open(self._settings)
        snapshots = tuple(lake.history(table))
        product = self.load().products.get(table)
        if not snapshots or product is None:
            return Measured(snapshots)
        delivered = newest_delivery(product.domain, product.sources, lake)
        quarantines = [lake.current(f"{product.domain}_quarantine.{source}") for source in product.sources]
        return Measured(
            snapshots,
            self._newest_row(lake, product),
            end_of(delivered) if delivered else None,
            sum(found.rows for found in quarantines if found),
        )

    def sample(self, table: str, rows: int = 8) -> Sample:
        """Read a few rows of a product's current snapshot."""
        product = self.load().products.get(table)
        if product is None:
            return Sample(problem="No published product has this name, so its classification is unknown.")
        try:
            lake = Lake.open(self._settings)
            if lake.current(table) is None:
                return Sample(problem="No snapshot was published yet.")
            found = lake.scan(table, columns=[c.name for c in product.columns]).head(rows).collect().to_dicts()
        except _UNREADABLE as error:
            return Sample(problem=_UNREAD.format(error))
        shown = masked(found, product.columns)
        names = tuple(c.name for c in product.columns)
        values = tuple(tuple(row[name] for name in names) for row in shown)
        return Sample(names, values, masked_columns(product.columns))

    def _newest_row(self, lake: Lake, product: PublishedProduct) -> datetime | None:
        """The instant that the audit of freshness asks for: `ingested_at`, or the end of the newest day."""
        import duckdb

        files = lake.files(product.table)
        if "ingested_at" not in {c.name for c in product.columns}:
            days = [file.day for file in files if file.day is not None]
            return end_of(max(days)) if days else None
        with duckdb.connect() as connection:
            newest = connection.read_parquet([f.path for f in files], union_by_name=True)
            asked = newest.aggregate("epoch_us(max(ingested_at))").fetchall()
        return _EPOCH + timedelta(microseconds=asked[0][0]) if asked and asked[0][0] is not None else None


def _end(day: date) -> date | None:
    return None if day == date.max else day
