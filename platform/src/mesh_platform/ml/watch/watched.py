"""What a domain says about its model so that it can be watched, and what watching needs of the registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    from mesh_platform.lake import Pinned
    from mesh_platform.ml.recipe import Metric


class Judge(Protocol):
    """What watching uses of a `Recipe`."""

    @property
    def name(self) -> str:
        """The model's name."""

    @property
    def live(self) -> str:
        """The `LiveModel` that answers single requests, as "module:NAME"; "" where there is none."""

    @property
    def metric(self) -> Metric:
        """The gate's metric."""

    @property
    def unit(self) -> str:
        """The column that a bootstrap redraws."""

    def measure(self, rows: pl.DataFrame, predictions: pl.DataFrame, weight: npt.NDArray[np.float64]) -> float:
        """The gate's metric."""


class Version(Protocol):
    """What watching uses of a registered version."""

    @property
    def version(self) -> int:
        """Its number."""

    @property
    def as_of(self) -> datetime:
        """What was known when it learnt."""

    @property
    def metrics(self) -> Mapping[str, float]:
        """On its hold-out; the baselines' as "<metric> of <baseline>"."""


class Models(Protocol):
    """What watching uses of the registry."""

    def champion(self, model: str, /) -> Any:
        """The `Version` that predicts, or None."""

    def artifact(self, version: Any, name: str, /) -> Path:
        """A file of a version."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A model as its domain lets it be watched.

    Args:
        recipe: The model's recipe.
        current: (tables, days) → the rows of those days as the model saw them: its features, the columns of
            `Recipe.predict` under the same names, `model_version` where predictions of several versions are among
            them, and the segments' columns.
        labelled: (tables, as of) → published predictions whose labels have matured: the columns that `Recipe.measure`
            reads of rows and of predictions, its `unit`, `day` (a date: the first day whose truth it is about;
            days that the version learnt from are left out), `model_version`, and the segments' columns. Nothing that
            became known after the time.
        segments: Columns, such as "channel", whose values are watched one by one.
        label: The column of `labelled` that tells the two classes apart; "" where the model predicts no class.
        window_days: How many of the newest days are held against the reference.
        performance_days: How many of the newest labelled days the performance is measured on.
    """

    recipe: Judge
    current: Callable[[Pinned, frozenset[date]], pl.DataFrame]
    labelled: Callable[[Pinned, datetime], pl.DataFrame]
    segments: tuple[str, ...] = ()
    label: str = ""
    window_days: int = 7
    performance_days: int = 28
