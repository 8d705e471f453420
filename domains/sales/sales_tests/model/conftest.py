from collections.abc import Callable
from dataclasses import dataclass

import polars as pl
import pytest

from mesh_platform.lake import Lake, Pinned
from mesh_platform.ml import Examples
from mesh_platform.ml.recipe import Fitted
from mesh_platform.settings import Settings
from mesh_sales.ml.recipe import RECIPE
from sales_tests.model.payments import NOW, feature_rows, profile_rows, report_rows

Pin = Callable[..., Pinned]


@pytest.fixture(scope="session")
def pin(settings: Settings) -> Pin:
    """Show frames as the recipe's tables; those of the small world where none are given."""
    lake = Lake.open(settings)
    features, fraud = feature_rows()
    usual = {
        "sales.order_features": features,
        "sales_raw.fraud_reports": report_rows(features, fraud),
        "customers.customers": profile_rows(),
    }

    def pinned(**frames: pl.DataFrame) -> Pinned:
        given = {name.replace("__", "."): rows for name, rows in frames.items()}
        return Pinned(lake, {}, {**usual, **given})

    return pinned


@dataclass(frozen=True)
class Learnt:
    """A model of the small world, and how it did."""

    tables: Pinned
    examples: Examples
    fitted: Fitted
    predictions: pl.DataFrame


@pytest.fixture(scope="session")
def learnt(pin: Pin) -> Learnt:
    tables = pin()
    examples = RECIPE.examples(tables, NOW)
    fitted = RECIPE.fit(examples, seed=1)
    return Learnt(tables, examples, fitted, RECIPE.predict(fitted, examples.holdout))
