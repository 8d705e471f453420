"""Train a registered version once more from its recorded snapshots, and see that it comes out the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mesh_platform.errors import UnknownName, UserError
from mesh_platform.lake import Pinned
from mesh_platform.ml.registry import Registry
from mesh_platform.ml.train import PREDICTIONS_FILE, SEED, Attempt, attempt, environment
from mesh_platform.ml.versions import ModelVersion

if TYPE_CHECKING:
    import polars as pl

    from mesh_platform.lake import Lake
    from mesh_platform.ml.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Reproduced:
    """How a repeated training compares with the recorded one.

    Args:
        version: The recorded version.
        rows: Predictions compared.
        different: How many of them differ, in any bit.
        metrics: Name → (recorded, now), those that differ only.
        changed: What else is not as it was: code, packages.
    """

    version: ModelVersion
    rows: int
    different: int
    metrics: Mapping[str, tuple[float, float]]
    changed: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether every metric and every prediction is equal."""
        return not self.different and not self.metrics


def reproduce(
    recipe: Recipe,
    lake: Lake,
    registry: Registry,
    version: ModelVersion,
    code_version: str,
    memory_mb: int = 2048,
    report: Callable[[str], None] = lambda _: None,
) -> Reproduced:
    """Retrain a version from its snapshots, as of its time, with its seed.

    Args:
        recipe: How.
        lake: Holds the snapshots.
        registry: Holds what was recorded.
        version: What to repeat.
        code_version: The version of the domain's code now.
        memory_mb: What the SQL engine may use.
        report: Told of each step.

    Raises:
        UserError: Where a snapshot has expired, or was removed by an erasure.
    """
    tables = _pinned(lake, version, memory_mb)
    made = attempt(recipe, tables, version.as_of, report)
    report("comparing")
    recorded = _recorded(registry, version)
    different = _different(recorded, made.predictions)
    return Reproduced(version, recorded.height, different, _metrics(version, made), _changed(version, code_version))


def _pinned(lake: Lake, version: ModelVersion, memory_mb: int) -> Pinned:
    for table, snapshot in version.snapshots.items():
        try:
            lake.files(table, as_of=snapshot)
        except UnknownName:
            raise UserError(
                f"model '{version.model}' version {version.version} learnt from snapshot {snapshot} of {table}, "
                f"{_why_gone(lake, table, snapshot)}; it can't be repeated any more, train it again"
            ) from None
    return Pinned(lake, version.snapshots, memory_mb=memory_mb)


def _why_gone(lake: Lake, table: str, snapshot: int) -> str:
    erased = lake.erased_at(table, snapshot)
    if erased is None:
        return "which has expired (rule: a product's retention_days)"
    return (
        f"which was removed on {erased:%Y-%m-%d}, for a person in it was erased "
        "(rule: erasure wins over reproducibility)"
    )


def _recorded(registry: Registry, version: ModelVersion) -> pl.DataFrame:
    import polars as pl

    return pl.read_parquet(registry.artifact(version, PREDICTIONS_FILE))


def _different(recorded: pl.DataFrame, now: pl.DataFrame) -> int:
    import polars as pl

    if recorded.schema != now.schema or recorded.height != now.height:
        return max(recorded.height, now.height)
    unequal = [~pl.col(name).eq_missing(now[name]) for name in recorded.columns]
    return recorded.select(pl.any_horizontal(unequal).sum()).item()  # type: ignore[no-any-return]


def _metrics(version: ModelVersion, made: Attempt) -> dict[str, tuple[float, float]]:
    return {
        name: (version.metrics[name], now)
        for name, now in made.metrics.items()
        if name in version.metrics and repr(version.metrics[name]) != repr(float(now))
    }


def _changed(version: ModelVersion, code_version: str) -> tuple[str, ...]:
    changed = []
    if version.code_version != code_version:
        changed.append(f"code {version.code_version} → {code_version}")
    if version.seed != SEED:
        changed.append(f"seed {version.seed} → {SEED}")
    now = environment()
    changed += [f"{name} {was} → {now[name]}" for name, was in version.environment.items() if now.get(name) != was]
    return tuple(changed)
