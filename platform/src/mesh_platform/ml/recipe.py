"""What a domain writes to have a model product: how to collect examples, fit, judge, score and explain.

A recipe is pure Python: it runs without an orchestrator and without a registry. The platform does the rest: training
runs, the gate, versions, predictions under a contract, watching.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl
    from matplotlib.figure import Figure

    from mesh_platform.lake import Pinned
    from mesh_platform.ml.making import Making

Fitted = dict[str, Any]
"""A fitted model as plain parts: numbers, texts, arrays, lists, dicts, scikit-learn estimators. A LightGBM booster is
its `model_to_string()`. What isn't plain must be named in `Recipe.trusted`, or it will not be loaded."""


@dataclass(frozen=True, slots=True)
class Metric:
    """The number that the gate compares.

    Args:
        name: Such as "average precision".
        higher_is_better: Which way is better.
    """

    name: str
    higher_is_better: bool = True


@dataclass(frozen=True, slots=True)
class Examples:
    """What a model learns from, and what it is judged on.

    Args:
        train: Rows to fit on.
        holdout: Rows to judge on, later in time than those of `train`; the gate's bootstrap redraws their `unit`s.
        features: The columns of both that the model sees; their distributions are remembered for drift.
        about: What was done, for the tracking: windows, counts, delays.
        unwatched: Features whose distribution moves with the calendar by nature, such as the length of the history or
            the trend of a whole category: drift of them says nothing.
    """

    train: pl.DataFrame
    holdout: pl.DataFrame
    features: tuple[str, ...]
    about: Mapping[str, str | float | int] = field(default_factory=dict)
    unwatched: tuple[str, ...] = ()

    @property
    def watched(self) -> tuple[str, ...]:
        """The features whose distributions are remembered."""
        return tuple(name for name in self.features if name not in self.unwatched)


@dataclass(frozen=True, slots=True)
class Check:
    """A promise about a model's behaviour or fairness, and whether it was kept.

    Args:
        name: The promise, such as "a larger amount never lowers the risk".
        passed: Whether it was kept.
        detail: The figures behind it.
    """

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a prediction is what it is.

    Args:
        features: Name → value, as the model saw them.
        reasons: (what, contribution), the strongest first; contributions are in the model's own unit.
        unit: The unit of the contributions, such as "log odds".
    """

    features: Mapping[str, Any]
    reasons: tuple[tuple[str, float], ...]
    unit: str


class Recipe(ABC):
    """How one model is made, judged and used. Every method is deterministic, given its arguments."""

    name: ClassVar[str]
    """The model's name across the mesh, such as "fraud"."""
    purpose: ClassVar[str]
    """What it is for, and what it must not be used for: the first lines of its model card."""
    tables: ClassVar[tuple[str, ...]]
    """The lake tables that `examples` reads; own sources as `<domain>_raw.<source>`."""
    feature_table: ClassVar[str]
    """The one of them that holds the features; its snapshot is named in every prediction."""
    metric: ClassVar[Metric]
    """What the gate compares."""
    unit: ClassVar[str]
    """The column of the hold-out that the gate's bootstrap redraws, such as "customer_id"."""
    needs_days: ClassVar[int]
    """The fewest days of history from which it makes sense to learn."""
    cooldown_days: ClassVar[int] = 7
    """How many days pass at least between two trainings that drift or decay starts."""
    segments: ClassVar[tuple[str, ...]] = ()
    """Columns of the hold-out, such as "channel", whose values are also watched one by one."""
    trusted: ClassVar[tuple[str, ...]] = ()
    """Types, beside plain ones and scikit-learn's, that a stored model of this recipe may hold."""
    live: ClassVar[str] = ""
    """"module:NAME" of the `LiveModel` that answers single requests; "" where the model only scores in batches."""

    @abstractmethod
    def examples(self, tables: Pinned, as_of: datetime) -> Examples:
        """Collect examples as they were known at a time: nothing that happened or became known later.

        Raises:
            TooFewExamples: Where the window is empty, has one class, or is too short.
        """

    @abstractmethod
    def fit(self, examples: Examples, seed: int) -> Fitted:
        """Fit on `examples.train` alone."""

    @abstractmethod
    def predict(self, fitted: Fitted, rows: pl.DataFrame) -> pl.DataFrame:
        """Predict rows of the kind of `examples.holdout`, in their order.

        Raises:
            MissingFeature: Where a row lacks a feature that the model was fitted with.
        """

    @abstractmethod
    def baselines(self, examples: Examples) -> dict[str, pl.DataFrame]:
        """Predict the hold-out by each simple rule that the model must beat: name → predictions like `predict`'s."""

    @abstractmethod
    def measure(self, rows: pl.DataFrame, predictions: pl.DataFrame, weight: npt.NDArray[np.float64]) -> float:
        """The gate's metric, each row counted `weight` times (a bootstrap's counts; ones for the plain metric)."""

    @abstractmethod
    def judge(self, rows: pl.DataFrame, predictions: pl.DataFrame) -> dict[str, float]:
        """All metrics that a practitioner of the field would ask for, the gate's among them."""

    @abstractmethod
    def behaviours(self, fitted: Fitted, examples: Examples) -> tuple[Check, ...]:
        """Test the model as a model: invariance and direction."""

    @abstractmethod
    def fairness(self, rows: pl.DataFrame, predictions: pl.DataFrame) -> tuple[Check, ...]:
        """Bounds across age band and region; empty where the model decides nothing about people."""

    @abstractmethod
    def plots(self, fitted: Fitted, examples: Examples, predictions: pl.DataFrame) -> dict[str, Figure]:
        """Draw what a practitioner would look at: name → figure."""

    @abstractmethod
    def score(self, fitted: Fitted, making: Making) -> pl.DataFrame:
        """Make the product's rows, without the columns that the platform adds (see `ml.prediction.Prediction`)."""

    @abstractmethod
    def explain(self, fitted: Fitted, tables: Pinned, row: Mapping[str, Any]) -> Explanation:
        """Explain a published prediction from the features at its snapshot.

        Args:
            fitted: The model version that made it.
            tables: The recipe's tables; the feature table is pinned at the prediction's snapshot.
            row: The published row.
        """
