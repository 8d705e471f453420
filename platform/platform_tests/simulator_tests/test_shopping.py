"""Orders, web events, stock and promotions tell one story."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from .landed import COMPLETE_DAYS, START, Landed, number


def test_every_purchase_has_its_web_order_and_every_web_order_its_purchase(
    lines: pl.DataFrame, events: pl.DataFrame
) -> None:
    bought = lines.filter((pl.col("channel") == "web") & (pl.col("quantity") > 0))
    orders = bought.select("order_id", "customer_id", "ordered_at").unique()
    purchases = events.filter(pl.col("kind") == "purchase").select("order_id", "customer_id", "occurred_at")
    assert orders.height > 500
    assert purchases["order_id"].is_unique().all()
    joined = orders.join(purchases, on="order_id", how="full", coalesce=True, suffix="_of_event")
    assert joined.null_count().sum_horizontal().item() == 0
    assert joined["customer_id"].equals(joined["customer_id_of_event"], check_names=False)
    assert joined["ordered_at"].dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_list() == joined["occurred_at"].to_list()


def test_a_purchase_ends_a_session_that_put_its_products_into_the_cart(
    lines: pl.DataFrame, events: pl.DataFrame
) -> None:
    sessions = events.filter(pl.col("kind") == "purchase").select("session_id", "order_id")
    added = events.filter(pl.col("kind") == "add_to_cart").select("session_id", "sku").unique()
    bought = lines.filter(pl.col("order_id").is_in(sessions["order_id"].to_list())).join(sessions, on="order_id")
    assert bought.join(added, on=["session_id", "sku"], how="anti").is_empty()
    last = events.sort("occurred_at").group_by("session_id").agg(pl.col("kind").last())
    assert set(last.join(sessions, on="session_id")["kind"]) == {"purchase"}


def test_only_purchases_name_orders_and_known_customers_go_to_the_checkout(events: pl.DataFrame) -> None:
    assert ((pl.Series(events["kind"]) == "purchase") == events["order_id"].is_not_null()).all()
    assert events.filter(pl.col("kind").is_in(["checkout", "purchase"]))["customer_id"].null_count() == 0


def test_products_are_seen_less_the_further_down_they_stand(events: pl.DataFrame) -> None:
    counts = events.filter(pl.col("position").is_not_null()).group_by("position", "kind").len()
    shares = counts.pivot("kind", index="position", values="len").sort("position")
    share = (shares["product_view"] / shares["impression"]).to_list()
    assert len(share) == 5
    assert share[0] > 1.5 * share[1] > 1.5 * share[2] > 1.2 * share[4]


def test_sessions_lie_within_one_day_and_belong_to_one_visitor(events: pl.DataFrame) -> None:
    sessions = events.group_by("session_id").agg(
        pl.col("visitor_id").n_unique(), pl.col("occurred_at").str.head(10).n_unique().alias("days")
    )
    assert sessions.filter((pl.col("visitor_id") > 1) | (pl.col("days") > 1)).is_empty()


def test_stock_is_never_negative_and_follows_from_its_movements(movements: pl.DataFrame) -> None:
    ordered = movements.sort("movement_id")
    summed = ordered.with_columns(pl.col("quantity").cum_sum().over("location_id", "sku").alias("running"))
    assert summed.filter(pl.col("running") != pl.col("on_hand_after")).is_empty()
    assert summed["on_hand_after"].min() == 0
    assert ordered["moved_at"].is_sorted()


def test_sales_and_returns_of_the_ledger_are_those_of_the_tills(lines: pl.DataFrame, movements: pl.DataFrame) -> None:
    booked = movements.filter(pl.col("kind").is_in(["sale", "return"]))
    ledger = booked.group_by("location_id", "sku", "kind").agg((-pl.col("quantity")).sum().alias("booked"))
    sold = lines.group_by(
        pl.col("store_id").fill_null("W01").alias("location_id"),
        "sku",
        pl.when(pl.col("quantity") > 0).then(pl.lit("sale")).otherwise(pl.lit("return")).alias("kind"),
    ).agg(pl.col("quantity").sum())
    joined = ledger.join(sold, on=["location_id", "sku", "kind"], how="full", coalesce=True)
    assert joined.filter(~pl.col("booked").eq_missing(pl.col("quantity"))).is_empty()


def test_what_is_sent_arrives(movements: pl.DataFrame) -> None:
    day = pl.col("moved_at").dt.date()
    out = (
        movements.filter(pl.col("kind") == "transfer_out")
        .group_by("sku", day.alias("day"))
        .agg(pl.col("quantity").sum())
    )
    came = (
        movements.filter(pl.col("kind") == "transfer_in")
        .group_by("sku", day.dt.offset_by("-1d").alias("day"))
        .agg(pl.col("quantity").sum().alias("came"))
    )
    joined = out.filter(pl.col("day") < out["day"].max()).join(came, on=["sku", "day"], how="full", coalesce=True)
    assert joined.height > 100
    assert joined.filter(~(-pl.col("quantity")).eq_missing(pl.col("came"))).is_empty()


def test_stock_limits_sales(landed: Landed, lines: pl.DataFrame) -> None:
    wished = number(landed.known("demand"), pl.col("demanded").sum())
    sold = number(lines.filter(pl.col("quantity") > 0), pl.col("quantity").sum())
    assert 0.90 * wished < sold < wished


def test_a_promotion_is_on_every_line_of_its_products_and_gives_its_discount(
    landed: Landed, lines: pl.DataFrame
) -> None:
    promotions = landed.clean("marketing/promotions").with_columns(
        pl.col("discount_pct").cast(pl.Float64), pl.col("starts_on", "ends_on").str.to_date()
    )
    live = lines.filter(pl.col("quantity") > 0).with_columns(pl.col("ordered_at").dt.date().alias("day"))
    offered = live.join(promotions, on="sku").filter(pl.col("day").is_between("starts_on", "ends_on"))
    best = offered.group_by("order_id", "line_no").agg(pl.col("discount_pct").max().alias("best"))
    checked = live.join(best, on=["order_id", "line_no"], how="left")
    assert checked["promotion_id"].is_not_null().equals(checked["best"].is_not_null(), check_names=False)
    off = pl.col("quantity") * pl.col("unit_price") * pl.col("best").fill_null(0.0) / 100
    assert number(checked, (off - pl.col("discount")).abs().max()) <= 0.005 + 1e-9
    assert checked["promotion_id"].is_not_null().sum() > 100


def test_a_discount_sells_more(landed: Landed) -> None:
    demand = landed.known("demand").group_by("sku", "day").agg(pl.col("demanded").sum())
    promotions = landed.clean("marketing/promotions").with_columns(pl.col("starts_on", "ends_on").str.to_date())
    last = pl.lit(START + timedelta(days=COMPLETE_DAYS - 1))
    deep = promotions.filter(pl.col("discount_pct").cast(pl.Float64) >= 25)
    during = deep.join(demand, on="sku").filter(pl.col("day").is_between("starts_on", "ends_on"))
    a_day = demand.group_by("sku").agg((pl.col("demanded").sum() / COMPLETE_DAYS).alias("a_day"))
    length = (pl.col("ends_on").clip(upper_bound=last) - pl.col("starts_on")).dt.total_days() + 1
    usual = deep.filter(pl.col("starts_on") <= last).join(a_day, on="sku")
    assert number(during, pl.col("demanded").sum()) > 1.3 * number(usual, (pl.col("a_day") * length).sum())


def test_returns_are_orders_of_their_own_and_never_worth_more_than_was_paid(lines: pl.DataFrame) -> None:
    back = lines.filter(pl.col("quantity") < 0)
    assert back.height > 50
    assert back.join(lines.filter(pl.col("quantity") > 0), on="order_id", how="semi").is_empty()
    assert back["discount"].max() == 0


def test_store_orders_can_be_anonymous_and_web_orders_cannot(lines: pl.DataFrame) -> None:
    share = lines.group_by("channel").agg(pl.col("customer_id").is_not_null().mean().alias("known"))
    known = dict(share.iter_rows())
    assert known["web"] == 1
    assert 0.4 < known["store"] < 0.75


def test_stores_sell_in_opening_hours_only(lines: pl.DataFrame) -> None:
    hours = lines.filter(pl.col("channel") == "store")["ordered_at"].dt.hour()
    assert hours.min() == 8
    assert hours.max() in (19, 20)  # who queues at closing time is still served
