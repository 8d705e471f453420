from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array

from mesh_marketing.ml.recommend import metrics
from mesh_marketing.ml.recommend.als import Als
from mesh_marketing.ml.recommend.autoencoder import Autoencoder
from mesh_marketing.ml.recommend.clicks import fit_clicks
from mesh_marketing.ml.recommend.compare import compare, top_lists
from mesh_marketing.ml.recommend.content import Content, traits_of
from mesh_marketing.ml.recommend.diversity import mmr
from mesh_marketing.ml.recommend.ease import Ease
from mesh_marketing.ml.recommend.generator import Generator, Ints, Sparse, best
from mesh_marketing.ml.recommend.hybrid import Hybrid
from mesh_marketing.ml.recommend.item_knn import ItemKnn
from mesh_marketing.ml.recommend.own import Own
from mesh_marketing.ml.recommend.popularity import Popularity
from mesh_marketing.ml.recommend.profile import Profile
from mesh_marketing.ml.recommend.user_knn import UserKnn

GOODS = pl.DataFrame(
    {
        "name": ["bold tea", "bold mug", "calm tea", "calm mug", "calm hat"],
        "category": ["tea", "mug", "tea", "mug", "hat"],
        "brand": ["x", None, "x", "y", "y"],
        "price": [3.0, 9.0, 4.0, 8.0, 20.0],
    }
)
APPROACHES: dict[str, Callable[[], Generator]] = {
    "popularity": Popularity,
    "own": Own,
    "item-kNN cosine": ItemKnn,
    "item-kNN Pearson": lambda: ItemKnn("pearson"),
    "user-kNN cosine": UserKnn,
    "user-kNN Pearson": lambda: UserKnn("pearson"),
    "EASE": lambda: Ease(1.0),
    "ALS": lambda: Als(factors=3, ridge=0.1),
    "content": lambda: Content(traits_of(GOODS)),
    "profile": lambda: Profile(GOODS),
    "hybrid": lambda: Hybrid([(Own(), 1.0), (Popularity(), 0.5)]),
    "autoencoder": lambda: Autoencoder(hidden=4, epochs=3),
}
LEARNS_FROM_OTHERS = ["item-kNN cosine", "item-kNN Pearson", "user-kNN cosine", "user-kNN Pearson", "EASE", "ALS"]
IGNORES_POSITIONS = ["popularity", "own", "hybrid", *LEARNS_FROM_OTHERS[:-1]]
"""The others name items by their traits, or draw their first weights by position."""


def matrix(*rows: list[float]) -> Sparse:
    return csr_array(np.array(rows, np.float32))


GROUPS: list[list[float]] = [[1, 1, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0]]
TWO_GROUPS = matrix(*GROUPS * 4)


@pytest.mark.parametrize("name", APPROACHES)
def test_every_approach_scores_histories_that_it_was_not_fitted_on(name: str) -> None:
    scores = APPROACHES[name]().fit(TWO_GROUPS).score(matrix([0, 0, 1, 0, 0], [0, 0, 0, 0, 0]))
    assert scores.shape == (2, 5)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", IGNORES_POSITIONS)
def test_renaming_items_changes_no_score(name: str) -> None:
    turned = np.array([3, 0, 4, 1, 2])
    plain, renamed = (APPROACHES[name]().fit(h).score(h) for h in (TWO_GROUPS, TWO_GROUPS[:, turned]))
    np.testing.assert_allclose(renamed, plain[:, turned], atol=1e-5)


@pytest.mark.parametrize("name", LEARNS_FROM_OTHERS)
def test_what_the_same_people_want_is_scored_above_what_others_want(name: str) -> None:
    scores = APPROACHES[name]().fit(TWO_GROUPS).score(matrix([1, 0, 0, 0, 0], [0, 0, 1, 0, 0]))
    assert scores[0, 1] > scores[0, [3, 4]].max()
    assert scores[1, 3] > scores[1, 1]


def test_popularity_is_the_share_of_all_history() -> None:
    scores = Popularity().fit(matrix([2, 1, 0], [0, 1, 0])).score(matrix([0, 0, 0]))
    np.testing.assert_allclose(scores, [[0.5, 0.5, 0]])


def test_cosine_of_two_items_is_known() -> None:
    knn = ItemKnn(shrink=0).fit(matrix([1, 1, 0], [1, 0, 0], [0, 0, 1]))
    np.testing.assert_allclose(knn.score(matrix([1, 0, 0])), [[0, 1 / np.sqrt(2), 0]], atol=1e-6)


def test_pearson_of_opposite_items_is_minus_one() -> None:
    knn = ItemKnn("pearson", shrink=0).fit(matrix([1, 0], [0, 1], [1, 0], [0, 1]))
    np.testing.assert_allclose(knn.score(matrix([1, 0])), [[0, -1]], atol=1e-6)


def test_an_item_that_is_similar_to_itself_is_recommended_again() -> None:
    once, again = (ItemKnn(itself=itself).fit(TWO_GROUPS).score(matrix([1, 0, 0, 0, 0])) for itself in (False, True))
    assert once[0, 0] == 0
    assert again[0].argmax() == 0


def test_no_item_explains_itself_in_ease() -> None:
    ease = Ease(0.5).fit(TWO_GROUPS)
    assert ease.weights is not None
    assert not np.diag(ease.weights).any()


