"""Whether the churn model treats age bands and regions alike.

Neither is a feature; still, what is may stand in for them. Two bounds a group: what it is promised must be what happens
to it (calibration), and of those who stay, no group may be taken for leaving far more often than all (false alarms).
The bounds leave room for chance, so that a small group passes unless it is surely treated differently.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from mesh_platform.ml import Check

GROUPS = ("age_band", "region")
FLAGGED_SHARE = 0.2
"""Taken for leaving are the fifth with the highest probability."""
CALIBRATION_BOUND = 0.05
FALSE_ALARM_BOUND = 0.10
STANDARD_ERRORS = 2.6
"""With ten groups and two bounds, one in a hundred fair models would otherwise fail by chance alone each time."""


def fairness(rows: pl.DataFrame, probability: pl.Series) -> tuple[Check, ...]:
    """Check the bounds for each grouping of labelled rows."""
    flagged = probability >= probability.quantile(1 - FLAGGED_SHARE, "lower")
    judged = rows.select(*GROUPS, "churned").with_columns(probability.alias("p"), flagged.alias("flagged"))
    return tuple(check(judged, group) for group in GROUPS for check in (_calibration, _false_alarms))


def _calibration(judged: pl.DataFrame, group: str) -> Check:
    found = judged.group_by(group).agg(
        (pl.col("p").mean() - pl.col("churned").mean()).alias("gap"),
        ((pl.col("p") * (1 - pl.col("p"))).sum().sqrt() / pl.len()).alias("error"),
    )
    return _check(f"probabilities hold in every {_words(group)}", found, group, CALIBRATION_BOUND)


def _false_alarms(judged: pl.DataFrame, group: str) -> Check:
    stayed = judged.filter(pl.col("churned") == 0)
    share = float(np.mean(stayed["flagged"].to_numpy()))
    found = stayed.group_by(group).agg(
        (pl.col("flagged").mean() - share).alias("gap"),
        (pl.lit(share * (1 - share)) / pl.len()).sqrt().alias("error"),
    )
    return _check(
        f"those who stay are taken for leaving alike in every {_words(group)}", found, group, FALSE_ALARM_BOUND
    )


def _check(name: str, found: pl.DataFrame, group: str, bound: float) -> Check:
    beyond = found.filter(pl.col("gap").abs() > bound + STANDARD_ERRORS * pl.col("error"))
    worst = found.sort("gap", group).select(group, "gap").rows()
    detail = ", ".join(f"{label} {gap:+.3f}" for label, gap in worst)
    return Check(name, beyond.is_empty(), f"{detail} (bound {bound:g} beyond {STANDARD_ERRORS:g} standard errors)")


def _words(group: str) -> str:
    return group.replace("_", " ")
