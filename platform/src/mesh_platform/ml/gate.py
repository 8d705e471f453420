"""The gate: what a newly trained version must show before it may predict.

It beats every baseline on the same hold-out, does not lose to the champion beyond noise, and keeps all promises of
behaviour and fairness. Noise is measured by a paired bootstrap: both are judged on the same redraws of the hold-out's
units, so what makes the hold-out hard for both cancels out (Efron & Tibshirani 1993, ch. 13).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mesh_platform.errors import TooFewExamples

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    from mesh_platform.ml.recipe import Check, Recipe

DRAWS = 100
"""Redraws of the hold-out; the interval is the normal one of their spread, for which a hundred are enough."""
Z_95 = 1.959964
"""The normal quantile of a two-sided 95% interval."""
LEAST_UNITS = 30
"""Fewer customers (orders, series) than this can't tell two models apart."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A challenger beside somebody else on the same hold-out.

    Args:
        against: The baseline's name, or "champion".
        ours: The challenger's metric.
        theirs: The other's.
        low: Lower end of the 95% interval of how much better the challenger is.
        high: Upper end.
    """

    against: str
    ours: float
    theirs: float
    low: float
    high: float

    @property
    def beats(self) -> bool:
        """Whether the challenger is better beyond noise."""
        return self.low > 0

    @property
    def loses(self) -> bool:
        """Whether the challenger is worse beyond noise."""
        return self.high < 0

    def __str__(self) -> str:
        return f"{self.ours:.4g} against {self.theirs:.4g} of {self.against} (95%: {self.low:+.3g} to {self.high:+.3g})"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says.

    Args:
        passed: Whether the version may predict.
        comparisons: With each baseline and the champion.
        broken: The promises of behaviour and fairness that were not kept.
        summary: All of it in a sentence.
    """

    passed: bool
    comparisons: tuple[Comparison, ...]
    broken: tuple[Check, ...]
    summary: str


def decide(
    recipe: Recipe,
    rows: pl.DataFrame,
    ours: pl.DataFrame,
    baselines: Mapping[str, pl.DataFrame],
    champion: pl.DataFrame | None,
    checks: tuple[Check, ...],
    seed: int,
) -> Verdict:
    """Judge a challenger.

    Args:
        recipe: Measures.
        rows: The hold-out.
        ours: The challenger's predictions of it.
        baselines: Name → predictions of it.
        champion: The champion's predictions of it; None where there is none to compare with.
        checks: Promises of behaviour and fairness.
        seed: Of the redraws.

    Raises:
        TooFewExamples: Where the hold-out has too few units to tell.
    """
    rivals = {**baselines, **({} if champion is None else {"champion": champion})}
    compared = compare(recipe, rows, ours, rivals, seed)
    broken = tuple(check for check in checks if not check.passed)
    unbeaten = [c for c in compared if c.against != "champion" and not c.beats]
    lost = [c for c in compared if c.against == "champion" and c.loses]
    reasons = [f"does not beat {c.against}: {c}" for c in unbeaten]
    reasons += [f"loses to the champion: {c}" for c in lost]
    reasons += [f"{check.name}: {check.detail}" for check in broken]
    praise = f"{recipe.metric.name} {'; '.join(map(str, compared))}"
    return Verdict(not reasons, compared, broken, praise if not reasons else "; ".join(reasons))


def compare(
    recipe: Recipe, rows: pl.DataFrame, ours: pl.DataFrame, rivals: Mapping[str, pl.DataFrame], seed: int
) -> tuple[Comparison, ...]:
    """Compare predictions with those of rivals by a paired bootstrap over the recipe's units.

    Raises:
        TooFewExamples: Where the hold-out has fewer than LEAST_UNITS units.
    """
    import numpy as np

    codes, units = _units(recipe, rows)
    plain = np.ones(rows.height)
    generator = np.random.default_rng(seed)
    weights = [plain]
    for _ in range(DRAWS):
        drawn = np.bincount(generator.integers(units, size=units), minlength=units)
        weights.append(drawn[codes].astype(np.float64))
    mine = _measured(recipe, rows, ours, weights)
    found = []
    for name, predictions in rivals.items():
        theirs = _measured(recipe, rows, predictions, weights)
        gain = (mine - theirs) * (1 if recipe.metric.higher_is_better else -1)
        spread = Z_95 * float(np.std(gain[1:], ddof=1))
        found.append(
            Comparison(name, float(mine[0]), float(theirs[0]), float(gain[0]) - spread, float(gain[0]) + spread)
        )
    return tuple(found)


def _units(recipe: Recipe, rows: pl.DataFrame) -> tuple[npt.NDArray[np.int64], int]:
    import polars as pl

    codes = rows.select(pl.col(recipe.unit).rank("dense").fill_null(0)).to_series().to_numpy().astype("int64")
    units = int(codes.max(initial=-1)) + 1
    if units < LEAST_UNITS:
        raise TooFewExamples(
            f"model '{recipe.name}': the hold-out has {units} different {recipe.unit} (rule: >= {LEAST_UNITS}); "
            "wait for more days, or train from a longer history"
        )
    return codes, units


def _measured(
    recipe: Recipe, rows: pl.DataFrame, predictions: pl.DataFrame, weights: list[npt.NDArray[np.float64]]
) -> npt.NDArray[np.float64]:
    import numpy as np

    return np.array([recipe.measure(rows, predictions, weight) for weight in weights])
