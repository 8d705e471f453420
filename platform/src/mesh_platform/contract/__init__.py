"""Contracts: what every row of a table promises, as Pandera models with meaning.

Light to import: Pandera comes in with the first name that needs it, so that reading published documents starts at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_OF_SHAPE = {"Column", "Shape", "shape_of"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    home = "shape" if name in _OF_SHAPE else "columns"
    return getattr(import_module(f"{__name__}.{home}"), name)
