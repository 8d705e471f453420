"""Risks whose sixty days are over are judged by what was bought in them; the newest are looked at as the model did."""

from datetime import datetime, timedelta

import polars as pl
import pytest

from customers_tests.model.shops import INSTANT, NOW, lively, order, orders, pinned
from mesh_customers.ml.churn.features import FEATURES, LABEL_DAYS, LABEL_DELAY_DAYS
from mesh_customers.ml.health import current, labelled
from mesh_platform.lake import Pinned

MADE = NOW - timedelta(days=LABEL_DAYS + LABEL_DELAY_DAYS)
"""The midnight at which the youngest risks were made that can be judged."""


def risks(at: datetime, *customers: str, probability: float = 0.5) -> pl.DataFrame:
    """What customers.churn_risk said at a midnight."""
    day = (at - timedelta(days=1)).date()
    return pl.DataFrame({"customer_id": customers}, schema={"customer_id": pl.String}).with_columns(
        as_of=pl.lit(day), churn_probability=pl.lit(probability), p_alive=pl.lit(0.5),
        expected_purchases=pl.lit(1.0), model_version=pl.lit(4),
    )  # fmt: skip


def told(*given: pl.DataFrame, bought: pl.DataFrame) -> Pinned:
    return pinned(customers__churn_risk=pl.concat(given), sales__orders=bought)


def test_who_bought_within_sixty_days_has_not_churned() -> None:
    bought = orders(
        order("stays", MADE + timedelta(days=LABEL_DAYS - 1)),
        order("too late", MADE + timedelta(days=LABEL_DAYS, hours=1)),
        order("before", MADE - timedelta(hours=1)),
    )
    rows = labelled(told(risks(MADE, "before", "stays", "too late"), bought=bought), NOW)
    assert dict(rows.select("customer_id", "churned").rows()) == {"before": True, "stays": False, "too late": True}
    assert rows["day"].unique().to_list() == [MADE.date()]
    assert rows["model_version"].unique().to_list() == [4]


def test_risks_wait_until_their_sixty_days_and_late_orders_are_in() -> None:
    bought = orders(order("c1", MADE + timedelta(days=2)))
    young = risks(MADE + timedelta(days=1), "c1", probability=0.9)
    assert labelled(told(young, bought=bought), NOW).is_empty()
    both = told(young, risks(MADE, "c1", probability=0.1), bought=bought)
    assert labelled(both, NOW)["probability"].to_list() == [0.1]
    assert labelled(both, NOW + timedelta(days=1))["probability"].to_list() == [0.9]


def test_an_order_that_became_known_later_is_not_seen() -> None:
    late = orders(order("c1", MADE + timedelta(days=2), ingested_at=NOW + timedelta(seconds=1)))
    tables = told(risks(MADE, "c1"), bought=late)
    assert labelled(tables, NOW)["churned"].to_list() == [True]
    assert labelled(tables, NOW + timedelta(seconds=1))["churned"].to_list() == [False]


def test_the_newest_day_is_looked_at_with_features_and_risks() -> None:
    shop = lively(customers=120, seed=3)
    newest = (NOW - timedelta(days=1)).date()
    someone = shop.sort("ordered_at")["customer_id"][-1]
    given = told(risks(NOW, someone), risks(NOW - timedelta(days=1), someone, probability=0.9), bought=shop)
    rows = current(given, frozenset({newest, newest - timedelta(days=1)}))
    assert rows["at"].unique().to_list() == [NOW]
    assert set(FEATURES) <= set(rows.columns)
    assert rows.filter(customer_id=someone)["probability"].to_list() == [0.5]
    assert rows["probability"].null_count() == rows.height - 1
    assert rows.schema["at"] == INSTANT


@pytest.mark.parametrize("days", [1, 7])
def test_however_many_days_are_asked_for_every_customer_is_looked_at_once(days: int) -> None:
    shop = lively(customers=60, seed=3)
    newest = (NOW - timedelta(days=1)).date()
    asked = frozenset(newest - timedelta(days=n) for n in range(days))
    assert current(told(risks(NOW), bought=shop), asked)["customer_id"].is_unique().all()
