"""A small model at work: a lender that scores applications, its registry and its newest days, all made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_platform.errors import TooFewExamples
from mesh_platform.lake import Lake, Pinned
from mesh_platform.ml import Making, Metric
from mesh_platform.ml.watch import Reference, Watched
from mesh_platform.settings import Settings

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NEWEST = date(2026, 2, 28)
FEATURES = ("income", "job")


class Lender:
    """Judges scores by the share of pairs in which the defaulter has the higher one."""

    name = "lending"
    live = ""
    metric = Metric("AUC")
    unit = "customer_id"

    def measure(self, rows: pl.DataFrame, predictions: pl.DataFrame, weight: npt.NDArray[np.float64]) -> float:
        order = np.argsort(predictions["risk"].to_numpy(), kind="stable")
        bad, weights = rows["default"].to_numpy()[order], weight[order]
        good_below = np.cumsum(weights * ~bad)
        if not weights[bad].sum() or not good_below[-1]:
            raise TooFewExamples("one class")
        return float(np.sum(weights[bad] * good_below[bad]) / (weights[bad].sum() * good_below[-1]))


@dataclass(frozen=True)
class Trained:
    version: int = 3
    as_of: datetime = datetime(2026, 2, 1, tzinfo=UTC)
    metrics: Mapping[str, float] = field(default_factory=lambda: {"AUC of income rule": 0.6})


@dataclass(frozen=True)
class Shelf:
    """A registry of one model."""

    folder: Path
    version: Trained | None = Trained()

    def champion(self, model: str) -> Trained | None:
        return self.version if model == Lender.name else None

    def artifact(self, version: Any, name: str) -> Path:
        return self.folder / name


def applications(count: int = 4_000, seed: int = 1) -> pl.DataFrame:
    """Applications of February, their scores and what became of them."""
    rng = np.random.default_rng(seed)
    channel = rng.choice(["web", "store"], count)
    income = rng.lognormal(np.where(channel == "web", 7.0, 8.0), 0.5)
    risk = 1 / (1 + income / 1_500)
    return pl.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(count)],
            "day": [NEWEST - timedelta(days=int(n)) for n in rng.integers(0, 28, count)],
            "channel": channel,
            "income": income,
            "job": rng.choice(["baker", "clerk", "nurse"], count, p=[0.2, 0.3, 0.5]),
            "risk": risk,
            "default": rng.random(count) < risk,
            "model_version": 3,
        }
    )


def shelf(folder: Path, version: Trained | None = None) -> Shelf:
    """A registry whose version remembers a hold-out drawn from the same world."""
    holdout = applications(seed=0)
    rows, predictions = holdout.drop("risk", "model_version"), holdout.select("risk")
    reference = Reference.of(rows, predictions, FEATURES, ("channel",), Lender())
    (folder / "reference.json").write_text(reference.to_json())
    return Shelf(folder, version or Trained())


def making() -> Making:
    """No table is read: what is watched is given."""
    return Making(Pinned(cast("Lake", None), {}), None, NOW, Settings(Path(), "", ""))


Change = Callable[[pl.DataFrame], pl.DataFrame]


def watched(current: Change = lambda rows: rows, labelled: Change = lambda rows: rows) -> Watched:
    """The lender, its newest rows changed as a test wants them."""

    def newest(_: Pinned, days: frozenset[date]) -> pl.DataFrame:
        return current(applications().with_columns(pl.lit(max(days)).alias("day")))

    return Watched(Lender(), newest, lambda _, __: labelled(applications()), ("channel",))
