from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from mesh_sales.ml.decision import COSTS, cost_eur, decide, savings, threshold
from mesh_sales.ml.judging import at_capacity, average_precision

MONDAY = date(2026, 1, 5)


def orders(days: int, orders_a_day: int, amount: float = 100.0) -> pl.DataFrame:
    begin = datetime(2026, 1, 5, tzinfo=UTC)
    moments = [begin + timedelta(days=d, minutes=n) for d in range(days) for n in range(orders_a_day)]
    return pl.DataFrame(
        {
            "order_id": [f"o{i}" for i in range(len(moments))],
            "ordered_at": moments,
            "ordered_on": [m.date() for m in moments],
            "amount": [amount] * len(moments),
        }
    )


def test_each_decision_is_the_cheapest() -> None:
    rows = orders(1, 200)
    probability = np.linspace(0, 1, 200)
    found = decide(rows, probability, least_saving=0.0, capacity=200)
    amount = rows["amount"].to_numpy()
    fraud, honest = np.ones(200, bool), np.zeros(200, bool)

    def expected(decision: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        made = np.full(200, decision)
        return probability * cost_eur(fraud, made, amount) + (1 - probability) * cost_eur(honest, made, amount)

    every = np.stack([expected(decision) for decision in ("accept", "review", "decline")])
    chosen = np.select([found["decision"] == "accept", found["decision"] == "review"], [every[0], every[1]], every[2])
    assert np.allclose(chosen, every.min(axis=0))
    assert found["decision"].to_list()[0] == "accept"
    assert found["decision"].to_list()[-1] == "decline"
    assert (np.diff(found["expected_loss"].to_numpy()) > 0).all()


def test_a_learnt_threshold_keeps_every_day_within_the_teams_capacity() -> None:
    rows = orders(20, 50)
    probability = np.random.default_rng(1).beta(0.3, 1, rows.height)
    least = threshold(rows.with_columns(probability=pl.Series(probability)), capacity=4)
    wanted = pl.Series(savings(probability, rows["amount"].to_numpy()) > least)
    assert least > 0
    assert rows.with_columns(wanted=wanted).group_by("ordered_on").agg(pl.col("wanted").sum())["wanted"].max() == 4


def test_a_crowded_day_has_no_more_reviews_than_people_can_do() -> None:
    rows = orders(2, 100)
    found = decide(rows, np.full(200, 0.3), least_saving=0.0, capacity=7)
    days = rows.hstack(found).group_by("ordered_on").agg((pl.col("decision") == "review").sum())
    assert days["decision"].to_list() == [7, 7]
    assert found["decision"].to_list()[:7] == ["review"] * 7, "the first of the day have their turn"


def test_a_decision_does_not_wait_for_later_orders() -> None:
    rows = orders(1, 60)
    probability = np.random.default_rng(2).beta(0.3, 1, 60)
    whole = decide(rows, probability, least_saving=1.0, capacity=5)
    first = decide(rows.head(30), probability[:30], least_saving=1.0, capacity=5)
    assert first.equals(whole.head(30))


def test_a_day_without_too_many_needs_no_threshold() -> None:
    rows = orders(1, 3).with_columns(probability=pl.Series([0.3, 0.3, 0.3]))
    assert threshold(rows, capacity=5) == 0.0


def test_costs_are_those_that_the_team_reckons() -> None:
    fraud = np.array([True, True, True, False, False, False])
    made = np.array(["accept", "review", "decline"] * 2)
    paid = cost_eur(fraud, made, np.full(6, 100.0))
    assert paid.tolist() == pytest.approx([120, 5 + 12, 0, 0, 5, 45])
    assert COSTS.loss(np.array([-80.0])).tolist() == [100.0], "a refund pays out"


def test_who_was_found_on_an_earlier_day_is_not_looked_at_again() -> None:
    rows = orders(2, 3).with_columns(
        buyer=pl.Series(["a", "b", "c"] * 2), fraud=pl.Series([True, False, False, True, True, False])
    )
    found = at_capacity(rows, np.array([0.9, 0.5, 0.1, 0.9, 0.5, 0.1]), capacity=1)
    assert found == {
        "precision at capacity": 1.0,
        "recall at capacity": 2 / 3,
        "buyer precision at capacity": 1.0,
    }
    assert at_capacity(rows, np.array([0.9, 0.5, 0.1, 0.9, 0.1, 0.5]), 1)["buyer precision at capacity"] == 0.5


def test_a_weight_counts_a_row_as_often() -> None:
    rows = pl.DataFrame({"fraud": [True, False, True, False]})
    predictions = pl.DataFrame({"probability": [0.9, 0.8, 0.4, 0.1]})
    weight = np.array([1.0, 3.0, 2.0, 0.0])
    twice = [row for row, times in enumerate(weight) for _ in range(int(times))]
    repeated = average_precision(rows[twice], predictions[twice], np.ones(len(twice)))
    assert average_precision(rows, predictions, weight) == pytest.approx(repeated)
    assert average_precision(rows, predictions, np.array([0.0, 1.0, 0.0, 1.0])) == 0.0
