"""Breaches: which row broke which rule with which value; a row may have several."""

from collections.abc import Sequence
from typing import Final

import polars as pl

BREACHES: Final = pl.Schema(
    {
        "row": pl.UInt32(),
        "column": pl.String(),
        "rule": pl.String(),
        "reason": pl.String(),
        "value": pl.String(),
    }
)
"""Row (0-based position in its batch), column (null for rules across columns), the rule, what broke it, the value."""


def joined(breaches: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Put breaches together, in the order in which they were found."""
    return pl.concat([pl.DataFrame(schema=BREACHES), *breaches])


def by_row(breaches: pl.DataFrame) -> pl.DataFrame:
    """Make one breach a row: the first one's column and value, the rules and reasons of all in order."""
    return breaches.group_by("row", maintain_order=True).agg(
        pl.col("column").first(), pl.col("rule", "reason").str.join("; "), pl.col("value").first()
    )
