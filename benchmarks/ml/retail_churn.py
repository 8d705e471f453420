"""Online Retail: who buys nothing in the last 60 days of the file, by the domain's own recipe and split by time.

The file has no visits and no profiles: those tables are empty, and what they would tell is missing for everybody.
"""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import polars as pl

from benchmarks.ml.table import Row
from mesh_customers.domain import DOMAIN
from mesh_customers.ml.churn.features import ACTIVE_DAYS, LABEL_DELAY_DAYS
from mesh_customers.ml.churn.recipe import RECIPE
from mesh_platform.contract import shape_of
from mesh_platform.lake import Pinned

if TYPE_CHECKING:
    from mesh_platform.lake import Lake

END = datetime(2011, 12, 10, tzinfo=UTC)
"""The midnight after the file's last day."""
SEED = 1
COMPARED = ("average precision", "AUC", "log loss")
SESSIONS = pl.Schema(
    {
        "customer_id": pl.String(),
        "started_at": pl.Datetime("us", "UTC"),
        "ended_at": pl.Datetime("us", "UTC"),
        "add_to_carts": pl.Int64(),
        "ingested_at": pl.Datetime("us", "UTC"),
    }
)


def measure(data: Path) -> list[Row]:
    """Measure the model beside both baselines."""
    started = time.perf_counter()
    found = RECIPE.examples(tables(data), END + timedelta(days=LABEL_DELAY_DAYS))
    fitted = RECIPE.fit(found, SEED)
    ours = RECIPE.judge(found.holdout, RECIPE.predict(fitted, found.holdout))
    beaten = {name: RECIPE.judge(found.holdout, p) for name, p in RECIPE.baselines(found).items()}
    seconds = time.perf_counter() - started
    protocol = (
        f"{found.holdout.height:,} customers active in the {ACTIVE_DAYS} days before {found.about['hold-out at']}; "
        f"trained on cut-offs {found.about['cut-offs']}"
    )
    return [
        Row(
            "Online Retail, churn in the last 60 days",
            protocol,
            " / ".join(COMPARED),
            f"{name}: {_figures(figures)}",
            f"{_figures(ours)} ({_gain(ours, figures)})",
            seconds,
        )
        for name, figures in beaten.items()
    ]


def tables(data: Path) -> Pinned:
    """The file as the mesh would publish it: orders; nothing of visits and profiles."""
    empty = {
        f"customers.{name}": pl.DataFrame(schema=shape_of(DOMAIN.product(name).contract).schema)
        for name in ("customer_360", "customers")
    }
    frames = {"sales.orders": orders(data), "marketing.sessions": pl.DataFrame(schema=SESSIONS), **empty}
    return Pinned(cast("Lake", None), {}, frames)


def orders(data: Path) -> pl.DataFrame:
    """The invoices of known customers; those that cancel another are no purchases."""
    lines = pl.read_parquet(data / "uci-online-retail" / "online_retail.parquet").rename(str.lower)
    sold = lines.filter(pl.col("customerid").is_not_null(), pl.col("quantity") > 0, pl.col("unitprice") > 0)
    at = pl.col("invoicedate").cast(pl.Datetime("us")).dt.replace_time_zone("UTC").min()
    return (
        sold.group_by(pl.col("invoiceno").cast(pl.String).alias("order_id"))
        .agg(
            pl.col("customerid").cast(pl.Int64).cast(pl.String).first().alias("customer_id"),
            at.alias("ordered_at"),
            (pl.col("quantity") * pl.col("unitprice").cast(pl.Decimal(18, 4))).sum().alias("gross_amount"),
            pl.col("quantity").sum().cast(pl.Int64).alias("units"),
        )
        .with_columns(
            (pl.col("ordered_at").dt.truncate("1d") + pl.duration(days=1)).alias("ingested_at"),
            pl.col("gross_amount").alias("net_amount"),
            pl.lit(0.0).alias("discount_amount"),
            pl.lit(0).alias("promotions"),
            pl.lit("web").alias("channel"),
        )
        .sort("order_id")
    )


def _figures(figures: dict[str, float]) -> str:
    return " / ".join(f"{figures[name]:.4f}" for name in COMPARED)


def _gain(ours: dict[str, float], theirs: dict[str, float]) -> str:
    return " / ".join(f"{ours[name] - theirs[name]:+.4f}" for name in COMPARED)
