from dataclasses import dataclass
from datetime import date

import polars as pl
import pytest

from mesh_inventory.ml.demand.examples import TABLE
from mesh_inventory.ml.demand.product import demand_features
from mesh_inventory.ml.demand.recipe import RECIPE
from mesh_platform.ml import Examples
from mesh_platform.ml.recipe import Fitted

from .shop import Shop, make_shop, until


@dataclass(frozen=True)
class Trained:
    """A forecast of the shop."""

    shop: Shop
    examples: Examples
    fitted: Fitted
    today: date


@pytest.fixture(scope="session")
def bare_shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return make_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="session")
def features(bare_shop: Shop) -> pl.DataFrame:
    return demand_features(bare_shop.making())


@pytest.fixture(scope="session")
def shop(bare_shop: Shop, features: pl.DataFrame) -> Shop:
    return bare_shop.having(**{TABLE.replace(".", "__"): features})


@pytest.fixture(scope="session")
def trained(shop: Shop) -> Trained:
    today = shop.tables.days[-1]
    examples = RECIPE.examples(shop.tables, until(today))
    return Trained(shop, examples, RECIPE.fit(examples, seed=3), today)
