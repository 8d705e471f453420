"""What a practitioner looks at: recall by length of the list, who gets the places, and what the ranker uses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from mesh_marketing.ml.recommend.features import FEATURES
from mesh_marketing.ml.recommend.rows import PLACES

LENGTHS = (1, 2, 3, 5, 10, 15, 20, 30)


def recall_by_length(rows: pl.DataFrame, ranks: Mapping[str, pl.Series]) -> Figure:
    """Draw how much of what was bought the first k places hold, for the model and its baselines."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    customers = float(rows["share"].sum())
    bought = rows.select("wanted", "relevant")
    for name, rank in ranks.items():
        hits = bought.with_columns(rank=rank).filter("relevant")
        found = [float((1 / hits.filter(pl.col("rank") <= k)["wanted"]).sum()) / customers for k in LENGTHS]
        axes.plot(LENGTHS, found, marker="o", label=name)
    axes.set(xlabel="places", ylabel="recall", title="Recall by length of the list")
    axes.legend()
    return figure


def exposure(rows: pl.DataFrame, rank: pl.Series) -> Figure:
    """Draw each product's places against its sales."""
    products = rows.with_columns(rank=rank).group_by("sku").agg(
        pl.col("sold_28d").first(), places=(pl.col("rank") <= PLACES).sum()
    )  # fmt: skip
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    axes.scatter(products["sold_28d"], products["places"], s=8, alpha=0.5)
    axes.set_xscale("symlog")
    axes.set_yscale("symlog")
    axes.set(xlabel="lines sold in 28 days", ylabel="places in lists", title="Who gets the places")
    return figure


def importance(booster: str) -> Figure:
    """Draw how much each feature lowers the loss."""
    import lightgbm

    gain = lightgbm.Booster(model_str=booster).feature_importance("gain")
    order = np.argsort(gain)
    figure = Figure(figsize=(6, 7), layout="constrained")
    axes = figure.subplots()
    axes.barh([FEATURES[i] for i in order], gain[order])
    axes.set(xlabel="gain", title="What the ranker uses")
    return figure
