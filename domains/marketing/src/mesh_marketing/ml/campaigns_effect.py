"""The effect of one campaign: its hold-out compared with those it addressed, as tea-tasting compares them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from mesh_platform.experiments import BROKEN_BELOW, Comparison, Mean, compare, sample_ratio_p_value

TREATED, CONTROL = "treated", "control"
FEWEST_CUSTOMERS = 50
"""Spend is mostly zero and otherwise skewed: with fewer customers in an arm, 95% intervals cover only about 92%, since
a small hold-out without a large basket has both a low mean and a low variance (benchmarks/ml/campaign_coverage.py)."""
PLAN_STEP = 0.05
"""Hold-outs are planned in steps of 5 percent; the campaign tool does not say the plan."""
METRICS = {
    "revenue": Mean("revenue", "revenue_before"),
    "orders": Mean("orders", "orders_before"),
    "revenue as it is": Mean("revenue"),
    "balance": Mean("revenue_before"),
}


@dataclass(frozen=True, slots=True)
class Effect:
    """What a campaign changed for those it addressed, all together.

    Args:
        total: Revenue, with the ends of its 95% interval.
        orders: Orders, likewise; None where all customers have equally many.
        p_value: Of the revenue.
        variance_reduction: How many times as large the variance of the revenue would be without CUPED.
        per_treated: Mean revenue of an addressed customer, as it is.
        per_control: Mean revenue of a held out one, as it is.
    """

    total: tuple[float, float, float]
    orders: tuple[float, float, float] | None
    p_value: float
    variance_reduction: float
    per_treated: float
    per_control: float


@dataclass(frozen=True, slots=True)
class Fairness:
    """Whether the arms are those of a fair draw; None where that can't be asked.

    Args:
        sample_ratio: P-value of their sizes.
        balance: P-value of what they spent before.
    """

    sample_ratio: float | None
    balance: float | None

    @property
    def broken(self) -> bool:
        """Whether the draw was not fair, or lost customers afterwards."""
        return any(p is not None and p < BROKEN_BELOW for p in (self.sample_ratio, self.balance))


def sizes(customers: pl.DataFrame) -> tuple[int, int]:
    """Count the addressed customers and those held out."""
    return customers.filter(arm=TREATED).height, customers.filter(arm=CONTROL).height


def measure(customers: pl.DataFrame) -> tuple[Effect | None, Fairness]:
    """Measure a campaign on its audience.

    Args:
        customers: One row a customer of the audience: arm, revenue and orders in the campaign's window, revenue_before
            and orders_before in the time before it.

    Returns:
        The effect, None where an arm is too small or nobody bought; and whether the draw was fair.
    """
    treated, control = sizes(customers)
    fair = split(treated, control)
    if min(treated, control) < FEWEST_CUSTOMERS:
        return None, Fairness(fair, None)
    found = {c.metric: c for c in compare(customers, METRICS, control=CONTROL)}
    return _effect(found), Fairness(fair, found["balance"].p_value)


def split(treated: int, control: int) -> float | None:
    """Test the sizes of the arms against the plan that is nearest to them, in steps of 5 percent."""
    if not treated or not control:
        return None
    plan = min(max(round(control / (treated + control) / PLAN_STEP) * PLAN_STEP, PLAN_STEP), 1 - PLAN_STEP)
    return sample_ratio_p_value({TREATED: treated, CONTROL: control}, {TREATED: 1 - plan, CONTROL: plan})


def _effect(found: dict[str, Comparison]) -> Effect | None:
    revenue, orders, plain = found["revenue"], found["orders"], found["revenue as it is"]
    total, width = _totals(revenue), _width(plain)
    if total is None or revenue.p_value is None or width is None:
        return None
    return Effect(
        total=total,
        orders=_totals(orders),
        p_value=revenue.p_value,
        variance_reduction=(width / (_width(revenue) or width)) ** 2,
        per_treated=plain.variant_value or 0.0,
        per_control=plain.control_value or 0.0,
    )


def _totals(found: Comparison) -> tuple[float, float, float] | None:
    """Turn the difference of means into that of all addressed customers."""
    if found.difference is None or found.difference_low is None or found.difference_high is None:
        return None
    n = found.variant_units
    return n * found.difference, n * found.difference_low, n * found.difference_high


def _width(found: Comparison) -> float | None:
    if found.difference_low is None or found.difference_high is None:
        return None
    return found.difference_high - found.difference_low
