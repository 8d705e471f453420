"""What is told of an order before it is accepted is what sales.order_features says of it afterwards."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from mesh_platform.lake import Lake, Pinned
from mesh_platform.settings import Settings
from mesh_platform.testing import Bench
from mesh_platform.transform import read_mart, transform
from mesh_sales.domain import DOMAIN
from mesh_sales.features import VIEWS
from mesh_sales.ml.features import FEATURES, orders
from mesh_sales.ml.live import LIVE
from mesh_sales.ml.live_order import Order
from mesh_sales.ml.live_past import Kept
from sales_tests.model.live_orders import order_lines, reports, sent
from sales_tests.model.online import OnlineFrames
from sales_tests.model.payments import profile_rows
from sales_tests.samples import USUAL

Frames = dict[str, pl.DataFrame]


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    return order_lines()


@pytest.fixture(scope="module")
def frames(settings: Settings, lines: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Frames:
    """The lake's tables as they are once the whole quarter has landed: made by the SQL."""
    bench = Bench(DOMAIN, settings, tmp_path_factory.mktemp("live"), usual=USUAL)
    landed = bench.inputs(order_lines=lines, fraud_reports=reports(lines))
    marts = {f"sales.{name}": DOMAIN.product(name).mart for name in ("orders", "order_features")}
    transform(DOMAIN, list(marts.values()), landed, None, settings)
    return {
        **{f"sales_{name}": pl.read_parquet(list(kept.files)) for name, kept in landed.items()},
        **{name: pl.concat(read_mart(DOMAIN, mart, settings)) for name, mart in marts.items()},
        "customers.customers": profiles(),
    }


def profiles() -> pl.DataFrame:
    """Profiles that change in the middle, some of them known only later, of all customers but two."""
    early = profile_rows().head(4).with_columns(pl.col("signed_up_at").dt.offset_by("12345s"))
    moved = early.with_columns(
        pl.col("valid_from", "ingested_at") + timedelta(days=60),
        country=pl.lit("BR"),
        loyalty_tier=pl.lit("silver"),
    )
    return pl.concat([early, moved.with_columns(pl.col("ingested_at") + timedelta(days=9))])


@pytest.fixture(scope="module")
def published(frames: Frames, settings: Settings) -> dict[str, dict[str, Any]]:
    """Order → what the batch's model sees of it."""
    rows = orders(Pinned(Lake.open(settings), {}, frames))
    return {row["order_id"]: {name: row[name] for name in FEATURES} for row in rows.iter_rows(named=True)}


@pytest.fixture(scope="module")
def asked(lines: list[dict[str, Any]]) -> list[Order]:
    by_order: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        by_order.setdefault(line["order_id"], []).append(line)
    return [sent(of_one) for of_one in by_order.values()]


def test_live_features_equal_the_published_ones_to_the_bit(
    frames: Frames, published: dict[str, dict[str, Any]], asked: list[Order]
) -> None:
    online = OnlineFrames(frames)
    different: dict[tuple[str, str], Any] = {}
    for order in asked:
        assert order.ordered_at is not None
        (inputs,) = LIVE.gather([order], online, order.ordered_at)
        found, wanted = inputs["features"], published[order.order_id]
        assert set(found) == set(FEATURES)
        different |= {
            (order.order_id, name): (found[name], wanted[name])
            for name in FEATURES
            if found[name] != wanted[name] or type(found[name]) is not type(wanted[name])
        }
    assert different == {}


def test_every_feature_is_put_to_the_test(published: dict[str, dict[str, Any]]) -> None:
    """A feature that is the same of all orders would be equal whatever its code does."""
    values = {name: {row[name] for row in published.values()} for name in FEATURES}
    assert {name for name, found in values.items() if len(found) < 2} == {"paid_by_invoice", "paid_by_gift_card"}


def test_orders_sent_together_are_told_as_if_alone_with_one_read_a_view(frames: Frames, asked: list[Order]) -> None:
    now = max(order.ordered_at for order in asked if order.ordered_at is not None)
    online = OnlineFrames(frames)
    together = LIVE.gather(asked[:100], online, now)
    names = [name for name, _ in online.asked]
    assert sorted(names) == sorted(view.name for view in VIEWS)
    assert together == [one for order in asked[:100] for one in LIVE.gather([order], online, now)]


def test_an_order_without_a_time_is_placed_now(frames: Frames, asked: list[Order]) -> None:
    order = asked[50]
    assert order.ordered_at is not None
    timeless = order.model_copy(update={"ordered_at": None})
    online = OnlineFrames(frames)
    assert LIVE.gather([timeless], online, order.ordered_at) == LIVE.gather([order], online, order.ordered_at)


def test_a_profile_counts_from_when_it_holds_and_is_known(frames: Frames, asked: list[Order]) -> None:
    order = next(order for order in asked if order.customer_id == "c0")
    early, moved = frames["customers.customers"].filter(customer_id="c0").rows(named=True)
    online, moment = OnlineFrames(frames), timedelta(microseconds=1)
    times = (
        early["ingested_at"] - moment,
        early["ingested_at"],
        moved["valid_from"],
        moved["ingested_at"] - moment,
        moved["ingested_at"],
    )
    told = [
        LIVE.gather([order.model_copy(update={"ordered_at": at})], online, at)[0]["features"]["tier_rank"]
        for at in times
    ]
    assert told == [None, 3, 3, 3, 2]


def test_of_somebody_nobody_knows_only_the_order_itself_is_told(frames: Frames, asked: list[Order]) -> None:
    nobody = OnlineFrames({name: rows.clear() for name, rows in frames.items()})
    order = next(order for order in asked if order.customer_id and order.card_id and order.device_id)
    assert order.ordered_at is not None
    (inputs,) = LIVE.gather([order], nobody, order.ordered_at)
    found = inputs["features"]
    assert (found["card_orders_30d"], found["card_age_days"], found["card_customers_30d"]) == (0, 0.0, 1)
    assert (found["card_hours_since_last"], found["card_fraud_share"], found["has_profile"]) == (None, None, False)


def test_large_answers_are_prepared_once_and_anew_when_the_store_has_new_ones() -> None:
    prepared: list[Any] = []

    def prepare(found: Any) -> int:
        prepared.append(found)
        return len(prepared)

    kept: Kept[int] = Kept(prepare)
    first, equal = {"order_id": ["o1"]}, {"order_id": ["o1"]}
    assert [kept.of("S1", first), kept.of("S1", first), kept.of("S2", first)] == [1, 1, 2]
    assert [kept.of("S1", equal), kept.of("S1", None), kept.of("S1", equal)] == [3, 4, 5]
    assert prepared[2] is equal
