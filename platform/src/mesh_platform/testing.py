"""For the tests of domains: rows of what a product reads, as the lake keeps them, and the rows that SQL makes of them.

A test names the values that it is about; every other column is empty. The SQL runs for real, in DuckDB through dbt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from mesh_platform.contract import shape_of
from mesh_platform.errors import UnknownName
from mesh_platform.product import Domain
from mesh_platform.settings import Settings
from mesh_platform.transform import Input, raw_schema, read_mart, transform

Row = dict[str, Any]
LANDED = {"_file": "f", "_line": 2}
"""Where a raw row came from, unless a test cares."""


def at(day: date, clock: str = "12:00") -> datetime:
    """An instant of a UTC day.

    Args:
        day: The day.
        clock: Hours and minutes, as "08:30".
    """
    hours, minutes = map(int, clock.split(":"))
    return datetime(day.year, day.month, day.day, hours, minutes, tzinfo=UTC)


def end_of(day: date) -> datetime:
    """The midnight that ends a day: when the mesh knows what came in time."""
    return at(day, "00:00") + timedelta(days=1)


def written(path: Path, schema: pl.Schema, rows: Sequence[Row], usual: Mapping[str, Any] = LANDED) -> Input:
    """Write rows as the lake keeps them.

    Args:
        path: The Parquet file.
        schema: All columns.
        rows: The values that matter; other columns are as usual, or empty.
        usual: Column → value of the rows that say nothing else.
    """
    full = [{name: {**usual, **row}.get(name) for name in schema} for row in rows]
    pl.DataFrame(full, schema=schema, orient="row").write_parquet(path)
    return Input((str(path),), schema)


@dataclass(frozen=True, slots=True)
class Bench:
    """A domain's SQL, on rows of one's own.

    Args:
        domain: The domain.
        settings: Where its warehouse is; tests that share it parse the SQL once.
        folder: Where the rows are written.
        neighbours: The products that the SQL reads → the columns that it reads of them.
        usual: Column → value of the raw rows that say nothing else.
    """

    domain: Domain
    settings: Settings
    folder: Path
    neighbours: Mapping[str, pl.Schema] = field(default_factory=dict)
    usual: Mapping[str, Any] = field(default_factory=dict)

    def inputs(self, **rows: Sequence[Row]) -> dict[str, Input]:
        """Write all that the domain's SQL reads, without rows where none are given.

        Args:
            rows: By the name of the source or the product.

        Raises:
            UnknownName: The domain reads nothing of that name.
        """
        schemas = {f"raw.{source.name}": raw_schema(source) for source in self.domain.sources} | dict(self.neighbours)
        known = {name.rpartition(".")[2] for name in schemas}
        for name in rows.keys() - known:
            raise UnknownName.of(f"input of {self.domain.name}", name, sorted(known))
        usual = {**LANDED, **self.usual}
        return {
            name: written(self.folder / f"{name}.parquet", schema, rows.get(name.rpartition(".")[2], ()), usual)
            for name, schema in schemas.items()
        }

    def made(self, product: str, days: tuple[date, date] | None = None, **rows: Sequence[Row]) -> pl.DataFrame:
        """Make a product's rows, sorted by their key.

        Args:
            product: Its name in the domain.
            days: The first and last day to make; None makes all.
            rows: As in `inputs`.
        """
        declared = self.domain.product(product)
        return self.mart(declared.mart, days, **rows).sort(shape_of(declared.contract).key)

    def mart(self, model: str, days: tuple[date, date] | None = None, **rows: Sequence[Row]) -> pl.DataFrame:
        """Make a mart's rows: all of a product, or what a program or a model goes on with.

        Args:
            model: The dbt model.
            days: As in `made`.
            rows: As in `inputs`.
        """
        transform(self.domain, [model], self.inputs(**rows), days, self.settings)
        return pl.concat(read_mart(self.domain, model, self.settings))
