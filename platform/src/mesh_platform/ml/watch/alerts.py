"""What people are told of a model's health: a line for each drift, decay and mismatch, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

ALARMING = ("drift", "decay", "mismatch")
WORST_FIRST = {"mismatch": 0, "decay": 1, "drift": 2}
SAME = ("model", "model_version", "segment", "signal", "feature")


def alerts(rows: pl.DataFrame) -> list[str]:
    """Write a line for each mismatch, decay and drift of each model's newest day, in this order.

    Args:
        rows: Rows of `ModelHealth`; those of days before tell since when it has been so.
    """
    import polars as pl

    alarming = rows.filter(pl.col("status").is_in(ALARMING))
    newest = alarming.join(rows.group_by("model").agg(pl.col("day").max()), on=["model", "day"])
    ordered = sorted(newest.iter_rows(named=True), key=lambda r: (r["model"], WORST_FIRST[r["status"]], *_order(r)))
    return [_line(row, _since(alarming, row)) for row in ordered]


def _order(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["segment"], row["signal"], row["feature"]


def _line(row: dict[str, Any], since: object) -> str:
    value, threshold = row["value"], row["threshold"]
    what = f"{row['feature']} {row['measure']}".strip()
    if row["signal"] == "prediction_psi":
        what = f"predictions' {what}"
    than = f"{'>' if value > threshold else '<'} {threshold:.3g}"
    against = " of the best baseline" if row["signal"] == "baseline" else ""
    who = f"{row['model']} v{row['model_version']}"
    return f"{who}: {what} {value:.3g} ({than}{against}) on {row['segment']} since {since}"


def _since(alarming: pl.DataFrame, row: dict[str, Any]) -> object:
    """The first of the unbroken days up to the row's."""
    import polars as pl

    same = alarming.filter(*(pl.col(name) == row[name] for name in SAME))
    days, first = set(same["day"]), row["day"]
    while first - timedelta(days=1) in days:
        first -= timedelta(days=1)
    return first
