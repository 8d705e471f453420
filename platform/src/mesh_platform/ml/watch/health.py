"""Builds the rows of a `model_health` product for the newest day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from mesh_platform.errors import MissingFeature
from mesh_platform.ml.watch.contract import ModelHealth
from mesh_platform.ml.watch.drift import Moved, Status, ks_moved, psi_moved
from mesh_platform.ml.watch.parity import of_model
from mesh_platform.ml.watch.performance import Score, best_baseline, judged, limit_of, score
from mesh_platform.ml.watch.reference import REFERENCE_FILE, Reference
from mesh_platform.ml.watch.segments import ALL, split

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from mesh_platform.ml.making import Making
    from mesh_platform.ml.watch.distribution import Distribution
    from mesh_platform.ml.watch.watched import Models, Version, Watched

Row = dict[str, Any]
DAY = timedelta(days=1)
MOST_ROWS = 200_000
"""Of more current rows a sample is looked at: chance moves its PSI by less than 0.001."""
SEED = 20_063
"""Of the sample, so that looking twice sees the same."""


def health(making: Making, watched: Watched, models: Models | None = None) -> pl.DataFrame:
    """Look at a model's champion on the newest day.

    Args:
        making: The product's making.
        watched: The model, as its domain lets it be watched.
        models: The registry; None for that of the settings.

    Returns:
        Rows of `ModelHealth`; one that says so where no version predicts yet.
    """
    import polars as pl

    from mesh_platform.contract import shape_of

    day = making.known_until.date() - DAY
    registry = models or _registry(making)
    version = registry.champion(watched.recipe.name) if registry else None
    if registry is None or version is None:
        found = [_row(ALL, "champion", "", "", None, None, None, 0, "unknown")]
    else:
        reference = Reference.from_json(registry.artifact(version, REFERENCE_FILE).read_text(encoding="utf-8"))
        found = [*_drift(making, watched, version, reference, day), *_performance(making, watched, version, reference)]
    found += _served(watched.recipe.live, making.settings.home)
    named: Row = {"model": watched.recipe.name, "model_version": version.version if version else 0, "day": day}
    schema = shape_of(ModelHealth).schema
    return pl.DataFrame([{**named, **row} for row in found], schema=schema).sort(*schema.names()[:6])


def _registry(making: Making) -> Models | None:
    """The settings' registry; None before its first training, without the import that it costs."""
    from mesh_platform.ml.registry import Registry

    return Registry.open(making.settings) if Registry.exists(making.settings) else None


def _drift(making: Making, watched: Watched, version: Version, reference: Reference, day: date) -> Iterator[Row]:
    import polars as pl

    days = frozenset(day - n * DAY for n in range(watched.window_days))
    rows = watched.current(making.tables, days)
    rows = rows.sample(MOST_ROWS, seed=SEED) if rows.height > MOST_ROWS else rows
    own = pl.col("model_version") == version.version if "model_version" in rows.columns else pl.lit(value=True)
    for segment, chosen in split(rows, watched.segments):
        features = reference.features.get(segment)
        if features is None:  # the hold-out had too few such rows to say what is normal
            yield _row(segment, "psi", "", "PSI", None, None, None, int(chosen.sum()), "unknown")
            continue
        here = rows.filter(chosen)
        yield from _moves(here, features, segment)
        yield from _predictions(here.filter(own), reference.predictions[segment], segment)


def _moves(rows: pl.DataFrame, features: Mapping[str, Distribution], segment: str) -> Iterator[Row]:
    for name, distribution in features.items():
        values = _column(rows, name)
        yield _moved(segment, "psi", name, "PSI", psi_moved(distribution, values))
        if distribution.sample:
            yield _moved(segment, "ks", name, "KS distance", ks_moved(distribution, values))


def _predictions(rows: pl.DataFrame, predictions: Mapping[str, Distribution], segment: str) -> Iterator[Row]:
    for name, distribution in predictions.items():
        here = rows if name in rows.columns else rows.clear()  # a domain may leave out what can't be compared
        yield _moved(segment, "prediction_psi", name, "PSI", psi_moved(distribution, _column(here, name)))


def _column(rows: pl.DataFrame, name: str) -> pl.Series:
    """A column; one that has vanished counts as missing in every row."""
    import polars as pl

    return rows[name] if name in rows.columns else pl.Series(name, [None] * rows.height, dtype=pl.Null)


def _performance(making: Making, watched: Watched, version: Version, reference: Reference) -> Iterator[Row]:
    recipe = watched.recipe
    rows = _judgeable(making, watched, version)
    baseline = best_baseline(version.metrics, recipe.metric)
    held_out = {ALL: version.metrics.get(recipe.metric.name)} | dict(reference.performance)
    for segment, chosen in split(rows, watched.segments):
        scored = score(recipe, rows.filter(chosen), watched.label)
        expected = held_out.get(segment)
        limit = None if expected is None else limit_of(expected, recipe.metric)
        yield _scored(segment, "performance", watched, scored, limit)
        if segment == ALL and baseline is not None:
            yield _scored(segment, "baseline", watched, scored, baseline)


def _served(live: str, home: Path) -> Iterator[Row]:
    for found in of_model(live, home):
        status: Status = "mismatch" if found.mismatches else "ok"
        yield _row(ALL, "parity", found.view, "mismatches", float(found.mismatches), 0.0, None, found.compared, status)


def _judgeable(making: Making, watched: Watched, version: Version) -> pl.DataFrame:
    """The newest matured predictions of the champion about days that it did not learn from."""
    import polars as pl

    rows = watched.labelled(making.tables, making.known_until)
    if missing := {"day", "model_version"} - set(rows.columns):
        raise MissingFeature(
            f"model '{watched.recipe.name}': the labelled predictions lack {', '.join(sorted(missing))} "
            f"(rule: see `Watched.labelled`); they have: {', '.join(rows.columns)}"
        )
    rows = rows.filter(pl.col("day") >= version.as_of.date(), pl.col("model_version") == version.version)
    return rows.filter(pl.col("day") > pl.col("day").max() - watched.performance_days * DAY)


def _moved(segment: str, signal: str, feature: str, measure: str, moved: Moved) -> Row:
    return _row(
        segment, signal, feature, measure, moved.value, moved.threshold, moved.p_value, moved.rows, moved.status
    )


def _scored(segment: str, signal: str, watched: Watched, scored: Score, limit: float | None) -> Row:
    metric = watched.recipe.metric
    status = judged(scored, limit, metric)
    return _row(segment, signal, "", metric.name, scored.value, limit, None, scored.rows, status)


def _row(
    segment: str,
    signal: str,
    feature: str,
    measure: str,
    value: float | None,
    threshold: float | None,
    p_value: float | None,
    rows: int,
    status: Status,
) -> Row:
    return {
        "segment": segment,
        "signal": signal,
        "feature": feature,
        "measure": measure,
        "value": value,
        "threshold": threshold,
        "p_value": p_value,
        "rows": rows,
        "status": status,
    }
