"""Duplicates: of the rows that share a key, the first by file name and line is kept."""

from collections.abc import Collection

import polars as pl


def repeated_within(rows: pl.DataFrame, key: Collection[str]) -> pl.DataFrame:
    """Find the rows whose key an earlier row of the same frame has.

    Args:
        rows: Rows in the order of files and lines, with `_file` and `_line`.
        key: The key's columns.

    Returns:
        `row` (position in the frame), `other_file` and `other_line` of the first row with the key.
    """
    names = list(key)
    if rows.select(names).n_unique() == rows.height:
        return _others(rows.clear().with_row_index("row").with_columns(first_file="_file", first_line="_line"))
    numbered = rows.select(*names, "_file", "_line").with_row_index("row")
    firsts = numbered.unique(names, keep="first").select(
        *names, first_row="row", first_file="_file", first_line="_line"
    )
    again = numbered.join(firsts, on=names, maintain_order="left").filter(pl.col("row") != pl.col("first_row"))
    return _others(again)


def repeated_in(rows: pl.DataFrame, held: pl.DataFrame, key: Collection[str]) -> pl.DataFrame:
    """Find the rows whose key is already held.

    Args:
        rows: Rows with `_file` and `_line`.
        held: The key's columns, and `_file` and `_line` of the row that has it.
        key: The key's columns.

    Returns:
        `row` (position in the frame), `other_file` and `other_line` of the row that is held.
    """
    numbered = rows.select(*key).with_row_index("row")
    found = held.select(*key, first_file="_file", first_line="_line")
    return _others(numbered.join(found, on=list(key), maintain_order="left"))


def _others(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select("row", other_file="first_file", other_line="first_line")
