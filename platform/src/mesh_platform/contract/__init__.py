"""Contracts: what every row of a table promises, as Pandera models with meaning."""

from mesh_platform.contract.columns import (
    Classification,
    ColumnMeaning,
    Contract,
    Money,
    Timestamp,
    column,
    row_rule,
)
from mesh_platform.contract.shape import Column, Shape, shape_of

__all__ = [
    "Classification",
    "Column",
    "ColumnMeaning",
    "Contract",
    "Money",
    "Shape",
    "Timestamp",
    "column",
    "row_rule",
    "shape_of",
]
