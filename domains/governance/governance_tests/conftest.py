from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from governance_tests.samples import Row, files
from mesh_governance.domain import DOMAIN
from mesh_platform.settings import Settings
from mesh_platform.transform import read_mart, transform

Build = Callable[..., pl.DataFrame]


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One home for all tests, so that dbt parses once."""
    return Settings.load(tmp_path_factory.mktemp("home"))


@pytest.fixture
def build(settings: Settings, tmp_path: Path) -> Build:
    """Make the product's rows out of lines of the log."""

    def made(*lines: Row) -> pl.DataFrame:
        mart = DOMAIN.product("access_log").mart
        transform(DOMAIN, [mart], files(tmp_path, lines), None, settings)
        return pl.concat(read_mart(DOMAIN, mart, settings)).sort("access_id")

    return made
