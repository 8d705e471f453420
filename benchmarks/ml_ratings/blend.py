"""The blend: boosted trees over the approaches' predictions and the context of a rating.

The blend learns from predictions of ratings that the approaches had not seen: the training part is cut into folds of
its own. The test part is predicted once, at the end. Of a test rating the context is known: user, film, and when.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmarks.ml_ratings.bayesian import sampled_predictions
from benchmarks.ml_ratings.movies import Floats, Ints, Movies, Ratings
from benchmarks.ml_ratings.neighbours import Biases, neighbour_residuals

INNER_FOLDS = 4
NEAREST_IN_TIME = (3, 15)
"""The mood of a sitting: the mean of what biases leave over so many ratings of the user next to it in time."""
PARAMETERS = {
    "objective": "regression", "learning_rate": 0.03, "num_leaves": 12, "min_data_in_leaf": 100,
    "feature_fraction": 0.4, "bagging_fraction": 0.6, "bagging_freq": 1, "lambda_l2": 20.0,
    "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbose": -1,
}  # fmt: skip
ROUNDS = 300


def approaches(movies: Movies, train: Ratings, asked: Ratings) -> dict[str, Floats]:
    """Predict by each approach alone."""
    users, films = len(movies.users), len(movies.films)
    biases = Biases(train, users, films)
    base = biases.predict(asked)
    by_film, by_user = neighbour_residuals(train, train.stars - biases.predict(train), asked, users, films)
    return {
        "biases": base,
        "item-kNN": base + by_film,
        "user-kNN": base + by_user,
        "Bayesian MF": sampled_predictions(train, asked, np.zeros((users, 1)), np.zeros((films, 1)), implicit=False),
        "Bayesian SVD++ with traits": sampled_predictions(train, asked, movies.users, movies.films),
    }


def blended(movies: Movies, train: Ratings, asked: Ratings, seed: int = 0) -> tuple[Floats, dict[str, Floats]]:
    """Predict by the blend; also by each approach fitted on the whole training part."""
    import lightgbm

    inner = np.random.default_rng(seed).integers(0, INNER_FOLDS, len(train))
    features, left = [], []
    for fold in range(INNER_FOLDS):
        known, unseen = train.where(inner != fold), train.where(inner == fold)
        made = approaches(movies, known, unseen.without_stars())
        features.append(_features(movies, known, unseen.without_stars(), made))
        left.append(unseen.stars - made["Bayesian SVD++ with traits"])
    data = lightgbm.Dataset(np.concatenate(features), np.concatenate(left))
    booster = lightgbm.train({**PARAMETERS, "seed": seed}, data, ROUNDS)
    made = approaches(movies, train, asked)
    added = booster.predict(_features(movies, train, asked, made), num_threads=1)
    return np.clip(made["Bayesian SVD++ with traits"] + added, 1, 5), made


def _features(movies: Movies, known: Ratings, asked: Ratings, made: Mapping[str, Floats]) -> Floats:
    users, films = len(movies.users), len(movies.films)
    left = known.stars - Biases(known, users, films).predict(known)
    first = np.full(users, np.iinfo(np.int64).max)
    np.minimum.at(first, known.user, known.second)
    days = (asked.second - np.minimum(first[asked.user], asked.second)) / 86400
    columns = [
        *made.values(),
        made["item-kNN"] - made["biases"],
        *_moments(known.user, left, known.stars, asked.user, users),
        *_moments(known.film, left, known.stars, asked.film, films),
        *_in_time(known, left, asked),
        days,
        asked.second / 86400,
        _by_trait(known.user, movies.films[known.film], left, asked.user, movies.films[asked.film], users),
        _by_trait(known.film, movies.users[known.user], left, asked.film, movies.users[asked.user], films),
        movies.users[asked.user],
        movies.films[asked.film],
    ]
    return np.column_stack(columns)


def _moments(row: Ints, left: Floats, stars: Floats, asked: Ints, count: int) -> list[Floats]:
    """How many ratings a user or film has, how far they are apart, and the share of fives and of ones."""
    number = np.bincount(row, minlength=count) + 5.0
    apart = np.sqrt((np.bincount(row, left**2, count) + 5.0) / number)
    return [m[asked] for m in (number, apart, np.bincount(row, stars >= 5, count) / number,
                               np.bincount(row, stars <= 1, count) / number)]  # fmt: skip


def _by_trait(row: Ints, traits: Floats, left: Floats, asked: Ints, asked_traits: Floats, count: int) -> Floats:
    """What the user's ratings of such films (or the film's ratings by such users) leave, drawn to 0."""
    total, number = np.zeros((count, traits.shape[1])), np.full((count, traits.shape[1]), 5.0)
    np.add.at(total, row, traits * left[:, None])
    np.add.at(number, row, traits)
    return np.asarray(((total / number)[asked] * asked_traits).sum(axis=1))


def _in_time(known: Ratings, left: Floats, asked: Ratings) -> list[Floats]:
    """Mean residual of the user's nearest ratings in time, and how near they are (log seconds)."""
    found = np.zeros((len(NEAREST_IN_TIME) + 1, len(asked)))
    order = np.lexsort((known.film, known.second, known.user))
    starts = np.searchsorted(known.user[order], np.arange(known.user.max() + 2))
    for user in np.unique(asked.user):
        at, own = np.flatnonzero(asked.user == user), order[starts[user] : starts[user + 1]]
        if len(own):
            apart = np.abs(asked.second[at][:, None] - known.second[own][None, :])
            nearest = np.argsort(apart, axis=1, kind="stable")
            for row, count in enumerate(NEAREST_IN_TIME):
                near = nearest[:, :count]
                found[row, at] = left[own][near].sum(axis=1) / (near.shape[1] + 1)
            found[-1, at] = np.log1p(np.take_along_axis(apart, nearest[:, :1], axis=1)[:, 0])
    return list(found)
