from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from customers_tests.samples import Row, files
from mesh_customers.domain import DOMAIN
from mesh_platform.contract import shape_of
from mesh_platform.settings import Settings
from mesh_platform.transform import read_mart, transform

Build = Callable[..., pl.DataFrame]


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One home for all tests, so that dbt parses once."""
    return Settings.load(tmp_path_factory.mktemp("home"))


@pytest.fixture
def build(settings: Settings, tmp_path: Path) -> Build:
    """Make a product's rows, sorted by their key, out of rows of what it reads."""

    def made(product: str, days: tuple[date, date] | None = None, **rows: Sequence[Row]) -> pl.DataFrame:
        declared = DOMAIN.product(product)
        transform(DOMAIN, [declared.mart], files(tmp_path, rows), days, settings)
        return pl.concat(read_mart(DOMAIN, declared.mart, settings)).sort(shape_of(declared.contract).key)

    return made
