"""The statistics of campaigns against made-up audiences whose true effect is known."""

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from mesh_marketing.ml.campaigns_effect import FEWEST_CUSTOMERS, Effect, measure

WORLDS = 200
Ints = npt.NDArray[np.int64]


def audience(seed: int, lift: float = 0.3, control: int = 150, treated: int = 450) -> tuple[pl.DataFrame, float]:
    """Customers of whom half buy nothing, and few much; and what the campaign made them spend."""
    rng = np.random.default_rng(seed)
    is_treated = np.arange(control + treated) >= control
    active = rng.gamma(1.3, 1 / 1.3, len(is_treated))
    before, during = rng.poisson(2 * active), rng.poisson(active)
    caused = rng.poisson(lift * active) * is_treated
    more = spend(rng, caused)
    told = {
        "arm": np.where(is_treated, "treated", "control"),
        "revenue": spend(rng, during) + more,
        "orders": during + caused,
        "revenue_before": spend(rng, before),
        "orders_before": before,
    }
    return pl.DataFrame(told), float(more.sum())


def spend(rng: np.random.Generator, orders: Ints) -> npt.NDArray[np.float64]:
    amounts = rng.lognormal(3.0, 0.8, int(orders.sum()))
    return np.asarray(np.bincount(np.repeat(np.arange(len(orders)), orders), amounts, len(orders)), np.float64)


def effects(lift: float) -> tuple[list[Effect], list[float]]:
    told = [audience(seed, lift) for seed in range(WORLDS)]
    found = [measure(customers)[0] for customers, _ in told]
    assert all(found)
    return [effect for effect in found if effect is not None], [true for _, true in told]


def test_the_intervals_hold_the_true_effect_as_often_as_they_promise() -> None:
    found, true = effects(lift=0.3)
    held = [effect.total[1] <= value <= effect.total[2] for effect, value in zip(found, true, strict=True)]
    assert 0.91 <= np.mean(held) <= 0.99
    error = np.array([effect.total[0] for effect in found]) - true
    assert abs(error.mean()) < 3 * error.std() / WORLDS**0.5
    width = np.array([effect.total[2] - effect.total[1] for effect in found]) / (2 * 1.96)
    assert width.mean() == pytest.approx(error.std(), rel=0.2)


def test_what_customers_spent_before_narrows_the_interval() -> None:
    assert measured(audience(1)[0]).variance_reduction > 1.05


def test_a_campaign_that_sells_more_is_worth_more() -> None:
    totals = [measured(audience(1, lift)[0]).total[0] for lift in (0.0, 1.0, 3.0)]
    assert totals == sorted(totals)


def test_the_order_of_the_customers_does_not_matter() -> None:
    customers, _ = audience(2)
    shuffled = customers.sample(fraction=1.0, shuffle=True, seed=1)
    assert measured(shuffled).total == pytest.approx(measured(customers).total)


def test_an_arm_that_is_too_small_gives_no_interval() -> None:
    effect, fair = measure(audience(1, control=FEWEST_CUSTOMERS - 1)[0])
    assert (effect, fair.balance) == (None, None)
    assert measure(audience(1, control=FEWEST_CUSTOMERS)[0])[0] is not None


def test_a_draw_that_put_the_best_customers_in_one_arm_is_noticed() -> None:
    customers, _ = audience(3)
    best = pl.col("revenue_before").rank("ordinal", descending=True) <= 450
    sorted_out = customers.with_columns(arm=pl.when(best).then(pl.lit("treated")).otherwise(pl.lit("control")))
    assert measure(sorted_out)[1].broken
    assert not measure(customers)[1].broken


def test_arms_that_are_no_multiple_of_five_percent_are_noticed() -> None:
    assert measure(audience(1, control=2250, treated=7750)[0])[1].broken
    assert not measure(audience(1, control=2500, treated=7500)[0])[1].broken


def measured(customers: pl.DataFrame) -> Effect:
    effect, _ = measure(customers)
    assert effect is not None
    return effect
