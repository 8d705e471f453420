"""The recipe of recommendations on a shop with planted tastes."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from marketing_tests.model.planted_taste import AS_OF, DAYS, Frames, order_lines, pinned, shop, sku, stock, style
from mesh_marketing.ml.recommend.candidates import fitted_generators
from mesh_marketing.ml.recommend.diversity import CATEGORY_PLACES, ranked
from mesh_marketing.ml.recommend.evidence import Evidence, day_number
from mesh_marketing.ml.recommend.liked import from_liked
from mesh_marketing.ml.recommend.taste import Taste, taste_at
from mesh_marketing.ml.recommendations import RECIPE, WINDOW_DAYS
from mesh_marketing.products.recommendations import Recommendations
from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.errors import MissingFeature, TooFewExamples, UnknownName
from mesh_platform.ml.making import Making
from mesh_platform.ml.recipe import Examples, Fitted
from mesh_platform.settings import Settings

NOW = day_number(AS_OF)


@pytest.fixture(scope="module")
def frames() -> Frames:
    return shop()


@pytest.fixture(scope="module")
def examples(frames: Frames) -> Examples:
    return RECIPE.examples(pinned(frames), AS_OF)


@pytest.fixture(scope="module")
def fitted(examples: Examples) -> Fitted:
    return RECIPE.fit(examples, seed=3)


@pytest.fixture(scope="module")
def taste(frames: Frames) -> Taste:
    return taste_at(Evidence.read(pinned(frames), AS_OF, [NOW]), NOW)


@pytest.fixture(scope="module")
def lists(frames: Frames, fitted: Fitted) -> pl.DataFrame:
    return scored(frames, fitted)


def scored(frames: Frames, fitted: Fitted) -> pl.DataFrame:
    return RECIPE.score(fitted, Making(pinned(frames), None, AS_OF, Settings.load(Path("nowhere"))))


def test_the_ranker_beats_popularity_where_people_have_tastes(examples: Examples, fitted: Fitted) -> None:
    ones = np.ones(examples.holdout.height)
    model = RECIPE.measure(examples.holdout, RECIPE.predict(fitted, examples.holdout), ones)
    popularity = RECIPE.measure(examples.holdout, RECIPE.baselines(examples)["popularity"], ones)
    assert model > 1.5 * popularity


def test_lists_follow_the_planted_taste(lists: pl.DataFrame) -> None:
    top = lists.filter(pl.col("rank") <= 8)
    same = [style(c) == style(s) for c, s in top.select("customer_id", "sku").rows()]
    assert np.mean(same) > 0.8


def test_judging_agrees_with_the_gate(examples: Examples, fitted: Fitted) -> None:
    predictions = RECIPE.predict(fitted, examples.holdout)
    figures = RECIPE.judge(examples.holdout, predictions)
    ones = np.ones(examples.holdout.height)
    assert figures["NDCG@20"] == RECIPE.measure(examples.holdout, predictions, ones)
    assert 0 < figures["NDCG@20"] < figures["recall@20"] <= figures["recall of candidates"] <= 1


def test_a_customer_who_is_drawn_twice_counts_twice(examples: Examples, fitted: Fitted) -> None:
    rows = examples.holdout
    predictions = RECIPE.predict(fitted, rows)
    first = (rows["customer_id"] == rows["customer_id"][0]).to_numpy()
    alone = RECIPE.measure(rows, predictions, first.astype(np.float64))
    whole = RECIPE.measure(rows, predictions, np.ones(rows.height))
    customers = rows["customer_id"].n_unique()
    expected = (whole * customers + alone) / (customers + 1)
    assert RECIPE.measure(rows, predictions, 1.0 + first) == pytest.approx(expected)


def test_the_same_seed_gives_the_same_ranker(examples: Examples, fitted: Fitted) -> None:
    assert RECIPE.fit(examples, seed=3) == fitted


def test_all_behaviours_are_kept(examples: Examples, fitted: Fitted) -> None:
    checks = RECIPE.behaviours(fitted, examples)
    assert len(checks) == 3
    assert [check.name for check in checks if not check.passed] == []


def test_a_ranker_that_reads_ids_is_caught(examples: Examples, fitted: Fitted, monkeypatch: pytest.MonkeyPatch) -> None:
    def by_id(_: Fitted, rows: pl.DataFrame) -> pl.DataFrame:
        score = rows["sku"].hash().cast(pl.Float64).to_numpy()
        return pl.DataFrame({"score": score, "rank": ranked(rows, score)})

    monkeypatch.setattr(type(RECIPE), "predict", lambda _, fitted, rows: by_id(fitted, rows))
    assert not RECIPE.behaviours(fitted, examples)[0].passed


def test_a_split_sees_nothing_that_happened_or_was_known_later(frames: Frames, examples: Examples) -> None:
    """Purchases after the cut change labels only; one that happened before and was known after changes nothing."""
    cut = DAYS - WINDOW_DAYS
    customers = [f"C{c:03d}" for c in range(20)]
    later = order_lines([(cut + 1, c, i) for c in customers for i in range(48)])
    late = order_lines([(cut - 3, c, 5) for c in customers]).with_columns(ingested_at=pl.lit(AS_OF))
    more = frames | {"sales.order_lines": pl.concat([frames["sales.order_lines"], later, late])}
    planted = RECIPE.examples(pinned(more), AS_OF).holdout
    columns = ["customer_id", "sku", *examples.features]
    before = examples.holdout.select(columns).join(planted.select("customer_id").unique(), on="customer_id", how="semi")
    after = planted.select(columns).join(examples.holdout.select("customer_id").unique(), on="customer_id", how="semi")
    assert before.sort("customer_id", "sku").equals(after.sort("customer_id", "sku"))


def test_training_rows_are_older_than_the_hold_out(examples: Examples) -> None:
    newest = examples.train["cut"].max()
    assert isinstance(newest, int)
    assert newest + WINDOW_DAYS <= examples.holdout["cut"].min()  # type: ignore[operator]


def test_a_repeated_purchase_is_relevant(examples: Examples) -> None:
    assert examples.holdout.filter("relevant", pl.col("times_bought") > 0).height > 0


def test_lists_keep_the_contract(lists: pl.DataFrame) -> None:
    added = {"prediction_id": "p", "model_version": 1, "feature_snapshot": 1, "predicted_from": AS_OF}
    schema = shape_of(Recommendations).schema
    rows = lists.with_columns(pl.lit(value, schema[name]).alias(name) for name, value in added.items())
    assert set(rows.columns) == set(schema)
    rows = rows.select(schema.names())
    assert rows.schema == schema
    assert screen(Recommendations, rows).is_empty()
    assert rows.select("customer_id", "rank").is_unique().all()
    assert rows.select("customer_id", "sku").is_unique().all()
    assert rows.group_by("customer_id").len()["len"].to_list() == [20] * 160


def test_what_is_out_of_stock_is_never_recommended(frames: Frames, fitted: Fitted) -> None:
    gone = [sku(i) for i in range(0, 48, 5)]
    left = frames | {"inventory.stock_levels": stock({sku(i): 0 if sku(i) in gone else 9 for i in range(48)})}
    found = scored(left, fitted)
    assert found.height > 0
    assert found.filter(pl.col("sku").is_in(gone)).is_empty()


def test_only_the_newest_day_of_stock_counts(frames: Frames, fitted: Fitted) -> None:
    newest = pl.col("day") == pl.col("day").max()
    gone = pl.when(newest & (pl.col("sku") == sku(0))).then(0).otherwise("on_hand")
    sold_out = frames | {"inventory.stock_levels": frames["inventory.stock_levels"].with_columns(on_hand=gone)}
    assert scored(sold_out, fitted).filter(pl.col("sku") == sku(0)).is_empty()


def test_nobody_is_profiled_without_consent(frames: Frames, fitted: Fitted) -> None:
    people = frames["customers.customers"]
    refused = people.filter(pl.col("customer_id") < "C010").with_columns(consent_profiling=pl.lit(value=False))
    withdrawn = refused.with_columns(valid_from=pl.lit(AS_OF - timedelta(days=2)), ingested_at=pl.lit(AS_OF))
    profiles = frames | {"customers.customers": pl.concat([people, withdrawn])}
    assert scored(profiles, fitted)["customer_id"].min() == "C010"
    holdout = RECIPE.examples(pinned(profiles), AS_OF)
    assert min(holdout.train["customer_id"].min(), holdout.holdout["customer_id"].min()) >= "C010"  # type: ignore[type-var, operator]


def test_no_more_than_eight_of_the_first_places_go_to_one_category(lists: pl.DataFrame, frames: Frames) -> None:
    named = lists.join(frames["inventory.products"], on="sku").filter(pl.col("rank") <= 20)
    assert named.group_by("customer_id", "category").len()["len"].max() == CATEGORY_PLACES


def test_reasons_name_what_was_bought(lists: pl.DataFrame) -> None:
    again = lists.filter(pl.col("source") == "bought_before")["reason"]
    beside = lists.filter(pl.col("source") == "item_knn")
    assert again.str.contains(r"^bought (once|\d+ times), last \d+ days ago$").all()
    assert beside["reason"].str.starts_with("bought with ").all()
    assert beside["because_sku"].null_count() == 0
    assert (beside["because_sku"] != beside["sku"]).all()


def test_an_explanation_names_purchases_and_adds_up_to_what_the_ranker_said(
    frames: Frames, fitted: Fitted, lists: pl.DataFrame
) -> None:
    row = lists.row(0, named=True) | {"predicted_from": AS_OF}
    why = RECIPE.explain(fitted, pinned(frames), row)
    assert why.unit == "log odds"
    assert set(why.features) == set(fitted["features"])
    assert any(what.startswith("bought or looked at P") for what, _ in why.reasons)
    strengths = [abs(value) for _, value in why.reasons]
    assert strengths == sorted(strengths, reverse=True)


def test_five_liked_products_of_a_style_lead_to_that_style(taste: Taste) -> None:
    liked = [sku(i) for i in (1, 5, 9, 13, 17)]
    found = from_liked(liked, taste, fitted_generators(taste), count=7)
    assert found["rank"].to_list() == [1, 2, 3, 4, 5, 6, 7]
    assert np.mean([style(s) == 1 for s in found["sku"]]) >= 6 / 7
    assert not set(found["sku"]) & set(liked)
    assert set(found["because_sku"]) <= set(liked)


def test_an_unknown_liked_product_is_named(taste: Taste) -> None:
    with pytest.raises(UnknownName, match="no product 'P0411'; did you mean 'P0"):
        from_liked([sku(1), "P0411"], taste, fitted_generators(taste))


def test_liking_nothing_is_refused(taste: Taste) -> None:
    with pytest.raises(TooFewExamples, match="at least one"):
        from_liked([], taste, fitted_generators(taste))


def test_too_short_a_history_is_refused(frames: Frames) -> None:
    with pytest.raises(TooFewExamples, match=f"takes {RECIPE.needs_days} days"):
        RECIPE.examples(pinned(frames), AS_OF - timedelta(days=DAYS - 40))


def test_a_shop_without_consent_is_refused(frames: Frames) -> None:
    nobody = frames["customers.customers"].with_columns(consent_profiling=pl.lit(value=False))
    with pytest.raises(TooFewExamples, match="0 consenting customers"):
        RECIPE.examples(pinned(frames | {"customers.customers": nobody}), AS_OF)


def test_a_missing_feature_is_named(examples: Examples, fitted: Fitted) -> None:
    with pytest.raises(MissingFeature, match="rows lack item_knn_score"):
        RECIPE.predict(fitted, examples.holdout.drop("item_knn_score"))


def test_plots_are_drawn(examples: Examples, fitted: Fitted) -> None:
    predictions = RECIPE.predict(fitted, examples.holdout)
    assert set(RECIPE.plots(fitted, examples, predictions)) == {"recall", "exposure", "importance"}