def test_ease_solves_its_regression() -> None:
    history, ridge = np.random.default_rng(0).random((30, 4)).astype(np.float32), 2.0
    ease = Ease(ridge).fit(csr_array(history))
    others = history[:, 1:].astype(np.float64)
    by_hand = np.linalg.solve(others.T @ others + ridge * np.eye(3), others.T @ history[:, 0])
    assert ease.weights is not None
    np.testing.assert_allclose(ease.weights[1:, 0], by_hand, rtol=1e-4)


def test_als_minimises_its_loss_for_given_items() -> None:
    als = Als(factors=2, ridge=0.3, confidence=4.0, rounds=5).fit(TWO_GROUPS)
    assert als.items is not None
    row = np.array([1.0, 0, 2.0, 0, 0])
    weight = np.diag(1 + 4.0 * row)
    left = als.items.T @ weight @ als.items + 0.3 * np.eye(2)
    user = np.linalg.solve(left, als.items.T @ weight @ (row > 0))
    np.testing.assert_allclose(als.score(csr_array(row[None].astype(np.float32)))[0], als.items @ user, rtol=1e-4)


def test_the_autoencoder_learns_who_goes_together() -> None:
    scores = Autoencoder(hidden=8, epochs=60, batch=8, rate=0.03).fit(TWO_GROUPS).score(matrix([1, 0, 0, 0, 0]))
    assert scores[0, 1] > scores[0, 2:].max()


def test_content_knows_a_product_that_nobody_bought() -> None:
    scores = Content(traits_of(GOODS)).fit(TWO_GROUPS * 0).score(matrix([1, 0, 0, 0, 0]))
    assert scores[0, 2] > scores[0, [3, 4]].max()  # tea, as was liked


def test_profile_tilts_popularity_towards_what_the_own_items_share() -> None:
    profile = Profile(GOODS).fit(TWO_GROUPS)
    nothing, tea = profile.score(matrix([0, 0, 0, 0, 0], [3, 0, 0, 0, 0]))
    np.testing.assert_allclose(nothing, profile.popularity, rtol=1e-5)
    assert (tea / nothing)[2] > (tea / nothing)[[3, 4]].max()


def test_the_best_come_first_and_ties_go_to_the_first_item() -> None:
    np.testing.assert_array_equal(best(np.array([[1, 3, 3, 2]], np.float32), 3), [[1, 2, 3]])


def test_known_and_forbidden_items_are_not_listed() -> None:
    allowed = np.array([True, True, False, True, True])
    lists = top_lists(Popularity().fit(TWO_GROUPS), TWO_GROUPS[:1], 2, known_too=False, allowed=allowed)
    np.testing.assert_array_equal(lists, [[3, 4]])


def lists_of(*rows: list[int]) -> Ints:
    return np.array(rows, np.int64)


def test_metrics_of_a_list_are_known() -> None:
    lists, wanted = lists_of([0, 1, 2, 3]), matrix([0, 1, 0, 1, 1])
    ideal = 1 + 1 / np.log2(3) + 1 / np.log2(4)
    assert metrics.recall(lists, wanted)[0] == pytest.approx(2 / 3)
    assert metrics.ndcg(lists, wanted)[0] == pytest.approx((1 / np.log2(3) + 1 / np.log2(5)) / ideal)
    assert metrics.average_precision(lists, wanted)[0] == pytest.approx((1 / 2 + 2 / 4) / 3)
    assert metrics.coverage(lists, 5) == pytest.approx(0.8)


def test_a_list_of_twins_has_no_diversity_and_one_of_strangers_has_all() -> None:
    traits = matrix([1, 0], [1, 0], [0, 1])
    assert metrics.diversity(lists_of([0, 1]), traits) == pytest.approx(0)
    assert metrics.diversity(lists_of([0, 2]), traits) == pytest.approx(1)


def test_rare_items_are_more_novel() -> None:
    assert metrics.novelty(lists_of([4]), TWO_GROUPS) > metrics.novelty(lists_of([0]), TWO_GROUPS)


def test_approaches_are_compared_on_the_same_customers() -> None:
    wanted = csr_array(np.vstack([[0, 0, 1, 0, 0], np.zeros((19, 5))]).astype(np.float32))
    table = compare({"a": Popularity(), "b": Own()}, TWO_GROUPS, wanted, traits_of(GOODS), count=2)
    assert table["approach"].to_list() == ["a", "b"]
    assert table["recall"].to_list() == [0.0, 0.0]


def test_clicks_are_freed_from_the_position_they_were_shown_at() -> None:
    """Item 0 is always listed first, item 1 third; they please alike, and item 2 tells the positions apart."""
    looked_at, pleases = {1: 1.0, 3: 0.4}, [0.2, 0.2, 0.1]
    shown = [(0, 1), (1, 3), (2, 1), (2, 3)]
    lists = pl.DataFrame(
        [
            {"item": i, "position": p, "shown": 50_000, "clicked": round(50_000 * looked_at[p] * pleases[i])}
            for i, p in shown
        ]
    )
    model = fit_clicks(lists, 4)
    np.testing.assert_allclose(model.pleases[:3], pleases, rtol=0.02)
    assert model.looked_at[2] == pytest.approx(0.4, rel=0.02)


def test_marginal_relevance_passes_over_a_twin() -> None:
    traits = matrix([1, 0], [1, 0], [0, 1], [0, 1])
    scores = np.array([1.0, 0.95, 0.6, -np.inf])
    np.testing.assert_array_equal(mmr(scores, traits, 2, balance=0.5), [0, 2])
    np.testing.assert_array_equal(mmr(scores, traits, 9, balance=1.0), [0, 1, 2])
