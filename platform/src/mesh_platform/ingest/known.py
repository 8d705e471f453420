"""What the lake already holds: values that references may point to, and keys that a new row would repeat."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl

from mesh_platform.contract import shape_of
from mesh_platform.ingest.breaches import BREACHES, joined
from mesh_platform.ingest.tables import raw_table
from mesh_platform.lake import Lake
from mesh_platform.product import Domain, Source


@dataclass(frozen=True, slots=True)
class Masters:
    """The tables that a source's rows point into, as they are now.

    Args:
        lake: Where they are.
        columns: The source's column → the (table, column) that holds its values.
        snapshots: Table → its snapshot's id; a table without one holds nothing yet.
    """

    lake: Lake
    columns: Mapping[str, tuple[str, str]]
    snapshots: Mapping[str, int]

    @classmethod
    def of(cls, domain: Domain, source: Source, lake: Lake) -> "Masters":
        """Find the masters of a source: other sources of its domain, or published products."""
        own = {s.name for s in domain.sources}
        columns = {}
        for column, target in shape_of(source.contract).references.items():
            owner, table, held = target.split(".")
            is_own = owner == domain.name and table in own
            columns[column] = (raw_table(owner, table) if is_own else f"{owner}.{table}", held)
        current = {table: lake.current(table) for table, _ in columns.values()}
        return cls(lake, columns, {table: s.snapshot_id for table, s in current.items() if s is not None})

    def unknown(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Find the rows that point nowhere, as breaches."""
        found = [self._unknown(rows, column, *target) for column, target in self.columns.items()]
        return joined(found)

    def _unknown(self, rows: pl.DataFrame, column: str, table: str, held: str) -> pl.DataFrame:
        asked = rows.select(pl.col(column).drop_nulls().unique())
        if table in self.snapshots and asked.height:
            master = self.lake.scan(table, as_of=self.snapshots[table], columns=[held])
            known = _matching(master.rename({held: column}), asked, [column])
            asked = asked.join(known, on=column, how="anti")
        if asked.is_empty():
            return pl.DataFrame(schema=BREACHES)
        name = table.replace("_raw.", ".")
        bad = rows.select(column).with_row_index("row").join(asked, on=column, how="semi", maintain_order="left")
        return bad.select(
            "row",
            pl.lit(column).alias("column"),
            pl.lit(f"{column}: known in {name}").alias("rule"),
            pl.format("{}: '{}' is not known in {}", pl.lit(column), column, pl.lit(name)).alias("reason"),
            pl.col(column).cast(pl.String).alias("value"),
        ).cast(BREACHES)


def held_keys(
    lake: Lake, table: str, key: Collection[str], rows: pl.DataFrame, without: Collection[str]
) -> pl.DataFrame:
    """Find the keys of rows that a raw table already holds, with the file and line of each.

    All days are asked, for a key is one row's wherever it is; the range of the key's first column lets most files of
    the history be passed over where keys grow with time.

    Args:
        lake: Where the table is.
        table: The raw table.
        key: The key's columns.
        rows: The rows asked about.
        without: Files whose rows are about to be replaced and so don't count.
    """
    columns = [*key, "_file", "_line"]
    if lake.current(table) is None or rows.is_empty():
        return pl.DataFrame(schema={c: rows.schema[c] for c in columns})
    kept = lake.scan(table, columns=columns).filter(~pl.col("_file").is_in(list(without)))
    return _matching(kept, rows.select(key), list(key))


def _matching(table: pl.LazyFrame, asked: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    first = asked[key[0]]
    within = pl.col(key[0]).is_between(pl.lit(first.min(), first.dtype), pl.lit(first.max(), first.dtype))
    return table.filter(within).join(asked.lazy(), on=key, how="semi").collect(engine="streaming")
