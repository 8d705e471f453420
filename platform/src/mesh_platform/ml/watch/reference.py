"""What a model's world looked like when it was judged: the yardstick of drift, stored with the version.

Segments have distributions of their own: web orders differ from those in stores at any time, which is no drift.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from mesh_platform.ml.watch.distribution import Distribution
from mesh_platform.ml.watch.performance import measured
from mesh_platform.ml.watch.segments import ALL, split

if TYPE_CHECKING:
    import polars as pl

    from mesh_platform.ml.watch.watched import Judge

REFERENCE_FILE = "reference.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Reference:
    """The distributions and the performance of a hold-out.

    Args:
        features: Segment → feature → distribution.
        predictions: Segment → column of the predictions → distribution.
        performance: Segment → the gate's metric, where it was measured.
    """

    features: Mapping[str, Mapping[str, Distribution]]
    predictions: Mapping[str, Mapping[str, Distribution]]
    performance: Mapping[str, float]

    @classmethod
    def of(
        cls,
        rows: pl.DataFrame,
        predictions: pl.DataFrame,
        features: Sequence[str] | None = None,
        segments: Sequence[str] = (),
        judge: Judge | None = None,
    ) -> Self:
        """Remember a hold-out and its predictions.

        Args:
            rows: The hold-out.
            predictions: Of its rows, in their order; the columns that are numbers are remembered.
            features: The columns of the rows that the model sees; None for all.
            segments: Columns of the rows, such as "channel", whose values are also remembered one by one.
            judge: The recipe, to remember the performance of each segment; None to leave it to the version's metrics.
        """
        numeric = [c for c in predictions.columns if predictions.schema[c].is_numeric() and c not in rows.columns]
        spread, predicted, performance = {}, {}, {}
        for segment, chosen in split(rows, segments):
            here, made = rows.filter(chosen), predictions.filter(chosen)
            spread[segment] = _spread(here, rows.columns if features is None else features, segment)
            predicted[segment] = _spread(made, numeric, segment)
            if judge is not None and (score := measured(judge, here, made)) is not None:
                performance[segment] = score
        return cls(spread, predicted, performance)

    def to_json(self) -> str:
        """Write as JSON."""
        parts = {"features": _plain(self.features), "predictions": _plain(self.predictions)}
        return json.dumps({"format": FORMAT, **parts, "performance": dict(self.performance)}, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read again what `to_json` wrote."""
        parts = json.loads(text)
        return cls(_distributions(parts["features"]), _distributions(parts["predictions"]), parts["performance"])


def _spread(rows: pl.DataFrame, columns: Sequence[str], segment: str) -> dict[str, Distribution]:
    """The distributions; only those of all rows keep a sample, which is most of the file's size."""
    return {name: Distribution.of(rows[name], sampled=segment == ALL) for name in columns}


def _plain(of: Mapping[str, Mapping[str, Distribution]]) -> dict[str, dict[str, Any]]:
    return {segment: {name: d.to_plain() for name, d in columns.items()} for segment, columns in of.items()}


def _distributions(of: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Distribution]]:
    return {
        segment: {name: Distribution.from_plain(d) for name, d in columns.items()} for segment, columns in of.items()
    }
