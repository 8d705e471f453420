"""How good ranked candidates are: per customer, then averaged; a customer's rows all carry the same weight."""

from __future__ import annotations

import numpy as np
import polars as pl

from mesh_marketing.ml.recommend.generator import Floats
from mesh_marketing.ml.recommend.metrics import discounts
from mesh_marketing.ml.recommend.rows import PLACES


def mean_ndcg(rows: pl.DataFrame, rank: pl.Series, weight: Floats) -> float:
    """NDCG of the first 20 places, averaged over customers.

    Each row brings its part of its customer's NDCG, so that no grouping is needed: a bootstrap calls this often.

    Args:
        rows: `relevant`, `ideal` and `share`, as `rows_about` makes them.
        rank: Each row's rank in its customer's list.
        weight: Each row's customer's weight.
    """
    place = rank.to_numpy()
    hit = rows["relevant"].to_numpy() & (place <= PLACES)
    gain = weight[hit] / np.log2(place[hit] + 1) / rows["ideal"].to_numpy()[hit]
    return float(gain.sum() / max(float((weight * rows["share"].to_numpy()).sum()), 1e-9))


def as_judged(lists: pl.DataFrame, bought: pl.DataFrame) -> pl.DataFrame:
    """Add to published lists what `mean_ndcg` reads, for the customers who bought something.

    Args:
        lists: customer_id, rank, sku and more; one list a customer.
        bought: customer_id, sku: what was bought afterwards, once each.
    """
    wanted = bought.group_by("customer_id").agg(wanted=pl.len())
    best = np.concatenate([[0.0], np.cumsum(discounts(PLACES))])
    rows = lists.join(wanted, on="customer_id", maintain_order="left")  # who bought nothing is not judged
    rows = rows.join(
        bought.with_columns(relevant=pl.lit(value=True)), on=["customer_id", "sku"], how="left", maintain_order="left"
    )
    return rows.with_columns(
        pl.col("relevant").fill_null(value=False),
        pl.Series("ideal", best[np.minimum(rows["wanted"].to_numpy(), PLACES)]),
        share=1.0 / pl.len().over("customer_id"),
    )


def figures(rows: pl.DataFrame, rank: pl.Series) -> dict[str, float]:
    """What a practitioner asks of lists: hits, order, coverage, novelty, variety, exposure."""
    listed = rows.with_columns(rank=rank, precision=pl.lit(0.0)).filter(pl.col("rank") <= PLACES)
    hits = listed.filter("relevant").sort("cut", "customer_id", "rank")
    hits = hits.with_columns(nth=pl.int_range(1, pl.len() + 1).over("cut", "customer_id"))
    customers = float(rows["share"].sum())
    most = pl.min_horizontal("wanted", pl.lit(PLACES))
    shown = listed.group_by("sku").agg(n=pl.len())
    return {
        "NDCG@20": mean_ndcg(rows, rank, np.ones(rows.height)),
        "recall@20": _sum(hits, 1 / pl.col("wanted")) / customers,
        "MAP@20": _sum(hits, pl.col("nth") / pl.col("rank") / most) / customers,
        "hit rate@20": hits.select("cut", "customer_id").n_unique() / customers if hits.height else 0.0,
        "recall of candidates": _sum(rows.filter("relevant"), 1 / pl.col("wanted")) / customers,
        "coverage": shown.height / rows["sku"].n_unique(),
        "novelty (bits)": _novelty(listed),
        "category diversity": _variety(listed),
        "share of hits bought before": float(hits.select((pl.col("times_bought") > 0).mean()).item() or 0.0),
        "Gini of exposure": gini(shown["n"].to_numpy(), rows["sku"].n_unique()),
        "customers": customers,
    }


def gini(shown: Floats, products: int) -> float:
    """How unequally places go to products: 0 is equally, 1 is all to one."""
    counts = np.sort(np.concatenate([np.zeros(products - len(shown)), shown]))
    if not counts.sum():
        return 0.0
    ranks = np.arange(1, products + 1)
    return float((2 * (ranks * counts).sum() / (products * counts.sum())) - (products + 1) / products)


def _sum(rows: pl.DataFrame, of: pl.Expr) -> float:
    return float(rows.select(of.sum()).item() or 0.0)


def _novelty(listed: pl.DataFrame) -> float:
    sold = listed.group_by("sku").agg(pl.col("sold_28d").first() + 1)
    total = float(sold["sold_28d"].sum())
    return float(
        listed.join(sold, on="sku", maintain_order="left")
        .select((-(pl.col("sold_28d_right") / total).log(2)).mean())
        .item()
    )


def _variety(listed: pl.DataFrame) -> float:
    """The share of a list's pairs that are of two categories."""
    of_category = listed.group_by("cut", "customer_id", "category").agg(n=pl.len().cast(pl.Float64))
    pairs = of_category.group_by("cut", "customer_id").agg(
        same=(pl.col("n") * (pl.col("n") - 1)).sum(), all=pl.col("n").sum() * (pl.col("n").sum() - 1)
    )
    pairs = pairs.filter(pl.col("all") > 0).sort("cut", "customer_id")
    return float(pairs.select((1 - pl.col("same") / pl.col("all")).mean()).item() or 0.0)
