"""Experiments from landed rows to published ones: the mart in SQL, then the statistics in Python."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest

from marketing_tests.samples import NEIGHBOURS, USUAL, event
from mesh_marketing.domain import DOMAIN
from mesh_marketing.ml.experiments import results_of
from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.settings import Settings
from mesh_platform.testing import Bench, Row

FIRST = date(2026, 6, 1)
LONG_AFTER = datetime(2026, 9, 1, tzinfo=UTC)
CONTRACT = DOMAIN.product("experiment_results").contract
VISITORS, BUYERS, LATER_BUYERS = 120, {"control": 30, "a": 60}, 20


def visit(variant: str, number: int) -> list[Row]:
    """A visitor who is shown two products, opens every other one, and buys or doesn't, now or later."""
    name = f"{variant}{number}"
    seen = {"visitor_id": name, "experiment_id": "x", "variant": variant}
    rows = [
        event(f"{name} 1", name, FIRST, "10:00", kind="impression", position=1, **seen),
        event(f"{name} 2", name, FIRST, "10:00", kind="impression", position=2, **seen),
        event(f"{name} 3", name, FIRST, "10:01", kind="product_view", sku="tea", **seen),
    ]
    if number % 2:
        rows.append(event(f"{name} 4", name, FIRST, "10:02", kind="product_view", position=1, sku="tea", **seen))
    if number < BUYERS[variant]:
        rows.append(event(f"{name} 5", name, FIRST, "10:09", kind="purchase", order_id=name, **seen))
    elif number < BUYERS[variant] + LATER_BUYERS:
        later = {"visitor_id": name, "kind": "purchase", "order_id": name}
        rows.append(event(f"{name} 6", f"{name} later", FIRST + timedelta(days=59), **later))
    return rows


@pytest.fixture(scope="module")
def mart(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    bench = Bench(DOMAIN, settings, tmp_path_factory.mktemp("experiments"), NEIGHBOURS, USUAL)
    events = [row for variant in BUYERS for n in range(VISITORS) for row in visit(variant, n)]
    torn = [event(f"torn {v}", "torn", FIRST, visitor_id="torn", experiment_id="x", variant=v) for v in BUYERS]
    return bench.mart("fct_experiment_visitors", web_events=[*events, *torn], orders=bought(events))


def bought(events: list[Row]) -> list[Row]:
    """What sales knows of the orders: 20 or 30 each."""
    ids = [str(row["order_id"]) for row in events if "order_id" in row]
    return [
        {"order_id": o, "units": 1, "net_amount": Decimal(20 + 10 * (n % 2)), "currency": "EUR"}
        for n, o in enumerate(ids)
    ]


@pytest.fixture(scope="module")
def rows(mart: pl.DataFrame) -> pl.DataFrame:
    return results_of(mart, LONG_AFTER)


@pytest.mark.parametrize(
    ("metric", "control", "variant", "verdict"),
    [
        ("click_through", 0.25, 0.25, "no difference shown"),
        ("conversion", 30 / 120, 60 / 120, "better"),
        ("order_value", 25.0, 25.0, "no difference shown"),
        ("value_60d", 50 * 25 / 120, 80 * 25 / 120, "better"),
    ],
)
def test_a_variant_is_told_beside_the_control(
    rows: pl.DataFrame, metric: str, control: float, variant: float, verdict: str
) -> None:
    found = {row["variant"]: row for row in rows.filter(metric=metric).iter_rows(named=True)}
    assert found["control"]["estimate"] == pytest.approx(control)
    assert found["a"]["estimate"] == pytest.approx(variant)
    assert (found["control"]["verdict"], found["a"]["verdict"]) == ("control", verdict)
    assert found["a"]["winner"] is (verdict == "better")


def test_who_saw_two_variants_counts_for_neither(mart: pl.DataFrame, rows: pl.DataFrame) -> None:
    assert "torn" not in mart["visitor_id"].to_list()
    assert rows["visitors"].unique().to_list() == [VISITORS]


def test_a_running_experiment_is_not_compared(mart: pl.DataFrame) -> None:
    rows = results_of(mart, datetime(2026, 6, 2, tzinfo=UTC))
    assert rows["status"].unique().to_list() == ["running"]
    assert rows["p_value"].null_count() == rows.height
    assert screen(CONTRACT, rows).is_empty()


def test_the_value_of_sixty_days_takes_sixty_days(mart: pl.DataFrame) -> None:
    rows = results_of(mart, datetime(2026, 7, 20, tzinfo=UTC))
    found = dict(rows.filter(variant="a").select("metric", "status").iter_rows())
    assert found == {
        "click_through": "measured",
        "conversion": "measured",
        "order_value": "measured",
        "value_60d": "too early",
    }


def test_an_experiment_that_lost_visitors_is_flagged_and_has_no_verdict(mart: pl.DataFrame) -> None:
    lost = mart.filter((pl.col("variant") == "control") | (pl.col("clicks") > 0))
    rows = results_of(lost, LONG_AFTER)
    assert rows["status"].unique().to_list() == ["sample ratio broken"]
    assert rows.filter(variant="a")["verdict"].to_list() == [None] * 4
    assert not rows["winner"].any()
    assert screen(CONTRACT, rows).is_empty()


def test_an_experiment_of_one_variant_is_not_compared(mart: pl.DataFrame) -> None:
    rows = results_of(mart.filter(variant="a"), LONG_AFTER)
    assert rows["status"].unique().to_list() == ["no comparison"]
    assert screen(CONTRACT, rows).is_empty()


def test_no_experiment_makes_no_rows(mart: pl.DataFrame) -> None:
    assert results_of(mart.clear(), LONG_AFTER).schema == shape_of(CONTRACT).schema


def test_the_rows_keep_their_contract(rows: pl.DataFrame) -> None:
    assert rows.schema == shape_of(CONTRACT).schema
    assert screen(CONTRACT, rows).is_empty()
    assert rows.select(shape_of(CONTRACT).key).is_unique().all()
