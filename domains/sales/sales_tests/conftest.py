from collections.abc import Callable

import polars as pl
import pytest

from mesh_platform.settings import Settings
from mesh_platform.testing import Bench
from mesh_sales.domain import DOMAIN
from sales_tests.samples import USUAL

Build = Callable[..., pl.DataFrame]


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One home for all tests, so that dbt parses once."""
    return Settings.load(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def build(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Make a product's rows out of rows of what it reads."""
    return Bench(DOMAIN, settings, tmp_path_factory.mktemp("rows"), usual=USUAL).made
