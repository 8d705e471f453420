"""Fraud: several manners, found out days later."""

from __future__ import annotations

import polars as pl

from .landed import Landed, number


def _fraud(landed: Landed) -> pl.DataFrame:
    return landed.known("orders").filter(pl.col("fraud"))


def test_fraudsters_act_in_all_manners(landed: Landed) -> None:
    assert set(_fraud(landed)["manner"]) == {"stolen_card", "account_takeover", "card_testing", "refund_abuse"}
    assert 0.002 < number(landed.known("orders"), pl.col("fraud").mean()) < 0.02


def test_a_report_follows_its_order_after_this_has_landed(landed: Landed) -> None:
    reports = landed.clean("sales/fraud_reports").join(_fraud(landed), on="order_id", how="left")
    assert reports.height > 20
    assert reports["fraud"].all()
    orders = landed.clean("sales/order_lines").select("order_id", pl.col("file").str.slice(-14, 10).alias("landed_on"))
    landings = orders.group_by("order_id").agg(pl.col("landed_on").max())
    dated = reports.join(landings, on="order_id", how="left")
    assert (dated["reported_at"].str.head(10) > dated["landed_on"]).all()
    ordered = landed.clean("sales/order_lines").select("order_id", pl.col("ordered_at").str.head(10).str.to_date())
    delay = pl.col("reported_at").str.head(10).str.to_date() - pl.col("ordered_at")
    assert number(dated.join(ordered, on="order_id"), delay.dt.total_days().min()) >= 4


def test_some_fraud_is_never_reported_and_honest_orders_never_are(landed: Landed) -> None:
    reported = landed.clean("sales/fraud_reports")["order_id"].unique()
    old = _fraud(landed).sort("order_id").head(_fraud(landed).height // 3)
    assert 0 < old.filter(pl.col("order_id").is_in(reported.to_list())).height < old.height
    honest = landed.known("orders").filter(~pl.col("fraud"))
    assert not honest["order_id"].is_in(reported.to_list()).any()


def test_stolen_cards_come_in_bursts_from_one_device(landed: Landed, lines: pl.DataFrame) -> None:
    stolen = lines.join(_fraud(landed).filter(pl.col("manner") == "stolen_card"), on="order_id")
    bursts = stolen.group_by("device_id").agg(pl.col("order_id").n_unique(), pl.col("customer_id").n_unique())
    assert number(bursts, pl.col("order_id").mean()) > 2
    assert bursts["customer_id"].max() == 1


def test_an_account_taken_over_pays_with_its_owners_card(landed: Landed, lines: pl.DataFrame) -> None:
    """Cards of victims are also seen in honest orders, the device never is."""
    taken = lines.join(_fraud(landed).filter(pl.col("manner") == "account_takeover"), on="order_id")
    honest = lines.join(landed.known("orders").filter(~pl.col("fraud")), on="order_id")
    assert number(taken, pl.col("card_id").is_in(honest["card_id"].drop_nulls().to_list()).mean()) > 0.3
    assert not taken["device_id"].is_in(honest["device_id"].drop_nulls().to_list()).any()


def test_card_testing_is_cheap_and_refund_abuse_costs(landed: Landed) -> None:
    worth = dict(_fraud(landed).group_by("manner").agg(pl.col("revenue").cast(pl.Float64).mean()).iter_rows())
    assert worth["card_testing"] < 10 < worth["stolen_card"]
    assert worth["refund_abuse"] < 0
