"""Training: examples, fit, hold-out, gate, registry. A champion is only ever replaced by what passed the gate."""

from __future__ import annotations

import json
import platform
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version as package_version
from pathlib import Path
from typing import TYPE_CHECKING

from mesh_platform.errors import MissingFeature, TooFewExamples
from mesh_platform.lake import Pinned
from mesh_platform.ml.card import model_card
from mesh_platform.ml.gate import Verdict, decide
from mesh_platform.ml.recipe import Check, Examples, Fitted, Recipe
from mesh_platform.ml.registry import Registry
from mesh_platform.ml.store import MODEL_FILE, write_model
from mesh_platform.ml.versions import ModelVersion, Training

if TYPE_CHECKING:
    import polars as pl

SEED = 20_260_101
"""The seed of every training, so that the same snapshots give the same model."""
PACKAGES = ("scikit-learn", "lightgbm", "numpy", "scipy", "polars", "duckdb")
PREDICTIONS_FILE, CARD_FILE = "predictions.parquet", "card.md"


@dataclass(frozen=True, slots=True)
class Trained:
    """What became of a training.

    Args:
        version: The registered version.
        verdict: What the gate said.
        promoted: Whether it predicts now.
    """

    version: ModelVersion
    verdict: Verdict
    promoted: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """A fitted model and its hold-out, before the gate.

    Args:
        examples: What it learnt from and is judged on.
        fitted: The model.
        predictions: Its predictions of the hold-out.
        metrics: Its figures.
    """

    examples: Examples
    fitted: Fitted
    predictions: pl.DataFrame
    metrics: dict[str, float]


def train(
    recipe: Recipe,
    tables: Pinned,
    registry: Registry,
    as_of: datetime,
    code_version: str,
    report: Callable[[str], None] = lambda _: None,
) -> Trained:
    """Train a model's next version; it becomes champion where the gate lets it pass.

    Args:
        recipe: How.
        tables: The recipe's tables, pinned.
        registry: Where versions are kept.
        as_of: What may be known.
        code_version: The version of the domain's code.
        report: Told of each step.

    Raises:
        TooFewExamples: Where there is too little to learn from; nothing was registered.
    """
    require_history(recipe, tables, as_of)
    made = attempt(recipe, tables, as_of, report)
    report("judging")
    baselines = recipe.baselines(made.examples)
    checks = _checks(recipe, made)
    champion = _champion_predictions(recipe, registry, made.examples)
    verdict = decide(recipe, made.examples.holdout, made.predictions, baselines, champion, checks, SEED)
    metrics = made.metrics | _of_baselines(recipe, made.examples, baselines)
    training = Training(
        model=recipe.name,
        as_of=as_of,
        seed=SEED,
        code_version=code_version,
        snapshots=tables.snapshots,
        params=_described(made.examples),
        metrics=metrics,
        verdict=verdict.summary,
        passed=verdict.passed,
        environment=environment(),
    )
    report("registering")
    with tempfile.TemporaryDirectory(prefix="mesh-training-") as folder:
        _write(recipe, made, training, verdict, checks, Path(folder))
        version = registry.register(training, Path(folder))
    if verdict.passed:
        version = registry.promote(recipe.name, version.version)
    return Trained(version, verdict, verdict.passed)


def attempt(recipe: Recipe, tables: Pinned, as_of: datetime, report: Callable[[str], None] = lambda _: None) -> Attempt:
    """Collect examples, fit, and predict the hold-out: the part of a training that must come out the same again."""
    report("collecting examples")
    examples = recipe.examples(tables, as_of)
    report("fitting")
    fitted = recipe.fit(examples, SEED)
    predictions = recipe.predict(fitted, examples.holdout)
    return Attempt(examples, fitted, predictions, recipe.judge(examples.holdout, predictions))


def require_history(recipe: Recipe, tables: Pinned, as_of: datetime) -> None:
    """Refuse to learn from too few days.

    Raises:
        TooFewExamples: Where the tables hold fewer days than the recipe needs.
    """
    days = sum(day < as_of.date() for day in tables.days)
    if days < recipe.needs_days:
        raise TooFewExamples(
            f"model '{recipe.name}' has {days} days of history before {as_of:%Y-%m-%d} "
            f"(rule: >= {recipe.needs_days}); wait, simulate more days, or train as of a later time"
        )


def environment() -> dict[str, str]:
    """What a training runs on: Python and the packages that decide its numbers."""
    return {"python": platform.python_version(), **{name: package_version(name) for name in PACKAGES}}


def _checks(recipe: Recipe, made: Attempt) -> tuple[Check, ...]:
    behaviours = recipe.behaviours(made.fitted, made.examples)
    return (*behaviours, *recipe.fairness(made.examples.holdout, made.predictions))


def _champion_predictions(recipe: Recipe, registry: Registry, examples: Examples) -> pl.DataFrame | None:
    """Let the champion predict the same hold-out; one that can't any more, for its features are gone, has no say."""
    champion = registry.champion(recipe.name)
    if champion is None:
        return None
    try:
        return recipe.predict(registry.load(champion, recipe.trusted), examples.holdout)
    except MissingFeature:
        return None


def _of_baselines(recipe: Recipe, examples: Examples, baselines: Mapping[str, pl.DataFrame]) -> dict[str, float]:
    import numpy as np

    plain = np.ones(examples.holdout.height)
    return {
        f"{recipe.metric.name} of {name}": float(recipe.measure(examples.holdout, predictions, plain))
        for name, predictions in baselines.items()
    }


def _described(examples: Examples) -> dict[str, str | float | int]:
    sizes = {"rows learnt from": examples.train.height, "rows judged on": examples.holdout.height}
    return {**examples.about, **sizes, "features": len(examples.features)}


def _write(
    recipe: Recipe, made: Attempt, training: Training, verdict: Verdict, checks: tuple[Check, ...], folder: Path
) -> None:
    from mesh_platform.ml.watch.reference import REFERENCE_FILE, Reference

    write_model(made.fitted, folder / MODEL_FILE)
    made.predictions.write_parquet(folder / PREDICTIONS_FILE)
    reference = Reference.of(made.examples.holdout, made.predictions, made.examples.watched, recipe.segments, recipe)
    (folder / REFERENCE_FILE).write_text(reference.to_json())
    judged = {"comparisons": [asdict(c) for c in verdict.comparisons], "promises": [asdict(c) for c in checks]}
    (folder / "gate.json").write_text(json.dumps(judged, indent=1))
    plots = _draw(recipe, made, folder / "plots")
    (folder / CARD_FILE).write_text(model_card(recipe, training, verdict, checks, made.examples.features, plots))


def _draw(recipe: Recipe, made: Attempt, folder: Path) -> list[str]:
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    folder.mkdir()
    names = []
    for name, figure in recipe.plots(made.fitted, made.examples, made.predictions).items():
        path = folder / f"{name.replace(' ', '-')}.png"
        figure.savefig(path, dpi=110, bbox_inches="tight")
        plt.close(figure)
        names.append(f"plots/{path.name}")
    return names
