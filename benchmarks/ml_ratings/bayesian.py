"""Bayesian matrix factorisation by Gibbs sampling, with side information on both sides.

Salakhutdinov & Mnih 2008 (BPMF); the factors' prior means depend on traits as in Simm et al. 2015 (Macau). One of the
traits is what somebody rated at all, which makes it the Bayesian form of SVD++ (Koren 2008; Rendle, Zhang, Koren 2019).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.sparse import csr_array

from benchmarks.ml_ratings.movies import Floats, Ints, Ratings


@dataclass(slots=True)
class Side:
    """Users or films: their factors (the last one is the bias) and the prior that is sampled with them."""

    traits: Floats
    factors: Floats
    mean: Floats
    precision: Floats
    link: Floats
    gram: tuple[Floats, bool]

    @classmethod
    def start(cls, traits: Floats, width: int, ridge: float, rng: np.random.Generator) -> Side:
        """Begin near 0."""
        gram = cho_factor(traits.T @ traits + ridge * np.eye(traits.shape[1]), lower=True)
        factors = rng.normal(0, 0.1, (len(traits), width))
        return cls(traits, factors, np.zeros(width), np.eye(width) * 10, np.zeros((traits.shape[1], width)), gram)

    def prior(self) -> Floats:
        """Each row's mean before its ratings are seen."""
        return np.asarray(self.mean + self.traits @ self.link)

    def sample_prior(self, rng: np.random.Generator) -> None:
        """Draw mean and precision (normal-Wishart), then the link to the traits."""
        count, width = self.factors.shape
        apart = self.factors - self.traits @ self.link
        average = apart.mean(axis=0)
        scatter = (apart - average).T @ (apart - average)
        start = np.eye(width)
        inverse = start + scatter + count * 2.0 / (count + 2.0) * np.outer(average, average)
        self.precision = _wishart(np.linalg.inv(inverse), width + count, rng)
        spread = np.linalg.cholesky(np.linalg.inv((count + 2.0) * self.precision))
        self.mean = count * average / (count + 2.0) + spread @ rng.normal(size=width)
        noise = np.linalg.cholesky(np.linalg.inv(self.precision))
        wanted = self.traits.T @ (self.factors - self.mean)
        drawn = rng.normal(size=self.link.shape) @ noise.T
        self.link = cho_solve(self.gram, wanted) + solve_triangular(self.gram[0], drawn, lower=True, trans="T")

    def sample_factors(
        self, rated: csr_array, targets: Floats, others: Floats, alpha: float, rng: np.random.Generator
    ) -> None:
        """Draw all factors, given the other side's.

        Args:
            rated: This side x the other: 1 where rated.
            targets: What the factors must explain, in the order of `rated`'s entries.
            others: The other side's factors, the bias's place holding 1.
            alpha: The precision of a rating.
            rng: What draws.
        """
        width = others.shape[1]
        squares = (others[:, :, None] * others[:, None, :]).reshape(len(others), -1)
        precision = self.precision + alpha * (rated @ squares).reshape(-1, width, width)
        weighted = csr_array((targets, rated.indices, rated.indptr), shape=rated.shape)
        right = self.prior() @ self.precision + alpha * (weighted @ others)
        lower = np.linalg.cholesky(precision)
        half = np.linalg.solve(lower, right[:, :, None])
        drawn = half + rng.normal(size=half.shape)
        self.factors = np.linalg.solve(np.swapaxes(lower, 1, 2), drawn)[:, :, 0]


def _wishart(scale: Floats, freedom: int, rng: np.random.Generator) -> Floats:
    width = len(scale)
    lower = np.tril(rng.normal(size=(width, width)), -1)
    lower[np.diag_indices(width)] = np.sqrt(rng.chisquare(freedom - np.arange(width)))
    root = np.linalg.cholesky(scale) @ lower
    return np.asarray(root @ root.T)


def _matrix(rows: Ints, columns: Ints, values: Floats, shape: tuple[int, int]) -> csr_array:
    return csr_array((values, (rows, columns)), shape=shape)


def sampled_predictions(
    train: Ratings, asked: Ratings, users: Floats, films: Floats, *, factors: int = 12, sweeps: int = 120,
    burn: int = 20, ridge: float = 3.0, implicit: bool = True, seed: int = 0,
) -> Floats:  # fmt: skip
    """Predict the stars of `asked` by the mean over samples of the factors.

    Args:
        train: Ratings to learn from.
        asked: Ratings whose stars are not looked at.
        users: Users x traits.
        films: Films x traits.
        factors: How many, beside the bias.
        sweeps: Gibbs sweeps.
        burn: Of them, how many are thrown away.
        ridge: How far the traits' weights are drawn to 0.
        implicit: Whether what was rated at all, whatever the stars, is a trait.
        seed: Of all draws.
    """
    rng, shape = np.random.default_rng(seed), (len(users), len(films))
    ones = np.ones(len(train))
    by_user = _matrix(train.user, train.film, ones, shape)
    by_film = _matrix(train.film, train.user, ones, shape[::-1])
    stars = _matrix(train.user, train.film, train.stars, shape)
    mean, turned = float(train.stars.mean()), csr_array(stars.T)
    user_of = np.repeat(np.arange(shape[0]), np.diff(stars.indptr))
    traits = (_with_rated(users, by_user), _with_rated(films, by_film)) if implicit else (users, films)
    a, b = (Side.start(known, factors + 1, ridge, rng) for known in traits)
    total, alpha = np.zeros(len(asked)), 1.0
    for sweep in range(sweeps):
        a.sample_prior(rng)
        a.sample_factors(by_user, stars.data - mean - b.factors[stars.indices, -1], _with_one(b.factors), alpha, rng)
        b.sample_prior(rng)
        b.sample_factors(by_film, turned.data - mean - a.factors[turned.indices, -1], _with_one(a.factors), alpha, rng)
        error = stars.data - _predict(a, b, user_of, stars.indices, mean)
        alpha = rng.gamma(0.5 * len(error) + 1, 1 / (0.5 * float(error @ error) + 1))
        if sweep >= burn:
            total += np.clip(_predict(a, b, asked.user, asked.film, mean), 1, 5)
    return total / (sweeps - burn)


def _with_rated(traits: Floats, rated: csr_array) -> Floats:
    """Add who or what was rated at all, each row of length 1."""
    share = 1 / np.sqrt(np.maximum(np.diff(rated.indptr), 1))
    return np.concatenate([traits, rated.toarray() * share[:, None]], axis=1)


def _with_one(factors: Floats) -> Floats:
    return np.concatenate([factors[:, :-1], np.ones((len(factors), 1))], axis=1)


def _predict(a: Side, b: Side, user: Ints, film: Ints, mean: float) -> Floats:
    crossed = np.einsum("nk,nk->n", a.factors[user, :-1], b.factors[film, :-1])
    return np.asarray(mean + a.factors[user, -1] + b.factors[film, -1] + crossed)
