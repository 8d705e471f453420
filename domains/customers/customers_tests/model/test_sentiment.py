from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from customers_tests.model.sentiment_posts import NOW, pinned, unseen, written
from mesh_customers.domain import DOMAIN
from mesh_customers.ml.sentiment import RECIPE
from mesh_customers.ml.sentiment_baselines import by_word_list
from mesh_customers.ml.sentiment_model import MOODS, chances, contributions
from mesh_customers.ml.sentiment_text import seen
from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.errors import MissingFeature, TooFewExamples, UnknownName
from mesh_platform.lake import Pinned
from mesh_platform.ml import Examples, Making
from mesh_platform.ml.recipe import Fitted
from mesh_platform.settings import Settings

ADDED = {"prediction_id", "model_version", "feature_snapshot", "predicted_from"}
"""What the platform fills in."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings.load(tmp_path_factory.mktemp("sentiment"))


@pytest.fixture(scope="module")
def tables(home: Settings) -> Pinned:
    return pinned(home, written())


@pytest.fixture(scope="module")
def examples(tables: Pinned) -> Examples:
    return RECIPE.examples(tables, NOW)


@pytest.fixture(scope="module")
def fitted(examples: Examples) -> Fitted:
    return RECIPE.fit(examples, seed=1)


def test_it_learns_from_posts_with_stars_and_is_judged_on_later_ones(examples: Examples) -> None:
    both = pl.concat([examples.train, examples.holdout], how="diagonal")
    assert both["rating"].null_count() == 0
    assert examples.train["posted_at"].max() < examples.holdout["posted_at"].min()  # type: ignore[operator]
    assert (both["mood"] == pl.Series([0, 0, 1, 2, 2]).gather(both["rating"] - 1)).all()


def test_nothing_is_learnt_that_was_not_known_yet(tables: Pinned) -> None:
    then = NOW - timedelta(days=10)
    found = RECIPE.examples(tables, then)
    for part in (found.train, found.holdout):
        assert part.filter((pl.col("ingested_at") > then) | (pl.col("posted_at") >= then)).is_empty()


def test_it_beats_the_majority_and_the_word_list_on_later_posts(examples: Examples, fitted: Fitted) -> None:
    ones = np.ones(len(examples.holdout))

    def score(predictions: pl.DataFrame) -> float:
        return RECIPE.measure(examples.holdout, predictions, ones)

    ours = score(RECIPE.predict(fitted, examples.holdout))
    baselines = {name: score(found) for name, found in RECIPE.baselines(examples).items()}
    assert baselines.keys() == {"majority", "word list"}
    assert ours > 0.9
    assert all(ours > found + 0.2 for found in baselines.values())


def test_it_reads_posts_about_things_that_nobody_has_reviewed(fitted: Fitted) -> None:
    texts, moods = zip(*unseen(), strict=True)
    wanted = np.array([MOODS.index(mood) for mood in moods])
    ours = (chances(fitted, texts).argmax(axis=1) == wanted).mean()
    assert ours > (by_word_list(texts).argmax(axis=1) == wanted).mean() + 0.2


def test_it_keeps_its_promises_of_behaviour(examples: Examples, fitted: Fitted) -> None:
    assert [check for check in RECIPE.behaviours(fitted, examples) if not check.passed] == []


def test_a_model_that_learnt_the_stars_upside_down_breaks_a_promise(examples: Examples) -> None:
    upside_down = examples.train.with_columns((2 - pl.col("mood")).alias("mood"))
    wrong = RECIPE.fit(Examples(upside_down, examples.holdout, examples.features), seed=1)
    broken = [check.name for check in RECIPE.behaviours(wrong, examples) if not check.passed]
    assert "praise scores above complaint" in broken


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("the lamp is great", "The LAMP is GREAT"),
        ("the lamp is great", "@shop the lamp is great https://example.com/x?y=1"),
        ("the lamp is sooo great", "the lamp is soooooo great"),
        ("I can't use it", "I can\u2019t use it"),
    ],
)
def test_handles_links_case_and_apostrophes_change_nothing(fitted: Fitted, text: str, other: str) -> None:
    assert seen(text).replace("\u2019", "'") == seen(other).replace("\u2019", "'")
    assert chances(fitted, [text])[0] == pytest.approx(chances(fitted, [other])[0], abs=0.05)


def test_a_negation_turns_the_words_up_to_the_next_stop() -> None:
    assert seen("It is not good at all, but cheap") == "it is not GOOD AT ALL , but cheap"
    assert seen("nicht gut! gern wieder") == "nicht GUT ! gern wieder"


def test_unrated_posts_alone_are_predicted_and_well(home: Settings, tables: Pinned, fitted: Fitted) -> None:
    rows = RECIPE.score(fitted, Making(tables, None, NOW, home))
    truth = written().filter(pl.col("rating").is_null())
    assert sorted(rows["post_id"]) == sorted(truth["post_id"])
    right = rows.join(truth, on="post_id").select((pl.col("mood") == pl.col("_file")).mean()).item()
    assert right > 0.9


def test_a_run_of_some_days_makes_those_days_alone(home: Settings, tables: Pinned, fitted: Fitted) -> None:
    whole = RECIPE.score(fitted, Making(tables, None, NOW, home))
    days = frozenset(whole["posted_on"].unique().sort().head(3))
    alone = RECIPE.score(fitted, Making(tables, days, NOW, home))
    assert alone.select("post_id", "mood").equals(
        whole.filter(pl.col("posted_on").is_in(days)).select("post_id", "mood")
    )


def test_a_language_that_hardly_anybody_rated_in_is_not_read(home: Settings, tables: Pinned, fitted: Fitted) -> None:
    english = fitted | {"languages": ["en"]}
    assert set(RECIPE.score(english, Making(tables, None, NOW, home))["language"]) == {"en"}


def test_the_rows_keep_their_contract(home: Settings, tables: Pinned, fitted: Fitted) -> None:
    shape = shape_of(DOMAIN.product("post_sentiment").contract)
    rows = RECIPE.score(fitted, Making(tables, None, NOW, home))
    assert set(rows.columns) == set(shape.names) - ADDED
    full = rows.with_columns(
        (pl.lit("sentiment:1:") + pl.col("post_id")).alias("prediction_id"),
        model_version=pl.lit(1, pl.Int64),
        feature_snapshot=pl.lit(1, pl.Int64),
        predicted_from=pl.lit(NOW).cast(pl.Datetime("us", "UTC")),
    ).select(shape.names)
    assert full.schema == shape.schema
    assert screen(DOMAIN.product("post_sentiment").contract, full).is_empty()


def test_too_few_posts_with_stars_are_refused(home: Settings) -> None:
    few = pinned(Settings.load(home.home / "few"), written(rated=60))
    with pytest.raises(TooFewExamples, match=r"at least 30 of each.*wait for more reviews"):
        RECIPE.examples(few, NOW)


def test_before_any_post_there_is_nothing_to_learn(tables: Pinned) -> None:
    with pytest.raises(TooFewExamples, match="0 negative, 0 neutral, 0 positive"):
        RECIPE.examples(tables, NOW - timedelta(days=400))


def test_rows_without_a_text_are_refused(fitted: Fitted, examples: Examples) -> None:
    with pytest.raises(MissingFeature, match="text"):
        RECIPE.predict(fitted, examples.holdout.drop("text"))


def test_a_prediction_is_explained_by_its_words(home: Settings, tables: Pinned, fitted: Fitted) -> None:
    row = RECIPE.score(fitted, Making(tables, None, NOW, home)).row(0, named=True)
    found = RECIPE.explain(fitted, tables, row)
    log_odds = np.log(row["chance_positive"] / row["chance_negative"])
    assert sum(part for _, part in found.reasons) == pytest.approx(log_odds, abs=1e-6)
    assert found.features["language"] == row["language"]
    with pytest.raises(UnknownName, match="nobody"):
        RECIPE.explain(fitted, tables, {"post_id": "nobody"})


def test_the_strongest_reason_is_the_word_that_tells(fitted: Fitted) -> None:
    words = [word for word, _ in contributions(fitted, "the kettle squeaks")]
    assert any("squeaks" in word for word in words[:2])


def test_the_stored_model_needs_no_pickle_and_predicts_the_same(fitted: Fitted) -> None:
    import skops.io

    stored = skops.io.dumps(fitted)
    assert skops.io.get_untrusted_types(data=stored) == []
    again = skops.io.loads(stored, trusted=list(RECIPE.trusted))
    texts = [text for text, _ in unseen()]
    assert np.array_equal(chances(again, texts), chances(fitted, texts))


def test_the_same_examples_make_the_same_model(examples: Examples, fitted: Fitted) -> None:
    texts = [text for text, _ in unseen()]
    assert np.array_equal(chances(RECIPE.fit(examples, seed=1), texts), chances(fitted, texts))


def test_the_plots_are_drawn(examples: Examples, fitted: Fitted) -> None:
    drawn = RECIPE.plots(fitted, examples, RECIPE.predict(fitted, examples.holdout))
    assert drawn.keys() == {"confusion", "calibration", "words"}
    assert drawn["confusion"].axes[0].get_title() == "Confusion"
