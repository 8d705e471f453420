"""Customers: who they are, when they leave, and that nobody buys after that."""

from __future__ import annotations

import polars as pl

from .landed import Landed


def test_who_has_lapsed_buys_nothing_more(landed: Landed, lines: pl.DataFrame) -> None:
    truth = landed.known("customers").filter(pl.col("lapsed_on").is_not_null())
    bought = lines.filter(pl.col("quantity") > 0).join(truth, on="customer_id")
    assert truth.height > 100
    assert bought.height > 50
    assert bought.filter(pl.col("ordered_at").dt.date() >= pl.col("lapsed_on")).is_empty()


def test_who_has_not_lapsed_goes_on_buying(landed: Landed, lines: pl.DataFrame) -> None:
    alive = landed.known("customers").filter(pl.col("lapsed_on").is_null() & ~pl.col("false_account"))
    lapsed = landed.known("customers").filter(pl.col("lapsed_on").is_not_null())
    recent = lines.filter(pl.col("ordered_at") > pl.col("ordered_at").max() - pl.duration(days=10))
    share = alive.join(recent, on="customer_id", how="semi").height / alive.height
    assert share > 5 * lapsed.join(recent, on="customer_id", how="semi").height / lapsed.height


def test_everybody_who_orders_has_a_profile_by_then(landed: Landed, lines: pl.DataFrame) -> None:
    profiles = landed.clean("customers/profiles")
    first = profiles.group_by("customer_id").agg(pl.col("changed_at").str.to_datetime(time_zone="UTC").min())
    orders = lines.filter(pl.col("customer_id").is_not_null()).join(first, on="customer_id", how="left")
    assert orders.filter(pl.col("changed_at").is_null() | (pl.col("changed_at") > pl.col("ordered_at"))).is_empty()


def test_a_profile_repeats_everything_and_its_sign_up_never_changes(landed: Landed) -> None:
    profiles = landed.clean("customers/profiles")
    changes = profiles.group_by("customer_id").agg(pl.len(), pl.col("signed_up_at", "first_name", "email").n_unique())
    assert changes.filter(pl.col("len") > 1).height > 20
    assert changes.filter(pl.max_horizontal("signed_up_at", "first_name", "email") > 1).is_empty()
    assert profiles.select("customer_id", "changed_at").is_unique().all()


def test_tastes_last(landed: Landed, lines: pl.DataFrame) -> None:
    """A customer's style is in far more of their lines than a quarter, which chance would give four styles."""
    customers = landed.known("customers").select("customer_id", pl.col("style").alias("own_style"))
    styled = lines.join(landed.known("products").select("sku", "style"), on="sku").join(customers, on="customer_id")
    assert styled.select((pl.col("style") == pl.col("own_style")).mean()).item() > 0.6


def test_posts_follow_quality(landed: Landed) -> None:
    reviews = landed.clean("customers/posts").filter(pl.col("rating").is_not_null())
    judged = landed.known("posts").join(landed.known("products"), on="sku").join(reviews, on="post_id", how="semi")
    quality = dict(judged.group_by("sentiment").agg(pl.col("quality").mean()).iter_rows())
    assert quality["negative"] + 0.3 < quality["neutral"] < quality["positive"] - 0.3


def test_stars_mostly_agree_with_the_mood_and_texts_are_many(landed: Landed) -> None:
    posts = landed.clean("customers/posts").join(landed.known("posts"), on="post_id")
    rated = posts.filter(pl.col("rating").is_not_null())
    agrees = (
        pl.when(pl.col("rating") <= 2).then(pl.lit("negative")).when(pl.col("rating") == 3).then(pl.lit("neutral"))
        .otherwise(pl.lit("positive")) == pl.col("sentiment")
    )  # fmt: skip
    assert 0.9 < rated.select(agrees.mean()).item() < 1.0
    assert posts["text"].n_unique() > 0.9 * posts.height


def test_empty_shelves_are_complained_about(landed: Landed) -> None:
    moods = landed.known("posts").filter(pl.col("theme") == "availability").group_by("sentiment").len()
    counted = dict(moods.iter_rows())
    assert counted["negative"] > 2 * counted.get("positive", 0)
