"""The parts of the rows that are watched one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

ALL = "all"
MAX_VALUES = 10
"""The largest values of a segment column that are watched; more would bury the reader in rows."""
FEWEST_ROWS = 100
"""Below this the noise of PSI alone exceeds its threshold of drift; what rests on fewer rows stays "unknown"."""


def split(rows: pl.DataFrame, segments: Sequence[str]) -> Iterator[tuple[str, pl.Series]]:
    """Yield "all" and each segment, such as "channel=web", with the mask of its rows.

    Values with fewer than `FEWEST_ROWS` rows are left out, and missing ones, and columns that the rows lack.

    Args:
        rows: The rows.
        segments: The columns whose values are segments.
    """
    import polars as pl

    yield ALL, pl.repeat(value=True, n=rows.height, dtype=pl.Boolean, eager=True)
    for column in segments:
        if column not in rows.columns:
            continue
        values = rows[column].cast(pl.String).alias("value")
        largest = values.drop_nulls().value_counts(name="rows").filter(pl.col("rows") >= FEWEST_ROWS)
        for value in largest.sort("rows", "value", descending=[True, False])["value"].head(MAX_VALUES):
            yield f"{column}={value}", (values == value).fill_null(value=False)
