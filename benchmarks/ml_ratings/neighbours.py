"""Biases, and neighbours over what the biases leave (KNNBaseline: Koren 2010, "Factor in the neighbors")."""

from __future__ import annotations

import numpy as np

from benchmarks.ml_ratings.movies import Floats, Ints, Ratings

FILM_SHRINK, USER_SHRINK = 10.0, 15.0
"""Pretended ratings without bias (the usual setting of KNNBaseline)."""
ROUNDS = 10
COMMON_SHRINK = 100.0
"""Draws the similarity of what few rated together to 0."""
NEIGHBOURS = 40


class Biases:
    """Mean, and how much each user and film are above it.

    Args:
        train: Ratings.
        users: How many users there are.
        films: How many films.
    """

    def __init__(self, train: Ratings, users: int, films: int) -> None:
        self.mean = float(train.stars.mean())
        self.user, self.film = np.zeros(users), np.zeros(films)
        rated_user, rated_film = np.bincount(train.user, minlength=users), np.bincount(train.film, minlength=films)
        for _ in range(ROUNDS):
            left = train.stars - self.mean - self.user[train.user]
            self.film = np.bincount(train.film, left, films) / (FILM_SHRINK + rated_film)
            left = train.stars - self.mean - self.film[train.film]
            self.user = np.bincount(train.user, left, users) / (USER_SHRINK + rated_user)

    def predict(self, asked: Ratings) -> Floats:
        """Add up the biases."""
        return np.asarray(self.mean + self.user[asked.user] + self.film[asked.film])


def neighbour_residuals(train: Ratings, left: Floats, asked: Ratings, users: int, films: int) -> tuple[Floats, Floats]:
    """What similar films of the same user, and similar users of the same film, add to the biases.

    Args:
        train: Ratings.
        left: Of each, what the biases leave.
        asked: Ratings whose stars are not looked at.
        users: How many users there are.
        films: How many films.

    Returns:
        By films, by users: one value an asked rating.
    """
    residuals, rated = np.zeros((users, films)), np.zeros((users, films))
    residuals[train.user, train.film], rated[train.user, train.film] = left, 1
    by_film = _nearest(residuals, rated, asked.user, asked.film)
    return by_film, _nearest(residuals.T, rated.T, asked.film, asked.user)


def _nearest(residuals: Floats, rated: Floats, row: Ints, column: Ints) -> Floats:
    """Columns are compared; a row's rated columns are averaged by their similarity to the asked column."""
    common = rated.T @ rated
    length = np.sqrt((residuals**2).T @ rated)
    alike = residuals.T @ residuals / np.maximum(length * length.T, 1e-9)
    alike = np.maximum(alike * (common - 1) / (common - 1 + COMMON_SHRINK), 0)
    found = np.zeros(len(row))
    for one in np.unique(row):
        at, known = np.flatnonzero(row == one), np.flatnonzero(rated[one])
        if len(known):
            weight = alike[np.ix_(column[at], known)]
            if len(known) > NEIGHBOURS:
                smallest = np.partition(weight, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS]
                weight = np.where(weight >= smallest[:, None], weight, 0)
            found[at] = weight @ residuals[one, known] / np.maximum(weight.sum(axis=1), 1e-9)
    return found
