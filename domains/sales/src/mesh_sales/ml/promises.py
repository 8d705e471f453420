"""What the fraud model promises beyond its figures: how it behaves, and that it treats groups of people alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_platform.ml import Check
from mesh_platform.ml.recipe import Fitted
from mesh_sales.ml.decision import COSTS
from mesh_sales.ml.features import WINDOWS
from mesh_sales.ml.model import probabilities

if TYPE_CHECKING:
    from mesh_platform.ml import Examples

SAMPLE_ROWS = 4_000
MORE_ORDERS = 5
MORE_AMOUNT = 3.0
SMALLEST_GROUP = 200
"""Fewer honest orders than this say nothing about a rate of a few in a thousand."""
FAIR_MARGIN = 0.01
"""How much more often than all together honest customers of a group may be bothered: one order in a hundred."""
Z_95 = 1.645
"""The one-sided 95% quantile of the normal distribution."""

Floats = npt.NDArray[np.float64]


def behaviours(fitted: Fitted, examples: Examples) -> tuple[Check, ...]:
    """Test what must hold whatever was learnt.

    Args:
        fitted: The model.
        examples: Its hold-out is the place to try.
    """
    rows = examples.holdout.head(SAMPLE_ROWS)
    base = probabilities(fitted, rows)
    return (
        _ids(fitted, rows, base),
        _faster(fitted, rows, base),
        _dearer(fitted, rows, base),
        _known(fitted, rows, base),
    )


def _ids(fitted: Fitted, rows: pl.DataFrame, base: Floats) -> Check:
    renamed = rows.with_columns(
        order_id="x" + pl.col("order_id").reverse(), customer_id="y" + pl.col("customer_id").reverse()
    ).reverse()
    off = float(np.abs(probabilities(fitted, renamed)[::-1] - base).max(initial=0))
    return Check("other names and another order of the rows change nothing", off == 0, f"largest change {off:.2g}")


def _faster(fitted: Fitted, rows: pl.DataFrame, base: Floats) -> Check:
    """As if the card, device and customer had placed some more such orders within the hour."""
    amount = pl.col("amount").clip(0)
    more = [pl.col(f"{who}_orders_{w}") + MORE_ORDERS for who in ("card", "device", "customer") for w in WINDOWS]
    more += [
        pl.col(f"{who}_spent_{w}") + MORE_ORDERS * amount for who in ("card", "device", "customer") for w in WINDOWS
    ]
    recent = [pl.col(f"{who}_hours_since_last").clip(0, 0.1) for who in ("card", "device", "customer")]
    return _not_lower(
        "more velocity does not lower the risk on average", fitted, rows.with_columns(more + recent), base
    )


def _dearer(fitted: Fitted, rows: pl.DataFrame, base: Floats) -> Check:
    """Expected loss rather than risk: those who test cards buy what is cheap."""
    dearer = rows.with_columns(
        pl.col("amount") * MORE_AMOUNT,
        *(pl.col(f"{who}_amount_to_mean") * MORE_AMOUNT for who in ("card", "device", "customer", "store")),
    )
    before = base * COSTS.loss(rows["amount"].to_numpy())
    after = probabilities(fitted, dearer) * COSTS.loss(dearer["amount"].to_numpy())
    found = f"mean expected loss {before.mean():.3f} → {after.mean():.3f} EUR"
    return Check(
        "a larger amount does not lower the expected loss on average", bool(after.mean() >= before.mean()), found
    )


def _known(fitted: Fitted, rows: pl.DataFrame, base: Floats) -> Check:
    known = rows.with_columns(
        pl.col("card_known_frauds", "customer_known_frauds") + 2,
        pl.col("card_fraud_share", "customer_fraud_share").clip(lower_bound=0.5),  # what is missing stays missing
    )
    return _not_lower("known frauds of the card and customer do not lower the risk on average", fitted, known, base)


def _not_lower(name: str, fitted: Fitted, changed: pl.DataFrame, base: Floats) -> Check:
    after = probabilities(fitted, changed)
    return Check(name, bool(after.mean() >= base.mean()), f"mean probability {base.mean():.4f} → {after.mean():.4f}")


def fairness(rows: pl.DataFrame, predictions: pl.DataFrame) -> tuple[Check, ...]:
    """Bound how much more often honest customers of an age band or region are reviewed or declined.

    Args:
        rows: Orders with `fraud`, `age_band` and `region`, missing where they aren't known.
        predictions: Their `decision`.
    """
    honest = rows.with_columns(bothered=predictions["decision"] != "accept").filter(~pl.col("fraud"))
    return tuple(_alike(honest, by, name) for by, name in (("age_band", "age band"), ("region", "region")))


def _alike(honest: pl.DataFrame, by: str, name: str) -> Check:
    known = honest.drop_nulls(by)
    overall = float(known["bothered"].mean() or 0)  # type: ignore[arg-type]
    groups = known.group_by(by).agg(pl.len().alias("orders"), pl.col("bothered").mean()).sort(by)
    large = groups.filter(pl.col("orders") >= SMALLEST_GROUP)
    surely = wilson_low(large["bothered"].to_numpy(), large["orders"].to_numpy())
    rates = ", ".join(f"{group} {rate:.2%} of {orders}" for group, orders, rate in groups.iter_rows())
    return Check(
        f"honest customers of every {name} are bothered about equally often",
        bool((surely <= overall + FAIR_MARGIN).all()),
        f"reviewed or declined: {rates or 'nobody known'}; all {overall:.2%}, at most {FAIR_MARGIN:.0%} more",
    )


def wilson_low(rate: Floats, count: npt.NDArray[np.int64]) -> Floats:
    """Lower end of Wilson's one-sided 95% interval of a rate.

    Args:
        rate: Rates.
        count: Of how many each is a share.
    """
    middle = rate + Z_95**2 / (2 * count)
    spread = Z_95 * np.sqrt(rate * (1 - rate) / count + Z_95**2 / (4 * count**2))
    return np.asarray((middle - spread) / (1 + Z_95**2 / count))
