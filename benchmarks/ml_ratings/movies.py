"""MovieLens-100k as arrays: ratings, five folds, and what is known of users and films."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

Floats: TypeAlias = npt.NDArray[np.floating[Any]]
Ints: TypeAlias = npt.NDArray[np.int64]
FOLD = 20_000
"""Ratings of a fold's test part: fold k is the k-th fifth of u.data, in the file's order (the data set's `mku.sh`)."""


@dataclass(frozen=True, slots=True)
class Ratings:
    """Some ratings: user, film (positions), stars, and the second of the rating."""

    user: Ints
    film: Ints
    stars: Floats
    second: Ints

    def __len__(self) -> int:
        return len(self.user)

    def without_stars(self) -> Ratings:
        """What may be known of ratings that are to be predicted."""
        return Ratings(self.user, self.film, np.full(len(self), np.nan), self.second)

    def where(self, rows: npt.NDArray[Any]) -> Ratings:
        """Choose rows."""
        return Ratings(self.user[rows], self.film[rows], self.stars[rows], self.second[rows])


@dataclass(frozen=True, slots=True)
class Movies:
    """The data set.

    Args:
        ratings: All of them, in the order of u.data.
        users: Users x traits: age band, gender, occupation.
        films: Films x traits: genres, decade.
    """

    ratings: Ratings
    users: Floats
    films: Floats

    def fold(self, number: int) -> tuple[Ratings, Ratings]:
        """Train and test part of fold 1 to 5: u1.base and u1.test and so on."""
        test = np.zeros(len(self.ratings), np.bool_)
        test[(number - 1) * FOLD : number * FOLD] = True
        return self.ratings.where(~test), self.ratings.where(test)


def read_movies(folder: Path) -> Movies:
    """Read the data set, and make sure that its fold 1 is the file's.

    Raises:
        ValueError: Where u1.test holds other ratings than the first fifth of u.data.
    """
    ratings = read_ratings(folder / "u.data")
    movies = Movies(ratings, _users(folder / "u.user"), _films(folder / "u.item"))
    ours, files = (np.sort(r.user * 10_000 + r.film) for r in (movies.fold(1)[1], read_ratings(folder / "u1.test")))
    if not np.array_equal(ours, files):
        raise ValueError(f"{folder}/u1.test is not the first {FOLD} ratings of u.data; take the files of one release")
    return movies


def read_ratings(file: Path) -> Ratings:
    """Read user, film, stars, second; tab-separated, numbered from 1."""
    table = np.loadtxt(file, dtype=np.int64)
    return Ratings(table[:, 0] - 1, table[:, 1] - 1, table[:, 2].astype(np.float64), table[:, 3])


def _users(file: Path) -> Floats:
    people = pl.read_csv(file, separator="|", has_header=False, new_columns=["id", "age", "gender", "job", "zip"])
    age = pl.col("age").cut([18, 25, 30, 35, 45, 50, 56]).cast(pl.String)
    return people.sort("id").select(age, "gender", "job").to_dummies().to_numpy().astype(np.float64)


def _films(file: Path) -> Floats:
    lines = [line.split("|") for line in file.read_text("latin-1").splitlines()]
    genres = np.array([[float(flag) for flag in line[5:]] for line in lines])
    years = pl.Series([int(line[2][-4:] or 0) for line in lines])
    decade = years.cut([0, 1940, 1950, 1960, 1970, 1980, 1990, 1994, 1996]).cast(pl.String).to_frame().to_dummies()
    return np.concatenate([genres, decade.to_numpy()], axis=1)
