"""A row of the benchmark's table."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Args:
        task: The data set and what is predicted.
        protocol: How it was split and judged.
        metric: The figure's name.
        published: The figure to beat and whose it is; "" where there is none.
        ours: What was measured here.
        seconds: How long the task took, reading and learning included.
    """

    task: str
    protocol: str
    metric: str
    published: str
    ours: str
    seconds: float


Task = Callable[[Path], list[Row]]
"""Reads the data's folder and measures; a module of this package has one, named `measure`."""
