"""Live recommendations are the batch's, however they are made fast."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array, random_array

from marketing_tests.model.live_shop import GONE, answered, skus
from marketing_tests.model.planted_taste import sku, style
from mesh_marketing.ml.recommend import live_index, live_person, live_ranker
from mesh_marketing.ml.recommend.candidates import PLACES, fitted_generators, gather
from mesh_marketing.ml.recommend.features import feature_matrix
from mesh_marketing.ml.recommend.generator import best
from mesh_marketing.ml.recommend.item_knn import ItemKnn
from mesh_marketing.ml.recommend.liked import from_liked
from mesh_marketing.ml.recommend.live import Recommending
from mesh_marketing.ml.recommend.live_features import features_of
from mesh_marketing.ml.recommend.live_index import index_of, sparse_item_knn
from mesh_marketing.ml.recommend.live_person import find, person_of
from mesh_marketing.ml.recommend.profile import Profile
from mesh_marketing.ml.recommend.serving import lists_for_all
from mesh_platform.ml.recipe import Fitted


def test_features_are_the_batchs_to_the_bit(ready: Recommending) -> None:
    taste = ready.index.taste
    everybody = np.arange(len(taste.customers))
    generators = fitted_generators(taste)
    profile = generators["profile"]
    assert isinstance(profile, Profile)
    found = gather(taste, generators, everybody)
    batch = feature_matrix(taste, profile, found)
    for row in everybody:
        person = person_of(ready.index, int(row), [], None, [])
        alone = find(ready.index, person, 0)
        assert np.array_equal(alone.item, found.item[found.row == row])
        assert np.array_equal(features_of(ready.index, person, alone), batch[found.row == row])


def test_of_the_batchs_candidates_a_customers_list_is_the_batchs_with_its_reasons(
    ready: Recommending, live_fitted: Fitted
) -> None:
    lists = lists_for_all(live_fitted["booster"], ready.index.taste)
    exact = replace(ready, candidates=0)
    for (customer,), batch in lists.group_by("customer_id"):
        items = answered(exact, customer_id=customer, count=20)["items"]
        made = pl.DataFrame(items).sort("rank")
        same = ["rank", "sku", "source", "because_sku", "reason"]
        assert made.select(same).rows() == batch.sort("rank").select(same).rows()
        assert made["score"].to_numpy() == pytest.approx(batch.sort("rank")["score"].to_numpy(), abs=1e-12)


def test_embeddings_fill_the_candidates_up(ready: Recommending, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_person, "PLACES", dict.fromkeys(PLACES, 3))
    named = answered(replace(ready, candidates=0), customer_id="C001")["candidates"]
    everything = answered(ready, customer_id="C001")["candidates"]
    assert named < everything == 48 - len(GONE)


def test_compiled_trees_score_and_say_what_lightgbm_says(ready: Recommending, live_fitted: Fitted) -> None:
    person = person_of(ready.index, 5, [], None, [])
    rows = features_of(ready.index, person, find(ready.index, person, 1000))
    assert ready.scorer is not None
    assert "compiled" in ready.scorer.__qualname__
    assert np.abs(ready.scorer(rows) - live_ranker.plain_scorer(live_fitted["booster"])(rows)).max() <= live_ranker.SAME


@pytest.mark.parametrize("broken", ["wrong", "uncompilable"])
def test_trees_that_compile_wrongly_are_not_used(
    broken: str, ready: Recommending, live_fitted: Fitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = live_ranker.plain_scorer(live_fitted["booster"])

    def compiled(booster: str) -> live_ranker.Scorer:
        if broken == "uncompilable":
            raise RuntimeError(booster[:4])
        return lambda rows: plain(rows) + 1e-9

    monkeypatch.setattr(live_ranker, "compiled_scorer", compiled)
    person = person_of(ready.index, 5, [], None, [])
    rows = features_of(ready.index, person, find(ready.index, person, 1000))
    assert np.array_equal(live_ranker.scorer_of(live_fitted["booster"], rows)(rows), plain(rows))


def test_a_start_from_five_liked_products_is_that_of_the_batch(ready: Recommending) -> None:
    liked = [sku(i) for i in (1, 9, 13, 17, 21)]
    taste = ready.index.taste
    offline = from_liked(liked, taste, fitted_generators(taste), count=8)
    answer = answered(ready, liked=liked, count=8)
    assert skus(answer) == offline["sku"].to_list()
    assert [i["because_sku"] for i in answer["items"]] == offline["because_sku"].to_list()
    assert [i["score"] for i in answer["items"]] == pytest.approx(offline["score"].to_list(), abs=1e-5)


def test_item_knn_of_a_large_catalogue_is_that_of_a_small_one() -> None:
    rng = np.random.default_rng(4)
    history = csr_array(random_array((400, 160), density=0.1, rng=rng, dtype=np.float64).astype(np.float32))
    alike = sparse_item_knn(history).toarray()
    assert alike == pytest.approx(ItemKnn(itself=True).fit(history).alike, abs=1e-6)
    assert ((alike > 0).sum(axis=1) == 101).all()


def test_the_best_of_many_are_found_without_looking_at_all() -> None:
    scores = np.random.default_rng(5).normal(0, 1, 20_000).astype(np.float32)
    available = np.arange(len(scores)) % 3 > 0
    expected = best(np.where(available, scores, -np.inf)[None, :], 40)[0]
    assert np.array_equal(live_person._first(scores, available, 40), expected)
    few = np.where(np.arange(len(scores)) < 7, 1.0 + np.arange(len(scores)), 0.0).astype(np.float32)
    assert live_person._first(few, np.ones(len(few), bool), 40).tolist() == [6, 5, 4, 3, 2, 1, 0]


def test_a_catalogue_too_large_for_dense_squares_still_has_lists_that_follow_taste(
    ready: Recommending, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_index, "DENSE_ITEMS", 16)
    monkeypatch.setattr(live_person, "DENSE_ITEMS", 16)
    large = replace(ready, index=index_of(ready.index.taste, list(ready.index.stores)))
    assert large.index.ease.shape == (16, 16)
    found = [(c, skus(answered(large, customer_id=c))) for c in ("C001", "C005", "C010")]
    assert all(len(made) == 10 and not set(made) & set(GONE) for _, made in found)
    assert np.mean([style(s) == style(c) for c, made in found for s in made[:6]]) > 0.8
