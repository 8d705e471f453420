"""MovieLens-100k: ratings (RMSE, against published approaches), and lists of films (approaches side by side).

Ratings: the five published folds u1 to u5; each approach is fitted on a fold's base, and the blend learns within the
base alone. Lists: a user's newest fifth of ratings is held out; wanted is what got four stars or more. Known films are
not listed again, other than in OmniShop, where people buy again.
"""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from benchmarks.ml.table import Row
from benchmarks.ml_ratings.blend import blended
from benchmarks.ml_ratings.movies import Floats, Movies, Ratings, read_movies
from mesh_marketing.ml.recommend.als import Als
from mesh_marketing.ml.recommend.autoencoder import Autoencoder
from mesh_marketing.ml.recommend.compare import compare
from mesh_marketing.ml.recommend.content import Content
from mesh_marketing.ml.recommend.ease import Ease
from mesh_marketing.ml.recommend.generator import Generator
from mesh_marketing.ml.recommend.hybrid import Hybrid
from mesh_marketing.ml.recommend.item_knn import ItemKnn
from mesh_marketing.ml.recommend.popularity import Popularity
from mesh_marketing.ml.recommend.user_knn import UserKnn

FOLDS = (1, 2, 3, 4, 5)
PUBLISHED = "KNNBaseline 0.931, SVD 0.934, SVD++ 0.919 (5-fold means)"
LIKED = 4
NEWEST = 0.2


def measure(data: Path) -> list[Row]:
    """Measure ratings, then lists."""
    movies = read_movies(data / "ml-100k")
    return [*ratings(movies), *lists(movies)]


def ratings(movies: Movies) -> list[Row]:
    """RMSE of every approach on u1 and as the mean of the five folds."""
    started, errors = perf_counter(), []
    for number in FOLDS:
        base, test = movies.fold(number)
        blend, made = blended(movies, base, test.without_stars())
        errors.append({name: rmse(stars, test) for name, stars in {**made, "blend": blend}.items()})
    seconds = perf_counter() - started
    return [
        Row(
            "MovieLens-100k ratings",
            "published folds u1 / mean of u1-u5",
            f"RMSE, {name}",
            PUBLISHED if name == "blend" else "",
            f"{errors[0][name]:.4f} / {np.mean([e[name] for e in errors]):.4f}",
            seconds,
        )
        for name in errors[0]
    ]


def rmse(stars: Floats, test: Ratings) -> float:
    """Root mean squared error, predictions clipped to the scale."""
    return float(np.sqrt(((np.clip(stars, 1, 5) - test.stars) ** 2).mean()))


def lists(movies: Movies) -> list[Row]:
    """Recall and order of 20 films, approaches side by side."""
    history, wanted = newest_held_out(movies.ratings, (len(movies.users), len(movies.films)))
    traits = csr_array(movies.films.astype(np.float32))
    table = compare(approaches(traits), history, wanted, traits, known_too=False)
    return [
        Row(
            "MovieLens-100k top 20",
            "newest fifth of each user held out, liked (>= 4) films",
            f"recall@20 / NDCG@20 / coverage / diversity, {row['approach']}",
            "",
            f"{row['recall']:.3f} / {row['ndcg']:.3f} / {row['coverage']:.2f} / {row['diversity']:.2f}",
            row["seconds"],
        )
        for row in table.sort("ndcg").iter_rows(named=True)
    ]


def approaches(traits: csr_array) -> dict[str, Generator]:
    """All approaches; nothing is tuned on this data but what the literature says of its size."""
    return {
        "popularity": Popularity(),
        "item-kNN cosine": ItemKnn(),
        "item-kNN Pearson": ItemKnn("pearson"),
        "user-kNN cosine": UserKnn(),
        "user-kNN Pearson": UserKnn("pearson"),
        "matrix factorisation (ALS)": Als(),
        "EASE": Ease(),
        "content": Content(traits),
        "autoencoder": Autoencoder(),
        "hybrid (EASE, user-kNN, ALS, content)": Hybrid(
            [(Ease(), 1.0), (UserKnn(), 0.5), (Als(), 0.5), (Content(traits), 0.1)]
        ),
    }


def newest_held_out(ratings: Ratings, shape: tuple[int, int]) -> tuple[csr_array, csr_array]:
    """History: liked films before; wanted: liked films of each user's newest fifth of ratings."""
    frame = pl.DataFrame({"user": ratings.user, "film": ratings.film, "stars": ratings.stars, "second": ratings.second})
    age = pl.struct("second", "film").rank("ordinal", descending=True).over("user")
    frame = frame.with_columns(held_out=age <= (pl.len().over("user") * NEWEST).floor())
    liked = frame.filter(pl.col("stars") >= LIKED)
    return _matrix(liked.filter(~pl.col("held_out")), shape), _matrix(liked.filter("held_out"), shape)


def _matrix(rows: pl.DataFrame, shape: tuple[int, int]) -> csr_array:
    ones = np.ones(rows.height, np.float32)
    return csr_array((ones, (rows["user"].to_numpy(), rows["film"].to_numpy())), shape=shape)
