import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.integrate import quad

from mesh_customers.ml.bgnbd import BgNbd, Histories
from mesh_customers.ml.gamma_gamma import GammaGamma
from mesh_platform.errors import TooFewExamples

PUBLISHED = BgNbd(0.243, 4.414, 0.793, 2.426)
DATA = Path(os.environ.get("MESH_TEST_DATA", Path(__file__).resolve().parents[5] / "shared" / "data"))


def histories(*rows: tuple[float, float, float]) -> Histories:
    return Histories(*np.array(rows, np.float64).T)


def drawn(true: BgNbd, customers: int) -> list[tuple[float, float, float]]:
    """Customers as the model imagines them, seen for 20 to 60 units of time."""
    rng = np.random.default_rng(5)
    rate, leaves = rng.gamma(true.r, 1 / true.alpha, customers), rng.beta(true.a, true.b, customers)
    age = rng.uniform(20, 60, customers)
    rows = []
    for who in range(customers):
        now, last, repeats = rng.exponential(1 / rate[who]), 0.0, 0
        while now <= age[who]:
            last, repeats = now, repeats + 1
            if rng.random() < leaves[who]:
                break
            now += rng.exponential(1 / rate[who])
        rows.append((float(repeats), last, float(age[who])))
    return rows


def test_the_published_parameters_of_cdnow_are_found_again() -> None:
    path = DATA / "cdnow" / "cdnow_customers_summary.csv"
    if not path.exists():
        message = f"REAL DATA ABSENT: {path}; set MESH_TEST_DATA to the folder of the datasets"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    known = pl.read_csv(path).select(pl.col("frequency", "recency", "T").cast(pl.Float64))
    seen = Histories(*(known[name].to_numpy() for name in known.columns))
    found = BgNbd.fit(seen)
    assert list(found.parts().values()) == pytest.approx(list(PUBLISHED.parts().values()), abs=0.0015)
    assert found.log_likelihood(seen).sum() == pytest.approx(-9582.4, abs=0.1)


def test_parameters_of_simulated_customers_are_found_again() -> None:
    true = BgNbd(r=0.8, alpha=6.0, a=0.9, b=2.5)
    found = BgNbd.fit(histories(*drawn(true, 6000)))
    assert found.r / found.alpha == pytest.approx(true.r / true.alpha, rel=0.1)
    assert found.a / (found.a + found.b) == pytest.approx(true.a / (true.a + true.b), rel=0.15)
    assert found.r == pytest.approx(true.r, rel=0.15)


def test_the_papers_example_customer_is_expected_to_buy_as_often() -> None:
    expected = PUBLISHED.expected_purchases(histories((2, 30.43, 38.86)), 39.0)
    assert expected[0] == pytest.approx(1.226, abs=0.002)


def test_expected_purchases_are_the_sum_of_what_each_moment_brings() -> None:
    """The expectation grows by the rate of purchases: its derivative at once is P(alive) times the expected rate."""
    who = histories((4, 20.0, 30.0))
    now = PUBLISHED.expected_purchases(who, 1e-6)[0] / 1e-6
    rate = (PUBLISHED.r + 4) / (PUBLISHED.alpha + 30.0)
    assert now == pytest.approx(PUBLISHED.alive(who)[0] * rate, rel=1e-4)


def test_a_purchase_within_a_time_is_the_integral_of_the_first_ones_density() -> None:
    who, later = histories((3, 10.0, 12.0)), 9.0
    shape, scale = PUBLISHED.r + 3, PUBLISHED.alpha + 12.0
    first, _ = quad(lambda t: shape / scale * (scale / (scale + t)) ** (shape + 1), 0, later)
    assert PUBLISHED.buys_within(who, later)[0] == pytest.approx(PUBLISHED.alive(who)[0] * first, rel=1e-6)


def test_who_never_bought_again_cannot_have_left_and_silence_makes_others_doubtful() -> None:
    alive = PUBLISHED.alive(histories((0, 0, 30), (5, 29, 30), (5, 20, 30), (5, 5, 30)))
    assert alive[0] == 1
    assert list(alive[1:]) == sorted(alive[1:], reverse=True)


def test_thousands_of_purchases_overflow_nothing() -> None:
    many = histories((20_000, 360.0, 365.0), (20_000, 10.0, 365.0))
    for numbers in (PUBLISHED.log_likelihood(many), PUBLISHED.alive(many), PUBLISHED.expected_purchases(many, 60.0)):
        assert np.isfinite(numbers).all()


def test_a_history_that_contradicts_itself_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"1 of 2 histories contradict themselves, such as x=1, t_x=9, T=5"):
        histories((0, 0, 5), (1, 9, 5))


def test_where_nobody_bought_again_there_is_nothing_to_fit() -> None:
    with pytest.raises(TooFewExamples, match="none of 2 customers bought again"):
        BgNbd.fit(histories((0, 0, 5), (0, 0, 9)))


def test_a_basket_is_expected_between_the_customers_own_and_everybodys() -> None:
    rng = np.random.default_rng(2)
    purchases = rng.integers(1, 12, 4000).astype(np.float64)
    own = rng.gamma(6.0, 1.0, 4000) ** -1 * 16.0 * 4.0
    mean = rng.gamma(4.0 * purchases) * own / 4.0 / purchases
    model = GammaGamma.fit(purchases, mean)
    everybody = model.expected_basket(np.array([0.0]), np.array([0.0]))[0]
    assert everybody == pytest.approx(own.mean(), rel=0.05)
    once, often = model.expected_basket(np.array([1.0, 50.0]), np.array([100.0, 100.0]))
    assert everybody < once < often < 100
