"""Online Retail: the next basket of known customers, by the domain's generators and ranker, split by time.

A basket is what a customer buys on a day. The file has no web events, stock or categories: those tables are empty or
hold everything, and what they would tell is missing for everybody. Products that are no articles (postage, fees) are
left out. The ranker learns from the next baskets of earlier four-week windows; nothing looks at the last one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, cast

import numpy as np
import polars as pl

from benchmarks.ml.table import Row
from mesh_marketing.ml.recommend.compare import compare
from mesh_marketing.ml.recommend.diversity import ranked
from mesh_marketing.ml.recommend.ease import Ease
from mesh_marketing.ml.recommend.evidence import Evidence, day_number
from mesh_marketing.ml.recommend.features import FEATURES
from mesh_marketing.ml.recommend.generator import Sparse
from mesh_marketing.ml.recommend.hybrid import Hybrid
from mesh_marketing.ml.recommend.item_knn import ItemKnn
from mesh_marketing.ml.recommend.judging import figures
from mesh_marketing.ml.recommend.own import Own
from mesh_marketing.ml.recommend.popularity import Popularity
from mesh_marketing.ml.recommend.ranker import fit_ranker, scores_of
from mesh_marketing.ml.recommend.rows import rows_about
from mesh_marketing.ml.recommend.taste import Taste, matrix, taste_at
from mesh_platform.lake import Pinned

if TYPE_CHECKING:
    from mesh_platform.lake import Lake

END = datetime(2011, 12, 10, tzinfo=UTC)
"""The midnight after the file's last day."""
WINDOW_DAYS = 28
TRAINING_CUTS = 3
SEED = 1
INSTANT = pl.Datetime("us", "UTC")


def measure(data: Path) -> list[Row]:
    """Measure the ranker beside simple rules, on the same customers and baskets."""
    started = perf_counter()
    now = day_number(END)
    cuts = [now - WINDOW_DAYS * back for back in range(1, TRAINING_CUTS + 2)]
    evidence = Evidence.read(tables(data / "uci-online-retail" / "online_retail.parquet"), END, cuts)
    frames = [rows_about(evidence, cut, evidence.next_baskets(cut, cut + WINDOW_DAYS)) for cut in cuts]
    train, holdout = pl.concat(frames[1:]), frames[0]
    booster = fit_ranker(train.select(FEATURES).to_numpy(), train["relevant"].to_numpy(), SEED)
    rank = ranked(holdout, scores_of(booster, holdout.select(FEATURES).to_numpy()))
    ours = figures(holdout, rank)
    found = {"ranker": (ours["recall@20"], ours["NDCG@20"], ours["coverage"], perf_counter() - started)}
    taste = taste_at(evidence, cuts[0])
    for row in simple_rules(taste, evidence.next_baskets(cuts[0], now)).iter_rows(named=True):
        found[row["approach"]] = (row["recall"], row["ndcg"], row["coverage"], row["seconds"])
    return [
        Row(
            "Online Retail, next basket",
            f"{int(ours['customers'])} known customers, first basket of the last {WINDOW_DAYS} days",
            f"recall@20 / NDCG@20 / coverage, {name}",
            "",
            f"{recall:.4f} / {ndcg:.4f} / {coverage:.2f}",
            seconds,
        )
        for name, (recall, ndcg, coverage, seconds) in sorted(found.items(), key=lambda pair: pair[1][1])
    ]


def simple_rules(taste: Taste, baskets: pl.DataFrame) -> pl.DataFrame:
    """Baselines, the strong ones of the next-basket literature among them (Li et al. 2021, GP-TopFreq)."""
    known = np.flatnonzero(np.asarray(taste.bought.sum(axis=1)).ravel())
    baskets = baskets.filter(pl.col("customer").is_in(known))
    wanted = matrix(baskets, np.ones(baskets.height), taste.history.shape)
    often: Sparse = taste.bought
    faded = {
        "own purchases, faded": Own(),
        "item-kNN": ItemKnn(),
        "item-kNN with itself": ItemKnn(itself=True),
        "EASE": Ease(),
    }
    plain = {"popularity": Popularity(), "own frequency": Own(), "own frequency, then popularity": own_then_popular()}
    return pl.concat([
        compare(rules, history, wanted, taste.traits) for rules, history in ((faded, taste.history), (plain, often))
    ])  # fmt: skip


def own_then_popular() -> Hybrid:
    """Own frequency; popularity only breaks ties and fills the list."""
    return Hybrid([(Own(), 1.0), (Popularity(), 1e-3)])


def tables(path: Path) -> Pinned:
    """The file as the lake's tables."""
    lines = pl.read_parquet(path).filter(
        pl.col("CustomerID").is_not_null(), pl.col("Quantity") > 0, pl.col("StockCode").str.contains(r"^\d{5}")
    )
    at = pl.col("InvoiceDate").dt.replace_time_zone("UTC")
    lines = lines.select(
        order_id="InvoiceNo",
        customer_id=pl.col("CustomerID").cast(pl.String),
        sku=pl.col("StockCode").str.to_uppercase(),
        quantity="Quantity",
        unit_price="UnitPrice",
        store_id=pl.lit(None, pl.String),
        ordered_at=at,
        ingested_at=at.dt.truncate("1d") + timedelta(days=1),
        name="Description",
    )
    first = cast("datetime", lines["ordered_at"].min())
    goods = lines.group_by("sku").agg(pl.col("name").drop_nulls().first().fill_null("")).sort("sku")
    frames = {
        "sales.order_lines": lines,
        "customers.customers": lines.select("customer_id").unique().with_columns(
            valid_from=pl.lit(first), consent_profiling=pl.lit(value=True), ingested_at=pl.lit(first)
        ),
        "inventory.products": goods.with_columns(
            category=pl.lit("all"), brand=pl.lit(None, pl.String), list_price=pl.lit(None, pl.Float64)
        ),
        "inventory.stock_levels": goods.select(
            "sku", location_id=pl.lit("warehouse"), day=pl.lit(first.date()), on_hand=pl.lit(1)
        ),
        "marketing_raw.web_events": pl.DataFrame(
            schema={"customer_id": pl.String, "sku": pl.String, "kind": pl.String, "position": pl.Int64,
                    "occurred_at": INSTANT, "ingested_at": INSTANT}
        ),
        "marketing_raw.promotions": pl.DataFrame(
            schema={"sku": pl.String, "discount_pct": pl.Float64, "starts_on": pl.Date, "ends_on": pl.Date,
                    "ingested_at": INSTANT}
        ),
    }  # fmt: skip
    return Pinned(cast("Lake", None), {}, frames)
